package commitstream

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep values nest that are passed over.
const maxDepth = 32

// scanner reads JSON values from lines, a byte at a time where it must. encoding/json holds a whole string in memory, and a line
// of a commit is mostly one string: the content of a file.
type scanner struct {
	r    *bufio.Reader
	line int // counted from 1
}

// fail is an error about what the line holds.
func (s *scanner) fail(format string, args ...any) error {
	return &Error{Line: s.line, Reason: fmt.Sprintf(format, args...)}
}

// ended turns an end of the input in the midst of a line into an error about it.
func (s *scanner) ended(err error) error {
	if errors.Is(err, io.EOF) {
		return s.fail("the request ends in the midst of a line")
	}
	return err
}

// next returns the next byte after blanks, without taking it. A line's end is no blank.
func (s *scanner) next() (byte, error) {
	for {
		b, err := s.r.ReadByte()
		if err != nil {
			return 0, s.ended(err)
		}
		if b != ' ' && b != '\t' && b != '\r' {
			return b, s.r.UnreadByte()
		}
	}
}

// expect takes the byte want, after blanks.
func (s *scanner) expect(want byte) error {
	b, err := s.next()
	if err != nil {
		return err
	}
	if b != want {
		return s.fail("expected %q, found %q", want, b)
	}
	_, err = s.r.Discard(1)
	return err
}

// object reads an object and calls member for each of its members, which must take the value.
func (s *scanner) object(member func(key string) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	return s.list('}', func() error {
		key, err := s.text(maxKey)
		if err != nil {
			return err
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// list reads items with commas between them, up to the closing byte.
func (s *scanner) list(closing byte, item func() error) error {
	b, err := s.next()
	if err != nil {
		return err
	}
	if b == closing {
		_, err = s.r.Discard(1)
		return err
	}
	for {
		if err := item(); err != nil {
			return err
		}
		b, err := s.next()
		if err != nil {
			return err
		}
		if b != ',' && b != closing {
			return s.fail("expected ',' or %q, found %q", closing, b)
		}
		if _, err := s.r.Discard(1); err != nil {
			return err
		}
		if b == closing {
			return nil
		}
	}
}

// text reads a string of at most limit bytes.
func (s *scanner) text(limit int64) (string, error) {
	if err := s.expect('"'); err != nil {
		return "", err
	}
	var b strings.Builder
	n, err := io.Copy(&b, io.LimitReader(&textReader{scanner: s}, limit+1))
	if err != nil {
		return "", err
	}
	if n > limit {
		return "", s.fail("a text is longer than %d bytes", limit)
	}
	return b.String(), nil
}

// maxWord bounds numbers and the words true, false and null.
const maxWord = 64

// word reads a number or one of the words true, false and null.
func (s *scanner) word() (string, error) {
	if _, err := s.next(); err != nil {
		return "", err
	}
	var b strings.Builder
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return "", s.ended(err)
		}
		if strings.IndexByte(",}] \t\r\n", c) >= 0 {
			return b.String(), s.r.UnreadByte()
		}
		if b.WriteByte(c); b.Len() > maxWord {
			return "", s.fail("a value is no JSON")
		}
	}
}

// number reads a whole number.
func (s *scanner) number() (int64, error) {
	word, err := s.word()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || !json.Valid([]byte(word)) {
		return 0, s.fail("expected a whole number, found %q", word)
	}
	return n, nil
}

// null takes a null if that is next.
func (s *scanner) null() (bool, error) {
	b, err := s.next()
	if err != nil || b != 'n' {
		return false, err
	}
	word, err := s.word()
	if err == nil && word != "null" {
		err = s.fail("a value is no JSON: %q", word)
	}
	return true, err
}

// skip passes over a value.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return s.fail("values nest deeper than %d", maxDepth)
	}
	b, err := s.next()
	if err != nil {
		return err
	}
	switch b {
	case '"':
		if err := s.expect('"'); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, &textReader{scanner: s})
		return err
	case '{':
		return s.object(func(string) error { return s.skip(depth + 1) })
	case '[':
		if err := s.expect('['); err != nil {
			return err
		}
		return s.list(']', func() error { return s.skip(depth + 1) })
	}
	word, err := s.word()
	if err != nil {
		return err
	}
	if json.Valid([]byte(word)) {
		return nil
	}
	return s.fail("a value is no JSON: %q", word)
}

