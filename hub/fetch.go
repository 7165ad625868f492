package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"syscall"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/hfspark/hfspark/hub/cache"
)

// Classes of failures of downloads, to be tested with [errors.Is].
var (
	// ErrNotCached: the file is not in the cache, and it could not or must not be asked for.
	ErrNotCached error = &class{text: "not in the cache"}
	// ErrCorrupt: what arrived is not the content that the Hub promised: its hash is another.
	ErrCorrupt error = &class{text: "content does not match its hash"}
)

// fetcher brings contents to local files. It bounds the requests under way, of all files together.
type fetcher struct {
	c     *Client
	slots *semaphore.Weighted
	force bool
	meter *downloadMeter
}

// destination is where a content goes: temporary names begin with base, name is what the complete and checked file is called.
type destination struct {
	base, name string
	// alone tells that no other process writes there, so that what an earlier one has left can be used.
	alone bool
}

// fetch brings the content of f, whose commit, size and hash are known. The caller holds one slot.
func (t *fetcher) fetch(ctx context.Context, f File, to destination) error {
	s := subject{op: "download", repo: f.Repo, revision: f.Revision, path: f.Path}
	run := t.fetchWhole
	if f.Size > segmentSize {
		run = t.fetchSegments
	}
	err := run(ctx, s, f, to)
	var known *Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return t.c.final(ctx, s, err, 1)
	case diskFull(err):
		return s.fail(fmt.Sprintf("no room on the disk for %d bytes: %v", f.Size, cause(err)),
			"Free some space, or choose another folder (HF_HOME, --cache-dir, --local-dir).", fmt.Errorf("%w: %w", ErrNoSpace, err))
	case errors.As(err, &known):
		return known
	}
	return s.fail(err.Error(), "", err)
}

func diskFull(err error) bool {
	const windowsDiskFull = syscall.Errno(112)
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || (os.PathSeparator == '\\' && errors.Is(err, windowsDiskFull))
}

func corrupt(s subject, got, want string) error {
	return s.fail(fmt.Sprintf("the content that arrived is not the file's: its hash is %s, not %s", got, want),
		"Try again; if it stays so, a proxy on the way or the Hub's storage is broken.", ErrCorrupt)
}

// fetchWhole brings a small file with one request, hashing it on the way.
func (t *fetcher) fetchWhole(ctx context.Context, s subject, f File, to destination) error {
	temporary := to.base + "." + cache.Unique() + ".incomplete"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // The umask decides.
	if err != nil {
		return err
	}
	err = t.copyWhole(ctx, s, f, file)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(temporary, to.name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}

func (t *fetcher) copyWhole(ctx context.Context, s subject, f File, file io.Writer) error {
	content, err := t.c.Range(ctx, f, 0, -1)
	if err != nil {
		return err
	}
	defer content.Close()
	digest, checked := newDigest(f.ETag, f.Size)
	buffer := takeBuffer()
	defer giveBuffer(buffer)
	var done int64
	for {
		n, readErr := content.Read(*buffer)
		piece := (*buffer)[:n]
		if _, err := file.Write(piece); err != nil {
			t.meter.add(-done)
			return err
		}
		if checked {
			_, _ = digest.Write(piece)
		}
		done += int64(n)
		t.meter.add(int64(n))
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			t.meter.add(-done)
			return readErr
		}
	}
	if f.Size >= 0 && done != f.Size {
		return s.fail(fmt.Sprintf("%d bytes arrived of %d", done, f.Size), "", ErrCorrupt)
	}
	if checked {
		if got := hex.EncodeToString(digest.Sum(nil)); got != f.ETag {
			t.meter.add(-done)
			return corrupt(s, got, f.ETag)
		}
	}
	return nil
}

// fetchSegments brings a large file by parallel requests, and goes on where an earlier process stopped.
func (t *fetcher) fetchSegments(ctx context.Context, s subject, f File, to destination) error {
	digest, checked := newDigest(f.ETag, f.Size)
	// What cannot be checked is not put together from two downloads; where locks do not work the name must be this process's own.
	resume := checked && to.alone
	base := to.base
	if !to.alone {
		base += "." + cache.Unique()
	}
	p, err := openPartial(base, f.Size, resume)
	if err != nil {
		return err
	}
	if t.force && p.resumed > 0 {
		err = p.reset()
	}
	if err == nil {
		err = t.complete(ctx, s, f, p, digest)
	}
	if errors.Is(err, ErrCorrupt) && p.resumed > 0 {
		// What was there may be at fault: a machine that lost power keeps the journal and loses content.
		t.c.log.DebugContext(ctx, "beginning a file anew", "repo", s.repo.ID, "path", s.path, "cause", err)
		digest, _ = newDigest(f.ETag, f.Size)
		if err = p.reset(); err == nil {
			err = t.complete(ctx, s, f, p, digest)
		}
	}
	switch {
	case err == nil:
		return p.publish(to.name)
	case diskFull(err), errors.Is(err, ErrCorrupt):
		return errors.Join(err, p.discard())
	default:
		return errors.Join(err, p.keep())
	}
}

// complete brings what a partial file lacks, and checks all of it.
func (t *fetcher) complete(ctx context.Context, s subject, f File, p *partial, digest hash.Hash) error {
	counted := p.resumed
	t.meter.add(counted)
	// The hash has a group of its own: it outlasts the requests.
	var hashing errgroup.Group
	got := f.ETag
	if digest != nil {
		hashing.Go(func() (err error) {
			got, err = p.digest(ctx, digest)
			return err
		})
	}
	requests, within := errgroup.WithContext(ctx)
	requests.Go(func() error { return t.work(within, requests, f, p) })
	err := requests.Wait()
	if err != nil {
		p.stop(err)
	}
	if hashed := hashing.Wait(); err == nil {
		err = hashed
	}
	if err == nil && got != f.ETag {
		t.meter.add(-f.Size)
		return corrupt(s, got, f.ETag)
	}
	return err
}

// work fetches segments until none is left, and has others help while there are slots.
func (t *fetcher) work(ctx context.Context, requests *errgroup.Group, f File, p *partial) error {
	buffer := takeBuffer()
	defer giveBuffer(buffer)
	for {
		segment, have, ok := p.take()
		if !ok {
			return nil
		}
		length := p.length(segment)
		content, err := t.c.Range(ctx, f, int64(segment)*segmentSize+have, length-have)
		if err != nil {
			return err
		}
		// Only now it is known where the storage is: the others need not ask the Hub for it.
		if p.more() && t.slots.TryAcquire(1) {
			requests.Go(func() error {
				defer t.slots.Release(1)
				return t.work(ctx, requests, f, p)
			})
		}
		err = t.fetchSegment(p, content, segment, have, *buffer)
		_ = content.Close() // All that counts has been read.
		if err != nil {
			return err
		}
	}
}

func (t *fetcher) fetchSegment(p *partial, content io.Reader, segment int, have int64, buffer []byte) error {
	length := p.length(segment)
	for have < length {
		n, err := io.ReadFull(content, buffer[:min(int64(len(buffer)), length-have)])
		if n > 0 {
			if err := p.write(segment, have, buffer[:n]); err != nil {
				return err
			}
			have += int64(n)
			t.meter.add(int64(n))
		}
		if err != nil {
			return noEOF(err)
		}
	}
	return nil
}
