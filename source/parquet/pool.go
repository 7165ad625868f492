package parquet

import (
	"slices"
	"sync"
)

// Pool keeps the memory of slices that were closed for slices to come: making pages anew costs the processor more than
// filling them. It is safe for concurrent use; a nil Pool keeps nothing.
type Pool struct {
	bound int64

	mu   sync.Mutex
	idle []*sliceFile
	used int64 // bytes of idle
}

// NewPool makes a pool that keeps up to bound bytes.
func NewPool(bound int64) *Pool { return &Pool{bound: bound} }

// get returns a file of that size, with any content.
func (p *Pool) get(size int64, dir string) (*sliceFile, error) {
	f := p.take(size)
	if f == nil {
		var err error
		if f, err = newSliceFile(dir); err != nil {
			return nil, err
		}
	}
	if err := f.resize(size); err != nil {
		_ = f.close()
		return nil, err
	}
	return f, nil
}

// take removes the idle file that fits the size best: the smallest that is large enough, else the largest.
func (p *Pool) take(size int64) *sliceFile {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	best := -1
	for i, f := range p.idle {
		if best < 0 || fitsBetter(f.size, p.idle[best].size, size) {
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

func fitsBetter(a, b, size int64) bool {
	if (a >= size) != (b >= size) {
		return a >= size
	}
	return (a < b) == (a >= size)
}

// put takes a file back, or closes it when the pool is full.
func (p *Pool) put(f *sliceFile) error {
	if p == nil || f.scratch || !p.keep(f) {
		return f.close()
	}
	return nil
}

func (p *Pool) keep(f *sliceFile) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used+f.size > p.bound {
		return false
	}
	p.idle = append(p.idle, f)
	p.used += f.size
	return true
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
