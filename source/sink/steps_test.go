package sink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/source"
)

// inBatches cuts rows into batches that go to files of their own where these are small.
func inBatches(from, to, rows int) []arrow.RecordBatch {
	var out []arrow.RecordBatch
	for ; from < to; from += rows {
		out = append(out, numbers(from, min(from+rows, to)))
	}
	return out
}

// Overwrites that take several commits each, at once: every state that the branch ever had is that of one of them.
func TestOverwritesInSeveralCommitsAtOnce(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]string{"split": "", "folder": "some/folder"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.mustWrite(Options{DataDir: folder}, numbers(0, 1000))
			const writers = 4
			failures := make(chan error, writers)
			var wait sync.WaitGroup
			for i := range writers {
				wait.Go(func() {
					o := Options{Mode: Overwrite, DataDir: folder, MaxBytesPerFile: 5000, MaxOperationsPerCommit: 2 + i}
					_, err := p.write(o, inBatches((i+1)*1000, (i+2)*1000, 100+50*i)...)
					failures <- err
				})
			}
			wait.Wait()
			close(failures)
			for err := range failures {
				if err != nil {
					t.Error(err)
				}
			}
			states := 0
			for commit, err := range p.client.Commits(t.Context(), hub.Dataset("alice/ds"), "") {
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(p.filesAt(commit.ID), func(f string) bool { return strings.HasSuffix(f, ".parquet") }) {
					continue // before the first write
				}
				states++
				got := p.read(source.Options{Revision: commit.ID, DataDir: folder})
				if len(got) != 1000 || got[0]%1000 != 0 || !slices.Equal(got, count(int(got[0]), int(got[0])+1000)) {
					t.Errorf("commit %s (%s) holds a mixture of %d rows", commit.ID, commit.Title, len(got))
				}
			}
			if states < 2 {
				t.Errorf("only %d states were seen", states)
			}
		})
	}
}

func (p *place) filesAt(commit string) []string {
	p.t.Helper()
	var out []string
	for e, err := range p.client.List(p.t.Context(), hub.Dataset("alice/ds"), commit, "", true) {
		if err != nil {
			p.t.Fatal(err)
		}
		out = append(out, e.Path)
	}
	return out
}

// Appends that take several commits each, at once: all rows of all.
func TestAppendsInSeveralCommitsAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.mustWrite(Options{}, numbers(0, 1))
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			if _, err := p.write(Options{Mode: Append, MaxBytesPerFile: 5000, MaxOperationsPerCommit: 2}, inBatches(1+i*500, 501+i*500, 100)...); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	got := p.read(source.Options{})
	if slices.Sort(got); !slices.Equal(got, count(0, 2001)) {
		t.Errorf("%d rows are there, want 2001", len(got))
	}
}

