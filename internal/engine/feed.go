package engine

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/hfspark/hfspark/source"
)

// feed reads the partitions of a scan, several at once, and hands out their pieces: in order, or as they come. It begins
// with one partition and opens one more for each piece that was asked for, up to its window, so that a query that needs few
// rows fetches little.
type feed struct {
	ctx    context.Context //nolint:containedctx // the life of its goroutines, ended by close
	cancel context.CancelFunc
	read   func(ctx context.Context, partition int) (source.Reader, error)
	total  int
	window int
	wg     sync.WaitGroup

	mu      sync.Mutex
	width   int // how many partitions may be open now
	started int
	running int
	ordered bool
	queues  []chan delivery // ordered: of the partitions that are not read to their end, in order
	common  chan delivery   // not ordered: of all partitions
	// finished tells that common is closed.
	finished bool
}

// delivery is a piece, or the error that ended its partition.
type delivery struct {
	piece *source.Piece
	err   error
}

func newFeed(ctx context.Context, partitions, window int, ordered bool, read func(context.Context, int) (source.Reader, error)) *feed {
	f := &feed{read: read, total: partitions, window: max(1, window), width: 1, ordered: ordered, common: make(chan delivery)}
	f.ctx, f.cancel = context.WithCancel(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.start()
	return f
}

// start opens partitions while the width allows; f.mu is held.
func (f *feed) start() {
	for f.running < f.width && f.started < f.total && f.ctx.Err() == nil {
		partition, queue := f.started, f.common
		if f.ordered {
			queue = make(chan delivery)
			f.queues = append(f.queues, queue)
		}
		f.started++
		f.running++
		f.wg.Go(func() { f.run(partition, queue) })
	}
	if !f.ordered && f.running == 0 && f.started == f.total && !f.finished {
		f.finished = true
		close(f.common)
	}
}

// widen lets one more partition be read at once.
func (f *feed) widen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.width < f.window {
		f.width++
		f.start()
	}
}

// ended counts off a partition.
func (f *feed) ended() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running--
	f.start()
}

// run reads one partition to its end.
func (f *feed) run(partition int, queue chan delivery) {
	err := f.deliver(partition, queue)
	if err != nil {
		f.send(queue, delivery{err: err})
	}
	if f.ordered {
		close(queue)
		return // It counts as running until its last piece was taken.
	}
	f.ended()
}

func (f *feed) deliver(partition int, queue chan delivery) (err error) {
	reader, err := f.read(f.ctx, partition)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		piece, err := reader.Next(f.ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !f.send(queue, delivery{piece: piece}) {
			piece.Release()
			return nil
		}
	}
}

func (f *feed) send(queue chan delivery, d delivery) bool {
	select {
	case queue <- d:
		return true
	case <-f.ctx.Done():
		return false
	}
}

// next returns the next piece, which the caller releases, or io.EOF. Ordered feeds serve one caller at a time.
func (f *feed) next() (*source.Piece, error) {
	for {
		queue := f.common
		if f.ordered {
			f.mu.Lock()
			if len(f.queues) == 0 {
				f.mu.Unlock()
				return nil, io.EOF
			}
			queue = f.queues[0]
			f.mu.Unlock()
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
			f.queues = f.queues[1:]
			f.mu.Unlock()
			f.ended()
		case <-f.ctx.Done():
			return nil, context.Cause(f.ctx)
		}
	}
}

// close ends all reading and waits until it has ended.
func (f *feed) close() {
	f.cancel()
	f.wg.Wait()
}
