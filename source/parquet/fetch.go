package parquet

import (
	"context"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"
)

// copyBuffer is the size of the buffers between the network and a file that is written to: large enough for few calls of the
// system, and small enough to stay in a processor's cache.
const copyBuffer = 512 << 10

// fetcher fetches the ranges of slices, a bounded number at once.
type fetcher struct {
	file   File
	footer *Footer
	slots  chan struct{} // one for each request that may run
	link   *Link
	pool   *Pool
}

func newFetcher(file File, footer *Footer, o Options) *fetcher {
	return &fetcher{file: file, footer: footer, link: o.Link, pool: o.Pool, slots: make(chan struct{}, max(o.Parallelism, 1))}
}

// fetch copies the ranges to where their segments belong in to: shift bytes behind where they are planned. It calls queued when the first of
// them has its turn on the link, or waits for it.
func (f *fetcher) fetch(ctx context.Context, ranges []fetchRange, to *sliceFile, shift int64, queued func()) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, r := range ranges {
		select {
		case f.slots <- struct{}{}:
		case <-ctx.Done():
			// The group's own error, where there is one, tells more.
			if err := g.Wait(); err != nil {
				return err
			}
			return ctx.Err()
		}
		g.Go(func() error {
			defer func() { <-f.slots }()
			return f.fetchRange(ctx, r, to, shift, queued)
		})
	}
	return g.Wait()
}

func (f *fetcher) fetchRange(ctx context.Context, r fetchRange, to *sliceFile, shift int64, queued func()) (err error) {
	body, err := f.link.openQueued(ctx, f.file, r.from, r.to-r.from, queued)
	if err != nil {
		return f.locate(r.segments[0], r.from, err)
	}
	defer func() {
		if closeErr := body.Close(); err == nil && closeErr != nil {
			err = f.locate(r.segments[len(r.segments)-1], r.to, closeErr)
		}
	}()
	var buffer []byte
	if to.memory.bytes() == nil {
		lent := f.pool.buffer(min(r.to-r.from, copyBuffer))
		defer f.pool.giveBack(lent)
		buffer = *lent
	}
	at := r.from
	for _, s := range r.segments {
		if s.from > at {
			if n, err := io.CopyN(io.Discard, body, s.from-at); err != nil {
				return f.locate(s, at+n, noEOF(err))
			}
		}
		if n, err := to.copy(s.at+shift, body, s.to-s.from, buffer); err != nil {
			return f.locate(s, s.from+n, err)
		}
		at = s.to
	}
	return nil
}

// locate says where in the file an error happened.
func (f *fetcher) locate(s segment, offset int64, err error) error {
	return fmt.Errorf("row group %d, column %s, byte %d: %w",
		s.rowGroup, strings.Join(f.footer.leaves[s.leaf].path, "."), offset, err)
}
