package engine

import (
	"context"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
)

// ahead keeps rows that were decoded ahead of the query, in order. Each piece of a scan has a slot, which a decoder fills
// while the slots before it are emptied. The slots together hold at most a budget of bytes; only the first slot may exceed
// it, by one portion, so that there is always progress.
type ahead struct {
	mu      sync.Mutex
	changed *sync.Cond
	budget  int64
	used    int64
	limit   int // of slots
	most    int // that limit becomes
	emptied int // slots so far
	slots   []*slot
	ended   bool  // no more slots will come
	failure error // why everything ends
	stop    func() bool
}

// slot holds the rows of one piece.
type slot struct {
	portions []portion
	done     bool
	err      error
}

// portion is some rows: a chunk, a record, or a bare count.
type portion struct {
	chunk   *duckdb.Held
	record  arrow.RecordBatch
	count   int64
	size    int64
	release func()
}

func (p *portion) free() {
	if p.chunk != nil {
		p.chunk.Close()
	}
	if p.release != nil {
		p.release()
	}
}

// newAhead makes room for so many slots: at once, or with sparing when the first pieces were not enough.
func newAhead(ctx context.Context, budget int64, slots int, sparing bool) *ahead {
	a := &ahead{budget: budget, limit: max(1, slots), most: max(1, slots)}
	if sparing {
		a.limit = 1
	}
	a.changed = sync.NewCond(&a.mu)
	a.stop = context.AfterFunc(ctx, func() { a.fail(context.Cause(ctx)) })
	return a
}

func (a *ahead) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failure == nil {
		a.failure = err
	}
	a.changed.Broadcast()
}

// add makes a new slot behind the others, when there is place for one.
func (a *ahead) add() (*slot, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.failure == nil && len(a.slots) >= a.limit {
		a.changed.Wait()
	}
	if a.failure != nil {
		return nil, a.failure
	}
	s := &slot{}
	a.slots = append(a.slots, s)
	a.changed.Broadcast()
	return s, nil
}

// end says that no more slots will be added, because of err or, when it is nil, because all are there.
func (a *ahead) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil {
		a.slots = append(a.slots, &slot{done: true, err: err})
	}
	a.ended = true
	a.changed.Broadcast()
}

// put adds a portion to a slot, when there is place for it. It takes the portion over, also when it fails.
func (a *ahead) put(s *slot, p portion) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.failure == nil && a.used > 0 && a.used+p.size > a.budget && (s != a.slots[0] || len(s.portions) > 0) {
		a.changed.Wait()
	}
	if a.failure != nil {
		p.free()
		return a.failure
	}
	a.used += p.size
	s.portions = append(s.portions, p)
	a.changed.Broadcast()
	return nil
}

// finish says that a slot is complete, or that it failed.
func (a *ahead) finish(s *slot, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s.done, s.err = true, err
	a.changed.Broadcast()
}

// take returns the next portion, which the caller frees, or io.EOF.
func (a *ahead) take() (portion, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		switch {
		case a.failure != nil:
			return portion{}, a.failure
		case len(a.slots) == 0 && a.ended:
			return portion{}, io.EOF
		case len(a.slots) == 0:
		case len(a.slots[0].portions) > 0:
			first := a.slots[0]
			p := first.portions[0]
			first.portions = first.portions[1:]
			a.used -= p.size
			a.changed.Broadcast()
			return p, nil
		case a.slots[0].done:
			if err := a.slots[0].err; err != nil {
				return portion{}, err
			}
			a.slots = a.slots[1:]
			if a.emptied++; a.emptied >= patience {
				a.limit = a.most
			}
			a.changed.Broadcast()
			continue
		}
		a.changed.Wait()
	}
}

// close frees what nobody took. The decoders must have ended.
func (a *ahead) close() {
	a.stop()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.slots {
		for i := range s.portions {
			s.portions[i].free()
		}
	}
	a.slots = nil
}
