package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/source"
)

// The test binary is its own child: with childVariable, the address of a Hub, it writes the rows from childFrom on and ends.
const (
	childVariable = "HFSPARK_SINK_CHILD"
	childFrom     = "HFSPARK_SINK_CHILD_FROM"
	childRows     = 2000
)

func childWrite(endpoint string) error {
	from, err := strconv.Atoi(os.Getenv(childFrom))
	if err != nil {
		return err
	}
	s := New(Config{Source: source.New(source.Config{Endpoint: endpoint})})
	o := Options{Path: "alice/ds", Token: token, Mode: Overwrite, MaxBytesPerFile: 6000}
	_, err = s.WriteRows(context.Background(), o, numbersSchema, nil, func(context.Context) (Rows, error) {
		var batches []arrow.RecordBatch
		for i := range 10 {
			batches = append(batches, numbers(from+i*childRows/10, from+(i+1)*childRows/10))
		}
		return &batchRows{batches}, nil
	})
	return err
}

// killer kills a child when it sends its nth request.
type killer struct {
	mu      sync.Mutex
	after   int // requests that are let through; below 0 all
	process *os.Process
	seen    int
	stored  map[string]int // successful uploads by path
}

func (k *killer) observe(r localhub.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.Method == "PUT" && r.Kind == localhub.KindStorage && r.Status == 200 {
		k.stored[r.Path]++
	}
	k.seen++
	if k.after >= 0 && k.seen > k.after && k.process != nil {
		_ = k.process.Kill()
	}
}

func (k *killer) start(after int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.after, k.seen, k.process = after, 0, nil
}

// run runs a child to its end, or until it is killed.
func (k *killer) run(t *testing.T, endpoint string, from, after int) error {
	t.Helper()
	k.start(after)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+endpoint, fmt.Sprintf("%s=%d", childFrom, from), "HF_HUB_OFFLINE=")
	var stderr bytes.Buffer
	child.Stderr = &stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	k.mu.Lock()
	k.process = child.Process
	k.mu.Unlock()
	if err := child.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, stderr.String())
	}
	return nil
}

// A write that is killed at any moment leaves the old rows or the new ones, and the same write finishes without sending again
// what got through.
func TestKilledWrites(t *testing.T) {
	t.Parallel()
	points := 25
	if testing.Short() {
		points = 3
	}
	for seed := range uint64(2) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			testKilledWrites(t, rand.New(rand.NewPCG(4, seed)), points)
		})
	}
}

func testKilledWrites(t *testing.T, r *rand.Rand, points int) {
	t.Helper()
	k := &killer{stored: map[string]int{}, after: -1}
	server, err := localhub.Start(t.Context(), localhub.Options{
		Root: t.TempDir(), Tokens: []access.Token{{Secret: token, User: "alice"}}, Observe: k.observe,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, hub: server}
	if p.client, err = hub.New(hub.Options{Endpoint: server.URL(), Token: token}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	p.tables = source.New(source.Config{Client: func(_, _ string) (*hub.Client, error) { return p.client, nil }})

	if err := k.run(t, server.URL(), 0, -1); err != nil {
		t.Fatal(err)
	}
	requests, state := k.seen, 0
	for i := range points {
		next := (i + 1) * childRows
		killed := k.run(t, server.URL(), next, r.IntN(requests))
		var exit *exec.ExitError
		if killed != nil && (!errors.As(killed, &exit) || exit.Exited()) {
			t.Fatalf("the child failed by itself: %v", killed)
		}
		switch got := p.read(source.Options{}); {
		case slices.Equal(got, count(state, state+childRows)):
		case slices.Equal(got, count(next, next+childRows)):
		default:
			t.Fatalf("kill %d left %d rows that are neither old nor new", i, len(got))
		}
		if err := k.run(t, server.URL(), next, -1); err != nil {
			t.Fatal(err)
		}
		if got := p.read(source.Options{}); !slices.Equal(got, count(next, next+childRows)) {
			t.Fatalf("after kill %d the write did not finish: %d rows", i, len(got))
		}
		state = next
	}
	if len(k.stored) < points {
		t.Errorf("only %d contents were seen on their way to the storage", len(k.stored))
	}
	for path, times := range k.stored {
		if times > 1 {
			t.Errorf("%s was stored %d times", path, times)
		}
	}
}

// batchRows are rows in memory.
type batchRows struct{ batches []arrow.RecordBatch }

// Next implements [Rows].
func (b *batchRows) Next() (arrow.RecordBatch, error) {
	if len(b.batches) == 0 {
		return nil, io.EOF
	}
	next := b.batches[0]
	b.batches = b.batches[1:]
	return next, nil
}

// Close implements [Rows].
func (b *batchRows) Close() error { return nil }
