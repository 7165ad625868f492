package source

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/hfspark/hfspark/hub"
)

// Progress tells how far the reads of a table have come. Counts of one table add up over all its reads in this process.
type Progress struct {
	Files            int   // data files of the split
	FilesDone        int   // read to the end, left out, or closed
	Rows             int64 // delivered
	BytesListed      int64 // size of the data files together
	BytesFetched     int64 // received from the Hub, footers included
	RowGroups        int64 // of the Parquet files whose footer was read
	RowGroupsSkipped int64 // of those, the ones that filters left out
}

// Counters is the live form of Progress. The zero value is ready; all methods may be called on nil, which counts nothing.
type Counters struct {
	files, filesDone, rows, listed, fetched, groups, skipped atomic.Int64
}

// Progress returns the counts so far.
func (c *Counters) Progress() Progress {
	if c == nil {
		return Progress{}
	}
	return Progress{
		Files: int(c.files.Load()), FilesDone: int(c.filesDone.Load()), Rows: c.rows.Load(),
		BytesListed: c.listed.Load(), BytesFetched: c.fetched.Load(),
		RowGroups: c.groups.Load(), RowGroupsSkipped: c.skipped.Load(),
	}
}

// FileDone counts a data file that nothing more will be read of.
func (c *Counters) FileDone() {
	if c != nil {
		c.filesDone.Add(1)
	}
}

// AddRows counts rows that were delivered.
func (c *Counters) AddRows(n int64) {
	if c != nil {
		c.rows.Add(n)
	}
}

// AddRowGroups counts row groups of a footer, and how many of them are left out.
func (c *Counters) AddRowGroups(total, skipped int64) {
	if c != nil {
		c.groups.Add(total)
		c.skipped.Add(skipped)
	}
}

func (c *Counters) addFetched(n int64) {
	if c != nil {
		c.fetched.Add(n)
	}
}

// countedFiles counts the bytes that pass through.
type countedFiles struct {
	files    Files
	counters *Counters
}

func (f countedFiles) Range(ctx context.Context, file hub.File, offset, length int64) (io.ReadCloser, error) {
	body, err := f.files.Range(ctx, file, offset, length)
	if err != nil {
		return nil, err
	}
	return &countedBody{body, f.counters}, nil
}

type countedBody struct {
	io.ReadCloser
	counters *Counters
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.counters.addFetched(int64(n))
	return n, err
}

// Add is the sum of two counts.
func (p Progress) Add(q Progress) Progress {
	return Progress{
		Files: p.Files + q.Files, FilesDone: p.FilesDone + q.FilesDone, Rows: p.Rows + q.Rows,
		BytesListed: p.BytesListed + q.BytesListed, BytesFetched: p.BytesFetched + q.BytesFetched,
		RowGroups: p.RowGroups + q.RowGroups, RowGroupsSkipped: p.RowGroupsSkipped + q.RowGroupsSkipped,
	}
}
