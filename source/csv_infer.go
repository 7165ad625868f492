package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

// csvFile is an open CSV file whose names of columns are known.
type csvFile struct {
	path    string
	text    *textFile
	scanner *csvScanner
	options *csvOptions
	names   []string
	// pending tells that the scanner holds a row that is data already: files without a header begin with it.
	pending bool
	rows    int
	labels  int // columns in front that the header does not name
	widest  int // the most cells that a row may have

	part   bool       // it is a part of a file,
	open   bool       // and not the last one
	header *CSVHeader // that of the file, when it is not the first one
}

// openCSV opens a file, or the part of one that a partition has, and reads its header. A file without any row is an error, as in pandas.
func openCSV(ctx context.Context, d document, o *csvOptions, p Partition) (*csvFile, error) {
	text, err := d.text(ctx, o.encoding)
	if err != nil {
		return nil, err
	}
	f := (&csvFile{path: d.name, text: text, scanner: newCSVScanner(text, o), options: o}).is(p)
	if err := f.readHeader(); err != nil {
		_ = text.Close() // The header's error tells more.
		return nil, err
	}
	return f, nil
}

func (f *csvFile) close() error { return f.text.Close() }

func (f *csvFile) fail(line int, err error) error {
	return fmt.Errorf("data file %s, line %d: %w%s", f.path, line, err, f.partHint())
}

// scan reads the next row into the scanner.
func (f *csvFile) scan() error {
	if f.options.rows >= 0 && f.rows >= f.options.rows {
		return io.EOF
	}
	if f.pending {
		f.pending = false
		f.rows++
		return nil
	}
	for {
		err := f.scanner.scan()
		if errors.Is(err, io.EOF) {
			if err := f.checkEnd(); err != nil {
				return err
			}
			return io.EOF
		}
		if err != nil {
			return fmt.Errorf("data file %s: %w%s", f.path, err, f.partHint())
		}
		if n := f.scanner.width(); n > max(len(f.names), f.widest) {
			if f.options.badLines != "error" {
				continue
			}
			return f.tooMany(n)
		}
		f.rows++
		return nil
	}
}

func (f *csvFile) tooMany(cells int) error {
	return f.fail(f.scanner.start, fmt.Errorf("expected %d cells, found %d; the option on_bad_lines=skip leaves such rows out", len(f.names), cells))
}

// firstRow looks at the first row of data: when it has more cells than there are names, the first ones are row labels, as in pandas,
// and become columns behind the others, as in pyarrow.
func (f *csvFile) firstRow() error {
	if !f.pending {
		err := f.scanner.scan()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("data file %s: %w", f.path, err)
		}
		f.pending = true
	}
	extra := len(f.scanner.ends) - len(f.names)
	switch use := f.options.use; {
	case use != nil && (extra <= 0 || f.options.noLabels || len(use) == len(f.names)):
		f.widest = math.MaxInt // With usecols, cells beyond the names are passed over.
	case extra <= 0:
	case f.options.noLabels:
		f.widest = len(f.scanner.ends)
	case use != nil && (f.options.names != nil || len(use) > len(f.names)):
		return f.tooMany(len(f.scanner.ends))
	default:
		if use != nil {
			f.widest = math.MaxInt
		}
		f.labels = extra
		names := make([]string, extra, extra+len(f.names))
		for i := range names {
			names[i] = fmt.Sprintf("__index_level_%d__", i)
		}
		f.names = append(names, f.names...)
	}
	return nil
}

func (f *csvFile) readHeader() error {
	if f.header != nil {
		f.useHeader()
		return nil
	}
	if err := f.scanner.skipBOM(); err != nil {
		return fmt.Errorf("data file %s: %w", f.path, err)
	}
	if err := f.readNames(); err != nil {
		return err
	}
	return f.firstRow()
}

