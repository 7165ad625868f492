package parquet

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"sync"
	"time"
)

// Kept keeps closed slices in memory, for scans that cut the same again: what a slice holds depends on nothing but the content
// of its file and on what is cut. It is safe for concurrent use; a nil Kept keeps nothing.
//
// What is there stays until nobody has used it for a while: a scan of more than there is room for would otherwise replace
// everything before it comes round, and find nothing the next time.
type Kept struct {
	bound int64
	pool  *Pool
	now   func() time.Time

	mu    sync.Mutex
	used  int64
	order *list.List // of *keptSlice, the one used last first
	byKey map[sliceKey]*list.Element
}

// keepUnused is for how long a slice that nobody uses keeps its place against others.
const keepUnused = 30 * time.Second

// sliceKey identifies the bytes of a slice.
type sliceKey [sha256.Size]byte

// keptSlice is the memory of a slice with its content.
type keptSlice struct {
	key   sliceKey
	file  *sliceFile
	users int
	used  time.Time
	gone  bool // it is not in the list any more: its last user frees it
}

// NewKept makes room for up to bound bytes of slices. Those that leave give their memory to the pool.
func NewKept(bound int64, pool *Pool) *Kept {
	return &Kept{bound: bound, pool: pool, now: time.Now, order: list.New(), byKey: map[sliceKey]*list.Element{}}
}

// get returns a slice that is kept, or nil. The caller must give it back with release.
func (k *Kept) get(key sliceKey) *keptSlice {
	k.mu.Lock()
	defer k.mu.Unlock()
	place, ok := k.byKey[key]
	if !ok {
		return nil
	}
	s := place.Value.(*keptSlice)
	s.users++
	s.used = k.now()
	k.order.MoveToFront(place)
	return s
}

// has says whether a slice is kept at the moment.
func (k *Kept) has(key sliceKey) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.byKey[key]
	return ok
}

// room says whether there is place for another slice.
func (k *Kept) room(size int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.used+size <= k.bound
}

// release ends a use that get began.
func (k *Kept) release(s *keptSlice) error {
	k.mu.Lock()
	s.users--
	s.used = k.now()
	free := s.gone && s.users == 0
	k.mu.Unlock()
	if free {
		return k.pool.put(s.file)
	}
	return nil
}

// put takes over the memory of a slice that was closed.
func (k *Kept) put(key sliceKey, file *sliceFile) error {
	var errs []error
	for _, f := range k.add(key, file) {
		errs = append(errs, k.pool.put(f))
	}
	return errors.Join(errs...)
}

// add keeps a slice if there is or can be made room, and returns the memory that is not needed for any.
func (k *Kept) add(key sliceKey, file *sliceFile) (free []*sliceFile) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.byKey[key]; ok || file.scratch || file.size > k.bound {
		return []*sliceFile{file}
	}
	now := k.now()
	for k.used+file.size > k.bound {
		last := k.order.Back()
		old := last.Value.(*keptSlice)
		if old.users > 0 || now.Sub(old.used) < keepUnused {
			return append(free, file)
		}
		k.remove(last)
		free = append(free, old.file)
	}
	k.used += file.size
	k.byKey[key] = k.order.PushFront(&keptSlice{key: key, file: file, used: now})
	return free
}

// remove takes a slice out of the list; k.mu is held.
func (k *Kept) remove(place *list.Element) {
	s := k.order.Remove(place).(*keptSlice)
	delete(k.byKey, s.key)
	k.used -= s.file.size
	s.gone = true
}

// drop forgets a slice that is in use and turned out to be damaged: bytes may have been changed on their way.
func (k *Kept) drop(s *keptSlice) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if place, ok := k.byKey[s.key]; ok && place.Value == s {
		k.remove(place)
	}
}

// Close frees what is kept and not in use. Slices that are closed later go to the pool.
func (k *Kept) Close() error {
	k.mu.Lock()
	k.bound = 0
	var free []*sliceFile
	for place := k.order.Front(); place != nil; place = k.order.Front() {
		s := place.Value.(*keptSlice)
		k.remove(place)
		if s.users == 0 {
			free = append(free, s.file)
		}
	}
	k.mu.Unlock()
	var errs []error
	for _, f := range free {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// key identifies the bytes of a slice of a file with a known content: where they come from, and where they go.
func (p slicePlan) key(content string) sliceKey {
	h := sha256.New()
	text(h, content)
	numbers(h, int64(len(p.groups)), p.end, int64(p.unit))
	for _, g := range p.groups {
		numbers(h, int64(g.index), int64(len(g.chunks)))
		for _, c := range g.chunks {
			numbers(h, int64(c.leaf), c.at, c.size)
		}
	}
	for _, r := range p.ranges {
		for _, s := range r.segments {
			numbers(h, s.from, s.to, s.at)
		}
	}
	numbers(h, -1)
	for _, f := range p.fills {
		numbers(h, f.at)
		text(h, string(f.bytes))
	}
	return sliceKey(h.Sum(nil))
}

func numbers(h hash.Hash, all ...int64) {
	var buf [8]byte
	for _, n := range all {
		binary.LittleEndian.PutUint64(buf[:], uint64(n))
		_, _ = h.Write(buf[:]) // It never fails.
	}
}

func text(h hash.Hash, s string) {
	numbers(h, int64(len(s)))
	_, _ = h.Write([]byte(s))
}
