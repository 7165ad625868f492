package engine

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/hfspark/hfspark/source"
)

// feed reads the partitions of a scan, several at once, and hands out their pieces: in order, or as they come. It begins
// when the first piece is asked for: where all rows are needed with as many partitions as its window has, else with one. A query
// that may need few rows fetches little: nothing is read ahead of its first pieces, and then one more partition at once for
// each piece that was not enough.
//
// In order, only the pieces of the first open partition can be used. Those of the partitions behind it hold memory that the
// first may need to go on; shed gives it back.
type feed struct {
	ctx      context.Context //nolint:containedctx // the life of its goroutines, ended by close
	cancel   context.CancelFunc
	read     func(ctx context.Context, partition int) (source.Reader, error)
	pressure func() // called now and then while a piece is waited for
	total    int
	whole    bool // all partitions will be read
	ordered  bool
	common   chan delivery           // not ordered: of all partitions
	turns    [patience]chan struct{} // closed when the second piece is asked for, the third, and so on
	wg       sync.WaitGroup

	mu       sync.Mutex
	window   int
	width    int // how many partitions may be open now
	asked    int // how often a piece was asked for
	sent     int // how many were handed over
	next     int // the partition to open next
	open     int
	runs     []*partitionRun // ordered: the open partitions, in order
	finished bool            // not ordered: common is closed
}

// partitionRun is a partition being read.
type partitionRun struct {
	partition int
	ctx       context.Context //nolint:containedctx // the life of its goroutine
	cancel    context.CancelFunc
	queue     chan delivery
}

// delivery is a piece, or the error that ended its partition.
type delivery struct {
	piece *source.Piece
	err   error
}

// newFeed makes a feed that is not started yet.
func newFeed(ctx context.Context, partitions, window int, spec scanSpec, read func(context.Context, int) (source.Reader, error), pressure func()) *feed {
	f := &feed{read: read, pressure: pressure, total: partitions, window: max(1, window), whole: spec.whole, ordered: spec.ordered, common: make(chan delivery)}
	for i := range f.turns {
		f.turns[i] = make(chan struct{})
	}
	f.ctx, f.cancel = context.WithCancel(ctx)
	return f
}

// fill opens partitions while the width allows; f.mu is held.
func (f *feed) fill() {
	for f.open < f.width && f.next < f.total && f.ctx.Err() == nil {
		run := &partitionRun{partition: f.next, queue: f.common}
		run.ctx, run.cancel = context.WithCancel(f.ctx)
		if f.ordered {
			run.queue = make(chan delivery)
			f.runs = append(f.runs, run)
		}
		f.next++
		f.open++
		f.wg.Go(func() { f.run(run) })
	}
	if !f.ordered && f.open == 0 && f.next == f.total && !f.finished {
		f.finished = true
		close(f.common)
	}
}

// patience is how many pieces behind the first are not read before they are asked for, where few rows may be enough.
const patience = 2

// ask notes that a piece is wanted, and lets more be read at once when those before it were not enough.
func (f *feed) ask() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	switch {
	case f.whole:
		f.width = f.window
	case f.asked <= patience:
		f.width = 1
	default:
		f.width = min(f.width+1, f.window)
	}
	if turn := f.asked - 2; turn >= 0 && turn < patience {
		close(f.turns[turn])
	}
	f.fill()
}

// wanted waits until a run may read its next piece.
func (f *feed) wanted(run *partitionRun) bool {
	f.mu.Lock()
	turn := f.sent - 1
	f.mu.Unlock()
	if f.whole || turn < 0 || turn >= patience {
		return true
	}
	select {
	case <-f.turns[turn]:
		return true
	case <-run.ctx.Done():
		return false
	}
}

// ended counts off a partition.
func (f *feed) ended() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open--
	f.fill()
}

// shed stops reading the partitions whose turn has not come. They are opened again when it comes.
func (f *feed) shed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.ordered || len(f.runs) < 2 {
		return
	}
	for _, run := range f.runs[1:] {
		run.cancel()
	}
	f.open -= len(f.runs) - 1
	f.next = f.runs[1].partition
	f.runs = f.runs[:1:1]
	f.window, f.width = 1, 1
}

// run reads one partition to its end.
func (f *feed) run(run *partitionRun) {
	defer run.cancel()
	if err := f.deliver(run); err != nil {
		run.send(delivery{err: err})
	}
	if f.ordered {
		close(run.queue) // It counts as open until its last piece was taken.
	} else {
		f.ended()
	}
}

func (f *feed) deliver(run *partitionRun) (err error) {
	reader, err := f.read(run.ctx, run.partition)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for f.wanted(run) {
		piece, err := reader.Next(run.ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !run.send(delivery{piece: piece}) {
			piece.Release()
			return nil
		}
		f.mu.Lock()
		f.sent++
		f.mu.Unlock()
	}
	return nil
}

func (r *partitionRun) send(d delivery) bool {
	select {
	case r.queue <- d:
		return true
	case <-r.ctx.Done():
		return false
	}
}

// head is the queue to take the next piece from, or nil at the end.
func (f *feed) head() chan delivery {
	if !f.ordered {
		return f.common
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.runs) == 0 {
		return nil
	}
	return f.runs[0].queue
}

// pressureEvery is how often a wait for a piece looks whether it lasts for lack of memory.
const pressureEvery = 50 * time.Millisecond

// take returns the next piece, which the caller releases, or io.EOF. Ordered feeds serve one caller at a time.
func (f *feed) take() (*source.Piece, error) {
	f.ask()
	ticker := time.NewTicker(pressureEvery)
	defer ticker.Stop()
	for {
		queue := f.head()
		if queue == nil {
			return nil, io.EOF
		}
		select {
		case d, ok := <-queue:
			if ok {
				return d.piece, d.err
			}
			if !f.ordered {
				return nil, io.EOF
			}
			f.mu.Lock()
			f.runs = f.runs[1:]
			f.mu.Unlock()
			f.ended()
		case <-ticker.C:
			f.pressure()
		case <-f.ctx.Done():
			return nil, context.Cause(f.ctx)
		}
	}
}

// left is how many partitions have not been read to their ends.
func (f *feed) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total - f.next + f.open
}

// ready returns what a feed that is not ordered has at hand, without waiting for it.
func (f *feed) ready() (delivery, bool) {
	select {
	case d, ok := <-f.common:
		return d, ok
	default:
		return delivery{}, false
	}
}

// close ends all reading and waits until it has ended.
func (f *feed) close() {
	f.cancel()
	f.wg.Wait()
}