func (f *csvFile) readNames() error {
	o := f.options
	if o.header == headerNone {
		err := f.scanner.scan()
		switch {
		case errors.Is(err, io.EOF) && o.names == nil:
			return fmt.Errorf("data file %s is empty: it has no columns", f.path)
		case errors.Is(err, io.EOF):
			f.names = o.names
			return nil
		case err != nil:
			return fmt.Errorf("data file %s: %w", f.path, err)
		}
		f.pending = true
		f.names = o.names
		if f.names == nil {
			for i := range f.scanner.ends {
				f.names = append(f.names, strconv.Itoa(i))
			}
		}
		return nil
	}
	for range o.header + 1 {
		err := f.scanner.scan()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("data file %s has no header: it ends before row %d", f.path, o.header+1)
		}
		if err != nil {
			return fmt.Errorf("data file %s: %w", f.path, err)
		}
	}
	if o.names != nil {
		f.names = o.names
		return nil
	}
	names := make([]string, len(f.scanner.ends))
	for i := range names {
		names[i] = string(f.scanner.cell(i))
		if !utf8.ValidString(names[i]) {
			return f.fail(f.scanner.start, fmt.Errorf("the name of column %d is not UTF-8; set the option encoding", i+1))
		}
	}
	f.names = distinctNames(names)
	return nil
}

// distinctNames names nameless columns and tells equal names apart, as pandas does (pandas, io/parsers/c_parser_wrapper.py and
// _libs/parsers.pyx): a, a.1, a.2, and Unnamed: 3.
func distinctNames(names []string) []string {
	out := make([]string, len(names))
	taken := map[string]bool{}
	for i, n := range names {
		if n == "" {
			n = "Unnamed: " + strconv.Itoa(i)
		}
		out[i] = n
	}
	for _, n := range out {
		taken[n] = true
	}
	counts := map[string]int{}
	for i, n := range out {
		name, count := n, counts[n]
		for count > 0 {
			counts[n] = count + 1
			name = n + "." + strconv.Itoa(count)
			if taken[name] {
				count++
			} else {
				count = counts[name]
			}
		}
		out[i] = name
		counts[name] = count + 1
		taken[name] = true
	}
	return out
}

// used tells which columns of the file the option usecols keeps.
func (f *csvFile) used() ([]int, error) {
	var out []int
	for i, n := range f.names {
		keep := f.options.use == nil || i < f.labels
		for _, u := range f.options.use {
			keep = keep || u == n || u == int64(i-f.labels)
		}
		if keep {
			out = append(out, i)
		}
	}
	out = append(out[f.labels:], out[:f.labels]...)
	for _, u := range f.options.use {
		found := false
		for i, n := range f.names[f.labels:] {
			found = found || u == n || u == int64(i)
		}
		if !found {
			return nil, fmt.Errorf("data file %s: the option usecols names %v, which is none of its columns; %s", f.path, u, didYouMean(fmt.Sprint(u), f.names[f.labels:]))
		}
	}
	return out, nil
}

// numbered tells whether a column has the numbers of rows, by its first one: pandas takes such labels for its own count of rows, and
// pyarrow leaves them out.
func (f *csvFile) numbered(column int) bool {
	if f.labels != 1 || column != 0 {
		return false
	}
	if !f.pending {
		return true
	}
	_, kind := integer(f.scanner.cell(0), f.options.thousands)
	return kind == wholeInt
}

// numberedRows tells whether the labels of rows are integers with the same difference between each and the next, two or more.
type numberedRows struct {
	count      int
	last, step int64
	not        bool
}

func (n *numberedRows) add(cell []byte, o *csvOptions) {
	v, kind := integer(cell, o.thousands)
	if n.not = n.not || kind != wholeInt || o.isMissing(cell); n.not {
		return
	}
	step := int64(v) - n.last
	n.not = n.count > 0 && step == 0 || n.count > 1 && step != n.step
	n.count, n.last, n.step = n.count+1, int64(v), step
}

