package localhub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

var (
	big  = bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	repo = hub.Dataset("acme/data")
)

func serve(t *testing.T, o localhub.Options) *localhub.Server {
	t.Helper()
	o.Root = t.TempDir()
	for path, content := range map[string][]byte{
		"acme/data/big.parquet": big, "acme/data/README.md": []byte("# Hello\n"), "acme/data/a b/ü#?%.csv": []byte("x,y\n1,2\n"),
		"acme/gated/x.parquet": big[:100], localhub.AccessFile: []byte("tokens: {hf_alice: {user: alice}}\nrepositories: {acme/gated: {gated: true, access: [alice]}}\n"),
	} {
		path = filepath.Join(o.Root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := localhub.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func client(t *testing.T, s *localhub.Server, o hub.Options) *hub.Client {
	t.Helper()
	o.Endpoint = s.URL()
	if o.Token == "" {
		o.Anonymous = true
	}
	if o.Retry == (hub.Retry{}) {
		o.Retry = hub.Retry{Base: time.Millisecond, Cap: time.Millisecond}
	}
	c, err := hub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// head resolves main and returns the files there.
func head(t *testing.T, c *hub.Client) map[string]hub.File {
	t.Helper()
	info, err := c.Info(t.Context(), repo, "")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]hub.File{}
	for e, err := range c.List(t.Context(), repo, info.SHA, "", true) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == hub.TypeFile {
			files[e.Path] = hub.File{Repo: repo, Revision: info.SHA, Path: e.Path, Size: e.Size, ETag: e.ContentHash()}
		}
	}
	return files
}

func read(ctx context.Context, c *hub.Client, f hub.File, offset, length int64) ([]byte, error) {
	r, err := c.Range(ctx, f, offset, length)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(r)
	return got, errors.Join(err, r.Close())
}

func TestClientReads(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sent := map[localhub.Kind]int64{}
	s := serve(t, localhub.Options{Observe: func(r localhub.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Kind == localhub.KindStorage {
			sent[r.Kind] += r.Bytes
		}
	}})
	c := client(t, s, hub.Options{})
	files := head(t, c)
	if len(files) != 3 {
		t.Fatalf("%v", files)
	}
	for path, f := range files {
		stat, err := c.Stat(t.Context(), hub.File{Repo: repo, Path: path, Size: -1})
		if err != nil || stat != f {
			t.Errorf("%+v, %v; listed %+v", stat, err, f)
		}
	}
	f := files["big.parquet"]
	var want int64
	for _, span := range [][2]int64{{0, 4}, {f.Size - 8, 8}, {1000, 70_000}, {0, f.Size}} {
		got, err := read(t.Context(), c, f, span[0], span[1])
		if err != nil || !bytes.Equal(got, big[span[0]:span[0]+span[1]]) {
			t.Errorf("%v: %d bytes, %v", span, len(got), err)
		}
		want += span[1]
	}
	if got, err := c.ReadFile(t.Context(), files["a b/ü#?%.csv"], 100); err != nil || string(got) != "x,y\n1,2\n" {
		t.Errorf("%q, %v", got, err)
	}
	if stats := c.Stats(); stats.StorageRequests != 4 || stats.FileRequests != 4 || stats.Retries != 0 || stats.BytesFetched != want+8 {
		t.Errorf("%+v", stats)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if sent[localhub.KindStorage] != want {
		t.Errorf("the storage sent %d bytes, want %d", sent[localhub.KindStorage], want)
	}
}

// TestManyRangesAtOnce reads one file from many goroutines.
func TestManyRangesAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, localhub.Options{})
	c := client(t, s, hub.Options{})
	f := head(t, c)["big.parquet"]
	var group sync.WaitGroup
	for i := range int64(32) {
		group.Go(func() {
			got, err := read(t.Context(), c, f, i*1000, 50_000)
			if err != nil || !bytes.Equal(got, big[i*1000:i*1000+50_000]) {
				t.Errorf("range %d: %d bytes, %v", i, len(got), err)
			}
		})
	}
	group.Wait()
}

func TestClientErrors(t *testing.T) {
	t.Parallel()
	s := serve(t, localhub.Options{})
	anonymous, stranger, alice := client(t, s, hub.Options{}), client(t, s, hub.Options{Token: "hf_unknown"}), client(t, s, hub.Options{Token: "hf_alice"})
	gated := hub.File{Repo: hub.Dataset("acme/gated"), Path: "x.parquet", Size: -1}
	_, err := anonymous.Info(t.Context(), hub.Dataset("acme/nope"), "")
	check(t, err, hub.ErrRepositoryNotFound, "acme/nope", "HF_TOKEN")
	_, err = alice.Info(t.Context(), hub.Dataset("acme/nope"), "")
	check(t, err, hub.ErrRepositoryNotFound, "acme/nope")
	_, err = anonymous.Info(t.Context(), repo, "v9")
	check(t, err, hub.ErrRevisionNotFound, `"v9"`)
	_, err = stranger.Info(t.Context(), repo, "")
	check(t, err, hub.ErrUnauthorized, "does not accept the token")
	_, err = read(t.Context(), anonymous, gated, 0, -1)
	check(t, err, hub.ErrGated, s.URL()+"/datasets/acme/gated", "HF_TOKEN", "hf auth login")
	_, err = anonymous.Stat(t.Context(), gated)
	check(t, err, hub.ErrGated, "HF_TOKEN")
	_, err = anonymous.Stat(t.Context(), hub.File{Repo: repo, Path: "nope"})
	check(t, err, hub.ErrEntryNotFound, "nope")
	for _, err := range anonymous.List(t.Context(), repo, "", "nope", true) {
		check(t, err, hub.ErrEntryNotFound, "nope")
	}
	if got, err := read(t.Context(), alice, gated, 0, -1); err != nil || len(got) != 100 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func check(t *testing.T, err, want error, says ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("err = %v, want %v", err, want)
		return
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%q does not say %q", err, s)
		}
	}
	if strings.Contains(err.Error(), "hf_") {
		t.Errorf("%q has a token", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault localhub.Fault
		says  string // "" when the client recovers
	}{
		{name: "cut", fault: localhub.Fault{Kind: localhub.KindStorage, Path: "*.parquet", Count: 3, Cut: true, CutAfter: 100_000}},
		{name: "cut at once", fault: localhub.Fault{Kind: localhub.KindStorage, Count: 2, Cut: true}},
		{name: "always cut", fault: localhub.Fault{Path: "big.parquet", Cut: true, CutAfter: 10}, says: "cut at byte 70 of 1048576"},
		{name: "503", fault: localhub.Fault{Kind: localhub.KindResolve, Count: 2, Status: 503, Header: http.Header{"retry-after": {"0"}}}},
		{name: "expired", fault: localhub.Fault{Kind: localhub.KindStorage, Skip: 0, Count: 1, Status: 403}},
		{name: "ignores range", fault: localhub.Fault{Kind: localhub.KindStorage, IgnoreRange: true}, says: "ignores the Range header"},
		{name: "ignores range once", fault: localhub.Fault{Kind: localhub.KindStorage, Count: 1, IgnoreRange: true}},
		{name: "slow", fault: localhub.Fault{Delay: time.Millisecond}},
		{name: "other repository", fault: localhub.Fault{Repo: "acme/gated", Status: 500}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, localhub.Options{})
			c := client(t, s, hub.Options{Retry: hub.Retry{Base: time.Microsecond, Cap: time.Microsecond}})
			f := head(t, c)["big.parquet"]
			if err := s.Inject(tt.fault); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			got, err := read(ctx, c, f, 10, f.Size-20)
			if tt.says == "" {
				if err != nil || !bytes.Equal(got, big[10:f.Size-10]) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "signature") {
				t.Errorf("err = %v", err)
			}
		})
	}
}

