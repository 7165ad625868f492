package localwrite

import (
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// csvTable writes rows as Spark's CSV data source does, whose rules are those of the univocity library with the settings of Spark's
// CSVOptions.
type csvTable struct {
	request Request
	options options
	scratch []byte
}

func newCSV(r Request, o options) *csvTable { return &csvTable{request: r, options: o} }

func (t *csvTable) header() []byte {
	var out []byte
	for i, f := range t.request.Schema.Fields {
		if i > 0 {
			out = append(out, t.options.csv.sep...)
		}
		out = t.element(out, i, f.Name, false)
	}
	return append(out, t.options.csv.lineSep...)
}

func (t *csvTable) row(out []byte, batch arrow.RecordBatch, i int) ([]byte, error) {
	start := len(out)
	for n, column := range batch.Columns() {
		if n > 0 {
			out = append(out, t.options.csv.sep...)
		}
		if column.IsNull(i) {
			out = t.element(out, n, "", true)
			continue
		}
		switch c := column.(type) {
		case *array.String:
			out = t.element(out, n, c.Value(i), false)
			continue
		case *array.Binary:
			t.scratch = appendBytes(t.scratch[:0], c.Value(i))
		default:
			var err error
			if t.scratch, err = appendPlain(t.scratch[:0], column, i, t.options.zone); err != nil {
				return out, err
			}
		}
		out = t.element(out, n, string(t.scratch), false)
	}
	if len(out) == start { // Empty lines are left out.
		return out, nil
	}
	return append(out, t.options.csv.lineSep...), nil
}

// element appends a value, in quotes where it needs them.
func (t *csvTable) element(out []byte, column int, value string, null bool) []byte {
	o := &t.options.csv
	if null {
		value = o.null
	}
	comment := column == 0 && value != "" && strings.HasPrefix(value, string(o.comment)) // before blanks are trimmed, as univocity does it
	if o.trimLeft {
		value = strings.TrimLeftFunc(value, blank)
	}
	if o.trimRight {
		value = strings.TrimRightFunc(value, blank)
	}
	stands := null // for no value, or an empty one
	if value == "" && !null {
		value, stands = o.empty, true
	}
	quoted := o.quoteAll || comment || t.needsQuotes(value)
	if !quoted {
		return t.lines(out, value)
	}
	quote := string(o.quote)
	if stands && len(value) >= 2*len(quote) && strings.HasPrefix(value, quote) && strings.HasSuffix(value, quote) {
		return append(out, value...)
	}
	out = append(out, quote...)
	for _, r := range value {
		switch {
		case r == o.quote:
			out = utf8.AppendRune(out, o.escape)
		case r == o.escape && o.hasEscapeEscape && o.escapeEscape != 0:
			out = utf8.AppendRune(out, o.escapeEscape)
		case r == '\n':
			out = append(out, o.lineSep...)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return append(out, quote...)
}

// lines appends text with its line ends made those of the file.
func (t *csvTable) lines(out []byte, value string) []byte {
	if t.options.csv.lineSep != "\n" {
		value = strings.ReplaceAll(value, "\n", t.options.csv.lineSep)
	}
	return append(out, value...)
}

func (t *csvTable) needsQuotes(value string) bool {
	o := &t.options.csv
	if value == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(value)
	return first == o.quote || strings.ContainsAny(value, "\r\n") || strings.Contains(value, o.sep) ||
		o.escapeQuotes && strings.ContainsRune(value, o.quote)
}

// blank tells whether univocity trims a character.
func blank(r rune) bool { return r <= ' ' }
