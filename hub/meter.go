package hub

import "sync"

// DownloadProgress tells how far a download is.
type DownloadProgress struct {
	Files, FilesDone int   // those that were there before count as done
	Bytes, BytesDone int64 // of all these files; BytesDone falls when something has to be fetched again
}

// meter counts progress and reports it. Reports come one at a time.
type meter struct {
	report func(DownloadProgress) // nil: nobody wants to know

	mu  sync.Mutex
	now DownloadProgress
}

func (m *meter) update(change func(*DownloadProgress)) {
	if m.report == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.now)
	m.report(m.now)
}

// expect adds files to what is to be done.
func (m *meter) expect(files int, bytes int64) {
	m.update(func(p *DownloadProgress) { p.Files += files; p.Bytes += bytes })
}

// add counts bytes of a file that is being fetched.
func (m *meter) add(bytes int64) { m.update(func(p *DownloadProgress) { p.BytesDone += bytes }) }

// file counts a complete file, of which bytes have not been counted.
func (m *meter) file(bytes int64) {
	m.update(func(p *DownloadProgress) { p.FilesDone++; p.BytesDone += bytes })
}
