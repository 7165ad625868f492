package diskcache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	// blockSize is how many bytes a checksum stands for, so how many are read at least.
	blockSize = 128 << 10
	sumSize   = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is that of a block of a content, which begins at offset of it.
func checksum(key string, offset int64, block []byte) uint32 {
	var place [8]byte
	binary.LittleEndian.PutUint64(place[:], uint64(offset))
	sum := crc32.Update(crc32.Checksum([]byte(key), castagnoli), castagnoli, place[:])
	return crc32.Update(sum, castagnoli, block)
}

// fileSize is the size of a file with so many bytes of content.
func fileSize(content int64) int64 {
	return content + (content+blockSize-1)/blockSize*sumSize
}

// openEntry is an entry that is being read.
type openEntry struct {
	entry
	key    string
	file   *os.File
	block  []byte // checked
	offset int64  // of the content, where block begins
}

var errSize = errors.New("it does not have the size that its name says")

func (e entry) open(key string) (*openEntry, error) {
	file, err := os.Open(e.path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Size() != fileSize(e.to-e.from) {
		err = errSize
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if now := time.Now(); now.Sub(info.ModTime()) > touchEvery {
		_ = os.Chtimes(e.path, now, now) // It is then removed earlier than it should be, no more.
	}
	return &openEntry{entry: e, key: key, file: file}, nil
}

// read copies bytes of the content from at on.
func (e *openEntry) read(p []byte, at int64) (int, error) {
	if at < e.offset || at >= e.offset+int64(len(e.block)) {
		if err := e.load((at - e.from) / blockSize); err != nil {
			return 0, err
		}
	}
	return copy(p, e.block[at-e.offset:]), nil
}

func (e *openEntry) load(block int64) error {
	offset := e.from + block*blockSize
	size := min(blockSize, e.to-offset)
	if cap(e.block) < blockSize+sumSize {
		e.block = make([]byte, min(blockSize, e.to-e.from)+sumSize)
	}
	e.block = e.block[:size+sumSize]
	if _, err := e.file.ReadAt(e.block, block*(blockSize+sumSize)); err != nil {
		e.block = e.block[:0]
		return err
	}
	sum := binary.LittleEndian.Uint32(e.block[size:])
	e.block, e.offset = e.block[:size], offset
	if sum != checksum(e.key, offset, e.block) {
		e.block = e.block[:0]
		return fmt.Errorf("the checksum of the block at byte %d is wrong", offset)
	}
	return nil
}

// newEntry is an entry that is being written.
type newEntry struct {
	cache    *Cache
	key      string
	from, at int64
	file     *os.File // nil before the first block is full
	block    []byte
	failed   bool
}

// write takes the next bytes of the content. That they cannot be written only means that there will be no entry.
func (e *newEntry) write(p []byte) {
	for len(p) > 0 && !e.failed {
		n := min(blockSize-len(e.block), len(p))
		e.block = append(e.block, p[:n]...)
		p = p[n:]
		if len(e.block) == blockSize {
			e.flush()
		}
	}
}

func (e *newEntry) flush() {
	err := e.create()
	if err == nil {
		size := len(e.block)
		_, err = e.file.Write(binary.LittleEndian.AppendUint32(e.block, checksum(e.key, e.at, e.block)))
		e.at += int64(size)
		e.block = e.block[:0]
	}
	if err != nil {
		e.cache.log.Debug("write to the cache", "error", err)
		e.abort()
	}
}

func (e *newEntry) create() (err error) {
	if e.file != nil {
		return nil
	}
	folder := filepath.Join(e.cache.dir, "new")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	e.file, err = os.CreateTemp(folder, "range-*")
	return err
}

func (e *newEntry) abort() {
	e.failed = true
	if e.file != nil {
		_ = e.file.Close() // It is removed whatever it says.
		_ = os.Remove(e.file.Name())
		e.file = nil
	}
}

// size is how many bytes of the content have been taken.
func (e *newEntry) size() int64 { return e.at - e.from + int64(len(e.block)) }

// finish gives the file its name.
func (e *newEntry) finish() {
	if len(e.block) > 0 && !e.failed {
		e.flush()
	}
	if e.failed || e.file == nil {
		return
	}
	folder := e.cache.folder(e.key)
	name := strconv.FormatInt(e.from, 10) + "-" + strconv.FormatInt(e.at, 10)
	err := errors.Join(e.file.Close(), os.MkdirAll(folder, 0o700))
	if err == nil {
		err = os.Rename(e.file.Name(), filepath.Join(folder, name))
	}
	if err != nil {
		e.cache.log.Debug("write to the cache", "error", err)
		e.abort()
		return
	}
	e.cache.stored(fileSize(e.at - e.from))
}
