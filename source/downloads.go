package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/hfspark/hfspark/hub"
)

// downloader is what streaming=false uses of *hub.Client.
type downloader interface {
	Download(ctx context.Context, f hub.File, o hub.DownloadOptions) (*hub.Downloaded, error)
}

// downloads sees to it that a file is downloaded by one goroutine of the process, while others wait for it.
type downloads struct {
	mu   sync.Mutex
	busy map[hub.File]chan struct{} // closed when nobody downloads the file any more
}

// enter waits until nobody downloads the file; leave must be called afterwards.
func (d *downloads) enter(ctx context.Context, f hub.File) (leave func(), err error) {
	for {
		d.mu.Lock()
		wait, taken := d.busy[f]
		if !taken {
			done := make(chan struct{})
			if d.busy == nil {
				d.busy = map[hub.File]chan struct{}{}
			}
			d.busy[f] = done
			d.mu.Unlock()
			return func() {
				d.mu.Lock()
				delete(d.busy, f)
				d.mu.Unlock()
				close(done)
			}, nil
		}
		d.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// downloaded reads files from the cache of downloads, into which it brings them whole.
type downloaded struct {
	hub      downloader
	busy     *downloads
	access   *access
	counters *Counters
	parallel int
}

func (s *Source) downloads(c *client, services Services) Files {
	from, ok := c.hub.(downloader)
	if !ok {
		return services.Files
	}
	return &downloaded{hub: from, busy: &s.busy, access: c.access, counters: services.Progress, parallel: min(services.Parallelism, hub.DefaultParallel)}
}

// Range implements Files.
func (d *downloaded) Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	name, err := d.bring(ctx, f)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s of dataset %s from the cache of downloads: %w", f.Path, f.Repo.ID, err)
	}
	if length < 0 {
		info, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		length = info.Size() - offset
	}
	return &localRange{io.NewSectionReader(file, offset, length), file}, nil
}

// localRange is a range of a file of this machine.
type localRange struct {
	io.Reader
	io.Closer
}

// Local tells that nothing of it comes from a server.
func (*localRange) Local() bool { return true }

// bring downloads a file unless it is there already.
func (d *downloaded) bring(ctx context.Context, f hub.File) (string, error) {
	leave, err := d.busy.enter(ctx, f)
	if err != nil {
		return "", err
	}
	defer leave()
	// What is in the cache may be what another user has downloaded: of a gated repository everybody may see the listing, but not the files.
	if err := d.access.check(ctx, f.Repo); err != nil {
		return "", err
	}
	var seen int64
	got, err := d.hub.Download(ctx, f, hub.DownloadOptions{Parallel: d.parallel, Progress: func(p hub.DownloadProgress) {
		if p.BytesDone > seen && p.FilesDone == 0 {
			d.counters.addFetched(p.BytesDone - seen)
			seen = p.BytesDone
		}
	}})
	if err != nil {
		return "", err
	}
	return got.Path, nil
}
