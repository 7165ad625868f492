package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/hfspark/hfspark/hub"
)

const (
	// headFirst is how much of a file is first asked for to find out its columns. Each further request asks for three times as much as
	// there is already, up to headMost: each costs the time that an answer takes, and a scan needs all of it.
	headFirst = 512 << 10
	headMost  = 6 << 20
	// maxHeads bounds how many beginnings are kept.
	maxHeads = 64
)

// heads keeps the beginnings of files that were read to find out their columns, for the scan that follows: so nothing is fetched
// twice. The one used longest ago goes first.
type heads struct {
	bound int64 // of bytes

	mu   sync.Mutex
	used int64
	kept []*head // the one used last comes last
}

type head struct {
	key  headKey
	data []byte
}

// headKey names a content within what a user may see.
type headKey struct {
	scope string
	file  hub.File
}

func newHeads(bound int64) *heads { return &heads{bound: bound} }

func (h *heads) get(key headKey) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.kept, func(k *head) bool { return k.key == key })
	if i < 0 {
		return nil
	}
	found := h.kept[i]
	h.kept = append(slices.Delete(h.kept, i, i+1), found)
	return found.data
}

func (h *heads) put(key headKey, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := slices.IndexFunc(h.kept, func(k *head) bool { return k.key == key }); i >= 0 {
		h.drop(i)
	}
	if int64(len(data)) > h.bound {
		return
	}
	h.used += int64(len(data))
	h.kept = append(h.kept, &head{key, data})
	for h.used > h.bound || len(h.kept) > maxHeads {
		h.drop(0)
	}
}

func (h *heads) drop(i int) {
	h.used -= int64(len(h.kept[i].data))
	h.kept = slices.Delete(h.kept, i, i+1)
}

// headFiles reads from the beginnings that are kept, and the rest from elsewhere.
type headFiles struct {
	Files
	heads  *heads
	access *access
	scope  string
	whole  bool // files are most likely read to their ends
}

// Range implements Files.
func (h headFiles) Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	kept := h.heads.get(headKey{h.scope, f})
	if int64(len(kept)) <= offset || f.Size < 0 || !h.access.allows(ctx, f.Repo) {
		return h.Files.Range(ctx, f, offset, length)
	}
	if length < 0 {
		length = f.Size - offset
	}
	kept = kept[offset:min(int64(len(kept)), offset+length)]
	b := &headBody{head: bytes.NewReader(kept), files: h.Files, file: f, from: offset + int64(len(kept)), length: length - int64(len(kept))}
	b.ctx, b.cancel = context.WithCancel(ctx)
	if h.whole {
		b.ask()
	}
	return b, nil
}

// headBody reads a beginning, and then what follows it. Where few rows may be wanted that is asked for when half of the beginning has been
// read, and not before.
type headBody struct {
	head         *bytes.Reader
	files        Files
	file         hub.File
	from, length int64           // what follows
	ctx          context.Context //nolint:containedctx // It bounds the request that follows, until Close.
	cancel       context.CancelFunc

	asked chan struct{} // nil until it has been asked for; closed when body or err is there
	body  io.ReadCloser
	err   error
}

// Read implements io.Reader.
func (b *headBody) Read(p []byte) (int, error) {
	if int64(b.head.Len()) <= b.head.Size()/2 {
		b.ask()
	}
	if b.head.Len() > 0 {
		return b.head.Read(p)
	}
	if b.asked == nil {
		return 0, io.EOF
	}
	<-b.asked // It ends with ctx.
	if b.err != nil {
		return 0, b.err
	}
	return b.body.Read(p)
}

// ask asks for what follows, once.
func (b *headBody) ask() {
	if b.length <= 0 || b.asked != nil {
		return
	}
	b.asked = make(chan struct{})
	go func() {
		defer close(b.asked)
		b.body, b.err = b.files.Range(b.ctx, b.file, b.from, b.length)
	}()
}

