package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/hub/wire"
)

// FolderOptions says what of a folder is uploaded, and how. The zero value uploads all of it to the root of the repository.
type FolderOptions struct {
	// PathInRepo is the folder of the repository that the files go to; "" and "." are its root.
	PathInRepo string
	// Allow and Ignore are patterns of paths relative to the folder, with the rules of huggingface_hub: shell wildcards in which * and ?
	// match slashes too, and "data/" means all below data. With Allow only what it matches is uploaded; what Ignore matches is not.
	// Folders named .git and .cache/huggingface are always left out.
	Allow, Ignore []string
	// Delete are patterns of files to remove from the repository, relative to PathInRepo. Files that are uploaded and the .gitattributes
	// at the root stay.
	Delete []string

	Summary     string // of the commit; "" means "Upload folder using hfspark". Commits after the first add " (part 2)" and so on.
	Description string
	Parent      string // as in [Commit]; with several commits each has to follow the one before it
	// CreatePullRequest opens a pull request with all commits, so that the revision changes by one step when it is merged.
	CreatePullRequest bool

	// MaxOperations bounds a commit; 0 means 250. The Hub gives itself 60 s for a commit, which is enough for some hundred files.
	MaxOperations int
	// MaxInlineBytes bounds the content of small files that travels in one commit request; 0 means 100 MiB.
	MaxInlineBytes int64
	Upload         UploadOptions
}

func (o FolderOptions) withDefaults() FolderOptions {
	if o.Summary == "" {
		o.Summary = "Upload folder using hfspark"
	}
	if o.MaxOperations <= 0 {
		o.MaxOperations = 250
	}
	if o.MaxInlineBytes <= 0 {
		o.MaxInlineBytes = 100 << 20
	}
	o.Upload.CreatePullRequest = o.CreatePullRequest
	return o
}

// FolderResult is what became of a folder.
type FolderResult struct {
	// Commits are those that were made, in their order; none when nothing had changed.
	Commits []CommitResult
	OID     string // the last commit, or what the revision stands for when there is none
	URL     string // of its web page

	PullRequest    int
	PullRequestURL string

	Added     int      // files that were added or changed
	Unchanged int      // files that were there already with the same content
	Deleted   int      // files that were removed
	Ignored   []string // paths in the repository that its .gitignore keeps out
}

// UploadFolder brings the files below dir into a repository, in as many commits as it takes to keep each within bounds: the next files
// are hashed and sent while a commit is made. What the Hub holds already is neither sent nor committed, so that the same call again
// continues where one broke off. A single commit changes the revision as a whole; with several, files are added first and deleted
// last, so that whoever reads in between finds old files, new ones, or both; CreatePullRequest hides all that until it is merged.
//
// Links to files are followed, links to folders are not; what is neither file nor folder is left out, each told to the log. When it
// fails, the result tells of the commits that were made before; it is nil when there are none. Errors are those of [Client.Commit]; a
// file or folder that vanishes meanwhile is [ErrChanged].
func (c *Client) UploadFolder(ctx context.Context, repo Repo, revision, dir string, o FolderOptions) (*FolderResult, error) {
	o = o.withDefaults()
	f := &folderUpload{
		c: c, subject: subject{op: "upload " + dir + " to", repo: repo, revision: orMain(revision)}, o: o,
		meter: newUploadMeter(o.Upload.Progress),
	}
	f.target = f.revision
	err := f.run(ctx, dir)
	if err != nil && len(f.result.Commits) == 0 {
		return nil, err
	}
	return &f.result, err
}

// folderUpload uploads one folder.
type folderUpload struct {
	c *Client
	subject
	o     FolderOptions
	meter *uploadMeter

	ready   []Operation // planned and uploaded, for the next commit
	inline  int64       // bytes that travel in it
	batches chan []Operation

	// Of the goroutine that commits:
	target string // revision that is committed to: that of the pull request once there is one
	result FolderResult
}

