package hub

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/hub/wire"
)

// UploadOptions says how contents are sent. The zero value is good for most machines.
//
// Contents are never held in memory: what an upload takes is about 300 kB for each request under way and for each hashing goroutine,
// 16 bytes for each MiB of the files under way, and what [Bytes] contents hold by themselves.
type UploadOptions struct {
	// Parallelism is how many requests that carry content may be under way; 0 means 8. A large file is sent in parts, each a request.
	Parallelism int
	// Hashers is how many files are read and hashed at once; 0 means one for each processor, at most 8.
	Hashers int
	// Progress is told how far the upload is, one call at a time, from the goroutines that work. It must be cheap. It may be nil.
	Progress func(UploadProgress)
	// CreatePullRequest says that the contents are for a commit that opens a pull request: whoever may read a repository may do that.
	CreatePullRequest bool
}

func (o UploadOptions) withDefaults() UploadOptions {
	if o.Parallelism <= 0 {
		o.Parallelism = 8
	}
	if o.Hashers <= 0 {
		o.Hashers = min(8, runtime.GOMAXPROCS(0))
	}
	return o
}

// UploadProgress tells how far an upload is.
type UploadProgress struct {
	Files int   // to be uploaded
	Bytes int64 // of them
	// Hashed counts bytes that have been read to learn what they are called on the Hub.
	Hashed int64
	// Sent counts bytes that are with the storage or on their way. It falls when a part has to be sent again.
	Sent int64
	// SkippedFiles and Skipped count what need not be sent, because the Hub holds it or its .gitignore excludes it.
	SkippedFiles int
	Skipped      int64
	// Committed counts files that are part of a commit, of this upload or, when they have not changed, of an earlier one.
	Committed int
}

// uploadMeter counts the progress of uploads.
type uploadMeter struct{ meter[UploadProgress] }

func newUploadMeter(report func(UploadProgress)) *uploadMeter {
	return &uploadMeter{meter[UploadProgress]{report: report}}
}

func (m *uploadMeter) found(files int, bytes int64) {
	m.update(func(p *UploadProgress) { p.Files += files; p.Bytes += bytes })
}
func (m *uploadMeter) hashed(n int64) { m.update(func(p *UploadProgress) { p.Hashed += n }) }
func (m *uploadMeter) sent(n int64)   { m.update(func(p *UploadProgress) { p.Sent += n }) }
func (m *uploadMeter) skipped(n int64) {
	m.update(func(p *UploadProgress) { p.SkippedFiles++; p.Skipped += n })
}
func (m *uploadMeter) committed(n int) { m.update(func(p *UploadProgress) { p.Committed += n }) }

// Upload brings the contents of adds to the Hub, so that a commit to revision ("" is main) only needs to name them. Nothing becomes
// visible by it. The Hub decides for each file whether it travels ahead (Git LFS) or in the commit itself; for the latter nothing is
// sent yet. What the Hub holds already is not sent: what is at the path now, and whatever else the repository has or had.
//
// Uploading again what has been uploaded costs no request, so that a caller may repeat a call that failed. After an error the adds
// that got through stay uploaded. A large file is sent in parts; what breaks is sent again by parts, and only when the storage no
// longer knows the upload, all of it. Errors: [ErrChanged] when a file is not what it was, [ErrForbidden] when the token may not write,
// [ErrInvalid] for paths that the Hub refuses, and those of [Client.Info].
func (c *Client) Upload(ctx context.Context, repo Repo, revision string, o UploadOptions, adds ...*Add) error {
	meter := newUploadMeter(o.Progress)
	return c.newUploader(repo, revision, o, meter).upload(ctx, adds)
}

// uploader uploads to one revision.
type uploader struct {
	c *Client
	subject
	o     UploadOptions
	meter *uploadMeter
	slots chan struct{} // one for each request that may carry content

	base string // commit that the revision stood for when the Hub was last asked how to upload; "" when it does not tell
}

func (c *Client) newUploader(repo Repo, revision string, o UploadOptions, meter *uploadMeter) *uploader {
	o = o.withDefaults()
	return &uploader{
		c: c, subject: subject{op: "upload", repo: repo, revision: orMain(revision)}, o: o, meter: meter,
		slots: make(chan struct{}, o.Parallelism),
	}
}

// about is the subject of what is done for one file.
func (u *uploader) about(path string) subject {
	s := u.subject
	s.path = path
	return s
}

