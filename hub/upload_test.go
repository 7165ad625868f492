package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
)

func randomBytes(n int, seed uint64) []byte {
	out := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = r.Read(out)
	return out
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func localContent(t *testing.T, path string) Content {
	t.Helper()
	content, err := LocalFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestUpload(t *testing.T) {
	t.Parallel()
	hub := newWriteHub(t)
	hub.partSize = 100_000 // Not a multiple of what is checked at a time.
	c := hub.client(t, Options{Token: testToken})
	large := randomBytes(1_000_001, 1)
	path := filepath.Join(t.TempDir(), "large")
	writeFile(t, path, large)
	spool, err := Spool(bytes.NewReader(large[:700_000]), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer spool.Close()
	var last UploadProgress
	adds := []*Add{
		{Path: "large.bin", Content: localContent(t, path)},
		{Path: "spool.bin", Content: spool},
		{Path: "same.bin", Content: Bytes(large)},
		{Path: "text.txt", Content: Bytes([]byte("text"))},
	}
	o := UploadOptions{Progress: func(p UploadProgress) { last = p }}
	if err := c.Upload(t.Context(), testRepo, "", o, adds...); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(hub.objects[hexSHA(large)], large) || len(hub.objects) != 2 {
		t.Errorf("%d objects arrived", len(hub.objects))
	}
	if adds[3].Uploaded() || !adds[0].Uploaded() || !adds[2].Uploaded() || adds[0].SHA256() != hexSHA(large) {
		t.Error("what is uploaded is not told")
	}
	want := UploadProgress{Files: 4, Bytes: 2*1_000_001 + 700_000 + 4, Hashed: 2*1_000_001 + 700_000, Sent: 1_700_001, SkippedFiles: 1, Skipped: 1_000_001}
	if last != want {
		t.Errorf("progress %+v, want %+v", last, want)
	}
	before := len(hub.requests)
	if err := c.Upload(t.Context(), testRepo, "", o, adds...); err != nil || len(hub.requests) != before {
		t.Errorf("again: %v, %d requests", err, len(hub.requests)-before)
	}
	result := mustCommit(t, c, Commit{Operations: []Operation{adds[0], adds[1], adds[2], adds[3]}})
	if result.OID == "" || hub.count("PUT ") != 11+7 {
		t.Errorf("%d parts", hub.count("PUT "))
	}
}

// TestUploadResumes has every part fail once and storage forget an upload: only what failed is sent again.
func TestUploadResumes(t *testing.T) {
	t.Parallel()
	content := randomBytes(1<<20, 2)
	hub := newWriteHub(t)
	hub.partSize = 1 << 17
	c := hub.client(t, Options{})
	var mu sync.Mutex
	failed := map[string]bool{}
	hub.before = func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		first := !failed[r.URL.Path]
		failed[r.URL.Path] = true
		mu.Unlock()
		switch {
		case r.Method != http.MethodPut || !first:
			return false
		case strings.HasSuffix(r.URL.Path, "/3"):
			w.WriteHeader(http.StatusForbidden) // Its signature has expired.
			return true
		case strings.HasSuffix(r.URL.Path, "/5"):
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		_, _ = io.CopyN(io.Discard, r.Body, 1000)
		return cut(w)
	}
	o := UploadOptions{Parallelism: 1} // So that nothing is cancelled on the way.
	if err := c.Upload(t.Context(), testRepo, "", o, &Add{Path: "a.bin", Content: Bytes(content)}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(hub.objects[hexSHA(content)], content) {
		t.Error("other bytes arrived")
	}
	if puts := hub.count("PUT "); puts != 16 {
		t.Errorf("%d requests for 8 parts that each failed once", puts)
	}
	if batches := hub.count("POST /datasets/"); batches != 2 {
		t.Errorf("addresses were asked for %d times", batches)
	}
}

// TestUploadCompletedUnheard loses the answer to the completion: the second one is refused, and the Hub holds the object.
func TestUploadCompletedUnheard(t *testing.T) {
	t.Parallel()
	hub := newWriteHub(t)
	hub.partSize = 1000
	c := hub.client(t, Options{})
	var n atomic.Int32
	hub.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/complete/") {
			return false
		}
		if n.Add(1) == 1 {
			hub.complete(httpDiscard{w.Header()}, r)
			return cut(w)
		}
		w.WriteHeader(http.StatusNotFound)
		return true
	}
	if err := c.Upload(t.Context(), testRepo, "", UploadOptions{}, &Add{Path: "a.bin", Content: Bytes(randomBytes(5000, 3))}); err != nil {
		t.Fatal(err)
	}
	if hub.count("PUT ") != 5 {
		t.Errorf("%d parts", hub.count("PUT "))
	}
}

type httpDiscard struct{ h http.Header }

func (d httpDiscard) Header() http.Header         { return d.h }
func (d httpDiscard) Write(p []byte) (int, error) { return len(p), nil }
func (d httpDiscard) WriteHeader(int)             {}

// TestUploadChanged changes files between hashing and sending.
func TestUploadChanged(t *testing.T) {
	t.Parallel()
	changes := map[string]func(t *testing.T, path string){
		"longer": func(t *testing.T, path string) { appendTo(t, path) },
		"cut": func(t *testing.T, path string) {
			if err := os.Truncate(path, 10); err != nil {
				t.Error(err)
			}
		},
		"touched": func(t *testing.T, path string) {
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
				t.Error(err)
			}
		},
		"gone": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		},
		"folder gone": func(t *testing.T, path string) {
			if err := os.RemoveAll(filepath.Dir(path)); err != nil {
				t.Error(err)
			}
		},
		"replaced": func(t *testing.T, path string) {
			content, _ := os.ReadFile(path)
			writeFile(t, path+".new", content)
			if err := os.Rename(path+".new", path); err != nil {
				t.Error(err)
			}
		},
		"other bytes, same size and time": func(t *testing.T, path string) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt([]byte("!"), info.Size()-1); err != nil {
				t.Error(err)
			}
			_ = f.Close()
			if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
				t.Error(err)
			}
		},
	}
	for name, change := range changes {
		for _, partSize := range []int64{0, 300_000} {
			t.Run(fmt.Sprintf("%s %d", name, partSize), func(t *testing.T) {
				t.Parallel()
				hub := newWriteHub(t)
				hub.partSize = partSize
				c := hub.client(t, Options{})
				path := filepath.Join(t.TempDir(), "folder", "a.bin")
				writeFile(t, path, randomBytes(1_000_000, 4))
				content := localContent(t, path)
				hub.before = func(w http.ResponseWriter, r *http.Request) bool {
					if strings.HasSuffix(r.URL.Path, "/batch") {
						change(t, path)
					}
					return false
				}
				_, err := c.Commit(t.Context(), testRepo, "", Commit{Summary: "s", Operations: []Operation{&Add{Path: "a.bin", Content: content}}})
				var e *Error
				if !errors.Is(err, ErrChanged) || !errors.As(err, &e) || e.Path != "a.bin" {
					t.Errorf("got %v", err)
				}
				if len(hub.objects) != 0 || len(hub.history("main")) != 1 {
					t.Error("something arrived")
				}
			})
		}
		if strings.HasPrefix(name, "other") {
			continue // What travels in the commit is hashed by nobody before.
		}
		t.Run(name+" inline", func(t *testing.T) {
			t.Parallel()
			hub := newWriteHub(t)
			c := hub.client(t, Options{})
			path := filepath.Join(t.TempDir(), "folder", "a.txt")
			writeFile(t, path, randomBytes(1_000_000, 4))
			content := localContent(t, path)
			hub.before = func(w http.ResponseWriter, r *http.Request) bool {
				if strings.Contains(r.URL.Path, "/preupload/") {
					change(t, path)
				}
				return false
			}
			_, err := c.Commit(t.Context(), testRepo, "", Commit{Summary: "s", Operations: []Operation{&Add{Path: "a.txt", Content: content}}})
			if !errors.Is(err, ErrChanged) {
				t.Errorf("got %v", err)
			}
			if len(hub.history("main")) != 1 {
				t.Error("something arrived")
			}
		})
	}
}

