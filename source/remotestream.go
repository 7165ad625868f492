package source

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/hfspark/hfspark/hub"
)

// skipByRequest is how many bytes must be passed over before a new request is cheaper than receiving them.
const skipByRequest = 1 << 20

// remoteStream reads a file from its beginning on, and passes over long stretches without receiving them. It is an io.Seeker only
// to that end: archive/tar uses one to pass over members.
type remoteStream struct {
	ctx   context.Context //nolint:containedctx // It bounds the reads, whose interface has no context.
	files Files
	file  hub.File

	at   int64 // of the next byte
	body io.ReadCloser
	skip int64 // bytes of body that come before it
}

// Read implements io.Reader.
func (r *remoteStream) Read(p []byte) (int, error) {
	if r.body == nil {
		if r.file.Size >= 0 && r.at >= r.file.Size {
			return 0, io.EOF
		}
		body, err := r.files.Range(r.ctx, r.file, r.at, -1)
		if err != nil {
			return 0, err
		}
		r.body = body
	}
	if r.skip > 0 {
		n, err := io.CopyN(io.Discard, r.body, r.skip)
		r.skip -= n
		if err != nil {
			return 0, err
		}
	}
	n, err := r.body.Read(p)
	r.at += int64(n)
	return n, err
}

// Seek implements io.Seeker, forwards from the current place.
func (r *remoteStream) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || offset < 0 {
		return 0, fmt.Errorf("a stream of %s cannot go back", r.file.Path)
	}
	if r.file.Size >= 0 && offset > r.file.Size-r.at {
		return 0, io.ErrUnexpectedEOF
	}
	r.at += offset
	r.skip += offset
	if r.body != nil && r.skip >= skipByRequest {
		body := r.body
		r.body, r.skip = nil, 0
		return r.at, body.Close()
	}
	if r.body == nil {
		r.skip = 0
	}
	return r.at, nil
}

// Close stops the fetch.
func (r *remoteStream) Close() error {
	if r.body == nil {
		return nil
	}
	body := r.body
	r.body = nil
	return body.Close()
}

// errBomb says that packed data unpack to far more than data usually do.
var errBomb = errors.New("it unpacks to more than 300 times its size, as only archives made to do harm do")

const (
	// bombRatio is how many times its size data may become when they are unpacked, beyond bombFree bytes.
	bombRatio = 300
	bombFree  = 256 << 20
)

// countedReader counts what is read of it.
type countedReader struct {
	io.Reader
	read int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += int64(n)
	return n, err
}

// unpackedReader reads what comes out of packed data, and refuses too much of it.
type unpackedReader struct {
	io.Reader
	packed *countedReader
	read   int64
}

func (u *unpackedReader) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if u.read += int64(n); u.read > bombFree && u.read/bombRatio > u.packed.read {
		return 0, errBomb
	}
	return n, err
}
