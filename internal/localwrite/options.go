package localwrite

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source/parquetfile"
)

// OptionError says that an option cannot be what it is.
type OptionError struct {
	Format, Option, Message string
}

// Error implements error.
func (e *OptionError) Error() string {
	return fmt.Sprintf("option %s of the format %s: %s", e.Option, e.Format, e.Message)
}

// ErrNoColumns says that a table, or a struct in it, has no columns.
var ErrNoColumns = errors.New("it has no columns, and files need at least one: select some")

// DuplicateError says that two columns have the same name, which Spark tells apart by case no more than files do.
type DuplicateError struct{ Column string }

// Error implements error.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("The column `%s` already exists. Choose another name or rename the existing column.", e.Column)
}

// ColumnError says that a format cannot hold a column.
type ColumnError struct {
	Format, Column string
	Type           types.DataType
	Hint           string
}

// Error implements error.
func (e *ColumnError) Error() string {
	return fmt.Sprintf("The %s datasource doesn't support the column `%s` of the type %q%s.", strings.ToUpper(e.Format), e.Column, e.Type.SQL(), e.Hint)
}

// Formats lists the formats that can be written.
func Formats() []string { return []string{"parquet", "csv", "json"} }

type options struct {
	format      string
	compression string
	maxRecords  int64
	zone        *time.Location
	parquet     parquetfile.Options
	csv         csvOptions
	keepNulls   bool // of JSON
}

type csvOptions struct {
	header, quoteAll, escapeQuotes bool
	trimLeft, trimRight            bool
	sep, lineSep                   string
	null, empty                    string
	// Characters; 0 is none, or the character 0.
	quote, escape, escapeEscape, comment rune
	hasEscapeEscape                      bool
}

// codecs are the compressions of a format with what they add to the names of files.
var codecs = map[string]map[string]string{
	"csv":  {"none": "", "uncompressed": "", "gzip": ".gz", "deflate": ".deflate"},
	"json": {"none": "", "uncompressed": "", "gzip": ".gz", "deflate": ".deflate"},
	"parquet": {
		"none": "", "uncompressed": "", "snappy": ".snappy", "gzip": ".gz", "zstd": ".zstd", "brotli": ".br", "lz4_raw": ".lz4raw",
	},
}

// suffix ends the names of files as Spark does.
func (o options) suffix() string {
	codec := codecs[o.format][o.compression]
	if o.format == "parquet" {
		return codec + ".parquet"
	}
	return "." + o.format + codec
}

// setter reads the value of an option.
type setter func(o *options, value string) error

// settersOf are the options of each format, by Spark's names in lower case.
func settersOf(format string) map[string]setter {
	all := map[string]setter{
		"compression":       (*options).setCompression,
		"codec":             (*options).setCompression,
		"maxrecordsperfile": func(o *options, v string) (err error) { o.maxRecords, err = strconv.ParseInt(v, 10, 64); return err },
	}
	if format == "parquet" {
		delete(all, "codec")
		return all
	}
	all["encoding"] = setEncoding
	all["timezone"] = func(o *options, v string) error {
		zone, ok := function.LoadZone(v)
		if !ok {
			return fmt.Errorf("there is no time zone %q", v)
		}
		o.zone = zone
		return nil
	}
	all["dateformat"] = only("yyyy-MM-dd")
	all["timestampformat"] = only("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]")
	all["timestampntzformat"] = only("yyyy-MM-dd'T'HH:mm:ss[.SSS]")
	all["lineseparator"] = func(*options, string) error { return fmt.Errorf("it is called lineSep") }
	all["linesep"] = func(o *options, v string) error {
		if v != "\n" && v != "\r\n" {
			return fmt.Errorf(`%q is not supported: use "\n" or "\r\n"`, v)
		}
		o.csv.lineSep = v
		return nil
	}
	if format == "json" {
		all["ignorenullfields"] = func(o *options, v string) error {
			ignore, err := truth(v)
			o.keepNulls = !ignore
			return err
		}
		return all
	}
	maps.Copy(all, csvSetters)
	return all
}

// only takes nothing but the default: patterns of times are Java's, and are not interpreted here.
func only(pattern string) setter {
	return func(_ *options, v string) error {
		if v != pattern {
			return fmt.Errorf("only the default %q is supported: format the column with date_format instead", pattern)
		}
		return nil
	}
}

var csvSetters = map[string]setter{
	"sep":                      setSep,
	"delimiter":                setSep,
	"header":                   flag(func(o *options) *bool { return &o.csv.header }),
	"quoteall":                 flag(func(o *options) *bool { return &o.csv.quoteAll }),
	"escapequotes":             flag(func(o *options) *bool { return &o.csv.escapeQuotes }),
	"ignoreleadingwhitespace":  flag(func(o *options) *bool { return &o.csv.trimLeft }),
	"ignoretrailingwhitespace": flag(func(o *options) *bool { return &o.csv.trimRight }),
	"nullvalue":                func(o *options, v string) error { o.csv.null = v; return nil },
	"emptyvalue":               func(o *options, v string) error { o.csv.empty = v; return nil },
	"quote":                    func(o *options, v string) (err error) { o.csv.quote, err = character(v); return err },
	"escape":                   func(o *options, v string) (err error) { o.csv.escape, err = character(v); return err },
	"comment":                  func(o *options, v string) (err error) { o.csv.comment, err = character(v); return err },
	"chartoescapequoteescaping": func(o *options, v string) (err error) {
		o.csv.escapeEscape, err = character(v)
		o.csv.hasEscapeEscape = true
		return err
	},
}