func (f *folderUpload) run(ctx context.Context, dir string) error {
	if err := f.repo.validate(); err != nil {
		return f.fail(err.Error(), "", ErrInvalid)
	}
	prefix, err := f.prefix()
	if err != nil {
		return err
	}
	adds, err := f.scan(ctx, dir, prefix)
	if err != nil {
		return err
	}
	first, last, err := f.deletions(ctx, prefix, adds)
	if err != nil {
		return err
	}
	if err := f.c.validateReadme(ctx, f.subject, adds); err != nil {
		return err
	}
	f.batches = make(chan []Operation)
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(f.batches)
		return f.produce(groupCtx, first, adds, last)
	})
	group.Go(func() error { return f.commitBatches(groupCtx) })
	if err := group.Wait(); err != nil {
		return err
	}
	if len(f.result.Commits) > 0 {
		return nil
	}
	info, err := f.c.Info(ctx, f.repo, f.revision)
	if err != nil {
		return err
	}
	f.result.OID, f.result.URL = info.SHA, f.c.Endpoint()+f.repo.pagePath()+"/commit/"+info.SHA
	return nil
}

// prefix returns what paths in the repository begin with.
func (f *folderUpload) prefix() (string, error) {
	path := strings.Trim(strings.TrimPrefix(f.o.PathInRepo, "./"), "/")
	if path == "" || path == "." {
		return "", nil
	}
	clean, err := cleanRepoPath(path)
	if err != nil {
		return "", f.fail(err.Error(), "", err)
	}
	return clean + "/", nil
}

// alwaysIgnored are patterns of what tools keep for themselves (huggingface_hub, utils/_paths.py).
var alwaysIgnored = []string{
	".git", ".git/*", "*/.git", "**/.git/**",
	".cache/huggingface", ".cache/huggingface/*", "*/.cache/huggingface", "**/.cache/huggingface/**",
}

// scan lists the files to upload. Their contents are what they are at this moment.
func (f *folderUpload) scan(ctx context.Context, dir, prefix string) ([]*Add, error) {
	allow := f.o.Allow
	if len(allow) == 0 {
		allow = nil
	}
	selected, err := newPatterns(allow, append(append([]string(nil), f.o.Ignore...), alwaysIgnored...))
	if err != nil {
		return nil, f.fail(err.Error(), "", ErrInvalid)
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, f.fail(err.Error(), "Give a folder of this machine.", err)
	}
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		return nil, f.fail("it is no folder", "Upload a single file as such.", ErrInvalid)
	}
	var adds []*Add
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return vanished(err)
		case ctx.Err() != nil:
			return f.c.final(ctx, f.subject, ctx.Err(), 1)
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			if entry.Name() == ".git" || strings.HasSuffix("/"+relative, "/.cache/huggingface") {
				return fs.SkipDir // All below it is ignored.
			}
			return nil
		}
		if !selected.match(relative) {
			return nil
		}
		add, err := f.file(ctx, path, prefix+relative, entry)
		if add != nil {
			adds = append(adds, add)
		}
		return err
	})
	if err != nil {
		return nil, f.wrap(err)
	}
	return adds, nil
}

// file makes an Add of a file; nil when there is nothing to upload.
func (f *folderUpload) file(ctx context.Context, path, target string, entry fs.DirEntry) (*Add, error) {
	info, err := os.Stat(path)
	link := entry.Type()&fs.ModeSymlink != 0
	switch {
	case errors.Is(err, fs.ErrNotExist) && link:
		f.c.log.WarnContext(ctx, "leaving out a link that leads nowhere", "path", path)
		return nil, nil
	case err != nil:
		return nil, vanished(err)
	case !info.Mode().IsRegular():
		f.c.log.WarnContext(ctx, "leaving out what is no regular file", "path", path, "what", describeMode(info.Mode()))
		return nil, nil
	}
	content, err := localFileOf(path, info)
	if err != nil {
		return nil, err
	}
	add := &Add{Path: target, Content: content}
	if _, err := add.target(); err != nil {
		return nil, f.fail(err.Error(), "Rename it, or leave it out with a pattern.", err)
	}
	return add, nil
}

// vanished makes what is gone a change.
func vanished(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: it has vanished: %w", ErrChanged, err)
	}
	return err
}

