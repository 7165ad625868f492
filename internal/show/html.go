package show

import (
	"html"
	"strings"
)

// entities are the named characters of HTML 4, without those of markup that come with each character set: Spark names all of
// them (StringEscapeUtils.escapeHtml4 of Apache Commons Text).
const entities = `quot amp lt gt
nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para
middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute
Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute
THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde
ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
fnof Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho Sigma Tau Upsilon Phi Chi Psi
Omega alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi
chi psi omega thetasym upsih piv bull hellip prime Prime oline frasl weierp image real trade alefsym larr uarr rarr darr harr
crarr lArr uArr rArr dArr hArr forall part exist empty nabla isin notin ni prod sum minus lowast radic prop infin ang and or
cap cup int there4 sim cong asymp ne equiv le ge sub sup nsub sube supe oplus otimes perp sdot lceil rceil lfloor rfloor
lang rang loz spades clubs hearts diams OElig oelig Scaron scaron Yuml circ tilde ensp emsp thinsp zwnj zwj lrm rlm ndash
mdash lsquo rsquo sbquo ldquo rdquo bdquo dagger Dagger permil lsaquo rsaquo euro`

var htmlCharacters = newHTMLCharacters()

func newHTMLCharacters() *strings.Replacer {
	var pairs []string
	for name := range strings.FieldsSeq(entities) {
		entity := "&" + name + ";"
		character := html.UnescapeString(entity)
		switch name { // HTML 5 gives these names to other characters than HTML 4 did.
		case "lang":
			character = "\u2329"
		case "rang":
			character = "\u232a"
		}
		pairs = append(pairs, character, entity)
	}
	return strings.NewReplacer(pairs...)
}

// escapeHTML names the characters that HTML has names for.
func escapeHTML(text string) string { return htmlCharacters.Replace(text) }
