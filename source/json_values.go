package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxJSONValue is the most bytes of one row, and of a whole object that holds columns.
const maxJSONValue = 256 << 20

// jsonBuffer is how much of a stream is read at once.
const jsonBuffer = 256 << 10

// jsonValues cuts a stream into JSON values: those of a file of JSON lines, which may also be spread over lines, or the elements
// of an array.
type jsonValues struct {
	input io.Reader
	// buffer[at:end] has been read and not been handed out.
	buffer  []byte
	at, end int
	eof     bool
	line    int   // the line of buffer[at], from 1
	read    int64 // bytes handed out or skipped
	inArray bool
	first   bool // no element of the array has been read
	ended   bool
	field   string   // the member of the file's one object that holds the rows, or ""
	queue   [][]byte // rows that were put together of columns
	plain   bool     // the whole input is in the buffer, and its lines are plain
	isLine  bool     // what next returned last is a part of a line
}

func newJSONValues(input io.Reader) *jsonValues {
	return &jsonValues{input: input, buffer: make([]byte, jsonBuffer), line: 1}
}

// fill reads more behind buffer[at:end], and reports false at the end of the input.
func (v *jsonValues) fill() (bool, error) {
	if v.eof {
		return false, nil
	}
	if v.at > 0 {
		copy(v.buffer, v.buffer[v.at:v.end])
		v.end -= v.at
		v.at = 0
	}
	if v.end == len(v.buffer) {
		if len(v.buffer) >= maxJSONValue {
			return false, fmt.Errorf("a JSON value has more than %d MiB", maxJSONValue>>20)
		}
		v.buffer = append(v.buffer, make([]byte, len(v.buffer))...)
	}
	for range 100 {
		n, err := v.input.Read(v.buffer[v.end:])
		v.end += n
		if errors.Is(err, io.EOF) {
			v.eof = true
			return n > 0, nil
		}
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, io.ErrNoProgress
}

// advance steps over n bytes.
func (v *jsonValues) advance(n int) {
	v.line += bytes.Count(v.buffer[v.at:v.at+n], []byte{'\n'})
	v.at += n
	v.read += int64(n)
}

// peek skips white space and returns the next byte; 0 at the end.
func (v *jsonValues) peek() (byte, error) {
	for {
		i := v.at
		for i < v.end && (v.buffer[i] == ' ' || v.buffer[i] == '\n' || v.buffer[i] == '\r' || v.buffer[i] == '\t') {
			i++
		}
		v.advance(i - v.at)
		if v.at < v.end {
			return v.buffer[v.at], nil
		}
		if more, err := v.fill(); err != nil || !more {
			return 0, err
		}
	}
}

// skipBOM steps over the byte order mark of UTF-8.
func (v *jsonValues) skipBOM() error {
	for v.end-v.at < 3 {
		if more, err := v.fill(); err != nil || !more {
			return err
		}
	}
	if bytes.HasPrefix(v.buffer[v.at:v.end], []byte("\xef\xbb\xbf")) {
		v.at += 3
	}
	return nil
}

// valueEnd finds the end of a value piece by piece, without checking its grammar.
type valueEnd struct {
	depth             int
	inString, escaped bool
}

// scan looks at more bytes of the value and returns how many belong to it, and whether it ends there.
func (e *valueEnd) scan(b []byte) (n int, done bool) {
	for i := 0; i < len(b); i++ {
		if e.inString {
			skipped, closed := e.text(b[i:])
			i += skipped
			if !closed {
				return len(b), false
			}
			if e.depth == 0 {
				return i + 1, true
			}
			continue
		}
		switch c := b[i]; c {
		case '"':
			e.inString = true
		case '{', '[':
			e.depth++
		case '}', ']':
			if e.depth == 0 {
				return i, true
			}
			if e.depth--; e.depth == 0 {
				return i + 1, true
			}
		case ' ', '\t', '\n', '\r', ',', ':':
			if e.depth == 0 {
				return i, true
			}
		}
	}
	return len(b), false
}

// text looks for the closing quote, and returns its index, or the last one looked at.
func (e *valueEnd) text(b []byte) (n int, closed bool) {
	i := 0
	for i < len(b) {
		if e.escaped {
			e.escaped = false
			i++
			continue
		}
		quote := bytes.IndexByte(b[i:], '"')
		run := b[i:]
		if quote >= 0 {
			run = run[:quote]
		}
		if slash := bytes.IndexByte(run, '\\'); slash >= 0 {
			i += slash + 1
			e.escaped = true
			continue
		}
		if quote >= 0 {
			e.inString = false
			return i + quote, true
		}
		return len(b) - 1, false
	}
	return len(b) - 1, false
}

// value returns the text of the value that is next; it is valid until the next call. There must be one.
func (v *jsonValues) value() ([]byte, error) {
	var e valueEnd
	scanned := 0
	for {
		n, done := e.scan(v.buffer[v.at+scanned : v.end])
		scanned += n
		if done {
			break
		}
		more, err := v.fill()
		if err != nil {
			return nil, err
		}
		if !more {
			if e.depth > 0 || e.inString {
				return nil, fmt.Errorf("line %d: the file ends in the middle of the JSON value that begins there", v.line)
			}
			break
		}
	}
	if scanned == 0 {
		return nil, fmt.Errorf("line %d: expected a JSON value, found %q", v.line, v.buffer[v.at:min(v.at+20, v.end)])
	}
	out := v.buffer[v.at : v.at+scanned]
	v.advance(scanned)
	return out, nil
}

// skipValue steps over a value without keeping it.
func (v *jsonValues) skipValue() error {
	var e valueEnd
	for {
		n, done := e.scan(v.buffer[v.at:v.end])
		v.advance(n)
		if done {
			return nil
		}
		more, err := v.fill()
		if err != nil {
			return err
		}
		if !more {
			return fmt.Errorf("line %d: the file ends in the middle of a JSON value", v.line)
		}
	}
}

// openArray makes next return the elements of the array that is next.
func (v *jsonValues) openArray() {
	v.advance(1)
	v.inArray, v.first = true, true
}

// next returns the text of the next row, and the line where it begins. It is valid until the next call; the error after the last
// row is io.EOF.
func (v *jsonValues) next() (row []byte, line int, err error) {
	if len(v.queue) > 0 {
		row, v.queue = v.queue[0], v.queue[1:]
		return row, v.line, nil
	}
	if v.ended {
		return nil, v.line, io.EOF
	}
	c, err := v.peek()
	if err != nil {
		return nil, v.line, err
	}
	if v.inArray {
		if err := v.elementStart(c); err != nil {
			return nil, v.line, err
		}
	} else if c == 0 && v.at == v.end {
		v.ended = true
		return nil, v.line, io.EOF
	}
	line = v.line
	if c == '{' && !v.inArray {
		if row := v.wholeLine(); row != nil {
			v.isLine = true
			return row, line, nil
		}
	}
	v.isLine = false
	row, err = v.value()
	return row, line, err
}

// wholeLine returns the line that is next when it looks like one value, or several: it is all in the buffer, begins and ends with
// braces, and what follows begins with a brace. Inside of a value a brace that closes is never followed by one that opens, so that
// the line ends with a value. It returns nil when the value needs a closer look. Who reads the line gives what follows its first
// value to putBack.
func (v *jsonValues) wholeLine() []byte {
	rest := v.buffer[v.at:v.end]
	length := bytes.IndexByte(rest, '\n')
	if length < 0 {
		return nil
	}
	line := rest[:length]
	for len(line) > 0 && isSpace(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	if len(line) == 0 || line[len(line)-1] != '}' {
		return nil
	}
	next := length + 1
	for next < len(rest) && (rest[next] == '\n' || rest[next] == '\r' || rest[next] == ' ' || rest[next] == '\t') {
		next++
	}
	if next == len(rest) && !v.eof || next < len(rest) && rest[next] != '{' {
		return nil
	}
	v.at += length + 1
	v.read += int64(length + 1)
	v.line++
	return line
}

// putBack makes next return text that belongs to the row which next has returned last.
func (v *jsonValues) putBack(text []byte) { v.queue = append(v.queue[:0], text) }

// elementStart steps over a comma to the next element; c is the next byte. At the end of the array the error is io.EOF.
func (v *jsonValues) elementStart(c byte) error {
	switch {
	case c == ']':
		v.advance(1)
		v.ended = true
		if err := v.finish(); err != nil {
			return err
		}
		return io.EOF
	case v.at == v.end:
		return fmt.Errorf("line %d: the file ends in the middle of an array", v.line)
	case v.first:
		v.first = false
		return nil
	case c != ',':
		return fmt.Errorf(`line %d: expected "," or "]" after an element of an array, found %q`, v.line, string(c))
	}
	v.advance(1)
	c, err := v.peek()
	if err == nil && (c == ']' || v.at == v.end) {
		err = fmt.Errorf(`line %d: expected an element after ","`, v.line)
	}
	return err
}

// finish reads what follows the rows, to the end of the file: the other members of the object that they are in, and no more. Only
// then is it known that nothing is lost, and that packed data has its checksum.
func (v *jsonValues) finish() error {
	c, err := v.peek()
	if err != nil {
		return err
	}
	if v.field != "" {
		for ; c == ','; c, err = v.peek() {
			if err := v.otherMember(); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		if c != '}' {
			return fmt.Errorf(`line %d: expected "," or "}" in an object, found %q`, v.line, v.buffer[v.at:min(v.at+1, v.end)])
		}
		v.advance(1)
		if _, err := v.peek(); err != nil {
			return err
		}
	}
	if v.at < v.end {
		return fmt.Errorf("line %d: expected the end of the file, as its rows are in one JSON value that ends before, found %q",
			v.line, v.buffer[v.at:min(v.at+20, v.end)])
	}
	return nil
}

// otherMember steps over the comma and a member that follows the one with the rows.
func (v *jsonValues) otherMember() error {
	v.advance(1)
	if c, err := v.peek(); err != nil || c != '"' {
		return errors.Join(err, fmt.Errorf("line %d: expected the name of a member in quotes", v.line))
	}
	again, err := v.memberIs(v.field)
	if err != nil {
		return err
	}
	if again {
		return fmt.Errorf("line %d: the member %q, which the option field names, is there twice", v.line, v.field)
	}
	return v.skipValue()
}

// openField steps into the member of the one object of the file that holds the rows: an array of them, or an object of columns.
func (v *jsonValues) openField(name string) error {
	v.field = name
	c, err := v.peek()
	if err != nil {
		return err
	}
	if c != '{' {
		return fmt.Errorf("line %d: the option field is %q, so that the file must be one JSON object, but it begins with %q", v.line, name, string(c))
	}
	v.advance(1)
	for first := true; ; first = false {
		if c, err = v.peek(); err != nil {
			return err
		}
		switch {
		case c == '}' || c == 0:
			return fmt.Errorf("the option field names the member %q, which the JSON object of the file does not have", name)
		case !first && c != ',':
			return fmt.Errorf(`line %d: expected "," or "}" in an object, found %q`, v.line, string(c))
		case !first:
			v.advance(1)
			if c, err = v.peek(); err != nil {
				return err
			}
		}
		if c != '"' {
			return fmt.Errorf("line %d: expected the name of a member in quotes, found %q", v.line, string(c))
		}
		found, err := v.memberIs(name)
		if err != nil {
			return err
		}
		if found {
			return v.openRows(name)
		}
		if err := v.skipValue(); err != nil {
			return err
		}
	}
}

// memberIs reads a name and the colon, and moves to the value.
func (v *jsonValues) memberIs(name string) (bool, error) {
	raw, err := v.value()
	if err != nil {
		return false, err
	}
	key, err := (&jsonText{data: raw}).str()
	if err != nil {
		return false, fmt.Errorf("line %d: %w", v.line, err)
	}
	found := string(key) == name
	c, err := v.peek()
	if err != nil {
		return false, err
	}
	if c != ':' {
		return false, fmt.Errorf(`line %d: expected ":" after the name of a member, found %q`, v.line, string(c))
	}
	v.advance(1)
	_, err = v.peek()
	return found, err
}

func (v *jsonValues) openRows(name string) error {
	c, err := v.peek()
	if err != nil {
		return err
	}
	switch c {
	case '[':
		v.openArray()
		return nil
	case '{':
		raw, err := v.value()
		if err != nil {
			return err
		}
		v.ended = true
		v.queue, err = rowsOfColumns(raw)
		if err != nil {
			return fmt.Errorf("the option field names the member %q: %w", name, err)
		}
		return v.finish()
	}
	return fmt.Errorf("line %d: the option field names the member %q, which must be an array of rows or an object of columns", v.line, name)
}

// rowsOfColumns turns an object of arrays of the same length into rows.
func rowsOfColumns(raw []byte) ([][]byte, error) {
	p := &jsonText{data: raw}
	var rows [][]byte
	columns := 0
	err := p.object(func(key []byte) error {
		name := quoteJSON(nil, string(key))
		if p.peek() != '[' {
			return fmt.Errorf("it is an object whose member %s is no array; an array of rows or an object of columns is expected", name)
		}
		i := 0
		err := p.array(func() error {
			p.space()
			start := p.at
			if err := p.skip(); err != nil {
				return err
			}
			if columns == 0 {
				rows = append(rows, []byte{'{'})
			} else if i < len(rows) {
				rows[i] = append(rows[i], ',')
			} else {
				return fmt.Errorf("it is an object of columns of different lengths")
			}
			rows[i] = append(append(append(rows[i], name...), ':'), p.data[start:p.at]...)
			i++
			return nil
		})
		if err == nil && i != len(rows) {
			err = fmt.Errorf("it is an object of columns of different lengths")
		}
		columns++
		return err
	})
	for i := range rows {
		rows[i] = append(rows[i], '}')
	}
	return rows, err
}
