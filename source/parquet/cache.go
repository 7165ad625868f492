package parquet

import (
	"container/list"
	"context"
	"path"
	"sync"
)

// DefaultFooterCache is the bound of a cache of footers, in bytes of footer, when none is stated.
const DefaultFooterCache int64 = 64 << 20

// Footers reads footers and keeps the ones last used, by content hash. It is safe for concurrent use.
type Footers struct {
	bound int64

	mu    sync.Mutex
	used  int64
	order *list.List // of *Footer by hash, the last used first
	byKey map[string]*list.Element
	// lengths has the length of the footer first read in a folder, from which that of the others is guessed. The first is the
	// one that tells the schema, so that a scan fetches the same bytes each time, however its reads interleave.
	lengths map[string]int64
	similar map[string]*Footer // a footer of each folder of small files, see Whole
	schemas schemas
	flights map[string]*footerFlight // by hash: those that are being fetched
}

// footerFlight is a footer on its way, for all who want it.
type footerFlight struct {
	done   chan struct{}
	footer *Footer
	err    error
}

type cached struct {
	hash   string
	footer *Footer
}

// maxFolders bounds Footers.lengths.
const maxFolders = 1024

// NewFooters makes a cache that holds up to bound bytes of footers; zero or less means DefaultFooterCache.
func NewFooters(bound int64) *Footers {
	if bound <= 0 {
		bound = DefaultFooterCache
	}
	return &Footers{bound: bound, order: list.New(), byKey: map[string]*list.Element{}, lengths: map[string]int64{}, similar: map[string]*Footer{}, flights: map[string]*footerFlight{}}
}

// Read returns the footer of a file, from the cache or by fetching it. What is being fetched already is waited for.
func (c *Footers) Read(ctx context.Context, f File) (*Footer, error) {
	for {
		footer, flight, first := c.find(f)
		if first {
			return c.fetch(ctx, f, flight)
		}
		if flight != nil {
			select {
			case <-flight.done:
			case <-ctx.Done():
				return nil, f.wrap(context.Cause(ctx))
			}
			if flight.err != nil { // Whoever asked first may have gone, and has another name for the file.
				continue
			}
			footer = flight.footer
		}
		// The same content may lie under two names; errors must speak of the one at hand.
		named := *footer
		named.name = f.Name
		return &named, nil
	}
}

// find returns a footer that is kept, or one that is on its way. first says that the caller is the one to fetch it.
func (c *Footers) find(f File) (footer *Footer, flight *footerFlight, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Hash != "" {
		if e, ok := c.byKey[f.Hash]; ok {
			c.order.MoveToFront(e)
			return e.Value.(cached).footer, nil, false
		}
		if flight, ok := c.flights[f.Hash]; ok {
			return nil, flight, false
		}
	}
	flight = &footerFlight{done: make(chan struct{})}
	if f.Hash != "" {
		c.flights[f.Hash] = flight
	}
	return nil, flight, true
}

func (c *Footers) fetch(ctx context.Context, f File, flight *footerFlight) (*Footer, error) {
	folder := path.Dir(f.Name)
	c.mu.Lock()
	before := c.lengths[folder]
	c.mu.Unlock()
	flight.footer, flight.err = f.fetchFooter(ctx, before)
	if flight.err == nil {
		flight.footer.schemas = &c.schemas
		c.add(f.Hash, folder, flight.footer)
	}
	c.mu.Lock()
	if c.flights[f.Hash] == flight {
		delete(c.flights, f.Hash)
	}
	c.mu.Unlock()
	close(flight.done)
	return flight.footer, f.wrap(flight.err)
}

func (c *Footers) add(hash, folder string, footer *Footer) {
	size := int64(len(footer.raw))
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lengths) >= maxFolders {
		clear(c.lengths)
	}
	if _, known := c.lengths[folder]; !known {
		c.lengths[folder] = size
	}
	c.remember(folder, footer)
	if _, ok := c.byKey[hash]; ok || hash == "" || size > c.bound {
		return
	}
	c.byKey[hash] = c.order.PushFront(cached{hash, footer})
	c.used += size
	for c.used > c.bound {
		last := c.order.Back()
		old := c.order.Remove(last).(cached)
		delete(c.byKey, old.hash)
		c.used -= int64(len(old.footer.raw))
	}
}
