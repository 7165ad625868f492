package source

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/hfspark/hfspark/dataset/zipdir"
)

const (
	// smallMember is how many packed bytes a member has at most that is fetched together with its neighbours.
	smallMember = 64 << 10
	// archiveRun is how many bytes of an archive are fetched at once for small members.
	archiveRun = 1 << 20
	// memberHead is about how many bytes stand before the content of a member, besides its name.
	memberHead = 128
)

// archiveWindow fetches members of an archive that are read one after the other, small ones that lie side by side with one request.
type archiveWindow struct {
	fetch zipdir.Fetch
	runs  []span64 // by member: the bytes to fetch for it, empty for a member that is fetched alone
	at    int64    // where held begins
	held  []byte
}

// span64 is a run of bytes of a file.
type span64 struct{ from, to int64 }

// newArchiveWindow plans the reads of members of an archive of so many bytes, in their order.
func newArchiveWindow(members []zipdir.Entry, size int64, fetch zipdir.Fetch) *archiveWindow {
	w := &archiveWindow{fetch: fetch, runs: make([]span64, len(members))}
	first := 0
	var run span64
	end := func(i int) {
		if i-first > 1 {
			for k := first; k < i; k++ {
				w.runs[k] = run
			}
		}
	}
	for i, m := range members {
		its := span64{m.Offset, min(size, m.Offset+int64(len(m.Name))+memberHead+m.Packed)}
		follows := i > first && its.from >= members[i-1].Offset && its.from-run.to <= smallMember && its.to-run.from <= archiveRun
		switch {
		case m.Packed > smallMember:
			end(i)
			first = i + 1
		case follows:
			run.to = max(run.to, its.to)
		default:
			end(i)
			first, run = i, its
		}
	}
	end(len(members))
	return w
}

// open streams the member at that place of the list, which is e.
func (w *archiveWindow) open(ctx context.Context, i int, e zipdir.Entry, size int64) (io.ReadCloser, error) {
	if run := w.runs[i]; run.to > run.from && (w.held == nil || e.Offset < w.at || e.Offset >= w.at+int64(len(w.held)) || w.at != run.from) {
		w.held = nil
		body, err := w.fetch(ctx, run.from, run.to-run.from)
		if err != nil {
			return nil, err
		}
		held := make([]byte, run.to-run.from)
		_, err = io.ReadFull(body, held)
		if closed := body.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return nil, fmt.Errorf("read %d bytes from byte %d of the archive: %w", len(held), run.from, notEOF(err))
		}
		w.at, w.held = run.from, held
	}
	return e.Open(ctx, size, w.ranged)
}

// ranged is a zipdir.Fetch that takes what is held from memory.
func (w *archiveWindow) ranged(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
	if offset >= w.at && length <= w.at+int64(len(w.held))-offset {
		return io.NopCloser(bytes.NewReader(w.held[offset-w.at:][:length])), nil
	}
	return w.fetch(ctx, offset, length)
}
