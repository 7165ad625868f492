// Package sqltext reads Spark SQL: queries, statements, expressions, data types and identifiers become the nodes of package
// plan. The lexer and the parser are written by hand after the grammar of Apache Spark 4; what they do not handle is an error
// that names it.
package sqltext

// tokenKind is the class of a token.
type tokenKind int

const (
	tokenEnd        tokenKind = iota
	tokenWord                 // a name or a keyword: Spark's default mode reserves no word
	tokenQuotedName           // `name`
	tokenString               // '…', "…", r'…'
	tokenInteger              // 12
	tokenDecimal              // 1.5
	tokenExponent             // 1e3
	tokenByte                 // 1Y
	tokenShort                // 1S
	tokenLong                 // 1L
	tokenFloat                // 1.5F
	tokenDouble               // 1.5D
	tokenBigDecimal           // 1.5BD
	tokenSymbol               // an operator or a punctuation mark
	tokenHint                 // /*+
	tokenHintEnd              // */
	tokenInvalid              // a character that begins no token
)

// token is one lexical unit of a text. Positions count characters, not bytes.
type token struct {
	kind   tokenKind
	text   string // as written
	word   string // of a tokenWord: text in upper case; of a tokenSymbol: text
	start  int    // offset of the first character
	stop   int    // offset behind the last character
	line   int    // from 1
	column int    // from 0
}

// strictNames are the words that Spark does not take for the name of a relation, though it takes them for that of a column.
var strictNames = map[string]bool{
	"ANTI": true, "CROSS": true, "EXCEPT": true, "FULL": true, "INNER": true, "INTERSECT": true, "JOIN": true, "LATERAL": true,
	"LEFT": true, "NATURAL": true, "ON": true, "RIGHT": true, "SEMI": true, "MINUS": true, "UNION": true, "USING": true,
}
