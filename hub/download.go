package hub

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/semaphore"

	"github.com/hfspark/hfspark/hub/cache"
)

// DownloadOptions configures [Client.Download] and [Client.Snapshot]. The zero value downloads into the cache that huggingface_hub
// uses too.
type DownloadOptions struct {
	// CacheDir is the shared cache; "" means HF_HUB_CACHE, else hub in HF_HOME, else ~/.cache/huggingface/hub.
	CacheDir string
	// LocalDir, when not "", is the folder that gets the files under their own names, instead of the cache. What is known of them is
	// kept in .cache/huggingface below it.
	LocalDir string
	// Force fetches again what is there already.
	Force bool
	// LocalOnly sends nothing: what is there is found, all else is [ErrNotCached].
	LocalOnly bool
	// Parallel is how many requests are under way at a time, of all files together; 0 means [DefaultParallel]. Each takes about 1 MB
	// of memory, and one more goes to hashing.
	Parallel int
	// Progress is told how far the download is, from one goroutine at a time. It must be quick. nil tells nobody.
	Progress func(DownloadProgress)
}

// DefaultParallel is how many requests a download has under way unless its options say otherwise, as in huggingface_hub.
const DefaultParallel = 8

// Downloaded is what a download has brought.
type Downloaded struct {
	Path   string // of the file, or of the folder with the files
	Commit string // that the files are of; "" when they are taken from a local folder without asking the Hub
	Files  int
	Stale  error // why the Hub could not be asked, so that what was there is returned; nil when it was asked, or need not be
}

// download is one call of [Client.Download] or [Client.Snapshot].
type download struct {
	subject
	c       *Client
	o       DownloadOptions
	place   place
	shared  *cache.Repository
	fetcher *fetcher
}

func (c *Client) newDownload(s subject, o DownloadOptions) (*download, error) {
	if err := s.repo.validate(); err != nil {
		return nil, s.fail(err.Error(), "", fmt.Errorf("%w: %w", ErrRepositoryNotFound, ErrInvalid))
	}
	if o.Force && (o.LocalOnly || c.offline) {
		return nil, s.fail("the files are to be fetched again, but nothing may be sent", "Leave out one of the two.", ErrInvalid)
	}
	if o.Parallel <= 0 {
		o.Parallel = DefaultParallel
	}
	shared, err := c.openCache(o.CacheDir)
	if err != nil {
		return nil, s.fail(err.Error(), "", err)
	}
	d := &download{subject: s, c: c, o: o, shared: shared.Repository(string(s.repo.Type), s.repo.ID)}
	d.place = cachePlace{d.shared}
	if o.LocalDir != "" {
		dir, err := cache.OpenLocalDir(o.LocalDir)
		if err != nil {
			return nil, s.fail(err.Error(), "", err)
		}
		d.place = localPlace{dir: dir, shared: d.shared}
	}
	d.fetcher = &fetcher{c: c, slots: semaphore.NewWeighted(int64(o.Parallel)), force: o.Force, meter: newDownloadMeter(o.Progress)}
	return d, nil
}

// Download makes a file of a repository a local file and returns where it is. Only Repo, Revision and Path of f are looked at.
//
// It asks the Hub for commit, size and hash of the file, unless f's revision is a commit that is known locally; it fetches what is
// not there, large files by parallel requests that resume where an earlier download stopped; and it gives the file its name when
// size and hash are right. When the Hub cannot be asked, the file of the last look is returned, as huggingface_hub does, and Stale
// tells why. When ctx ends, what has come of a large file is kept for the next try. Errors: those of [Client.Stat],
// [ErrNotCached], [ErrCorrupt], [ErrNoSpace], [ErrChanged].
func (c *Client) Download(ctx context.Context, f File, o DownloadOptions) (*Downloaded, error) {
	f.Revision, f.Size, f.ETag = orMain(f.Revision), -1, ""
	s := subject{op: "download", repo: f.Repo, revision: f.Revision, path: f.Path}
	d, err := c.newDownload(s, o)
	if err != nil {
		return nil, err
	}
	if err = validatePath(f.Path); err == nil {
		err = d.place.check(f.Path)
	}
	if err != nil {
		return nil, s.fail(err.Error(), "", fmt.Errorf("%w: %w", ErrEntryNotFound, ErrInvalid))
	}
	if isCommit(f.Revision) && !o.Force {
		if file, ok := d.place.known(f.Revision, f.Path, -1); ok {
			return &Downloaded{Path: file, Commit: f.Revision, Files: 1}, nil
		}
		if d.shared.Missing(f.Revision, f.Path) {
			return nil, s.fail("no such file at this commit, as the cache knows", "", ErrEntryNotFound)
		}
	}
	found, err := d.locate(ctx, f)
	if err != nil {
		return d.fallback(ctx, f, err)
	}
	d.fetcher.meter.expect(1, found.Size)
	if err := d.place.begin(f.Revision, found.Revision); err != nil {
		if file, ok := d.place.known(found.Revision, f.Path, found.Size); ok && !o.Force {
			// The cache cannot be written, and need not be.
			return &Downloaded{Path: file, Commit: found.Revision, Files: 1}, nil
		}
		return nil, d.local(err)
	}
	file, err := d.put(ctx, found)
	if err != nil {
		return nil, err
	}
	return &Downloaded{Path: file, Commit: found.Revision, Files: 1}, nil
}