// textReader reads a string, whose opening quote has been taken, up to its closing quote.
type textReader struct {
	*scanner
	pending []byte // of a character that is no plain byte of the line
	done    bool
}

// Read implements [io.Reader].
func (t *textReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(t.pending) > 0 {
			taken := copy(p[n:], t.pending)
			t.pending, n = t.pending[taken:], n+taken
			continue
		}
		if t.done {
			break
		}
		if _, err := t.r.Peek(1); err != nil {
			return n, t.ended(err)
		}
		buffered, err := t.r.Peek(min(t.r.Buffered(), len(p)-n))
		if err != nil {
			return n, err
		}
		plain := plainBytes(buffered)
		n += copy(p[n:], buffered[:plain])
		if _, err := t.r.Discard(plain); err != nil {
			return n, err
		}
		if plain == len(buffered) {
			continue
		}
		if err := t.special(); err != nil {
			return n, err
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// plainBytes counts the bytes at the front of b that stand for themselves.
func plainBytes(b []byte) int {
	for i, c := range b {
		if c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return len(b)
}

// special reads what does not stand for itself: the end, an escape, or a character of several bytes.
func (t *textReader) special() error {
	c, err := t.r.ReadByte()
	if err != nil {
		return t.ended(err)
	}
	switch {
	case c == '"':
		t.done = true
		return nil
	case c == '\\':
		return t.escape()
	case c < 0x20:
		return t.fail("a text has the control character %q, which JSON has only escaped", c)
	}
	if err := t.r.UnreadByte(); err != nil {
		return err
	}
	letter, size, err := t.r.ReadRune()
	if err != nil {
		return t.ended(err)
	}
	if letter == utf8.RuneError && size == 1 {
		return t.fail("a text is not UTF-8")
	}
	t.pending = utf8.AppendRune(t.pending[:0], letter)
	return nil
}

// escapes are the one-letter escapes of JSON.
var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads what follows a backslash.
func (t *textReader) escape() error {
	c, err := t.r.ReadByte()
	if err != nil {
		return t.ended(err)
	}
	if plain, ok := escapes[c]; ok {
		t.pending = append(t.pending[:0], plain)
		return nil
	}
	if c != 'u' {
		return t.fail("a text has the unknown escape \\%c", c)
	}
	letter, err := t.unit()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(letter) {
		if letter, err = t.secondHalf(letter); err != nil {
			return err
		}
	}
	t.pending = utf8.AppendRune(t.pending[:0], letter)
	return nil
}

// secondHalf reads the second \uXXXX of a pair. Python writes bytes that are not UTF-8, such as those of a file's name, as halves.
func (t *textReader) secondHalf(first rune) (rune, error) {
	var mark [2]byte
	if _, err := io.ReadFull(t.r, mark[:]); err != nil {
		return 0, t.ended(err)
	}
	if string(mark[:]) == `\u` {
		second, err := t.unit()
		if err != nil {
			return 0, err
		}
		if letter := utf16.DecodeRune(first, second); letter != utf8.RuneError {
			return letter, nil
		}
	}
	return 0, t.fail("a text is not UTF-8: it has half a character, \\u%04x", first)
}

// unit reads the four digits of \uXXXX.
func (t *textReader) unit() (rune, error) {
	var digits [4]byte
	if _, err := io.ReadFull(t.r, digits[:]); err != nil {
		return 0, t.ended(err)
	}
	n, err := strconv.ParseUint(string(digits[:]), 16, 16)
	if err != nil {
		return 0, t.fail("a text has the malformed escape \\u%q", digits[:])
	}
	return rune(n), nil
}
