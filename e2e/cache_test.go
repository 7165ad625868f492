package e2e

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub/localhub"
)

// cacheFiles are the files of the repository that both libraries download.
func cacheFiles() map[string][]byte {
	large := make([]byte, 40<<20)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(large) // It does not fail.
	return map[string][]byte{
		"README.md": []byte("# Files\n"), "empty.txt": nil, "data/large.parquet": large, "data/sub dir/ü#%.csv": []byte("x\n1\n"),
	}
}

// watchedHub is a Hub behind a server that notes each request for a file.
type watchedHub struct {
	url string

	mu       sync.Mutex
	requests []string
}

func startWatchedHub(t *testing.T) *watchedHub {
	t.Helper()
	root := t.TempDir()
	for path, content := range cacheFiles() {
		path = filepath.Join(root, "acme", "files", path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server, err := localhub.Start(t.Context(), localhub.Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	h := &watchedHub{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/resolve/") {
			h.mu.Lock()
			h.requests = append(h.requests, r.Method)
			h.mu.Unlock()
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		front.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	h.url = front.URL
	return h
}

// count returns how many requests with a method came since the last call.
func (h *watchedHub) count(method string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, m := range h.requests {
		if m == method {
			n++
		}
	}
	h.requests = nil
	return n
}

// sharer runs both libraries on one home.
type sharer struct {
	hub         *watchedHub
	interpreter string
	environment []string
}

func newSharer(t *testing.T, h *watchedHub, interpreter string, more ...string) *sharer {
	t.Helper()
	return &sharer{hub: h, interpreter: interpreter, environment: append([]string{
		"HF_ENDPOINT=" + h.url, "HF_HOME=" + t.TempDir(), "HF_TOKEN=", "HF_HUB_DISABLE_TELEMETRY=1", "HF_HUB_DISABLE_XET=1",
		"HF_HUB_DISABLE_PROGRESS_BARS=1",
	}, more...)}
}

func (s *sharer) python(t *testing.T, script string, args ...string) string {
	t.Helper()
	out, log, err := run(t, s.interpreter, "from huggingface_hub import *\nimport sys, json\n"+script, s.environment, append([]string{"-"}, args...)...)
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, log)
	}
	return strings.TrimSpace(out)
}

func (s *sharer) hfspark(t *testing.T, args ...string) string {
	t.Helper()
	out, log, err := run(t, program, "", s.environment, args...)
	if err != nil {
		t.Fatalf("hfspark %s: %v\n%s", strings.Join(args, " "), err, log)
	}
	return strings.TrimSpace(out)
}

func holds(t *testing.T, dir string) {
	t.Helper()
	for path, want := range cacheFiles() {
		if got, err := os.ReadFile(filepath.Join(dir, path)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
}

const (
	pythonFile     = "print(hf_hub_download('acme/files', 'data/large.parquet', repo_type='dataset', **json.loads(sys.argv[1] if len(sys.argv) > 1 else '{}')))"
	pythonSnapshot = "print(snapshot_download('acme/files', repo_type='dataset', **json.loads(sys.argv[1] if len(sys.argv) > 1 else '{}')))"
)

// TestSharedCache downloads by hfspark what huggingface_hub then finds, and the other way round, with links and without.
func TestSharedCache(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "datasets")
	h := startWatchedHub(t)
	for _, more := range [][]string{nil, {"HF_HUB_DISABLE_SYMLINKS=1"}} {
		ours := newSharer(t, h, interpreter, more...)
		folder := ours.hfspark(t, "download", "acme/files")
		holds(t, folder)
		h.count("GET")
		file := ours.python(t, pythonFile)
		if diff := cmp.Diff(filepath.Join(folder, "data", "large.parquet"), file); diff != "" {
			t.Error(diff)
		}
		if again := ours.python(t, pythonSnapshot); again != folder || h.count("GET") > 0 {
			t.Errorf("huggingface_hub fetched again what hfspark had, or calls %s %s", folder, again)
		}
		listed := ours.python(t, "c = scan_cache_dir()\nprint(json.dumps([c.warnings, [[r.repo_id, r.nb_files, [sorted(v.refs) for v in r.revisions]] for r in c.repos]]))")
		if want := `[[], [["acme/files", 4, [["main"]]]]]`; listed != want {
			t.Errorf("huggingface_hub lists %s", listed)
		}
		ours.python(t, "r = HfApi().verify_repo_checksums('acme/files', repo_type='dataset')\nassert r.checked_count == 4 and not r.mismatches and not r.missing_paths and not r.extra_paths, r")

		theirs := newSharer(t, h, interpreter, more...)
		folder = theirs.python(t, pythonSnapshot)
		h.count("GET")
		if again := theirs.hfspark(t, "download", "acme/files"); again != folder || h.count("GET") > 0 {
			t.Errorf("hfspark fetched again what huggingface_hub had, or calls %s %s", folder, again)
		}
		if again := theirs.hfspark(t, "download", "acme/files", "data/large.parquet"); again != filepath.Join(folder, "data", "large.parquet") || h.count("GET") > 0 {
			t.Error("hfspark fetched again:", again)
		}
		for _, command := range [][]string{{"cache", "verify", "acme/files"}, {"cache", "list"}} {
			if out := theirs.hfspark(t, command...); !strings.Contains(out, filepath.Base(folder)[:12]) {
				t.Errorf("%v: %s", command, out)
			}
		}
		theirs.environment = append(theirs.environment, "HF_HUB_OFFLINE=1")
		if again := theirs.hfspark(t, "download", "acme/files"); again != folder {
			t.Error("offline:", again)
		}
		theirs.hfspark(t, "cache", "rm", "acme/files@main")
		if listed := theirs.python(t, "c = scan_cache_dir()\nprint(len(c.repos), c.warnings)"); listed != "0 []" {
			t.Error("after removal:", listed)
		}
	}
}

// TestSharedLocalDir does the same with a folder of plain files.
func TestSharedLocalDir(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "datasets")
	h := startWatchedHub(t)
	s := newSharer(t, h, interpreter)
	dir := t.TempDir()
	s.hfspark(t, "download", "acme/files", "--local-dir", dir)
	holds(t, dir)
	h.count("GET")
	option, err := json.Marshal(map[string]string{"local_dir": dir})
	if err != nil {
		t.Fatal(err)
	}
	if s.python(t, pythonSnapshot, string(option)); h.count("GET") > 0 {
		t.Error("huggingface_hub fetched again what hfspark had")
	}
	dir = t.TempDir()
	if option, err = json.Marshal(map[string]string{"local_dir": dir}); err != nil {
		t.Fatal(err)
	}
	s.python(t, pythonSnapshot, string(option))
	h.count("GET")
	if s.hfspark(t, "download", "acme/files", "--local-dir", dir); h.count("GET") > 0 {
		t.Error("hfspark fetched again what huggingface_hub had")
	}
	s.python(t, "r = HfApi().verify_repo_checksums('acme/files', repo_type='dataset', local_dir=sys.argv[1])\nassert r.checked_count == 4 and not r.mismatches, r", dir)
}

// TestSharedLocks has processes of both kinds download one repository at once.
func TestSharedLocks(t *testing.T) {
	t.Parallel()
	interpreter := python(t, "datasets")
	h := startWatchedHub(t)
	s := newSharer(t, h, interpreter)
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			if out, log, err := run(t, program, "", s.environment, "download", "acme/files"); err != nil {
				t.Errorf("hfspark: %v\n%s%s", err, out, log)
			}
		})
		wait.Go(func() {
			script := "from huggingface_hub import *\nsnapshot_download('acme/files', repo_type='dataset')"
			if out, log, err := run(t, s.interpreter, script, s.environment, "-"); err != nil {
				t.Errorf("huggingface_hub: %v\n%s%s", err, out, log)
			}
		})
	}
	wait.Wait()
	holds(t, s.hfspark(t, "download", "acme/files", "--local-only"))
	if left := s.python(t, "print(len(scan_cache_dir().incomplete_files))"); left != "0" {
		t.Error("incomplete files are left:", left)
	}
}
