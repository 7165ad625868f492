package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hfspark/hfspark/hub"
)

// guardedHub is a Hub that one may look at, and whose files may be read or not.
type guardedHub struct {
	hubClient
	gated  string
	err    error
	checks int
}

func (g *guardedHub) Info(context.Context, hub.Repo, string) (*hub.Info, error) {
	return &hub.Info{Gated: g.gated}, nil
}

func (g *guardedHub) AuthCheck(context.Context, hub.Repo, bool) error {
	g.checks++
	return g.err
}

func TestAccessIsAskedForAgain(t *testing.T) {
	t.Parallel()
	repo := hub.Dataset("user/repo")
	for name, test := range map[string]struct {
		gated  string
		looks  bool // the repository is looked up first
		err    error
		after  time.Duration
		want   bool
		checks int
	}{
		"open":                 {looks: true, want: true},
		"open, a while ago":    {looks: true, after: accessLasts, want: true, checks: 1},
		"taken away":           {looks: true, after: accessLasts, err: hub.ErrRepositoryNotFound, checks: 1},
		"gated":                {gated: "manual", looks: true, want: true, checks: 1},
		"gated, and not let":   {gated: "auto", looks: true, err: hub.ErrGated, checks: 1},
		"of another's listing": {want: true, checks: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now()
			h := &guardedHub{gated: test.gated, err: test.err}
			a := newAccess(h)
			a.now = func() time.Time { return now }
			if test.looks {
				if _, err := a.Info(t.Context(), repo, ""); err != nil {
					t.Fatal(err)
				}
			}
			now = now.Add(test.after)
			if got := a.allows(t.Context(), repo); got != test.want || h.checks != test.checks {
				t.Errorf("%v after %d checks", got, h.checks)
			}
			h.checks = 0
			if got := a.allows(t.Context(), repo); got != test.want || test.want == (h.checks > 0) {
				t.Errorf("%v after %d checks more", got, h.checks)
			}
			if err := a.check(t.Context(), repo); !errors.Is(err, test.err) {
				t.Errorf("error %v, want the Hub's", err)
			}
		})
	}
}

// TestKeptInMemory reads slices again: without a request for whoever may, and not at all for whoever may not.
func TestKeptInMemory(t *testing.T) {
	t.Parallel()
	root := writeRepo(t, map[string]string{"train.parquet": string(parquetFile(t, peopleSchema(), 2, people))})
	rules := "tokens:\n  hf_owner: {user: user}\n  hf_bob: {user: bob}\n  hf_eve: {user: eve}\nrepositories:\n  user/repo: {gated: manual, access: [bob]}\n"
	if err := os.WriteFile(filepath.Join(root, ".hfspark-hub.yaml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newCounted(t, startHub(t, root), Config{Kept: 10 << 20})
	table := mustTable(t, s.Source, map[string]string{"path": "user/repo", "token": "hf_bob"})
	for i, step := range []struct {
		token    string
		requests int64 // at most
		api      int64
		err      error
	}{{"hf_bob", 100, 0, nil}, {"hf_bob", 0, 1, nil}, {"hf_bob", 0, 0, nil}, {"hf_eve", 100, 0, hub.ErrGated}, {"hf_bob", 0, 0, nil}} {
		before := s.stats()
		rows, err := readSlicesOf(t, s.Source, table.Partitions[0], step.token)
		after := s.stats()
		if !errors.Is(err, step.err) || (err == nil && rows == 0) {
			t.Errorf("step %d: %d rows, %v", i, rows, err)
		}
		files := after.FileRequests + after.StorageRequests - before.FileRequests - before.StorageRequests
		if api := after.APIRequests - before.APIRequests; files > step.requests || api != step.api {
			t.Errorf("step %d: %d requests for files and %d others", i, files, api)
		}
	}
}

func readSlicesOf(t *testing.T, s *Source, p Partition, token string) (rows int64, err error) {
	t.Helper()
	reader, err := s.Read(t.Context(), p, token, Request{Columns: []string{"id", "name"}})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		piece, err := reader.Next(t.Context())
		if err != nil {
			if rows > 0 {
				return rows, nil
			}
			return 0, err
		}
		if piece.Slice == nil {
			t.Error("there is no slice")
		}
		rows += piece.Rows
		piece.Release()
	}
}