// A merge whose answer is lost has been made, and must not be made again.
func TestLostAnswerToAMerge(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.mustWrite(Options{}, numbers(0, 1))
	if err := p.hub.Inject(localhub.Fault{Method: http.MethodPost, Path: "merge", Lose: true, Count: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.write(Options{Mode: Append, MaxBytesPerFile: 5000, MaxOperationsPerCommit: 2}, inBatches(1, 1001, 100)...); err != nil {
		t.Fatal(err)
	}
	if got := p.read(source.Options{}); !slices.Equal(got, count(0, 1001)) {
		t.Errorf("%d rows are there, want 1001", len(got))
	}
}

// On a branch that no pull request can be made for, a write in several commits that fails is taken back.
func TestGradualWriteIsTakenBack(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.mustWrite(Options{}, numbers(0, 10))
	if err := p.client.CreateBranch(t.Context(), hub.Dataset("alice/ds"), "side", hub.BranchOptions{}); err != nil {
		t.Fatal(err)
	}
	o := Options{Mode: Append, Revision: "side", MaxBytesPerFile: 5000, MaxOperationsPerCommit: 3}
	if err := p.hub.Inject(localhub.Fault{Method: http.MethodPost, Path: "/api/datasets/alice/ds/commit/side", Skip: 1, Status: http.StatusForbidden, Count: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.write(o, inBatches(10, 1010, 100)...); err == nil {
		t.Fatal("no error")
	}
	if got := p.read(source.Options{Revision: "side"}); !slices.Equal(got, count(0, 10)) {
		t.Errorf("the branch holds %d rows", len(got))
	}
	r := p.mustWrite(o, inBatches(10, 1010, 100)...)
	if got := p.read(source.Options{Revision: "side"}); !r.Gradual || !slices.Equal(got, count(0, 1010)) {
		t.Errorf("the branch holds %d rows after %+v", len(got), r)
	}
}

// Three thousand parts become visible at once, in as many commits as their number needs, and cost a bounded number of requests.
func TestThousandsOfParts(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	server, err := localhub.Start(t.Context(), localhub.Options{
		Root: t.TempDir(), Tokens: []access.Token{{Secret: token, User: "alice"}}, Observe: func(localhub.Request) { requests.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	client, err := hub.New(hub.Options{Endpoint: server.URL(), Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	open := func(_, _ string) (*hub.Client, error) { return client, nil }
	s := New(Config{Client: open, Scratch: t.TempDir()})
	w, err := s.Begin(t.Context(), Options{Path: "alice/ds", Token: token}, numbersSchema)
	if err != nil {
		t.Fatal(err)
	}
	part, err := w.Part(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := part.Write(numbers(0, 2)); err != nil {
		t.Fatal(err)
	}
	one, err := part.Close()
	if err != nil {
		t.Fatal(err)
	}
	const parts = 3000
	var results []PartResult
	for i := range parts { // Tasks with the same rows have files with the same bytes.
		results = append(results, PartResult{Part: i, Files: one.Files}, PartResult{Part: i, Files: one.Files})
	}
	before := requests.Load()
	r, err := w.Commit(t.Context(), results)
	if err != nil {
		t.Fatal(err)
	}
	used := requests.Load() - before
	if r.Rows != 2*parts || len(r.Files) != parts || r.Commits != 31 || r.Gradual {
		t.Errorf("%d rows in %d files and %d commits, gradual %t", r.Rows, len(r.Files), r.Commits, r.Gradual)
	}
	if used > 200 {
		t.Errorf("%d files took %d requests", parts, used)
	}
	t.Logf("%d files took %d commits and %d requests", parts, r.Commits, used)
	files, commits := 0, 0
	for e, err := range client.List(t.Context(), hub.Dataset("alice/ds"), "", "data", false) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Type == hub.TypeFile {
			files++
		}
	}
	for _, err := range client.Commits(t.Context(), hub.Dataset("alice/ds"), "") {
		if err != nil {
			t.Fatal(err)
		}
		commits++
	}
	if files != parts || commits != 2 {
		t.Errorf("%d files are there after %d commits of the branch, want %d after 2", files, commits, parts)
	}
}

// A token that expires while rows are written: one clear error, and nothing to be seen.
func TestTokenThatExpires(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"at an upload": "preupload/main", "at the commit": "commit/main"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.mustWrite(Options{}, numbers(0, 3))
			if err := p.hub.Inject(localhub.Fault{Method: http.MethodPost, Path: "/api/datasets/alice/ds/" + path, Status: http.StatusUnauthorized}); err != nil {
				t.Fatal(err)
			}
			_, err := p.write(Options{Mode: Overwrite}, numbers(5, 9))
			if !hub.AccessProblem(err) || strings.Contains(fmt.Sprint(err), token) {
				t.Errorf("error is %v", err)
			}
			if got := p.read(source.Options{}); !slices.Equal(got, count(0, 3)) {
				t.Errorf("rows are %v", got)
			}
		})
	}
}

// failing are rows that end in an error, or in the end of their context.
type failing struct {
	batchRows
	cancel context.CancelFunc
	err    error
}

// Next implements [Rows].
func (f *failing) Next() (arrow.RecordBatch, error) {
	if len(f.batches) > 0 {
		return f.batchRows.Next()
	}
	if f.cancel != nil {
		f.cancel()
	}
	return nil, f.err
}

// A write that is cancelled or whose rows fail leaves no repository, no scratch files and no open descriptors.
func TestGivenUpWritesLeaveNothing(t *testing.T) {
	p := newPlace(t)
	scratch := t.TempDir()
	p.sink = New(Config{Client: func(_, _ string) (*hub.Client, error) { return p.client, nil }, Scratch: scratch})
	var before int
	for i := range 8 {
		ctx, cancel := context.WithCancel(t.Context())
		rows := &failing{batchRows: batchRows{inBatches(0, 2000, 100)}, err: errors.New("the query failed")}
		if i%2 == 0 {
			rows.cancel, rows.err = cancel, context.Canceled
		}
		_, err := p.sink.WriteRows(ctx, Options{Path: "alice/new", Token: token, MaxBytesPerFile: 5000}, numbersSchema, nil,
			func(context.Context) (Rows, error) { return rows, nil })
		cancel()
		if !errors.Is(err, rows.err) {
			t.Errorf("error is %v", err)
		}
		if _, err := p.client.Info(t.Context(), hub.Dataset("alice/new"), ""); !errors.Is(err, hub.ErrRepositoryNotFound) {
			t.Errorf("the repository is there: %v", err)
		}
		if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
			t.Errorf("scratch files are left: %v %v", left, err)
		}
		p.client.CloseIdleConnections()
		if i == 1 {
			before = regularFiles(t)
		}
	}
	if after := regularFiles(t); after > before {
		t.Errorf("%d scratch files are open, were %d", after, before)
	}
}

// regularFiles counts the open scratch files of this process.
func regularFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("needs /proc")
	}
	n := 0
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.Contains(to, "hfspark-upload") {
			n++
		}
	}
	return n
}

// A private write does not put rows into a public repository.
func TestPrivate(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	yes := true
	p.mustWrite(Options{Private: &yes}, numbers(0, 1))
	info, err := p.client.Info(t.Context(), hub.Dataset("alice/ds"), "")
	if err != nil || !info.Private {
		t.Errorf("the repository is %+v, %v", info, err)
	}
	p.mustWrite(Options{Private: &yes, Mode: Append}, numbers(1, 2))
	p.mustWrite(Options{Path: "alice/public"}, numbers(0, 1))
	var option *source.OptionError
	if _, err := p.write(Options{Path: "alice/public", Private: &yes, Mode: Append}, numbers(1, 2)); !errors.As(err, &option) {
		t.Errorf("error is %v", err)
	}
}