// upload does what [Client.Upload] says.
func (u *uploader) upload(ctx context.Context, adds []*Add) error {
	todo, err := u.prepare(adds)
	if err != nil || len(todo) == 0 {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	toHash, toSend := make(chan *Add), make(chan *Add)
	group.Go(func() error {
		defer close(toHash)
		return u.plan(ctx, todo, toHash)
	})
	var hashers sync.WaitGroup
	for range min(u.o.Hashers, len(todo)) {
		hashers.Add(1)
		group.Go(func() error {
			defer hashers.Done()
			return u.hash(ctx, toHash, toSend)
		})
	}
	group.Go(func() error {
		hashers.Wait()
		close(toSend)
		return nil
	})
	group.Go(func() error {
		t := &transfers{uploader: u, group: group, objects: map[string]*object{}, active: make(chan struct{}, u.o.Parallelism)}
		return t.run(ctx, toSend)
	})
	return group.Wait()
}

// prepare checks the adds and returns those with something left to do.
func (u *uploader) prepare(adds []*Add) ([]*Add, error) {
	if err := u.repo.validate(); err != nil {
		return nil, u.fail(err.Error(), "", ErrInvalid)
	}
	home := u.c.Endpoint() + " " + u.repo.ID
	var todo []*Add
	seen := make(map[*Add]bool, len(adds))
	for _, add := range adds {
		if seen[add] {
			continue
		}
		seen[add] = true
		path, err := add.target()
		if err != nil {
			return nil, u.fail(err.Error(), "", err)
		}
		if add.Content == nil {
			return nil, u.about(path).fail("there is no content to put there", "", ErrInvalid)
		}
		if add.state.home != home {
			add.state = addState{home: home, print: add.state.print, blob: add.state.blob}
		}
		if add.state.path != path {
			add.state.path, add.state.planned = path, false
		}
		if !add.state.planned || (add.state.mode == wire.ModeLFS && !add.state.uploaded && !add.state.ignored) {
			todo = append(todo, add)
			u.meter.found(1, add.Content.Size())
		}
	}
	return todo, nil
}

// plan learns how the adds are to be uploaded and hands on those that must be hashed.
func (u *uploader) plan(ctx context.Context, adds []*Add, toHash chan<- *Add) error {
	ignoreRules, err := gitIgnoreOf(adds)
	if err != nil {
		return u.wrap(err)
	}
	for len(adds) > 0 {
		batch := adds[:min(wire.MaxPreupload, len(adds))]
		adds = adds[len(batch):]
		if err := u.preupload(ctx, batch, ignoreRules); err != nil {
			return err
		}
		for _, add := range batch {
			switch state := &add.state; {
			case state.ignored:
				u.meter.skipped(add.Content.Size())
				continue
			case state.mode == wire.ModeRegular && (state.remote == "" || state.blob != ""):
				continue // It goes into the commit, and what it replaces need not be compared.
			}
			select {
			case toHash <- add:
			case <-ctx.Done():
				return u.c.final(ctx, u.subject, ctx.Err(), 1)
			}
		}
	}
	return nil
}

// hash learns what contents are called on the Hub, and hands on those that must be sent.
func (u *uploader) hash(ctx context.Context, toHash <-chan *Add, toSend chan<- *Add) error {
	for add := range toHash {
		if err := u.identify(ctx, add); err != nil {
			if ctx.Err() != nil {
				return u.c.final(ctx, u.about(add.state.path), err, 1)
			}
			return u.about(add.state.path).wrap(err)
		}
		if add.state.unchanged() {
			add.state.uploaded = true
			u.meter.skipped(add.Content.Size())
			continue
		}
		if add.state.mode != wire.ModeLFS {
			continue
		}
		select {
		case toSend <- add:
		case <-ctx.Done():
			return u.c.final(ctx, u.subject, ctx.Err(), 1)
		}
	}
	return nil
}

func (u *uploader) identify(ctx context.Context, add *Add) (err error) {
	state := &add.state
	switch {
	case state.mode == wire.ModeLFS && state.print == nil:
		state.print, err = fingerprintOf(ctx, add.Content, u.meter.hashed)
	case state.mode == wire.ModeRegular && state.blob == "":
		state.blob, err = gitOID(ctx, add.Content, u.meter.hashed)
	}
	return err
}

// maxGitIgnore is the largest .gitignore that is sent along: larger ones are no lists of patterns.
const maxGitIgnore = 1 << 20

// gitIgnoreOf returns the content of the .gitignore among adds: the Hub is to go by the new one. "" when there is none.
func gitIgnoreOf(adds []*Add) (string, error) {
	for _, add := range adds {
		if add.state.path == ".gitignore" && add.Content.Size() <= maxGitIgnore {
			content, err := readContent(add.Content)
			if err != nil {
				return "", fmt.Errorf(".gitignore: %w", err)
			}
			return string(content), nil
		}
	}
	return "", nil
}

// readContent returns all of a small content.
func readContent(content Content) ([]byte, error) {
	return readHead(content, content.Size())
}

// readHead returns the first bytes of content, at most n.
func readHead(content Content, n int64) ([]byte, error) {
	r, err := content.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, min(n, content.Size()))
	if len(head) == 0 {
		return head, nil
	}
	return head, readBlock(r, head, 0)
}
