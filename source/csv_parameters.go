package source

import (
	"fmt"
	"slices"
)

// csvParameters are the parameters of CSV files (datasets, packaged_modules/csv/csv.py) that are read here or change nothing.
var csvParameters = []string{
	"sep", "delimiter", "header", "names", "column_names", "usecols", "index_col", "true_values", "false_values", "skipinitialspace",
	"skiprows", "nrows", "na_values", "keep_default_na", "na_filter", "skip_blank_lines", "thousands", "decimal", "lineterminator",
	"quotechar", "quoting", "escapechar", "comment", "encoding", "encoding_errors", "doublequote", "chunksize", "on_bad_lines",
	"engine", "memory_map", "low_memory", "verbose", "float_precision", "date_format",
	"prefix", "mangle_dupe_cols", "converters", "dialect", "error_bad_lines", "warn_bad_lines", "skipfooter",
}

// csvOptions are the parameters of CSV files with the defaults of pandas.read_csv.
type csvOptions struct {
	separator, quote, escape, comment, terminator byte // 0 is none; the terminator 0 is \n, \r or both
	quoting, doubleQuote, skipInitialSpace        bool
	skipBlank                                     bool
	header                                        int // the row of names after blank ones; headerInfer, or headerNone
	names                                         []string
	use                                           []any // names or positions of the columns to read; nil is all
	skip                                          int   // lines before the header
	skipLines                                     map[int]bool
	rows                                          int // -1 is all
	missing                                       map[string]bool
	longestMissing                                int
	emptyMissing                                  bool        // empty cells are
	missingLengths                                [256]uint64 // by the first byte: a bit for each length of such a word
	trueWords, falseWords                         map[string]bool
	thousands, decimal                            byte
	encoding                                      textEncoding
	chunk                                         int
	whiteSpace                                    bool   // runs of it separate cells
	doubles                                       bool   // numbers are doubles, whole ones too
	noLabels                                      bool   // the cells that a row has beyond the names are left out, rather than taken for labels
	badLines                                      string // error, warn or skip
}

const (
	headerInfer = -1
	headerNone  = -2
)

// pandasMissing are the words for missing values (pandas, _libs/parsers.pyx, STR_NA_VALUES).
var pandasMissing = []string{
	"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN",
	"None", "n/a", "nan", "null",
}

func newCSVOptions() *csvOptions {
	o := &csvOptions{
		separator: ',', quote: '"', quoting: true, doubleQuote: true, skipBlank: true, header: headerInfer, rows: -1, decimal: '.',
		chunk: 10_000, badLines: "error", encoding: textEncoding{unchecked: true},
		trueWords:  map[string]bool{"True": true, "TRUE": true, "true": true},
		falseWords: map[string]bool{"False": true, "FALSE": true, "false": true},
		missing:    map[string]bool{},
	}
	return o
}

// Parameters implements Format. What a parameter of pandas would do that nothing here does is refused by name.
func (csvFormat) Parameters(given map[string]any) (map[string]any, error) {
	if _, err := parseCSVOptions(given); err != nil {
		return nil, err
	}
	return given, nil
}

func parseCSVOptions(given map[string]any) (*csvOptions, error) {
	o := newCSVOptions()
	p := newParameters("CSV", given)
	p.only(csvParameters)
	for _, name := range []string{"sep", "delimiter"} {
		if v := p.values[name]; v == `\s+` {
			o.whiteSpace = true
			continue
		}
		p.character(name, &o.separator)
		o.whiteSpace = o.whiteSpace && p.values[name] == nil
	}
	o.characters(p)
	o.layout(p)
	o.values(p)
	o.refused(p)
	if p.err != nil {
		return nil, p.err
	}
	return o, nil
}

