package engine

import (
	"github.com/hfspark/hfspark/source"
)

// Progress tells how far the scans of a query have come.
type Progress struct {
	Files, FilesDone          int
	Rows                      int64 // read from data files
	BytesListed, BytesFetched int64
}

// counted is a table that counts what is read of it.
type counted interface{ Progress() source.Progress }

// watch remembers what was read of the table before the query.
func (t *scanTable) watch() {
	if t.spec.table != nil {
		if c, ok := any(t.spec.table).(counted); ok {
			t.base = c.Progress()
		}
	}
}