func appendTo(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("more"); err != nil {
		t.Error(err)
	}
}

func TestUploadCancelled(t *testing.T) {
	t.Parallel()
	hub := newWriteHub(t)
	c := hub.client(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	hub.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut {
			_, _ = io.Copy(io.Discard, r.Body) // Until then the server does not see that the client has gone.
			cancel()
			<-r.Context().Done()
			return true
		}
		return false
	}
	var adds []*Add
	for i := range 20 {
		adds = append(adds, &Add{Path: fmt.Sprintf("%d.bin", i), Content: Bytes(randomBytes(1000, uint64(i)))})
	}
	if err := c.Upload(ctx, testRepo, "", UploadOptions{}, adds...); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestUploadMalformed(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"no such object": `{"objects":[]}`,
		"error":          `{"objects":[{"oid":"OID","size":9,"error":{"code":422,"message":"too large"}}]}`,
		"part count":     `{"objects":[{"oid":"OID","size":9,"actions":{"upload":{"href":"http://x/","header":{"chunk_size":"5","1":"http://x/1"}}}}]}`,
		"chunk size":     `{"objects":[{"oid":"OID","size":9,"actions":{"upload":{"href":"http://x/","header":{"chunk_size":"-5","1":"http://x/1"}}}}]}`,
		"part numbers":   `{"objects":[{"oid":"OID","size":9,"actions":{"upload":{"href":"http://x/","header":{"chunk_size":"5","1":"http://x/1","3":"http://x/1"}}}}]}`,
		"href":           `{"objects":[{"oid":"OID","size":9,"actions":{"upload":{"href":"file:///etc/passwd"}}}]}`,
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hub := newWriteHub(t)
			c := hub.client(t, Options{})
			hub.before = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/batch") {
					return false
				}
				_, _ = io.WriteString(w, strings.ReplaceAll(answer, "OID", hexSHA([]byte("123456789"))))
				return true
			}
			err := c.Upload(t.Context(), testRepo, "", UploadOptions{}, add("a.bin", "123456789"))
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrInvalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSpool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := NewSpool(dir)
	if err != nil {
		t.Fatal(err)
	}
	content := randomBytes(600_000, 5)
	for rest := content; len(rest) > 0; {
		n := min(len(rest), 70_001)
		if _, err := s.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	print, err := s.fingerprint()
	if err != nil || print.sha256 != hexSHA(content) {
		t.Errorf("hash %v, %v", print, err)
	}
	again, err := fingerprintOf(t.Context(), Bytes(content), func(int64) {})
	if err != nil || fmt.Sprint(again) != fmt.Sprint(print) {
		t.Errorf("fingerprint %v, %v", again, err)
	}
	if _, err := s.Write([]byte("x")); err == nil {
		t.Error("it can be written after it was hashed")
	}
	if entries, err := os.ReadDir(dir); err != nil || (runtime.GOOS == "linux" && len(entries) != 0) {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("opened after it was closed: %v", err)
	}
	if _, err := NewSpool(filepath.Join(dir, "missing")); err == nil {
		t.Error("made in a folder that is not there")
	}
}