// deletions lists the files to remove: first those that are in the way of what is added, then the others.
func (f *folderUpload) deletions(ctx context.Context, prefix string, adds []*Add) (first, last []Operation, err error) {
	if len(f.o.Delete) == 0 {
		return nil, nil, nil
	}
	selected, err := newPatterns(f.o.Delete, nil)
	if err != nil {
		return nil, nil, f.fail(err.Error(), "", ErrInvalid)
	}
	added, folders := map[string]bool{}, map[string]bool{}
	for _, add := range adds {
		added[add.Path] = true
		for folder := parentOf(add.Path); folder != ""; folder = parentOf(folder) {
			folders[folder] = true
		}
	}
	for entry, err := range f.c.List(ctx, f.repo, f.revision, "", true) {
		if err != nil {
			return nil, nil, err
		}
		relative, below := strings.CutPrefix(entry.Path, prefix)
		if entry.Type != TypeFile || !below || added[entry.Path] || entry.Path == ".gitattributes" || !selected.match(relative) {
			continue
		}
		operation := DeleteFile{Path: entry.Path}
		if folders[entry.Path] || deletions(added).cover(entry.Path) {
			first = append(first, operation)
		} else {
			last = append(last, operation)
		}
	}
	return first, last, nil
}

// produce uploads and hands on operations in commits of a bounded size.
func (f *folderUpload) produce(ctx context.Context, first []Operation, adds []*Add, last []Operation) error {
	if err := f.queue(ctx, first...); err != nil {
		return err
	}
	uploader := f.c.newUploader(f.repo, f.revision, f.o.Upload, f.meter)
	for len(adds) > 0 {
		chunk := adds[:min(wire.MaxPreupload, len(adds))]
		adds = adds[len(chunk):]
		if err := uploader.upload(ctx, chunk); err != nil {
			return err
		}
		for i, add := range chunk {
			chunk[i] = nil // What is done needs no memory.
			switch {
			case add.state.ignored:
				f.result.Ignored = append(f.result.Ignored, add.state.path)
			case add.state.unchanged():
				f.result.Unchanged++
				f.meter.committed(1)
			default:
				if err := f.queue(ctx, add); err != nil {
					return err
				}
			}
		}
	}
	if err := f.queue(ctx, last...); err != nil {
		return err
	}
	return f.flush(ctx)
}

// queue adds operations to the next commit, which goes out when it is full.
func (f *folderUpload) queue(ctx context.Context, operations ...Operation) error {
	for _, operation := range operations {
		size := int64(0)
		if add, ok := operation.(*Add); ok && add.state.mode == wire.ModeRegular {
			size = add.Content.Size()
		}
		if len(f.ready) >= f.o.MaxOperations || (len(f.ready) > 0 && f.inline+size > f.o.MaxInlineBytes) {
			if err := f.flush(ctx); err != nil {
				return err
			}
		}
		f.ready, f.inline = append(f.ready, operation), f.inline+size
	}
	return nil
}

func (f *folderUpload) flush(ctx context.Context) error {
	if len(f.ready) == 0 {
		return nil
	}
	batch := f.ready
	f.ready, f.inline = nil, 0
	select {
	case f.batches <- batch:
		return nil
	case <-ctx.Done():
		return f.c.final(ctx, f.subject, ctx.Err(), 1)
	}
}

// commitBatches makes the commits, one after the other.
func (f *folderUpload) commitBatches(ctx context.Context) error {
	parent := f.o.Parent
	for batch := range f.batches {
		commit := Commit{
			Summary: f.o.Summary, Description: f.o.Description, Parent: parent, Operations: batch, Upload: f.o.Upload,
			CreatePullRequest: f.o.CreatePullRequest && f.result.PullRequest == 0,
		}
		if n := len(f.result.Commits); n > 0 {
			commit.Summary += fmt.Sprintf(" (part %d)", n+1)
		}
		x := f.c.newCommitter(f.repo, f.target, commit, f.meter)
		x.readmeChecked = true
		result, err := x.run(ctx)
		if err != nil {
			return err
		}
		if result.Empty {
			continue
		}
		f.note(result, batch)
		if f.o.Parent != "" {
			parent = result.OID
		}
	}
	return nil
}

// note takes over what became of a batch.
func (f *folderUpload) note(result *CommitResult, batch []Operation) {
	f.result.Commits = append(f.result.Commits, *result)
	f.result.OID, f.result.URL = result.OID, result.URL
	if result.PullRequest != 0 {
		f.result.PullRequest, f.result.PullRequestURL = result.PullRequest, result.PullRequestURL
		f.target = fmt.Sprintf("refs/pr/%d", result.PullRequest)
	}
	for _, operation := range batch {
		switch operation.(type) {
		case *Add:
			f.result.Added++
		case DeleteFile:
			f.result.Deleted++
		}
	}
}
