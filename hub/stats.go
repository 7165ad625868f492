package hub

import (
	"sync"
	"sync/atomic"
)

// Stats counts what a client has sent and received since it was made.
type Stats struct {
	APIRequests     int64 // to the Hub's API: info, listings, paths-info
	FileRequests    int64 // to the Hub for a file, whether it sent content or a redirect
	StorageRequests int64 // to where the Hub redirected
	BytesFetched    int64 // of file content
	Retries         int64 // requests sent again after a failure, and reads resumed after a cut
	RateWaits       int64 // waits for the next rate window
	RateSpread      int64 // requests that were put off to spread them over a rate window
}

// counters is the live form of [Stats].
type counters struct {
	requests          [kindStorage + 1]atomic.Int64
	bytes, retries    atomic.Int64
	rateWaits, spread atomic.Int64
}

// Stats returns the counts so far.
func (c *Client) Stats() Stats {
	return Stats{
		APIRequests:     c.stats.requests[kindAPI].Load(),
		FileRequests:    c.stats.requests[kindFile].Load(),
		StorageRequests: c.stats.requests[kindStorage].Load(),
		BytesFetched:    c.stats.bytes.Load(),
		Retries:         c.stats.retries.Load(),
		RateWaits:       c.stats.rateWaits.Load(),
		RateSpread:      c.stats.spread.Load(),
	}
}

// hostSet remembers hosts. The zero value is empty.
type hostSet struct{ m sync.Map }

func (h *hostSet) add(host string)      { h.m.Store(host, struct{}{}) }
func (h *hostSet) has(host string) bool { _, ok := h.m.Load(host); return ok }
