package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
)

// maxRecord is the most bytes of one row; more means that a quote is not closed.
const maxRecord = 256 << 20

// csvScanner cuts a CSV file into rows of cells by the rules of pandas' C parser (pandas, _libs/src/parser/tokenizer.c): a quote
// counts only at the beginning of a cell, a doubled one inside quotes is one, text after a closing quote belongs to the cell,
// and \n, \r and \r\n end a line.
type csvScanner struct {
	input   io.Reader
	options *csvOptions
	special [256]bool // ends a run of ordinary characters outside quotes

	buffer    []byte
	next, end int
	eof       bool
	line      int // lines read, from 1
	start     int // the line where the last row began
	index     int // rows begun, blank and skipped ones included
	record    []byte
	starts    []int  // where the cells of the record begin
	ends      []int  // and where they end
	own       []byte // what record is made of when it is not a part of the buffer
	simple    bool   // lines without quotes can be cut as they stand
	keep      int    // cells of a row whose places are wanted; others may only be counted
	uncut     int    // cells of the record that were only counted

	quotes, returns bool // the buffer has quotes, or carriage returns
	begin           int  // where in the buffer the last row began, unless the buffer was filled since
	inRow           bool
	ended           bool // more was asked for than there is
	cut             bool // the last row ended with the input, and not by its line's end
}

func newCSVScanner(input io.Reader, o *csvOptions) *csvScanner {
	s := &csvScanner{input: input, options: o, line: 1, keep: math.MaxInt}
	if input != nil {
		s.buffer = make([]byte, 256<<10)
	}
	if o.whiteSpace {
		s.special[' '], s.special['\t'] = true, true
	}
	s.simple = !o.whiteSpace && o.escape == 0 && o.comment == 0 && !o.skipInitialSpace && o.terminator == 0 && o.separator != ' ' && o.separator != '\t'
	for i, c := range []byte{o.separator, o.escape, o.comment} {
		if c != 0 && (i > 0 || !o.whiteSpace) {
			s.special[c] = true
		}
	}
	if o.terminator != 0 {
		s.special[o.terminator] = true
	} else {
		s.special['\n'], s.special['\r'] = true, true
	}
	return s
}

// use makes the scanner read data, and nothing else, whose first line has the given number.
func (s *csvScanner) use(data []byte, line int) {
	s.buffer, s.next, s.end, s.eof, s.line = data, 0, len(data), true, line
	s.inRow, s.ended, s.cut = false, false, false
	s.look()
}

// at sets the number of the next line.
func (s *csvScanner) at(line int) *csvScanner {
	s.line = line
	return s
}

// look finds out what the buffer does not have.
func (s *csvScanner) look() {
	s.quotes = s.options.quoting && bytes.IndexByte(s.buffer[:s.end], s.options.quote) >= 0
	s.returns = bytes.IndexByte(s.buffer[:s.end], '\r') >= 0
}

