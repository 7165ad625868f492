package parquet

import (
	"errors"
	"slices"
	"sync"
)

// Pool keeps the memory of slices that were closed for slices to come: making pages anew costs the processor more than
// filling them. It is safe for concurrent use; a nil Pool keeps nothing.
type Pool struct {
	bound   int64
	buffers sync.Pool // of *[]byte with copyBuffer bytes

	mu   sync.Mutex
	idle []*sliceFile
	used int64 // bytes of idle
}

// NewPool makes a pool that keeps up to bound bytes.
func NewPool(bound int64) *Pool { return &Pool{bound: bound} }

// get returns a file of at least that size, with any content. What is to be at the end of a slice belongs at the end of the
// file, whose size does not change: cutting a file gives its pages back, and making them anew costs more than filling them.
// A file that is once is not expected to come back soon.
func (p *Pool) get(size int64, once bool, dir string) (*sliceFile, error) {
	if f := p.take(size); f != nil {
		f.share()
		f.touch()
		return f, nil
	}
	f, err := newSliceFile(dir)
	if err != nil {
		return nil, err
	}
	if p != nil && !f.scratch {
		size = roundUp(size)
	}
	if err := f.resize(size); err != nil {
		_ = f.close()
		return nil, err
	}
	if !once {
		f.share()
	}
	return f, nil
}

// roundUp makes files alike enough to be used again: it adds up to a quarter, and less than what comes between two slices
// of a scan. Pages that nothing is written to take no memory.
func roundUp(size int64) int64 {
	step := int64(64 << 10)
	for step*8 < size {
		step *= 2
	}
	return (size + step - 1) / step * step
}

// waste is how many times as large as asked for a file may be.
const waste = 4

// take removes the idle file that fits the size best: the smallest that is large enough, and not far too large.
func (p *Pool) take(size int64) *sliceFile {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	best := -1
	for i, f := range p.idle {
		// The last one used is the most likely to be in a processor's cache still.
		if f.size >= size && f.size <= waste*max(size, minFile) && (best < 0 || f.size <= p.idle[best].size) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	f := p.idle[best]
	p.idle = slices.Delete(p.idle, best, best+1)
	p.used -= f.size
	return f
}

// buffer lends a buffer of at least that size, which is copyBuffer at most.
func (p *Pool) buffer(size int64) *[]byte {
	if p != nil {
		if b, ok := p.buffers.Get().(*[]byte); ok {
			return b
		}
		size = copyBuffer
	}
	b := make([]byte, size)
	return &b
}

// giveBack takes a buffer back.
func (p *Pool) giveBack(b *[]byte) {
	if p != nil {
		p.buffers.Put(b)
	}
}

// minFile is the size up to which a file is no waste.
const minFile = 64 << 10

// put takes a file back. The files that were not used for longest make room for it.
func (p *Pool) put(f *sliceFile) error {
	if p == nil || f.scratch || f.size > p.bound {
		return f.close()
	}
	var errs []error
	for _, old := range p.keep(f) {
		errs = append(errs, old.close())
	}
	return errors.Join(errs...)
}

// keep adds a file to the idle ones, and removes those that there is no room for.
func (p *Pool) keep(f *sliceFile) (removed []*sliceFile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for p.used += f.size; p.used > p.bound; n++ {
		p.used -= p.idle[n].size
	}
	removed = slices.Clone(p.idle[:n])
	p.idle = append(slices.Delete(p.idle, 0, n), f)
	return removed
}

// Close frees what is idle. Slices that are closed later may still come back to the pool.
func (p *Pool) Close() error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.used = nil, 0
	p.mu.Unlock()
	var first error
	for _, f := range idle {
		if err := f.close(); first == nil {
			first = err
		}
	}
	return first
}