func setSep(o *options, v string) error {
	if v == `\t` {
		v = "\t"
	}
	if v == "" || strings.Contains(v, `\`) {
		return fmt.Errorf("%q is no separator", v)
	}
	o.csv.sep = v
	return nil
}

func setEncoding(_ *options, v string) error {
	if !strings.EqualFold(v, "utf-8") && !strings.EqualFold(v, "utf8") {
		return fmt.Errorf("%q is not supported: files are written in UTF-8", v)
	}
	return nil
}

func (o *options) setCompression(v string) error {
	v = strings.ToLower(v)
	if _, ok := codecs[o.format][v]; !ok {
		return fmt.Errorf("%q is not supported: use one of %s", v, strings.Join(slices.Sorted(maps.Keys(codecs[o.format])), ", "))
	}
	o.compression = v
	return nil
}

func flag(of func(o *options) *bool) setter {
	return func(o *options, v string) (err error) {
		*of(o), err = truth(v)
		return err
	}
}

func truth(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", v)
}

// character reads an option of at most one character; the empty text is the character 0, as in Spark.
func character(v string) (rune, error) {
	if utf8.RuneCountInString(v) > 1 {
		return 0, fmt.Errorf("%q is more than one character", v)
	}
	r, _ := utf8.DecodeRuneInString(v)
	if v == "" {
		r = 0
	}
	return r, nil
}

func parse(r Request) (options, error) {
	o := options{format: strings.ToLower(r.Format), compression: "none", csv: csvOptions{
		escapeQuotes: true, trimLeft: true, trimRight: true, sep: ",", lineSep: "\n", empty: `""`, quote: '"', escape: '\\', comment: '#',
	}}
	if o.format == "parquet" {
		o.compression = "snappy"
	}
	var ok bool
	if o.zone, ok = function.LoadZone(r.TimeZone); !ok {
		o.zone = time.UTC
	}
	setters := settersOf(o.format)
	for _, name := range slices.Sorted(maps.Keys(r.Options)) {
		key := strings.ToLower(name)
		if key == "path" {
			continue
		}
		set, ok := setters[key]
		if !ok {
			return o, &OptionError{o.format, name, "it is not supported for writing; these are: " + strings.Join(slices.Sorted(maps.Keys(setters)), ", ")}
		}
		if err := set(&o, r.Options[name]); err != nil {
			return o, &OptionError{o.format, name, err.Error()}
		}
	}
	if !o.csv.hasEscapeEscape && o.csv.escape != o.csv.quote {
		o.csv.escapeEscape, o.csv.hasEscapeEscape = o.csv.escape, true
	}
	o.parquet = parquetfile.Options{Compression: o.compression, Chunking: parquetfile.Chunking{Off: true}}
	if strings.HasPrefix(o.compression, "lz4") {
		o.parquet.Compression = "lz4"
	}
	return o, nil
}

// checkColumns refuses what a format cannot hold.
func checkColumns(format string, schema types.Struct) error {
	if len(schema.Fields) == 0 {
		return fmt.Errorf("the table cannot be written: %w", ErrNoColumns)
	}
	seen := map[string]bool{}
	for _, f := range schema.Fields {
		key := strings.ToLower(f.Name)
		if seen[key] {
			return &DuplicateError{key}
		}
		seen[key] = true
		if format == "csv" && (types.IsNested(f.Type) || f.Type == types.Null || f.Type == types.CalendarInterval) {
			return &ColumnError{format, f.Name, f.Type, ""}
		}
		if err := checkNested(format, f.Name, f.Type); err != nil {
			return err
		}
	}
	return nil
}

func checkNested(format, column string, t types.DataType) error {
	switch t := t.(type) {
	case types.Array:
		return checkNested(format, column, t.Element)
	case types.Map:
		if format == "json" && (types.IsNested(t.Key) || t.Key == types.Binary) {
			return &ColumnError{format, column, t, ", whose keys have no text; use map_entries()"}
		}
		if err := checkNested(format, column, t.Key); err != nil {
			return err
		}
		return checkNested(format, column, t.Value)
	case types.Struct:
		if len(t.Fields) == 0 {
			return fmt.Errorf("the column %s cannot be written: %w", column, ErrNoColumns)
		}
		for _, f := range t.Fields {
			if err := checkNested(format, column, f.Type); err != nil {
				return err
			}
		}
	}
	if t == types.CalendarInterval || format == "parquet" && t == types.YearMonthInterval {
		return &ColumnError{format, column, t, "; cast it to string"}
	}
	return nil
}