// maxQuickTree is the largest kept listing that is read for the sake of one file: a request takes less time than a larger one.
const maxQuickTree = 4 << 20

// locate finds commit, size and hash of a file, at first in the kept listing of the commit.
func (d *download) locate(ctx context.Context, f File) (File, error) {
	if bytes, ok := d.place.treeSize(f.Revision); isCommit(f.Revision) && ok && bytes <= maxQuickTree {
		if entry, ok := d.place.tree(f.Revision)[f.Path]; ok {
			f.Size, f.ETag = entry.Size, entry.ETag()
			return f, nil
		}
	}
	if d.o.LocalOnly {
		return File{}, d.fail("nothing may be sent", "", ErrOffline)
	}
	rule := retryAlways
	if _, ok := d.place.fallback(f.Revision, f.Path); ok && !d.o.Force {
		rule = retryNever // There is something to return: huggingface_hub does not try again either.
	}
	found, missingAt, err := d.c.stat(ctx, f, rule)
	if missingAt != "" && cache.CheckCommit(missingAt) == nil {
		if err := errors.Join(d.shared.SetMissing(missingAt, f.Path), d.shared.SetRef(f.Revision, missingAt)); err != nil {
			d.c.log.DebugContext(ctx, "cannot keep in the cache that a file does not exist", "repo", d.repo.ID, "path", f.Path, "cause", err)
		}
	}
	if err != nil {
		return File{}, err
	}
	return found, d.checkNames(found)
}

// checkNames refuses commits and hashes that cannot name files of the cache.
func (d *download) checkNames(f File) error {
	if err := errors.Join(cache.CheckCommit(f.Revision), cache.CheckETag(f.ETag)); err != nil {
		return d.fail(err.Error(), fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s).", d.c.Endpoint()), ErrMalformed)
	}
	return nil
}

// put makes a located file a local one, holding a slot.
func (d *download) put(ctx context.Context, f File) (string, error) {
	if err := d.fetcher.slots.Acquire(ctx, 1); err != nil {
		return "", d.c.final(ctx, d.subject, err, 1)
	}
	defer d.fetcher.slots.Release(1)
	fetched := false
	file, err := d.place.put(ctx, f, d.o.Force, func(ctx context.Context, f File, to destination) error {
		fetched = true
		return d.fetcher.fetch(ctx, f, to)
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return "", d.c.final(ctx, d.subject, err, 1)
	case err != nil:
		return "", d.local(err)
	}
	left := f.Size
	if fetched {
		left = 0
	}
	d.fetcher.meter.file(left)
	return file, nil
}

// local makes an error of local files one of this package.
func (d *download) local(err error) error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return err
	case diskFull(err):
		return d.fail("no room on the disk: "+err.Error(), "", fmt.Errorf("%w: %w", ErrNoSpace, err))
	}
	return d.fail(err.Error(), "", err)
}

// isFinal tells whether a failure to ask the Hub says something of the file, so that nothing local may take its place: huggingface_hub
// falls back after all others (file_download.py).
func (d *download) isFinal(ctx context.Context, err error) bool {
	return ctx.Err() != nil || d.o.Force || errors.Is(err, ErrRevisionNotFound) || errors.Is(err, ErrEntryNotFound)
}

// fallback returns what is there of a file when the Hub could not be asked.
func (d *download) fallback(ctx context.Context, f File, reason error) (*Downloaded, error) {
	if d.isFinal(ctx, reason) {
		return nil, reason
	}
	if file, ok := d.place.fallback(f.Revision, f.Path); ok {
		d.c.log.InfoContext(ctx, "the Hub cannot be asked; taking the file of the last look", "repo", f.Repo.ID, "path", f.Path, "cause", reason)
		commit, _ := resolveCached(d.shared, f.Revision)
		return &Downloaded{Path: file, Commit: commit, Files: 1, Stale: d.stale(reason)}, nil
	}
	if commit, ok := resolveCached(d.shared, f.Revision); ok && d.shared.Missing(commit, f.Path) {
		return nil, d.fail("no such file, as the cache knows", "", ErrEntryNotFound)
	}
	return nil, d.notCached(reason, "the file is not in the cache")
}

// stale is what the result tells of a reason: nothing when the caller asked for local files.
func (d *download) stale(reason error) error {
	if d.o.LocalOnly {
		return nil
	}
	return reason
}

// notCached says that something is not there and why it was not asked for. Problems with access stay what they are.
func (d *download) notCached(reason error, what string) error {
	if AccessProblem(reason) {
		return reason
	}
	failed := d.fail(what+", and the Hub could not be asked", "", fmt.Errorf("%w: %w", ErrNotCached, reason))
	var known *Error
	switch {
	case d.o.LocalOnly:
		failed.Message, failed.Hint = what+", and nothing may be sent", "Download it without the option to use local files only."
	case errors.As(reason, &known):
		failed.Message += ": " + known.Message
		failed.Hint, failed.Status, failed.Code, failed.RequestID = known.Hint, known.Status, known.Code, known.RequestID
	}
	return failed
}