// fill reads more input; it keeps what has not been scanned. It reports false at the end.
func (s *csvScanner) fill() (bool, error) {
	if s.eof {
		s.ended = true
		s.cut = s.cut || s.inRow
		return false, nil
	}
	s.next, s.end = 0, 0
	defer s.look()
	for range 100 {
		n, err := s.input.Read(s.buffer)
		s.end = n
		if errors.Is(err, io.EOF) {
			s.eof = true
			return n > 0, nil
		}
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, io.ErrNoProgress
}

// peek returns the next byte, or ok false at the end.
func (s *csvScanner) peek() (c byte, ok bool, err error) {
	if s.next == s.end {
		if ok, err = s.fill(); !ok || err != nil {
			return 0, false, err
		}
	}
	return s.buffer[s.next], true, nil
}

// skipBOM steps over the byte order mark of UTF-8.
func (s *csvScanner) skipBOM() error {
	if s.next == s.end {
		if ok, err := s.fill(); !ok || err != nil {
			return err
		}
	}
	for s.end < 3 && !s.eof { // A first read this short is rare.
		n, err := s.input.Read(s.buffer[s.end:])
		s.end += n
		if errors.Is(err, io.EOF) {
			s.eof = true
		} else if err != nil {
			return err
		}
	}
	s.look()
	if bytes.HasPrefix(s.buffer[:s.end], []byte("\xef\xbb\xbf")) {
		s.next = 3
	}
	return nil
}

// skipLine steps over a line, quoted line ends included, as skiprows does.
func (s *csvScanner) skipLine() error {
	quoted := false
	for {
		c, ok, err := s.peek()
		if err != nil || !ok {
			return err
		}
		s.next++
		switch {
		case s.options.quoting && c == s.options.quote:
			quoted = !quoted
		case !quoted && s.endsLine(c):
			return s.lineEnded(c)
		}
	}
}

func (s *csvScanner) endsLine(c byte) bool {
	if s.options.terminator != 0 {
		return c == s.options.terminator
	}
	return c == '\n' || c == '\r'
}

// lineEnded takes the \n after a \r, and counts the line.
func (s *csvScanner) lineEnded(c byte) error {
	s.line++
	if c != '\r' || s.options.terminator != 0 {
		return nil
	}
	s.inRow = false
	c, ok, err := s.peek()
	if ok && c == '\n' {
		s.next++
	}
	return err
}

// cell returns cell i of the record.
func (s *csvScanner) cell(i int) []byte {
	return s.record[s.starts[i]:s.ends[i]]
}

// scan reads the next row that is not blank. Its cells are valid until the next call; the error after the last row is io.EOF.
func (s *csvScanner) scan() error {
	for {
		s.record, s.starts, s.ends, s.start, s.uncut = s.own[:0], s.starts[:0], s.ends[:0], s.line, 0
		s.inRow = false
		_, ok, err := s.peek()
		if err != nil {
			return err
		}
		if !ok {
			return io.EOF
		}
		s.begin, s.inRow = s.next, true
		index := s.index
		s.index++
		if index < s.options.skip || s.options.skipLines[index] {
			if err := s.skipLine(); err != nil {
				return err
			}
			continue
		}
		if s.simple && s.plainRow() {
			return nil
		}
		content, err := s.row()
		s.own = s.record
		if err != nil {
			return err
		}
		if content || !s.options.skipBlank {
			return nil
		}
	}
}

// plainRow takes the next line when it is all in the buffer, is not blank and has no quotes: its cells stay where they are. It
// reports false, and changes nothing, when the line needs a closer look.
func (s *csvScanner) plainRow() bool {
	rest := s.buffer[s.next:s.end]
	length := bytes.IndexByte(rest, '\n')
	if length < 0 {
		return false
	}
	line := rest[:length]
	if length > 0 && line[length-1] == '\r' {
		line = line[:length-1]
	}
	if len(line) == 0 || line[0] == ' ' || line[0] == '\t' || s.returns && bytes.IndexByte(line, '\r') >= 0 || s.quotes && bytes.IndexByte(line, s.options.quote) >= 0 {
		return false
	}
	s.cells(line)
	s.next += length + 1
	s.line++
	return true
}

// nearCell is how far the end of a cell is looked for byte by byte: most are short.
const nearCell = 12

// cells cuts a line at its separators.
func (s *csvScanner) cells(line []byte) {
	s.record = line
	separator := s.options.separator
	for from := 0; ; {
		if len(s.ends) >= s.keep {
			s.uncut = 1 + bytes.Count(line[from:], []byte{separator})
			return
		}
		i := from
		for near := min(from+nearCell, len(line)); i < near && line[i] != separator; {
			i++
		}
		if i == from+nearCell {
			if next := bytes.IndexByte(line[i:], separator); next >= 0 {
				i += next
			} else {
				i = len(line)
			}
		}
		s.starts, s.ends = append(s.starts, from), append(s.ends, i)
		if i == len(line) {
			return
		}
		from = i + 1
	}
}

// width is how many cells the record has.
func (s *csvScanner) width() int { return len(s.ends) + s.uncut }

// row reads one line and tells whether it is more than blanks and comments.
func (s *csvScanner) row() (content bool, err error) {
	blank := true // only spaces and tabs so far, in the first cell
	if s.options.whiteSpace {
		if err := s.skipBlanks(); err != nil {
			return false, err
		}
	}
	for {
		s.starts = append(s.starts, len(s.record))
		more, quoted, err := s.cellEnd()
		if err != nil {
			return false, err
		}
		if blank && (quoted || more != cellLast || !isBlank(s.record, s.options.separator)) {
			blank = false
		}
		s.ends = append(s.ends, len(s.record))
		switch more {
		case cellMore:
		case cellComment:
			return len(s.ends) > 1 || len(s.record) > 0, s.skipComment()
		default:
			return !blank, nil
		}
	}
}

// skipBlanks steps over spaces and tabs.
func (s *csvScanner) skipBlanks() error {
	for {
		c, ok, err := s.peek()
		if err != nil || !ok || c != ' ' && c != '\t' {
			return err
		}
		s.next++
	}
}

// blanksEnd steps over the white space that separates cells, and tells what it was: white space before the end of a line separates nothing.
func (s *csvScanner) blanksEnd() (cellStop, error) {
	if err := s.skipBlanks(); err != nil {
		return 0, err
	}
	c, ok, err := s.peek()
	switch {
	case err != nil || !ok:
		return cellLast, err
	case s.endsLine(c):
		s.next++
		return cellLast, s.lineEnded(c)
	}
	return cellMore, nil
}

func isBlank(text []byte, separator byte) bool {
	for _, c := range text {
		if c != ' ' && c != '\t' || c == separator {
			return false
		}
	}
	return true
}

func (s *csvScanner) skipComment() error {
	for {
		c, ok, err := s.peek()
		if err != nil || !ok {
			return err
		}
		s.next++
		if s.endsLine(c) {
			return s.lineEnded(c)
		}
	}
}

// What ends a cell.
type cellStop int

const (
	cellMore    cellStop = iota // a separator
	cellLast                    // the end of the line
	cellComment                 // a comment
)

// cellEnd appends one cell to the record, and tells what ended it and whether it began with a quote.
func (s *csvScanner) cellEnd() (stop cellStop, quoted bool, err error) {
	o := s.options
	c, ok, err := s.peek()
	for ok && err == nil && o.skipInitialSpace && c == ' ' {
		s.next++
		c, ok, err = s.peek()
	}
	if err != nil {
		return 0, false, err
	}
	if ok && o.quoting && c == o.quote && o.quote != 0 {
		s.next++
		quoted = true
		if err := s.quotedPart(); err != nil {
			return 0, true, err
		}
	}
	stop, err = s.plainPart()
	return stop, quoted, err
}

// quotedPart appends what stands between quotes; the opening quote has been read.
func (s *csvScanner) quotedPart() error {
	o := s.options
	for {
		_, ok, err := s.peek()
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("line %d: the quote that opens a cell in the row that begins there is not closed", s.start)
		}
		chunk := s.buffer[s.next:s.end]
		stop := bytes.IndexByte(chunk, o.quote)
		if o.escape != 0 {
			if e := bytes.IndexByte(chunk, o.escape); e >= 0 && (stop < 0 || e < stop) {
				stop = e
			}
		}
		run := chunk
		if stop >= 0 {
			run = chunk[:stop]
		}
		s.record = append(s.record, run...)
		s.line += bytes.Count(run, []byte{'\n'})
		if len(s.record) > maxRecord {
			return fmt.Errorf("line %d: a row has more than %d MiB; a quote may not be closed", s.start, maxRecord>>20)
		}
		s.next += len(run)
		if stop < 0 {
			continue
		}
		s.next++
		if o.escape != 0 && chunk[stop] == o.escape {
			if err := s.escaped(); err != nil {
				return err
			}
			continue
		}
		c, ok, err := s.peek()
		if err != nil {
			return err
		}
		if !ok || c != o.quote || !o.doubleQuote {
			return nil
		}
		s.record = append(s.record, c)
		s.next++
	}
}

