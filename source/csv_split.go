package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"
)

// CSVHeader is what the beginning of a CSV file tells about all of its rows.
type CSVHeader struct {
	Names  []string `json:"names"`
	Labels int      `json:"labels,omitempty"` // how many of them, in front, are not in the file
	Widest int      `json:"widest,omitempty"` // the most cells that a row may have, where that is more than there are names
}

// csvCutter finds the places where a CSV file can be split.
type csvCutter struct {
	exact int64 // the size up to which all of a file is read to find where its rows end
	// The rows of a longer file are looked for in stretches of it, which are at first of look bytes and at most of lookMost.
	look, lookMost int64
}

// Split implements splitter. Where a row ends is known for sure only by reading all that comes before. What is looked at instead are some
// rows behind each place: their quotes and how many cells they have must leave no doubt, else nothing is cut there. Who reads a part then
// makes sure that it ends where a row does, and all parts together prove that each begins with a row.
func (csvFormat) Split(ctx context.Context, s Services, p Partition, size int64) ([]Partition, error) {
	return csvCutter{exact: 4 << 20, look: 32 << 10, lookMost: 2 << 20}.split(ctx, s, p, size)
}

func (c csvCutter) split(ctx context.Context, s Services, p Partition, size int64) ([]Partition, error) {
	o, err := parseCSVOptions(p.Parameters)
	if err != nil {
		return nil, err
	}
	notSplit := func(why string) ([]Partition, error) {
		s.Logger.Warn("a CSV file is not split, as the option "+maxPartitionBytes+" asks for: "+why, "file", p.Path)
		return nil, nil
	}
	switch plain, err := isPlain(ctx, s, p); {
	case err != nil:
		return nil, err
	case !plain:
		return notSplit("it is packed")
	case !o.blocks():
		return notSplit("nrows and a list of skiprows count rows from its beginning")
	case !o.encoding.splits():
		return notSplit("its encoding is not UTF-8")
	}
	n := (p.Size-1)/size + 1
	if n > maxParts {
		return nil, tooManyParts(p, size, n)
	}
	places := make([]int64, 0, n-1)
	for i := int64(1); i < n; i++ {
		places = append(places, p.Size/n*i)
	}
	look := c.look
	if p.Size <= c.exact {
		look = p.Size
	}
	var f *csvFile
	var ends []int64
	read := int64(0)
	for len(ends) == 0 && read < p.Size && look <= max(c.lookMost, c.exact) {
		head, err := readRange(ctx, s, p, 0, look)
		if err != nil {
			return nil, err
		}
		f, ends = csvRowEnds(p, head, o, places)
		read, look = int64(len(head)), 4*look
	}
	if len(ends) == 0 {
		return notSplit("its rows are too long, or something is wrong with it")
	}
	if read < p.Size {
		if ends, err = c.likelyEnds(ctx, s, p, o, len(f.names), ends[0], places); err != nil {
			return nil, err
		}
	}
	return csvParts(p, ends, CSVHeader{f.names, f.labels, f.widest}), nil
}

func csvParts(p Partition, ends []int64, header CSVHeader) []Partition {
	out := make([]Partition, 0, len(ends)+1)
	from := int64(0)
	for _, to := range append(ends, p.Size) {
		if to <= from {
			continue
		}
		part := p
		part.Lines = &ByteRange{From: from, To: to, Header: &header}
		part.Length = to - from
		out = append(out, part)
		from = to
	}
	return out
}

// csvRowEnds reads the header and the rows of the beginning of a file. Of a whole file it tells, for each place, where the row ends in which
// it is; else only where the first row ends, which belongs to the header. There are none where something is wrong.
func csvRowEnds(p Partition, head []byte, o *csvOptions, places []int64) (f *csvFile, ends []int64) {
	f = &csvFile{path: p.Path, scanner: newCSVScanner(nil, o), options: o}
	f.scanner.use(head, 1)
	if err := f.readHeader(); err != nil || !f.pending || f.scanner.ended {
		return f, nil
	}
	end := int64(f.scanner.next)
	if int64(len(head)) < p.Size {
		return f, []int64{end}
	}
	for {
		passed := len(places)
		for len(places) > 0 && places[0] <= end {
			places = places[1:]
		}
		if len(places) < passed && end < p.Size {
			ends = append(ends, end)
		}
		if len(places) == 0 {
			return f, ends
		}
		if err := f.scanner.scan(); errors.Is(err, io.EOF) {
			return f, ends
		} else if err != nil {
			return f, nil
		}
		end = int64(f.scanner.next)
	}
}

