package sqltext

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
)

// Statement is one SQL statement.
type Statement interface{ statement() }

// Query is a statement that is a query.
type Query struct{ Relation plan.Relation }

// CreateView is CREATE [OR REPLACE] [GLOBAL] TEMPORARY VIEW name [(columns)] AS query, or USING a data source.
type CreateView struct {
	Name    []string
	Columns []string // names for the columns, or nil
	Replace bool
	Global  bool
	Query   plan.Relation
}

// DropView is DROP VIEW [IF EXISTS] name.
type DropView struct {
	Name     []string
	IfExists bool
}

// SetCommand is SET. Without a Key it lists the session's settings, with Verbose all there are; with a Key and no Value it
// shows that setting.
type SetCommand struct {
	Key     string
	Value   *string
	Verbose bool
}

// ResetCommand is RESET [key]: back to the defaults, for all settings when Key is empty.
type ResetCommand struct{ Key string }

// ShowTables is SHOW TABLES [FROM namespace] [LIKE pattern]; Pattern is nil where there is none.
type ShowTables struct {
	Namespace []string
	Pattern   *string
}

// ShowViews is SHOW VIEWS [FROM namespace] [LIKE pattern].
type ShowViews struct {
	Namespace []string
	Pattern   *string
}

// ShowColumns is SHOW COLUMNS FROM table.
type ShowColumns struct{ Table []string }

// ShowDatabases is SHOW DATABASES [LIKE pattern].
type ShowDatabases struct{ Pattern *string }

// DescribeTable is DESCRIBE [TABLE] [EXTENDED] name [column].
type DescribeTable struct {
	Name     []string
	Column   []string // or nil
	Extended bool
}

// DescribeQuery is DESCRIBE [QUERY] query.
type DescribeQuery struct{ Query plan.Relation }

// UseCommand is USE [NAMESPACE] name.
type UseCommand struct{ Name []string }

// ExplainMode is how much EXPLAIN shows.
type ExplainMode int

// The modes of EXPLAIN.
const (
	ExplainSimple ExplainMode = iota
	ExplainExtended
	ExplainFormatted
	ExplainCost
	ExplainCodegen
)

// Explain is EXPLAIN [mode] query.
type Explain struct {
	Query plan.Relation
	Mode  ExplainMode
}

// CacheTable is CACHE [LAZY] TABLE name [OPTIONS (…)] [AS query].
type CacheTable struct {
	Name    []string
	Lazy    bool
	Options map[string]string // storageLevel is the one that Spark knows
	Query   plan.Relation     // or nil
}

// UncacheTable is UNCACHE TABLE [IF EXISTS] name.
type UncacheTable struct {
	Name     []string
	IfExists bool
}

// ClearCache is CLEAR CACHE.
type ClearCache struct{}

// RefreshTable is REFRESH [TABLE] name.
type RefreshTable struct{ Name []string }

func (Query) statement()         {}
func (CreateView) statement()    {}
func (DropView) statement()      {}
func (SetCommand) statement()    {}
func (ResetCommand) statement()  {}
func (ShowTables) statement()    {}
func (ShowViews) statement()     {}
func (ShowColumns) statement()   {}
func (ShowDatabases) statement() {}
func (DescribeTable) statement() {}
func (DescribeQuery) statement() {}
func (UseCommand) statement()    {}
func (Explain) statement()       {}
func (CacheTable) statement()    {}
func (UncacheTable) statement()  {}
func (ClearCache) statement()    {}
func (RefreshTable) statement()  {}

// ParseStatement reads one statement, which may end with a semicolon. Statements of Spark that are not among the types of
// Statement are refused by their names.
func ParseStatement(text string, parameters Parameters) (Statement, error) {
	p, err := newParser(text, parameters)
	if err != nil {
		return nil, err
	}
	s, err := p.statement()
	if err != nil {
		return nil, err
	}
	return s, p.endStatement()
}

// endStatement takes semicolons and the end of the text.
func (p *parser) endStatement() error {
	if !p.is(";") {
		return p.end()
	}
	for p.accept(";") {
	}
	if t := p.peek(); t.kind != tokenEnd {
		return p.syntaxError(t, ": extra input "+display(t.text))
	}
	return nil
}