// escaped appends the character after an escape character.
func (s *csvScanner) escaped() error {
	c, ok, err := s.peek()
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("line %d: the file ends after an escape character", s.line)
	}
	if c == '\n' {
		s.line++
	}
	s.record = append(s.record, c)
	s.next++
	return nil
}

// plainPart appends what stands outside quotes up to the end of the cell.
func (s *csvScanner) plainPart() (cellStop, error) {
	o := s.options
	for {
		_, ok, err := s.peek()
		if err != nil {
			return 0, err
		}
		if !ok {
			return cellLast, nil
		}
		chunk := s.buffer[s.next:s.end]
		i := 0
		for i < len(chunk) && !s.special[chunk[i]] {
			i++
		}
		s.record = append(s.record, chunk[:i]...)
		s.next += i
		if len(s.record) > maxRecord {
			return 0, fmt.Errorf("line %d: a row has more than %d MiB; the file may not be CSV", s.start, maxRecord>>20)
		}
		if i == len(chunk) {
			continue
		}
		c := chunk[i]
		s.next++
		switch {
		case s.endsLine(c):
			return cellLast, s.lineEnded(c)
		case o.whiteSpace && (c == ' ' || c == '\t'):
			return s.blanksEnd()
		case !o.whiteSpace && c == o.separator:
			return cellMore, nil
		case o.comment != 0 && c == o.comment:
			return cellComment, nil
		default:
			if err := s.escaped(); err != nil {
				return 0, err
			}
		}
	}
}