// likelyEnds looks for the ends of rows behind the places that come after the first row.
func (c csvCutter) likelyEnds(ctx context.Context, s Services, p Partition, o *csvOptions, width int, first int64, places []int64) ([]int64, error) {
	if o.escape != 0 || o.comment != 0 || o.whiteSpace {
		s.Logger.Warn("a CSV file with the options escapechar or comment, or with blanks as separator, is split only when it is short", "file", p.Path)
		return nil, nil
	}
	found := make([]int64, len(places))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, s.Parallelism))
	for i, place := range places {
		if place < first {
			continue
		}
		group.Go(func() (err error) {
			found[i], err = c.likelyEnd(ctx, s, p, o, width, place)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var ends []int64
	for i, end := range found {
		switch {
		case end == 0 && places[i] >= first:
			s.Logger.Warn("a CSV file is not split at a place where quotes and the number of cells do not tell for sure where a row ends", "file", p.Path, "byte", places[i])
		case end > first && end < p.Size && !slices.Contains(ends, end):
			ends = append(ends, end)
		}
	}
	return ends, nil
}

// likelyEnd finds the end of a row behind a place; 0 is none.
func (c csvCutter) likelyEnd(ctx context.Context, s Services, p Partition, o *csvOptions, width int, place int64) (int64, error) {
	for look := c.look; look <= c.lookMost; look *= 4 {
		text, err := readRange(ctx, s, p, place-1, look)
		if err != nil {
			return 0, err
		}
		atEnd := place-1+int64(len(text)) == p.Size
		skip := 0 // Of two quotes, the first must not be taken for one by itself.
		for o.quoting && skip+1 < len(text) && (text[skip] == o.quote || text[skip+1] == o.quote) {
			skip++
		}
		text, from := text[skip:], place-1+int64(skip)
		outside, inside := o.guessRows(text, false, atEnd), o.guessRows(text, true, atEnd)
		switch {
		case outside.fits(width) && (inside.impossible(width) || width > 1 && outside.rows >= 3 && inside.end == 0):
			return from + int64(outside.end), nil
		case inside.fits(width) && outside.impossible(width):
			return from + int64(inside.end), nil
		}
		if atEnd {
			break
		}
	}
	return 0, nil
}

// rowGuess is what a stretch of a file looks like when it begins within a row, inside or outside of quotes.
type rowGuess struct {
	end         int  // of the row in which it begins; 0 when that does not end
	rows        int  // whole rows behind that
	least, most int  // cells that they have
	broken      bool // it is not what a program would write
}

// fits says whether it looks as it should.
func (g rowGuess) fits(width int) bool {
	return !g.broken && g.rows > 0 && g.least == width && g.most == width
}

// impossible says that it does not look as it should.
func (g rowGuess) impossible(width int) bool {
	return g.broken || g.rows > 0 && (g.least != width || g.most != width)
}

// guessRows looks at a stretch of a file. Its first byte comes before the place that is looked at, and tells whether a cell begins there.
// quoted says that the place is inside of quotes.
func (o *csvOptions) guessRows(text []byte, quoted, atEnd bool) (g rowGuess) {
	scanner := csvScanner{options: o}
	begins := !quoted && (scanner.endsLine(text[0]) || text[0] == o.separator)
	closed := false // a quote has just been closed
	cells := 1
	for i := 1; i < len(text); i++ {
		c := text[i]
		isQuote := o.quoting && o.quote != 0 && c == o.quote
		switch {
		case quoted && isQuote:
			if o.doubleQuote && i+1 < len(text) && text[i+1] == o.quote {
				i++
				continue
			}
			quoted, closed = false, true
		case quoted:
		case c == o.separator:
			cells++
			begins, closed = true, false
		case scanner.endsLine(c):
			if c == '\r' && o.terminator == 0 {
				if i+1 == len(text) && !atEnd {
					return g // What follows may belong to it.
				}
				if i+1 < len(text) && text[i+1] == '\n' {
					i++
				}
			}
			g.rowEnds(i+1, cells)
			cells, begins, closed = 1, true, false
		case isQuote && begins:
			quoted, begins = true, false
		case isQuote, closed:
			g.broken = true
			return g
		case o.skipInitialSpace && c == ' ' && begins:
		default:
			begins = false
		}
	}
	g.broken = g.broken || quoted && atEnd
	return g
}

func (g *rowGuess) rowEnds(end, cells int) {
	switch {
	case g.end == 0:
		g.end = end
		return
	case g.rows == 0:
		g.least, g.most = cells, cells
	}
	g.rows++
	g.least, g.most = min(g.least, cells), max(g.most, cells)
}

// readRange reads up to length bytes of a file.
func readRange(ctx context.Context, s Services, p Partition, from, length int64) (text []byte, err error) {
	if from >= p.Size {
		return nil, nil
	}
	body, err := s.Files.Range(ctx, p.File(), from, min(length, p.Size-from))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	return io.ReadAll(body)
}

// partHint tells what may be wrong besides a row of a file that is split.
func (f *csvFile) partHint() string {
	if !f.part {
		return ""
	}
	return "; when the file cannot be split where that was meant to be, it can be read without the option " + maxPartitionBytes
}

// checkEnd makes sure that a part of a file ends where a row does.
func (f *csvFile) checkEnd() error {
	if !f.open || !f.scanner.cut {
		return nil
	}
	return fmt.Errorf("data file %s: the row that begins in line %d goes on behind the part of the file that is read, so that the file cannot be split there; "+
		"read it without the option %s", f.path, f.scanner.start, maxPartitionBytes)
}

// useHeader takes the header of a file from what was read when it was split.
func (f *csvFile) useHeader() {
	f.names, f.labels, f.widest = f.header.Names, f.header.Labels, f.header.Widest
	f.scanner.index = math.MaxInt32 // Lines to be skipped come before the header.
}

// is makes the file a part of one.
func (f *csvFile) is(p Partition) *csvFile {
	if p.Lines != nil && p.Lines.Header != nil {
		f.part, f.open = true, p.Lines.To < p.Size
		if p.Lines.From > 0 {
			f.header = p.Lines.Header
		}
	}
	return f
}
