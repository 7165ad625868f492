package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrUnsatisfiable says that a well-formed range lies outside of the content: status 416.
var ErrUnsatisfiable = errors.New("range not satisfiable")

// ByteRange is the part [Start, Start+Length) of some content.
type ByteRange struct{ Start, Length int64 }

// ContentRange prints r as a Content-Range header of content with size bytes.
func (r ByteRange) ContentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", r.Start, r.Start+r.Length-1, size)
}

// ParseRange reads a Range header (RFC 9110, section 14.1.2) for content of size bytes. present is false when the header is to be
// ignored and everything sent: it is empty, of another unit, malformed, or asks for several parts, which the Hub does not serve
// either. A range that begins at or after the end is [ErrUnsatisfiable].
func ParseRange(header string, size int64) (r ByteRange, present bool, err error) {
	spec, found := strings.CutPrefix(strings.TrimSpace(header), "bytes=")
	if !found || strings.Contains(spec, ",") {
		return ByteRange{}, false, nil
	}
	first, last, found := strings.Cut(strings.TrimSpace(spec), "-")
	if !found {
		return ByteRange{}, false, nil
	}
	if first == "" {
		n, ok := parseDigits(last)
		if !ok {
			return ByteRange{}, false, nil
		}
		if n == 0 || size == 0 {
			return ByteRange{}, true, ErrUnsatisfiable
		}
		n = min(n, size)
		return ByteRange{Start: size - n, Length: n}, true, nil
	}
	start, ok := parseDigits(first)
	if !ok {
		return ByteRange{}, false, nil
	}
	end := size - 1
	if last != "" {
		n, ok := parseDigits(last)
		if !ok || n < start {
			return ByteRange{}, false, nil
		}
		end = min(end, n)
	}
	if start >= size {
		return ByteRange{}, true, ErrUnsatisfiable
	}
	return ByteRange{Start: start, Length: end - start + 1}, true, nil
}

// ParseContentRange reads a Content-Range header. total is -1 when the server does not tell it ("*"). For an unsatisfied range
// ("bytes */123") r is empty and satisfied false.
func ParseContentRange(header string) (r ByteRange, total int64, satisfied bool, err error) {
	malformed := fmt.Errorf("malformed Content-Range %q", header)
	spec, found := strings.CutPrefix(header, "bytes ")
	if !found {
		return ByteRange{}, 0, false, malformed
	}
	span, size, found := strings.Cut(spec, "/")
	if !found {
		return ByteRange{}, 0, false, malformed
	}
	total = -1
	if size != "*" {
		n, ok := parseDigits(size)
		if !ok {
			return ByteRange{}, 0, false, malformed
		}
		total = n
	}
	if span == "*" {
		return ByteRange{}, total, false, nil
	}
	first, last, found := strings.Cut(span, "-")
	start, ok1 := parseDigits(first)
	end, ok2 := parseDigits(last)
	if !found || !ok1 || !ok2 || end < start || end == 1<<63-1 || (total >= 0 && end >= total) {
		return ByteRange{}, 0, false, malformed
	}
	return ByteRange{Start: start, Length: end - start + 1}, total, true, nil
}

// parseDigits reads a number of decimal digits alone: no sign, no blanks.
func parseDigits(s string) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