// TestQuota lets a client use up its quota: it is told so by headers, and waits.
func TestQuota(t *testing.T) {
	t.Parallel()
	s := serve(t, localhub.Options{Quota: localhub.Quota{API: 3, Window: time.Second}})
	c := client(t, s, hub.Options{})
	for range 5 {
		if _, err := c.Info(t.Context(), repo, ""); err != nil {
			t.Fatal(err)
		}
	}
	if stats := c.Stats(); stats.RateWaits == 0 || stats.Retries != 0 {
		t.Errorf("%+v", stats)
	}
	resp, err := http.Get(s.URL() + "/api/datasets/acme/data") //nolint:noctx // The server is local.
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if got := resp.Header.Get("RateLimit-Policy"); got != `"fixed window";"api";q=3;w=1` {
		t.Errorf("policy %s", got)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestBandwidth(t *testing.T) {
	t.Parallel()
	s := serve(t, localhub.Options{Bandwidth: 8 << 20, Latency: time.Millisecond})
	c := client(t, s, hub.Options{})
	f := head(t, c)["big.parquet"]
	begin := time.Now()
	got, err := read(t.Context(), c, f, 0, f.Size)
	if err != nil || !bytes.Equal(got, big) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if took := time.Since(begin); took < 100*time.Millisecond {
		t.Errorf("1 MiB at 8 MiB/s took %v", took)
	}
}

// TestCloseCutsReaders closes the server under a slow reader.
func TestCloseCutsReaders(t *testing.T) {
	t.Parallel()
	s := serve(t, localhub.Options{Bandwidth: 64 << 10})
	c := client(t, s, hub.Options{Retry: hub.Retry{Tries: -1}})
	f := head(t, c)["big.parquet"]
	r, err := c.Range(t.Context(), f, 0, f.Size)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err == nil || !strings.Contains(err.Error(), "big.parquet") {
		t.Errorf("err = %v", err)
	}
}

func ExampleStart() {
	root, err := os.MkdirTemp("", "hub")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(root)
	if err := os.MkdirAll(filepath.Join(root, "acme/data"), 0o755); err != nil {
		panic(err)
	}
	if err := os.WriteFile(filepath.Join(root, "acme/data/rows.csv"), []byte("x,y\n1,2\n"), 0o600); err != nil {
		panic(err)
	}
	s, err := localhub.Start(context.Background(), localhub.Options{Root: root})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	c, err := hub.New(hub.Options{Endpoint: s.URL(), Anonymous: true})
	if err != nil {
		panic(err)
	}
	defer c.CloseIdleConnections()
	rows, err := c.ReadFile(context.Background(), hub.File{Repo: hub.Dataset("acme/data"), Path: "rows.csv", Size: -1}, 1<<20)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s", rows)
	// Output:
	// x,y
	// 1,2
}
