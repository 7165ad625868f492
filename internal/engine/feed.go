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
// when the first piece is asked for: where all rows are needed with as many partitions as its window has, else with one, and
// one more for each piece, so that a query that needs few rows fetches little.
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
	common   chan delivery // not ordered: of all partitions
	wg       sync.WaitGroup

	mu       sync.Mutex
	window   int
	width    int // how many partitions may be open now
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

// widen lets one more partition be read at once.
func (f *feed) widen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.width = min(f.width+1, f.window)
	f.fill()
}

// begin opens the first partition when that has not happened yet.
func (f *feed) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.width == 0 {
		f.width = 1
		if f.whole {
			f.width = f.window
		}
		f.fill()
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
	for {
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
	}
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
	f.begin()
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
				f.widen()
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

// ready returns what a feed that is not ordered has at hand, without waiting for it.
func (f *feed) ready() (delivery, bool) {
	select {
	case d, ok := <-f.common:
		if ok {
			f.widen()
		}
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