func (n *numberedRows) all() bool { return n.count > 1 && !n.not }

// columnGuess is what the cells of a column have in common so far.
type columnGuess struct {
	values, missing           int
	beyond                    bool // an integer beyond 63 bits was there
	notInt, notUint, notWhole bool // notWhole: some value is no integer of any size
	notFloat, notBool         bool
}

func (g *columnGuess) add(cell []byte, o *csvOptions) {
	if o.isMissing(cell) {
		g.missing++
		return
	}
	g.values++
	if !g.notWhole {
		v, kind := integer(cell, o.thousands)
		g.notWhole = kind == wholeNone
		g.notInt = g.notInt || kind != wholeInt
		g.notUint = g.notUint || kind != wholeLarge && (kind != wholeInt || int64(v) < 0)
		g.beyond = g.beyond || kind == wholeLarge || kind == wholeHuge
	}
	if g.notWhole && !g.notFloat {
		_, ok := float(cell, o)
		g.notFloat = !ok
	}
	if !g.notBool {
		g.notBool = !o.trueWords[string(cell)] && !o.falseWords[string(cell)]
	}
}

// dataType decides: the narrowest of int64, uint64, double, bool and string that all cells fit. An integer column with missing
// values is double, as in pandas. A column without any value is double too when all rows have been seen, and else text, which whatever
// comes later fits.
func (g *columnGuess) dataType(o *csvOptions, complete bool) arrow.DataType {
	switch {
	case g.values == 0 && complete, o.doubles && g.values > 0 && !g.notFloat:
		return arrow.PrimitiveTypes.Float64
	case g.values == 0:
		return arrow.BinaryTypes.String
	case !g.notInt && g.missing == 0:
		return arrow.PrimitiveTypes.Int64
	case !g.notUint && g.missing == 0:
		return arrow.PrimitiveTypes.Uint64
	case !g.notWhole && g.beyond: // Integers that no type of 64 bits holds stay text, with all their digits.
		return arrow.BinaryTypes.String
	case !g.notFloat:
		return arrow.PrimitiveTypes.Float64
	case !g.notBool:
		return arrow.FixedWidthTypes.Boolean
	}
	return arrow.BinaryTypes.String
}

func (o *csvOptions) isMissing(cell []byte) bool {
	switch {
	case len(cell) == 0:
		return o.emptyMissing
	case len(cell) > o.longestMissing || o.missingLengths[cell[0]]&(1<<len(cell)) == 0:
		return false
	}
	return o.missing[string(cell)]
}

// inferCSV announces the columns of a file by its first chunk of rows. It also tells whether there were rows.
// only tells that the document is all there is.
func inferCSV(ctx context.Context, d document, o *csvOptions, only bool) (schema *arrow.Schema, rows bool, err error) {
	f, err := openCSV(ctx, d, o, Partition{})
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	used, err := f.used()
	if err != nil {
		return nil, false, err
	}
	guesses := make([]columnGuess, len(used))
	var numbers numberedRows
	count := 0
	for ; count < o.chunk; count++ {
		if err := ctx.Err(); err != nil {
			return nil, false, context.Cause(ctx)
		}
		err := f.scan()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false, err
		}
		for i, column := range used {
			var cell []byte
			if column < len(f.scanner.ends) {
				cell = f.scanner.cell(column)
			}
			guesses[i].add(cell, o)
			if f.labels == 1 && column == 0 {
				numbers.add(cell, o)
			}
		}
	}
	if numbers.all() {
		used = used[:len(used)-1] // Labels come last.
	}
	complete := only && count < o.chunk && count > 0
	fields := make([]arrow.Field, len(used))
	for i, column := range used {
		fields[i] = arrow.Field{Name: f.names[column], Type: guesses[i].dataType(o, complete), Nullable: true}
	}
	return arrow.NewSchema(fields, nil), count > 0, nil
}
