package sink

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/source"
)

// One request in five fails, in one way or another. A write then either gets through, or fails with a clear error and leaves
// nothing to be seen.
func TestWritesUnderFaults(t *testing.T) {
	t.Parallel()
	failures := map[string]localhub.Fault{
		"busy":         {Status: http.StatusServiceUnavailable},
		"broken":       {Status: http.StatusInternalServerError},
		"cut requests": {Cut: true, CutAfter: 700},
		"lost answers": {Lose: true},
	}
	for name, fault := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := 0
			for seed := range uint64(6) {
				if writeUnder(t, fault, seed) {
					done++
				}
			}
			if done < 3 {
				t.Errorf("only %d of 6 writes got through", done)
			}
		})
	}
}

// writeUnder writes, overwrites and appends while a fault plays, and tells whether all of it got through.
func writeUnder(t *testing.T, fault localhub.Fault, seed uint64) bool {
	t.Helper()
	fault.Probability = 0.2
	server, err := localhub.Start(t.Context(), localhub.Options{
		Root: t.TempDir(), Tokens: []access.Token{{Secret: token, User: "alice"}}, FaultSeed: seed,
	})
	if err != nil {
		t.Fatal(err)
	}
	open := func(tries int) func(_, token string) (*hub.Client, error) {
		return func(_, token string) (*hub.Client, error) {
			return hub.New(hub.Options{
				Endpoint: server.URL(), Token: token, Retry: hub.Retry{Tries: tries, Base: time.Millisecond, Cap: 10 * time.Millisecond},
			})
		}
	}
	p := &place{t: t, hub: server, tables: source.New(source.Config{Client: open(5)})}
	if p.client, err = open(5)("", token); err != nil {
		t.Fatal(err)
	}
	defer func() {
		p.client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	p.sink = New(Config{Client: open(5), Scratch: t.TempDir()})
	p.mustWrite(Options{}, numbers(0, 500))
	if err := server.Inject(fault); err != nil {
		t.Fatal(err)
	}
	want := count(0, 500)
	through := true
	steps := []struct {
		options Options
		rows    arrow.RecordBatch
		after   []int64
	}{
		{Options{Mode: Overwrite, MaxBytesPerFile: 4000}, numbers(1000, 1500), count(1000, 1500)},
		{Options{Mode: Append}, numbers(1500, 1600), count(1000, 1600)},
	}
	for _, step := range steps {
		_, err := p.write(step.options, step.rows)
		var ofHub *hub.Error
		switch {
		case err == nil:
			want = step.after
		case !errors.As(err, &ofHub):
			t.Errorf("seed %d: the error has no class: %T %v", seed, err, err)
			fallthrough
		default:
			through = false
		}
		if err != nil {
			break
		}
	}
	// A quiet Hub shows what is there now.
	got := readThroughFaults(t, server.URL())
	if !slices.Equal(got, want) {
		t.Errorf("seed %d: %d rows are there, want %d from %d on", seed, len(got), len(want), want[0])
	}
	return through
}

// readThroughFaults reads with as many tries as it takes.
func readThroughFaults(t *testing.T, endpoint string) []int64 {
	t.Helper()
	client, err := hub.New(hub.Options{
		Endpoint: endpoint, Token: token, Retry: hub.Retry{Tries: 100, Base: time.Millisecond, Cap: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	p := &place{t: t, tables: source.New(source.Config{Client: func(_, _ string) (*hub.Client, error) { return client, nil }})}
	return p.read(source.Options{})
}
