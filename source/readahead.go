package source

import (
	"fmt"
	"io"
	"sync"
)

const (
	aheadBuffers = 4
	aheadBytes   = 256 << 10
)

// readAhead reads and unpacks a file on a goroutine of its own, a few buffers ahead of who parses it.
type readAhead struct {
	full   chan aheadPiece
	free   chan []byte
	stop   chan struct{}
	done   sync.WaitGroup
	once   sync.Once
	piece  aheadPiece
	unread []byte
}

type aheadPiece struct {
	data []byte // a whole buffer that was filled up to its length
	err  error
}

// newReadAhead starts reading. Close must be called after what from reads of has been closed, or its read must end by itself.
func newReadAhead(from io.Reader) *readAhead {
	r := &readAhead{full: make(chan aheadPiece, aheadBuffers), free: make(chan []byte, aheadBuffers), stop: make(chan struct{})}
	for range aheadBuffers {
		r.free <- nil
	}
	r.done.Go(func() { r.run(from) })
	return r
}

func (r *readAhead) run(from io.Reader) {
	defer close(r.full)
	defer func() {
		if p := recover(); p != nil { // An unpacker that stumbles over damaged data must not end the process.
			select {
			case r.full <- aheadPiece{err: fmt.Errorf("it cannot be unpacked: %v", p)}:
			case <-r.stop:
			}
		}
	}()
	for {
		var buffer []byte
		select {
		case buffer = <-r.free:
		case <-r.stop:
			return
		}
		if buffer == nil {
			buffer = make([]byte, aheadBytes)
		}
		buffer = buffer[:cap(buffer)]
		n, err := from.Read(buffer)
		for tries := 0; n < len(buffer)/2 && err == nil && tries < 100; tries++ { // Small reads, as unpackers give them, are put together.
			var more int
			more, err = from.Read(buffer[n:])
			n += more
		}
		select {
		case r.full <- aheadPiece{buffer[:n], err}:
		case <-r.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// Read implements io.Reader.
func (r *readAhead) Read(p []byte) (int, error) {
	for len(r.unread) == 0 {
		if r.piece.err != nil {
			return 0, r.piece.err
		}
		if r.piece.data != nil {
			r.free <- r.piece.data // There is room for every buffer.
		}
		piece, ok := <-r.full
		if !ok {
			r.piece = aheadPiece{err: io.ErrClosedPipe}
			continue
		}
		r.piece, r.unread = piece, piece.data
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

// Close ends reading and waits for it.
func (r *readAhead) Close() {
	r.once.Do(func() { close(r.stop) })
	r.done.Wait()
}
