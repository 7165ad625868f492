package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/klauspost/compress/zlib"
)

// spool keeps blobs that no commit has taken yet, as packs have them, in temporary files: small ones together in one.
type spool struct {
	disk *disk

	mu      sync.Mutex
	blobs   map[oid]*spooled
	current *spoolFile // that small blobs are appended to; nil when there is none
}

// spooled is a blob in the spool.
type spooled struct {
	file         *spoolFile
	offset, size int64 // of the packed bytes
	pointer      *Object
	last         time.Time // when it was sent
}

// spoolFile is removed when none of its blobs is wanted any more.
type spoolFile struct {
	file *os.File
	size int64
	used int
}

const (
	// smallBlob is the size in bytes up to which a blob is compressed in memory.
	smallBlob = 1 << 20
	// spoolFileSize is when small blobs go to another file.
	spoolFileSize = 64 << 20
	// spoolLife is how long a blob waits for a commit.
	spoolLife = 24 * time.Hour
)

func newSpool(d *disk) *spool { return &spool{disk: d, blobs: map[oid]*spooled{}} }

// put takes in a blob. known tells whether an object need not be kept.
func (s *spool) put(ctx context.Context, r io.Reader, known func(oid) (bool, error)) (oid, int64, error) {
	r = contextReader{ctx: ctx, r: r}
	var b bytes.Buffer
	size, err := b.ReadFrom(io.LimitReader(r, smallBlob+1))
	if err != nil {
		return oid{}, 0, err
	}
	if size > smallBlob {
		return s.putLarge(ctx, io.MultiReader(&b, r), known)
	}
	id := objectID(kindBlob, b.Bytes())
	if wanted, err := s.wanted(id, known); !wanted || err != nil {
		return id, size, err
	}
	var at *Object
	if hash, n, ok := parsePointer(b.Bytes()); ok {
		at = &Object{SHA256: hash, Size: n}
	}
	return id, size, s.append(packObject(kindBlob, b.Bytes()), at)
}

// wanted tells whether a blob has to be kept. One that is in the spool waits a full life from now on.
func (s *spool) wanted(id oid, known func(oid) (bool, error)) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.blobs[id]; b != nil {
		b.last = time.Now()
		return false, nil
	}
	have, err := known(id)
	return !have, err
}

// append keeps a small blob.
func (s *spool) append(o packed, pointer *Object) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire()
	if s.blobs[o.id] != nil {
		return nil
	}
	if s.current == nil || s.current.size >= spoolFileSize {
		f, err := s.disk.create()
		if err != nil {
			return err
		}
		s.current = &spoolFile{file: f}
	}
	to := s.current
	n, err := to.file.WriteAt(o.data, to.size)
	if err != nil {
		return err
	}
	s.blobs[o.id] = &spooled{file: to, offset: to.size, size: int64(n), pointer: pointer, last: time.Now()}
	to.size += int64(n)
	to.used++
	return nil
}

// putLarge keeps a blob in a file of its own. Its id begins with its size, so that it has to be written twice.
func (s *spool) putLarge(ctx context.Context, r io.Reader, known func(oid) (bool, error)) (id oid, size int64, err error) {
	raw, err := s.disk.create()
	if err != nil {
		return oid{}, 0, err
	}
	defer func() { err = s.disk.discard(raw, err) }()
	if size, err = io.Copy(raw, r); err != nil {
		return oid{}, 0, err
	}
	if id, err = blobID(io.NewSectionReader(raw, 0, size), size); err != nil {
		return oid{}, 0, err
	}
	if wanted, err := s.wanted(id, known); !wanted || err != nil {
		return id, size, err
	}
	f, err := s.disk.create()
	if err != nil {
		return oid{}, 0, err
	}
	length, err := compress(f, contextReader{ctx, io.NewSectionReader(raw, 0, size)}, size)
	if err != nil {
		return oid{}, 0, s.disk.discard(f, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.blobs[id] != nil {
		return id, size, s.disk.discard(f, nil)
	}
	s.blobs[id] = &spooled{file: &spoolFile{file: f, used: 1}, size: length, last: time.Now()}
	return id, size, nil
}

// compress writes a blob as packs have it, and returns how long that is.
func compress(f *os.File, r io.Reader, size int64) (int64, error) {
	if _, err := f.Write(entryHeader(kindBlob, size)); err != nil {
		return 0, err
	}
	w := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(w)
	w.Reset(f)
	if _, err := io.Copy(w, r); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return f.Seek(0, io.SeekCurrent)
}

// get finds a blob.
func (s *spool) get(id oid) (spooled, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.blobs[id]
	if b == nil {
		return spooled{}, false
	}
	b.last = time.Now()
	return *b, true
}

// take has a pack take a blob over, which then is forgotten with forget.
func (s *spool) take(id oid, p *packWriter) error {
	b, ok := s.get(id)
	if !ok {
		return fmt.Errorf("blob %s: %w", id, ErrObjectMissing)
	}
	p.copy(id, io.NewSectionReader(b.file.file, b.offset, b.size), b.size)
	return p.err
}

// forget removes blobs.
func (s *spool) forget(ids []oid) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.drop(id)
	}
}

func (s *spool) drop(id oid) {
	b := s.blobs[id]
	if b == nil {
		return
	}
	delete(s.blobs, id)
	if b.file.used--; b.file.used == 0 {
		if s.current == b.file {
			s.current = nil
		}
		_ = s.disk.discard(b.file.file, nil)
	}
}

// expire removes what nobody asked for in a long time.
func (s *spool) expire() {
	for id, b := range s.blobs {
		if time.Since(b.last) < spoolLife {
			return // Enough for now: the order is random, so that every blob has its turn.
		}
		s.drop(id)
	}
}

// close removes all blobs.
func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.blobs {
		s.drop(id)
	}
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements [io.Reader].
func (c contextReader) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && context.Cause(c.ctx) != nil {
		err = context.Cause(c.ctx)
	}
	return n, err
}