// Close implements io.Closer.
func (b *headBody) Close() error {
	b.cancel()
	if b.asked == nil {
		return nil
	}
	<-b.asked
	if b.body == nil {
		return nil
	}
	return b.body.Close()
}

// keeping makes what is read of whole files be kept, and be fetched in pieces, so that no more comes than is kept. The fetches end with
// ctx. About wanted bytes will be read, where that is known: they come as one piece.
func (s Services) keeping(ctx context.Context, wanted int64) Services {
	if h, ok := s.Files.(headFiles); ok {
		s.Files = keepingFiles{h, ctx, wanted}
	}
	return s
}

type keepingFiles struct {
	headFiles
	ctx    context.Context //nolint:containedctx // Who has read enough ends its own; what has been asked for is kept nevertheless.
	wanted int64
}

// Range implements Files.
func (k keepingFiles) Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	if offset != 0 || length >= 0 || f.Size <= 0 {
		return k.headFiles.Range(ctx, f, offset, length)
	}
	b := &keepingBody{ctx: k.ctx, files: k.headFiles, file: f, wanted: k.wanted}
	if kept := k.heads.get(headKey{k.scope, f}); len(kept) > 0 && k.access.allows(ctx, f.Repo) {
		b.data = slices.Clip(kept)
	}
	return b, nil
}

// keepingBody fetches a file piece by piece, and keeps what it fetched when it is closed.
type keepingBody struct {
	ctx    context.Context //nolint:containedctx // It bounds the reads, whose interface has no context.
	files  headFiles
	file   hub.File
	wanted int64
	data   []byte // what has been fetched, unless that is too much
	lost   bool   // it was
	at     int64  // what has been read of the file
	body   io.ReadCloser
	end    int64 // where body ends
	err    error
}

// Read implements io.Reader.
func (b *keepingBody) Read(p []byte) (int, error) {
	for b.err == nil {
		if b.at < int64(len(b.data)) {
			n := copy(p, b.data[b.at:])
			b.at += int64(n)
			return n, nil
		}
		if b.body == nil {
			b.err = b.open()
			continue
		}
		n, err := b.body.Read(p)
		b.take(p[:n])
		if errors.Is(err, io.EOF) {
			if err = nil; b.at < b.end {
				err = io.ErrUnexpectedEOF
			}
			b.err = errors.Join(err, b.body.Close())
			b.body = nil
		} else if err != nil {
			b.err = err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, b.err
}

func (b *keepingBody) take(p []byte) {
	b.at += int64(len(p))
	if b.lost = b.lost || b.at > b.files.heads.bound; b.lost {
		b.data = nil
		return
	}
	b.data = append(b.data, p...)
}

// open asks for the next piece.
func (b *keepingBody) open() (err error) {
	if b.at == b.file.Size {
		return io.EOF
	}
	n := min(max(3*b.at, headFirst), headMost)
	if b.wanted <= b.files.heads.bound {
		n = max(n, b.wanted-b.at)
	}
	n = min(n, b.file.Size-b.at)
	if !b.lost && b.at+n <= b.files.heads.bound {
		b.data = slices.Grow(b.data, int(b.at+n)-len(b.data))
	}
	b.end = b.at + n
	if n == b.file.Size {
		n = -1 // The whole file takes a request without a range.
	}
	b.body, err = b.files.Range(b.ctx, b.file, b.at, n)
	return err
}

// Close implements io.Closer. What has been asked for is read to its end: it comes anyway.
func (b *keepingBody) Close() error {
	var err error
	if b.body != nil {
		if b.err == nil && !b.lost && b.at == int64(len(b.data)) {
			rest, failed := io.ReadAll(io.LimitReader(b.body, b.end-b.at))
			if failed == nil {
				b.take(rest)
			}
		}
		err = b.body.Close()
		b.body = nil
	}
	if len(b.data) > 0 {
		b.files.heads.put(headKey{b.files.scope, b.file}, b.data)
	}
	return err
}