// TestSpoolFull writes to a device that is always full.
func TestSpoolFull(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	s := &SpoolFile{file: full, hash: newHasher()}
	defer s.Close()
	if _, err := s.Write([]byte("x")); !errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Open(); !errors.Is(err, ErrNoSpace) {
		t.Errorf("half a file can be uploaded: %v", err)
	}
}

func TestLocalFileRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := LocalFile(dir); !errors.Is(err, ErrInvalid) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := LocalFile(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestCleanRepoPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"a": "a", "/a/b": "a/b", "./a": "a", "a b/ü.txt": "a b/ü.txt", ".gitignore": ".gitignore", "a/.github/b": "a/.github/b", ".cached/x": ".cached/x",
		"": "", ".": "", "/": "", "..": "", "../a": "", "a/..": "", "a//b": "", "//a": "", "a/./b": "", ".git/x": "", "a/.git": "", "a/.cache/b": "",
		"\xff": "", "a\x00": "", strings.Repeat("x", 5000): "",
	} {
		got, err := cleanRepoPath(path)
		if got != want || (err == nil) != (want != "") || (err != nil && !errors.Is(err, ErrInvalid)) {
			t.Errorf("%.20q: %q, %v", path, got, err)
		}
	}
}

func FuzzCleanRepoPath(f *testing.F) {
	for _, seed := range []string{"a/b", "/./../x", ".git", "a\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		clean, err := cleanRepoPath(path)
		if err != nil {
			return
		}
		again, err := cleanRepoPath(clean)
		if again != clean || err != nil || validatePath(clean) != nil {
			t.Errorf("%q is cleaned to %q, then to %q, %v", path, clean, again, err)
		}
	})
}

func FuzzPartsOf(f *testing.F) {
	f.Add("5", "1", "http://x", int64(9))
	f.Fuzz(func(t *testing.T, size, key, address string, total int64) {
		if total <= 0 {
			return
		}
		action := &wire.LFSAction{Header: map[string]string{wire.LFSChunkSize: size, key: address}}
		n, urls, err := partsOf(action, total)
		if err == nil && (n <= 0 || int64(len(urls)-1)*n >= total || int64(len(urls))*n < total && len(urls) > 0) {
			t.Errorf("%d parts of %d bytes for %d", len(urls), n, total)
		}
	})
}
