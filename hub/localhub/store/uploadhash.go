package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
)

// prefix is the hash of the first parts of an upload. It is taken while others arrive, so that not all is left for the end. The rest
// is read when the upload is completed, also when this process knows nothing of what came before.
type prefix struct {
	mu   sync.Mutex
	sum  hash.Hash
	size int64 // bytes in sum
	gone bool  // some of them were sent again, or the upload has ended

	// reading is where what is or has been read ends. It is moved before the mark of a part is looked for, and asked for after that was
	// removed, so that a part that is sent again while it is hashed does not go unnoticed, and others need not wait.
	reading atomic.Int64
}

func newPrefix() *prefix { return &prefix{sum: sha256.New()} }

// prefixOf returns the prefix of an upload.
func (u *uploads) prefixOf(id string) *prefix {
	u.mu.Lock()
	defer u.mu.Unlock()
	p := u.hashed[id]
	if p == nil {
		p = newPrefix()
		u.hashed[id] = p
	}
	return p
}

// take returns the prefix of an upload that nothing is sent to any more, and forgets it.
func (u *uploads) take(id string) *prefix {
	p := u.prefixOf(id)
	u.mu.Lock()
	delete(u.hashed, id)
	u.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return newPrefix()
	}
	p.gone = true
	return p
}

// forget begins the hash of an upload again when what is at a place of it has been hashed: it is about to be written anew.
func (u *uploads) forget(id string, offset int64) {
	u.mu.Lock()
	p := u.hashed[id]
	u.mu.Unlock()
	if p == nil || offset >= p.reading.Load() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if offset >= p.size {
		return
	}
	p.gone = true
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.hashed[id] == p {
		delete(u.hashed, id)
	}
}

// hashAhead hashes the parts that are there and follow those that have been hashed, unless another goroutine is about it.
func (u *uploads) hashAhead(ctx context.Context, id string, state uploadState, folder string) error {
	p := u.prefixOf(id)
	if !p.mu.TryLock() {
		return nil
	}
	defer p.mu.Unlock()
	data, err := os.Open(filepath.Join(folder, uploadData))
	if err != nil {
		return err
	}
	defer data.Close()
	for !p.gone && p.size < state.Size {
		number := int(p.size/state.PartSize) + 1
		_, size := state.span(number)
		p.reading.Store(p.size + size)
		_, err := os.Stat(filepath.Join(folder, partPrefix+strconv.Itoa(number)))
		if errors.Is(err, fs.ErrNotExist) {
			p.reading.Store(p.size)
			return nil
		}
		if err == nil {
			err = p.read(ctx, data, size)
		}
		if err != nil {
			p.gone = true // It may have been hashed in part.
			u.mu.Lock()
			delete(u.hashed, id)
			u.mu.Unlock()
			return err
		}
	}
	return nil
}

// read hashes up to n bytes more of a file.
func (p *prefix) read(ctx context.Context, data *os.File, n int64) error {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	section := io.NewSectionReader(data, p.size, n)
	read, err := io.CopyBuffer(writerOnly{p.sum}, struct{ io.Reader }{contextReader{ctx, section}}, *buffer)
	p.size += read
	return err
}

// partSums are checksums of a part that processors compute: what a whole upload contains is checked by its SHA-256 in the end.
type partSums struct{ a, b uint32 }

func newPartSums() *partSums { return &partSums{} }

// Write implements [io.Writer].
func (s *partSums) Write(p []byte) (int, error) {
	s.a = crc32.Update(s.a, castagnoli, p)
	s.b = crc32.Update(s.b, crc32.IEEETable, p)
	return len(p), nil
}

// etag names the content of a part of that size.
func (s *partSums) etag(size int64) string { return fmt.Sprintf("%08x%08x%016x", s.a, s.b, size) }
