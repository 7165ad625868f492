package source

import "context"

// preparer is a Format whose files say at some place what there is to fetch of them.
type preparer interface {
	// Prepare fetches that. Errors are left to Open, which meets them again.
	Prepare(ctx context.Context, s Services, p Partition, r Request)
}

// preparedFiles is how many files of a partition are prepared at once.
const preparedFiles = 4

// Prepare fetches what must be known of a partition before its rows can be asked for, such as the footer of a Parquet file, so that
// a Read of the same request that follows begins with them. It returns when that is there; what is wrong, Read will tell.
func (s *Source) Prepare(ctx context.Context, p Partition, token string, r Request) {
	format, err := formatOf(p.Format)
	if err != nil || p.Download { // Files in the cache of downloads are at hand, or come whole.
		return
	}
	prepare, ok := format.(preparer)
	if !ok {
		return
	}
	c, err := s.client(p.Endpoint, token)
	if err != nil {
		return
	}
	files := p.files()
	for _, one := range files[:min(len(files), preparedFiles)] {
		prepare.Prepare(ctx, s.services(c, p.counters), one, r)
	}
}

// Distant tells whether the Hub of a partition takes long to answer, as far as that is known: then more should be under way at once
// than for a Hub nearby.
func (s *Source) Distant(p Partition, token string) bool {
	c, err := s.client(p.Endpoint, token)
	return err == nil && c.link.Distant()
}

// Prepare implements preparer.
func (parquetFormat) Prepare(ctx context.Context, s Services, p Partition, r Request) {
	if file := s.parquetFile(p.File(), p.Hash); !s.whole(file, r, p, neededColumns(r)) {
		_, _ = s.footers().Read(ctx, file) // See the interface.
	}
}
