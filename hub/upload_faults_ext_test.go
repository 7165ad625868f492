package hub_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

// TestUploadSeededFaults writes through faults of many seeds: each operation ends with the right content or an error of this package,
// each commit is made once, and there are not many more requests than without faults.
func TestUploadSeededFaults(t *testing.T) {
	t.Parallel()
	large := string(randomBytes(400_000))
	clean, operations, failures, played := int64(0), 0, 0, 0
	for seed := range uint64(16) {
		o := localhub.Options{PartSize: 100_000, FaultSeed: seed}
		if seed > 0 {
			o.Faults = everyFault(0.03)
			for i := range o.Faults { // Making the repository is not what is tested.
				o.Faults[i].Repo = written.ID
			}
		}
		var bad atomic.Int64
		o.Observe = func(r localhub.Request) {
			if r.Status >= 400 || r.Status == 0 {
				bad.Add(1)
			}
		}
		c, server, sent := writable(t, o)
		sent.Store(0)
		right, failed := writeAll(t, c, large)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		operations, failures, played = operations+right+failed, failures+failed, played+int(bad.Load())
		if seed == 0 {
			clean = sent.Load()
			if failed > 0 {
				t.Fatal("failures without faults")
			}
			continue
		}
		if sent.Load() > 3*clean {
			t.Errorf("seed %d: %d requests, %d without faults", seed, sent.Load(), clean)
		}
	}
	t.Logf("%d operations, %d failed; %d requests failed", operations, failures, played)
	if failures*5 > operations {
		t.Errorf("%d of %d operations failed", failures, operations)
	}
}

// writeAll makes a row of commits and looks at the repository after each.
func writeAll(t *testing.T, c *hub.Client, large string) (right, failed int) {
	t.Helper()
	have := map[string]string{}
	titles := 0
	for i := range 10 {
		small := fmt.Sprintf("small %d", i)
		commit := hub.Commit{Summary: "the same title each time", Operations: []hub.Operation{
			&hub.Add{Path: fmt.Sprintf("%d.txt", i), Content: hub.Bytes([]byte(small))},
			&hub.Add{Path: fmt.Sprintf("%d.parquet", i), Content: hub.Bytes([]byte(small))},
			&hub.Add{Path: "large.parquet", Content: hub.Bytes([]byte(large[i:]))},
		}}
		previous := fmt.Sprintf("%d.txt", i-1)
		if _, there := have[previous]; there {
			commit.Operations = append(commit.Operations, hub.DeleteFile{Path: previous})
		}
		var known *hub.Error
		_, err := c.Commit(t.Context(), written, "", commit)
		if err != nil && !errors.As(err, &known) {
			t.Errorf("an error without a type: %v", err)
		}
		if err == nil {
			right++
			titles++
			delete(have, previous)
			have[fmt.Sprintf("%d.txt", i)], have[fmt.Sprintf("%d.parquet", i)], have["large.parquet"] = small, small, large[i:]
			continue
		}
		failed++
	}
	// Reading goes through the same faults, so it may take several tries.
	for range 20 {
		got, err := tryContents(t, c)
		if err != nil {
			continue
		}
		wholeCommits(t, got, large)
		if failed == 0 {
			if diff := cmp.Diff(have, got); diff != "" {
				t.Errorf("the repository: %.500s", diff)
			}
			n := 0
			for commit, err := range c.Commits(t.Context(), written, "") {
				if err != nil {
					return right, failed
				}
				if strings.HasPrefix(commit.Title, "the same") {
					n++
				}
			}
			if n != titles {
				t.Errorf("%d commits for %d", n, titles)
			}
		}
		break
	}
	return right, failed
}

func tryContents(t *testing.T, c *hub.Client) (map[string]string, error) {
	t.Helper()
	out := map[string]string{}
	for entry, err := range c.List(t.Context(), written, "", "", true) {
		if err != nil {
			return nil, err
		}
		if entry.Type != hub.TypeFile || entry.Path == ".gitattributes" {
			continue
		}
		content, err := c.ReadFile(t.Context(), hub.File{Repo: written, Path: entry.Path, Size: entry.Size}, 1<<30)
		if err != nil {
			return nil, err
		}
		out[entry.Path] = string(bytes.Clone(content))
	}
	return out, nil
}

// wholeCommits checks that of the commits of writeAll each was made as a whole or not at all.
func wholeCommits(t *testing.T, got map[string]string, large string) {
	t.Helper()
	last := -1
	for i := range 10 {
		small := fmt.Sprintf("small %d", i)
		content, made := got[fmt.Sprintf("%d.parquet", i)]
		if made {
			last = i
		}
		text, there := got[fmt.Sprintf("%d.txt", i)]
		if (made && content != small) || (there && (!made || text != small)) {
			t.Errorf("commit %d: %q, %q", i, content, text)
		}
	}
	if last >= 0 && got["large.parquet"] != large[last:] {
		t.Errorf("after commit %d the large file has %d bytes", last, len(got["large.parquet"]))
	}
}

// TestManyFaults writes and reads, with one seed after the other, until as many faults were played as HFSPARK_FAULTS says. The tests for
// few seeds play some hundred of them.
func TestManyFaults(t *testing.T) {
	t.Parallel()
	want, err := strconv.ParseInt(os.Getenv("HFSPARK_FAULTS"), 10, 64)
	if err != nil {
		t.Skip("takes minutes: run it by 'make faults', which sets HFSPARK_FAULTS")
	}
	large := string(randomBytes(400_000))
	files := map[string][]byte{"large.parquet": randomBytes(segment + 100_000)}
	for i := range 30 {
		files[fmt.Sprintf("data/%02d.%s", i, []string{"csv", "parquet"}[i%2])] = randomBytes(3000 + i)
	}
	var played atomic.Int64
	var cleanWrites, cleanReads, sent, clean, right, failed int
	for seed := uint64(0); played.Load() < want; seed++ {
		o := localhub.Options{PartSize: 100_000, FaultSeed: seed, Observe: func(r localhub.Request) {
			if r.Faulty {
				played.Add(1)
			}
		}}
		if seed > 0 {
			o.Faults = everyFault(0.04)
		}
		reader := serveFiles(t, files, o)
		a, b := readAll(t, reader, files)
		reads := len(reader.taken())
		for i := range o.Faults { // Making the repository is not what is tested.
			o.Faults[i].Repo = written.ID
		}
		c, server, requests := writable(t, o)
		requests.Store(0)
		x, y := writeAll(t, c, large)
		writes := int(requests.Load())
		if err := errors.Join(server.Close(), reader.Close()); err != nil {
			t.Error(err)
		}
		if seed == 0 {
			cleanReads, cleanWrites = reads, writes
			continue
		}
		if reads > 3*cleanReads || writes > 3*cleanWrites {
			t.Errorf("seed %d: %d and %d requests, %d and %d without faults", seed, reads, writes, cleanReads, cleanWrites)
		}
		right, failed, sent, clean = right+a+x, failed+b+y, sent+reads+writes, clean+cleanReads+cleanWrites
	}
	t.Logf("%d faults: %d operations ended well, %d with an error; %d requests, %d without faults", played.Load(), right, failed, sent, clean)
}