func (o *csvOptions) characters(p *parameters) {
	p.character("quotechar", &o.quote)
	p.character("escapechar", &o.escape)
	p.character("comment", &o.comment)
	p.character("lineterminator", &o.terminator)
	p.character("thousands", &o.thousands)
	p.character("decimal", &o.decimal)
	p.flag("doublequote", &o.doubleQuote)
	p.flag("skipinitialspace", &o.skipInitialSpace)
	p.flag("skip_blank_lines", &o.skipBlank)
	quoting := 0
	p.number("quoting", &quoting, 0)
	switch quoting {
	case 0, 1:
	case 2:
		o.doubles = true
	case 3:
		o.quoting = false
	default:
		p.fail("quoting", "0 (minimal), 1 (all), 2 (not numbers) and 3 (none) are supported")
	}
}

func (o *csvOptions) layout(p *parameters) {
	switch v := p.values["header"]; v {
	case nil:
		if _, there := p.values["header"]; there {
			o.header = headerNone
		}
	case "infer":
	default:
		p.number("header", &o.header, 0)
	}
	p.texts("names", &o.names)
	p.texts("column_names", &o.names)
	for i, n := range o.names {
		if slices.Contains(o.names[:i], n) {
			p.fail("names", fmt.Sprintf("the name %q is there twice", n))
		}
	}
	if o.header == headerInfer {
		o.header = 0
		if o.names != nil {
			o.header = headerNone
		}
	}
	if v, ok := p.values["usecols"].([]any); ok {
		o.use = v
	} else if v := p.values["usecols"]; v != nil {
		p.fail("usecols", "a list of names or of positions is expected")
	}
	switch v := p.values["skiprows"].(type) {
	case nil:
	case []any:
		o.skipLines = map[int]bool{}
		for _, item := range v {
			n, ok := item.(int64)
			if !ok || n < 0 {
				p.fail("skiprows", "a number of lines, or a list of line numbers from 0, is expected")
				break
			}
			o.skipLines[int(n)] = true
		}
	default:
		p.number("skiprows", &o.skip, 0)
	}
	if p.values["nrows"] != nil {
		p.number("nrows", &o.rows, 0)
	}
	p.number("chunksize", &o.chunk, 1)
}

func (o *csvOptions) values(p *parameters) {
	defaults, filter := true, true
	p.flag("keep_default_na", &defaults)
	p.flag("na_filter", &filter)
	var own []string
	p.words("na_values", &own)
	if defaults {
		own = append(own, pandasMissing...)
	}
	if filter {
		for _, w := range own {
			if len(w) > 62 {
				p.fail("na_values", "words of at most 62 bytes are expected")
			}
			o.missing[w] = true
			o.longestMissing = max(o.longestMissing, len(w))
			if w == "" {
				o.emptyMissing = true
			} else {
				o.missingLengths[w[0]] |= 1 << min(len(w), 63)
			}
		}
	}
	for name, into := range map[string]map[string]bool{"true_values": o.trueWords, "false_values": o.falseWords} {
		var words []string
		p.words(name, &words)
		for _, w := range words {
			into[w] = true
		}
	}
	p.encoding(&o.encoding)
	p.text("on_bad_lines", &o.badLines)
	if !slices.Contains([]string{"error", "warn", "skip"}, o.badLines) {
		p.fail("on_bad_lines", "error, warn and skip are supported")
	}
}

// refused tells of parameters that would change rows in ways that are not read here; their defaults are fine.
func (o *csvOptions) refused(p *parameters) {
	p.must("engine", "only the engine c is imitated", nil, "c")
	p.must("index_col", "a dataset has no index; leave it out, or use usecols", nil, false)
	_, given := p.values["index_col"].(bool)
	o.noLabels = given
	p.must("prefix", "pandas has dropped it", nil)
	p.must("mangle_dupe_cols", "pandas has dropped it", nil, true)
	p.must("error_bad_lines", "use on_bad_lines", nil, true)
	p.must("warn_bad_lines", "use on_bad_lines", nil, true)
	p.must("converters", "functions cannot be given in options", nil)
	p.must("dialect", "give sep, quotechar and the others by themselves", nil)
	p.must("float_precision", "numbers are always rounded to the nearest double", nil, "high", "round_trip")
	p.must("skipfooter", "only pandas' Python engine has it", nil, int64(0))
}
