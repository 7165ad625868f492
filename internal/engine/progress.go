package engine

import (
	"sync"
	"time"
)

// Progress tells how far the scans of a query have come.
type Progress struct {
	Files, FilesDone          int   // data files to read, and those that are done with
	Rows                      int64 // rows that DuckDB has taken
	BytesListed, BytesFetched int64
}

// watch remembers how much of the table had been read before the query.
func (t *scanTable) watch() {
	if t.spec.table != nil {
		t.base = t.spec.table.Progress()
	}
}

// Progress tells how far the query has come. It may be called from any goroutine.
func (r *Result) Progress() Progress { return r.query.progress() }

func (r *running) progress() Progress {
	var p Progress
	for _, s := range r.scans {
		p.Rows += s.rows.Load()
		if s.spec.table == nil {
			continue
		}
		now := s.spec.table.Progress()
		p.FilesDone += now.FilesDone - s.base.FilesDone
		p.BytesFetched += now.BytesFetched - s.base.BytesFetched
		for _, partition := range s.spec.table.Partitions {
			p.Files += 1 + len(partition.More) // A part of a file counts as one here: it is done with by itself.
			p.BytesListed += partition.DataSize()
		}
	}
	return p
}

// reportEvery is the time between two reports of progress.
const reportEvery = 200 * time.Millisecond

// report calls each with the progress now and then, until the query ends, and once then.
func (r *running) report(each func(Progress), done *sync.WaitGroup) {
	done.Go(func() {
		ticker := time.NewTicker(reportEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				each(r.progress())
			case <-r.ctx.Done():
				each(r.progress())
				return
			}
		}
	})
}
