package hub

import "sync"

// DownloadProgress tells how far a download is.
type DownloadProgress struct {
	Files, FilesDone int   // those that were there before count as done
	Bytes, BytesDone int64 // of all these files; BytesDone falls when something has to be fetched again
}

// meter keeps progress of a kind and reports it. Reports come one at a time.
type meter[P any] struct {
	report func(P) // nil: nobody wants to know

	mu  sync.Mutex
	now P
}

func (m *meter[P]) update(change func(*P)) {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.now)
	m.report(m.now)
}

// downloadMeter counts the progress of downloads.
type downloadMeter struct{ meter[DownloadProgress] }

func newDownloadMeter(report func(DownloadProgress)) *downloadMeter {
	return &downloadMeter{meter[DownloadProgress]{report: report}}
}

// expect adds files to what is to be done.
func (m *downloadMeter) expect(files int, bytes int64) {
	m.update(func(p *DownloadProgress) { p.Files += files; p.Bytes += bytes })
}

// add counts bytes of a file that is being fetched.
func (m *downloadMeter) add(bytes int64) {
	m.update(func(p *DownloadProgress) { p.BytesDone += bytes })
}

// file counts a complete file, of which bytes have not been counted.
func (m *downloadMeter) file(bytes int64) {
	m.update(func(p *DownloadProgress) { p.FilesDone++; p.BytesDone += bytes })
}