func (p *parser) statement() (Statement, error) {
	switch p.peek().word {
	case "SELECT", "WITH", "VALUES", "FROM", "TABLE", "(", "MAP", "REDUCE":
		query, err := p.query()
		if err != nil {
			return nil, err
		}
		return Query{query}, nil
	case "CREATE":
		return p.create()
	case "DROP":
		return p.drop()
	case "SET":
		return p.set()
	case "RESET":
		return p.reset()
	case "SHOW":
		return p.show()
	case "DESC", "DESCRIBE":
		return p.describe()
	case "USE":
		return p.use()
	case "EXPLAIN":
		return p.explain()
	case "CACHE":
		return p.cache()
	case "UNCACHE":
		return p.uncache()
	case "CLEAR":
		p.take()
		return ClearCache{}, p.closeBracket("CACHE")
	case "REFRESH":
		return p.refresh()
	}
	return nil, p.refuseStatement()
}

// statementNames are the statements of Spark that are not supported, by the words they begin with, the longest first.
var statementNames = []string{
	"INSERT OVERWRITE", "INSERT INTO", "INSERT", "MERGE", "UPDATE", "DELETE", "TRUNCATE TABLE", "LOAD DATA",
	"CREATE OR REPLACE TABLE", "CREATE TABLE", "CREATE EXTERNAL TABLE", "CREATE OR REPLACE VIEW", "CREATE VIEW", "CREATE DATABASE",
	"CREATE SCHEMA", "CREATE NAMESPACE", "CREATE OR REPLACE FUNCTION", "CREATE TEMPORARY FUNCTION", "CREATE FUNCTION", "CREATE INDEX",
	"CREATE MATERIALIZED VIEW", "CREATE STREAMING TABLE", "CREATE FLOW", "REPLACE TABLE", "DROP TABLE", "DROP DATABASE",
	"DROP SCHEMA", "DROP NAMESPACE", "DROP TEMPORARY FUNCTION", "DROP FUNCTION", "DROP TEMPORARY VARIABLE", "DROP INDEX",
	"ALTER TABLE", "ALTER VIEW", "ALTER DATABASE", "ANALYZE TABLE", "ANALYZE TABLES", "ANALYZE", "COMMENT ON", "MSCK REPAIR TABLE",
	"REPAIR TABLE", "SHOW FUNCTIONS", "SHOW PARTITIONS", "SHOW CREATE TABLE", "SHOW TBLPROPERTIES", "SHOW CATALOGS",
	"SHOW CURRENT", "SHOW TABLE EXTENDED", "DESCRIBE FUNCTION", "DESC FUNCTION", "DESCRIBE DATABASE", "DESC DATABASE",
	"DESCRIBE SCHEMA", "DESC SCHEMA", "DECLARE", "EXECUTE IMMEDIATE", "BEGIN", "CALL", "ADD", "LIST", "SET VARIABLE", "SET VAR",
	"SET CATALOG", "SET COLLATION", "SET ROLE", "REFRESH FUNCTION", "GRANT", "REVOKE", "LOCK", "UNLOCK", "EXPORT", "IMPORT",
	"START TRANSACTION", "COMMIT", "ROLLBACK", "DFS", "OPEN", "FETCH", "CLOSE", "IF", "WHILE", "REPEAT", "FOR", "LOOP", "AUTO CDC",
}

// refuseStatement refuses a statement of Spark by its name; anything else is a syntax error.
func (p *parser) refuseStatement() error {
	for _, name := range statementNames {
		if p.is(strings.Fields(name)...) {
			return p.refuse(p.peek(), "the statement "+name, statementAdvice(name))
		}
	}
	if p.isOne("DROP", "ALTER", "SHOW") {
		p.take()
	} else if p.accept("CREATE") {
		p.accept("OR", "REPLACE")
		p.accept("GLOBAL")
		p.acceptOne("TEMPORARY", "TEMP")
	}
	return p.unexpected()
}

func statementAdvice(name string) string {
	switch first, _, _ := strings.Cut(name, " "); first {
	case "INSERT", "MERGE", "UPDATE", "DELETE", "TRUNCATE", "LOAD":
		return "Write a dataset with df.write.format(\"huggingface\")."
	case "CREATE", "REPLACE":
		return "Use CREATE TEMPORARY VIEW, or df.createOrReplaceTempView."
	case "DROP", "ALTER":
		return "There are temporary views only: DROP VIEW and CREATE OR REPLACE TEMPORARY VIEW."
	}
	return "Use the DataFrame API."
}
