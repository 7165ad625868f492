package commitstream

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/wire"
)

// recorder is a sink that notes what it gets.
type recorder struct {
	got  []string
	fail error
}

func (r *recorder) note(format string, args ...any) error {
	r.got = append(r.got, fmt.Sprintf(format, args...))
	return r.fail
}

func (r *recorder) Header(h wire.CommitHeader) error {
	return r.note("header %q %q %q", h.Summary, h.Description, h.ParentCommit)
}

func (r *recorder) File(path string, content io.Reader) error {
	text, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return r.note("file %s %q", path, text)
}

func (r *recorder) LFSFile(f wire.CommitLFSFile) error {
	size := int64(-1)
	if f.Size != nil {
		size = *f.Size
	}
	return r.note("lfs %s %s %d", f.Path, f.OID[:4], size)
}

func (r *recorder) Delete(path string, folder bool) error {
	return r.note("delete %s %v", path, folder)
}

const (
	header = `{"key":"header","value":{"summary":"s","description":""}}` + "\n"
	hash   = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, request string
		want          []string
	}{
		{"only a header", `{"key":"header","value":{"summary":"a\nb","description":"d","parentCommit":"c"}}`, []string{`header "a\nb" "d" "c"`}},
		{"nulls", `{"key":"header","value":{"summary":"s","description":null,"parentCommit":null}}`, []string{`header "s" "" ""`}},
		{
			"all kinds, blank lines, no final newline",
			header + "\r\n\n" + `{"key":"file","value":{"content":"aGk=","path":"a.txt","encoding":"base64"}}` + "\n" +
				` { "value" : {"path":"ü","encoding":"utf-8","content":"\u00fc\ud83d\ude00\"\\\/\n"} , "key" : "file" } ` + "\r\n" +
				`{"key":"lfsFile","value":{"path":"b","algo":"sha256","oid":"` + hash + `","size":5}}` + "\n" +
				`{"key":"lfsFile","value":{"path":"c","algo":"sha256","oid":"` + hash + `"}}` + "\n" +
				`{"key":"deletedFile","value":{"path":"d"}}` + "\n" + `{"key":"deletedFolder","value":{"path":"e/"}}`,
			[]string{
				`header "s" "" ""`, `file a.txt "hi"`, "file ü \"ü😀\\\"\\\\/\\n\"", "lfs b 0123 5", "lfs c 0123 -1", "delete d false", "delete e/ true",
			},
		},
		{
			"unknown members", header + `{"x":[1,{"y":[]},"z",-1.5e3,true,null],"key":"file","value":{"more":{"a":{}},"content":"","path":"p","encoding":"base64"}}`,
			[]string{`header "s" "" ""`, `file p ""`},
		},
		{
			"renamed", header + `{"key":"file","value":{"content":"x","path":"new","oldPath":"old","encoding":"utf-8"}}`,
			[]string{`header "s" "" ""`, "delete old false", `file new "x"`},
		},
		{
			"members twice: the last counts", header + `{"key":"file","value":{"content":"x","content":"y","path":"a","path":"b","encoding":"utf-8"}}`,
			[]string{`header "s" "" ""`, `file b "y"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(tt.request), iotest.OneByteReader(strings.NewReader(tt.request))} {
				var got recorder
				if err := Parse(r, Options{Dir: t.TempDir()}, &got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got.got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 10_000)
	tests := []struct {
		request, says string
		line          int
	}{
		{"", "empty", 1},
		{"\n\n", "empty", 3},
		{"nonsense", "expected '{'", 1},
		{"<html>", "expected '{'", 1},
		{`{"key":"file","value":{"path":"a","content":"","encoding":"utf-8"}}`, "the header first", 1},
		{`{"key":"header","value":{"summary":"  "}}`, "no summary", 1},
		{`{"key":"header","value":{"summary":5}}`, "expected '\"'", 1},
		{`{"key":"header"}`, "expected {", 1},
		{`{"key":"header","value":{"summary":"s"}`, "ends in the midst", 1},
		{`{"key":"header","value":{"summary":"s"}} x`, "line's end", 1},
		{header + header, "second header", 2},
		{header + `{"key":"copyFile","value":{"path":"a"}}`, `no operation "copyFile"`, 2},
		{header + `{"key":"file","value":{"path":"a","encoding":"base64"}}`, "no content", 2},
		{header + `{"key":"file","value":{"content":"","encoding":"base64"}}`, "no path", 2},
		{header + `{"key":"file","value":{"path":"a","content":"%%%","encoding":"base64"}}`, "no base64", 2},
		{header + `{"key":"file","value":{"path":"a","content":"aGk","encoding":"base64"}}`, "no base64", 2},
		{header + `{"key":"file","value":{"path":"a","content":"","encoding":"rot13"}}`, `"rot13"`, 2},
		{header + "\n" + `{"key":"lfsFile","value":{"path":"a","oid":"` + strings.ToUpper(hash) + `"}}`, "no SHA-256", 3},
		{header + `{"key":"lfsFile","value":{"path":"a","oid":"` + hash + `","algo":"md5"}}`, `"md5"`, 2},
		{header + `{"key":"lfsFile","value":{"path":"a","oid":"` + hash + `","size":-1}}`, "negative", 2},
		{header + `{"key":"lfsFile","value":{"path":"a","oid":"` + hash + `","size":"5"}}`, "whole number", 2},
		{header + `{"key":"lfsFile","value":{"path":"a","oid":"` + hash + `","size":99999999999999999999}}`, "whole number", 2},
		{header + "{\"key\":\"deletedFile\",\"value\":{\"path\":\"\xff\"}}", "not UTF-8", 2},
		{header + `{"key":"deletedFile","value":{"path":"\udc80"}}`, "not UTF-8", 2},
		{header + `{"key":"deletedFile","value":{"path":"\ud800\u0041"}}`, "not UTF-8", 2},
		{header + `{"key":"deletedFile","value":{"path":"\u00"}}`, "malformed escape", 2},
		{header + `{"key":"deletedFile","value":{"path":"\x"}}`, "unknown escape", 2},
		{header + "{\"key\":\"deletedFile\",\"value\":{\"path\":\"a\nb\"}}", "control character", 2},
		{header + "{\"key\":\"deletedFile\",\n\"value\":{\"path\":\"a\"}}", "expected '\"'", 2},
		{header + `{"key":"deletedFile","value":{"path":"` + strings.Repeat("a", 20_000) + `"}}`, "longer than", 2},
		{header + `{"x":` + deep, "deeper", 2},
		{header + `{"x":nope,"key":"deletedFile"}`, "no JSON", 2},
		{header + `{"x":` + strings.Repeat("1", 1000) + `}`, "no JSON", 2},
	}
	for _, tt := range tests {
		var bad *Error
		err := Parse(strings.NewReader(tt.request), Options{Dir: t.TempDir()}, &recorder{})
		if !errors.As(err, &bad) || bad.Line != tt.line || !strings.Contains(bad.Reason, tt.says) {
			t.Errorf("%.100q: %v; want line %d, %s", tt.request, err, tt.line, tt.says)
		}
	}
}

func TestErrorsOfOthers(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if err := Parse(strings.NewReader(header), Options{}, &recorder{fail: broken}); !errors.Is(err, broken) {
		t.Errorf("the sink's: %v", err)
	}
	if err := Parse(io.MultiReader(strings.NewReader(header+`{"key":`), iotest.ErrReader(broken)), Options{}, &recorder{}); !errors.Is(err, broken) {
		t.Errorf("the reader's: %v", err)
	}
	many := strings.NewReader(header + strings.Repeat(`{"key":"lfsFile","value":{"path":"a","oid":"`+hash+`"}}`+"\n", wire.MaxCommitLFS+1))
	if err := Parse(many, Options{}, &recorder{}); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many: %v", err)
	}
}

// repeat is a reader of n times the byte b.
func repeat(b byte, n int64) io.Reader { return io.LimitReader(endless(b), n) }

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// counting is a sink that counts bytes and does not keep them.
type counting struct {
	recorder
	bytes int64
	heap  uint64
}

func (c *counting) File(_ string, content io.Reader) error {
	n, err := io.Copy(io.Discard, content)
	c.bytes += n
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	c.heap = max(c.heap, stats.HeapAlloc)
	return err
}

// TestLongLines reads contents of 64 MiB, whose encoding comes after them, in little memory and leaves no scratch file.
func TestLongLines(t *testing.T) {
	dir := t.TempDir()
	const size = 64 << 20
	line := func() io.Reader {
		return io.MultiReader(strings.NewReader(`{"key":"file","value":{"content":"`), repeat('A', size), strings.NewReader(`","path":"p","encoding":"base64"}}`+"\n"))
	}
	var got counting
	if err := Parse(io.MultiReader(strings.NewReader(header), line(), line()), Options{Dir: dir, MaxContent: size}, &got); err != nil {
		t.Fatal(err)
	}
	if got.bytes != 2*size/4*3 {
		t.Errorf("%d bytes", got.bytes)
	}
	if got.heap > 32<<20 {
		t.Errorf("%d bytes of memory", got.heap)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestLargeContent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		content, encoding string
		fits              bool
	}{
		{strings.Repeat("A", 1336), "base64", true}, // 1002 bytes
		{strings.Repeat("A", 1340), "base64", false},
		{strings.Repeat("a", 1002), "utf-8", true},
		{strings.Repeat("a", 1003), "utf-8", false},
		{strings.Repeat("a", 1<<20), "utf-8", false},
	} {
		request := header + `{"key":"file","value":{"content":"` + tt.content + `","path":"p","encoding":"` + tt.encoding + `"}}`
		err := Parse(strings.NewReader(request), Options{Dir: t.TempDir(), MaxContent: 1002}, &recorder{})
		var bad *Error
		if (err == nil) != tt.fits || err != nil && (!errors.As(err, &bad) || !strings.Contains(bad.Reason, "larger than 1002 bytes")) {
			t.Errorf("%d %s: %v", len(tt.content), tt.encoding, err)
		}
	}
}

// FuzzParse compares what is read with what encoding/json reads.
func FuzzParse(f *testing.F) {
	f.Add([]byte(header + `{"key":"file","value":{"content":"aGk=","path":"a.txt","encoding":"base64"}}`))
	f.Add([]byte(header + `{"key":"lfsFile","value":{"path":"b","algo":"sha256","oid":"` + hash + `","size":5}}` + "\n\n" + `{"key":"deletedFolder","value":{"path":"\ud83d\ude00/"}}`))
	f.Add([]byte(header + `{"key":"file","value":{"content":"x","path":"a","oldPath":"b","encoding":"utf-8","z":[{}]}}`))
	f.Fuzz(func(t *testing.T, request []byte) {
		var got recorder
		if Parse(strings.NewReader(string(request)), Options{Dir: t.TempDir()}, &got) != nil {
			return
		}
		var want []string
		for line := range strings.SplitSeq(string(request), "\n") {
			if strings.Trim(line, " \t\r") == "" {
				continue
			}
			var item struct {
				Key   string `json:"key"`
				Value struct {
					Path, OldPath, Encoding, Content string
				} `json:"value"`
			}
			if err := json.Unmarshal([]byte(line), &item); err != nil {
				t.Fatalf("accepted %q: %v", line, err)
			}
			if item.Key == wire.KeyFile && item.Value.Encoding == "base64" {
				if _, err := base64.StdEncoding.DecodeString(item.Value.Content); err != nil {
					t.Fatalf("accepted %q: %v", line, err)
				}
			}
			want = append(want, item.Key)
		}
		if len(got.got) < len(want) {
			t.Errorf("%d of %d lines", len(got.got), len(want))
		}
	})
}
