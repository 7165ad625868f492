package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/hfspark/hfspark/hub"
)

const (
	// aheadFile is the size up to which a file is fetched before it is its turn, and aheadTotal how many bytes of such files are held.
	aheadFile  = 256 << 10
	aheadTotal = 2 << 20
)

// fetchAhead reads small files that follow one another: while one is read, the next ones come, so that the time that a request takes is not
// spent once for each. Only files that are read whole, one after the other, come early.
type fetchAhead struct {
	Files
	files    []Partition
	parallel int
	ctx      context.Context //nolint:containedctx // the life of its goroutines, ended by close
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu    sync.Mutex
	at    int // the file that is read
	begun int // files that were fetched, or passed over
	early map[int]*earlyFile
}

type earlyFile struct {
	done    chan struct{}
	content []byte
	err     error
}

func newFetchAhead(ctx context.Context, files Files, parts []Partition, parallel int) *fetchAhead {
	a := &fetchAhead{Files: files, files: parts, parallel: max(1, parallel), early: map[int]*earlyFile{}}
	a.ctx, a.cancel = context.WithCancel(ctx)
	return a
}

// Range implements Files.
func (a *fetchAhead) Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	if offset != 0 || length >= 0 {
		return a.Files.Range(ctx, f, offset, length)
	}
	early := a.turn(f)
	if early == nil {
		return a.Files.Range(ctx, f, offset, length)
	}
	select {
	case <-early.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if early.err != nil {
		return nil, early.err
	}
	return io.NopCloser(bytes.NewReader(early.content)), nil
}

// turn begins to fetch the files after f, and returns f itself if it has been begun before.
func (a *fetchAhead) turn(f hub.File) *earlyFile {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.at < len(a.files) && a.files[a.at].File() != f {
		delete(a.early, a.at)
		a.at++
	}
	a.begun = max(a.begun, a.at+1)
	var held int64
	for i := a.at; i < a.begun && i < len(a.files); i++ {
		if a.early[i] != nil {
			held += a.files[i].Size
		}
	}
	for ; a.begun < len(a.files) && a.begun <= a.at+a.parallel; a.begun++ {
		size := a.files[a.begun].Size
		if size < 0 || size > aheadFile {
			continue
		}
		if held += size; held > aheadTotal {
			break
		}
		a.fetch(a.begun)
	}
	early := a.early[a.at]
	delete(a.early, a.at)
	return early
}

func (a *fetchAhead) fetch(i int) {
	early := &earlyFile{done: make(chan struct{})}
	a.early[i] = early
	a.running.Go(func() {
		defer close(early.done)
		body, err := a.Files.Range(a.ctx, a.files[i].File(), 0, -1)
		if err != nil {
			early.err = err
			return
		}
		early.content, err = io.ReadAll(io.LimitReader(body, aheadFile+1))
		early.err = errors.Join(err, body.Close())
	})
}

// close ends the fetches and waits for them.
func (a *fetchAhead) close() {
	a.cancel()
	a.running.Wait()
}
