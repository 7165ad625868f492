package parquetfile

import "sync"

// arenaBlock is how many bytes an arena takes at once.
const arenaBlock = 8 << 20

// blocks keeps memory for encoded pages from one row group to the next: it is written once from end to end, and large enough that
// asking the system for it again, and clearing it, would cost as much as encoding. It is safe for concurrent use.
type blocks struct {
	mu   sync.Mutex
	free [][]byte
}

func (b *blocks) take() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.free); n > 0 {
		block := b.free[n-1]
		b.free = b.free[:n-1]
		return block
	}
	return make([]byte, arenaBlock)
}

// arena is the memory of the pages of one row group.
type arena struct {
	from *blocks
	used [][]byte // of the size of a block
	rest []byte   // of the last one
}

// reserve returns n bytes, of which keep says how many are used.
func (a *arena) reserve(n int) []byte {
	if n > arenaBlock {
		return make([]byte, n)
	}
	if n > len(a.rest) {
		block := a.from.take()
		a.used = append(a.used, block)
		a.rest = block
	}
	return a.rest[:n]
}

// keep takes the first n of the bytes that were reserved last.
func (a *arena) keep(reserved []byte, n int) []byte {
	if len(reserved) > 0 && len(a.rest) > 0 && &reserved[0] == &a.rest[0] {
		a.rest = a.rest[n:]
	}
	return reserved[:n:n]
}

// release gives the memory back. Nothing may use it any more.
func (a *arena) release() {
	a.from.mu.Lock()
	defer a.from.mu.Unlock()
	a.from.free = append(a.from.free, a.used...)
	a.used, a.rest = nil, nil
}
