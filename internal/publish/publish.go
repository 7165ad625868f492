// Package publish is the command upload: it brings a file or a folder of this machine to a dataset repository, and makes the
// repository or the branch where they are missing.
package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hfspark/hfspark/hub"
)

// Options says what is uploaded to where. Repo must be set.
type Options struct {
	Repo string // namespace/name, or hf://datasets/namespace/name[@revision][/path]
	// Local is a file, a folder, or a pattern of files below the working folder; "" means what is called like the repository here.
	Local string
	// PathInRepo is where it goes; "" means the root for a folder, and the name of the file for a file.
	PathInRepo string
	Revision   string // "" is main; a branch that is missing is made
	Private    *bool  // of a repository that is made; nil leaves that to the Hub
	// Folder has the patterns, the commit's text and the bounds. For a single file its patterns must be empty.
	Folder hub.FolderOptions
}

// Result is what became of an upload.
type Result struct {
	URL            string   `json:"url"` // of the commit, or of the pull request when one was opened
	Commit         string   `json:"commit"`
	Commits        int      `json:"commits"` // how many were made; 0 when everything was there already
	PullRequest    int      `json:"pull_request,omitempty"`
	PullRequestURL string   `json:"pull_request_url,omitempty"`
	Added          int      `json:"added"`
	Unchanged      int      `json:"unchanged"`
	Deleted        int      `json:"deleted"`
	Ignored        []string `json:"ignored,omitempty"` // by the repository's .gitignore
}

// Address is the page to look at: of the pull request when one was opened, else of the commit.
func (r *Result) Address() string {
	if r.PullRequestURL != "" {
		return r.PullRequestURL
	}
	return r.URL
}

// Run uploads. With several commits it may fail after some of them; the error then says so.
func Run(ctx context.Context, client *hub.Client, o Options) (*Result, error) {
	if err := o.resolve(); err != nil {
		return nil, err
	}
	info, err := os.Stat(o.Local)
	if err != nil {
		return nil, fmt.Errorf("upload %s: %w", o.Local, err)
	}
	if !info.IsDir() && len(o.Folder.Allow)+len(o.Folder.Ignore)+len(o.Folder.Delete) > 0 {
		return nil, fmt.Errorf("upload %s: --include, --exclude and --delete are for folders, and this is a file", o.Local)
	}
	repo, err := client.CreateRepo(ctx, hub.Dataset(o.Repo), hub.RepoOptions{Private: o.Private, ExistOK: true})
	if err != nil {
		return nil, err
	}
	if err := o.makeBranch(ctx, client, repo); err != nil {
		return nil, err
	}
	if info.IsDir() {
		return o.folder(ctx, client, repo)
	}
	return o.file(ctx, client, repo)
}

// resolve finds out what is meant by what was left out, by the rules of `hf upload`.
func (o *Options) resolve() error {
	if err := o.resolveAddress(); err != nil {
		return err
	}
	if o.Local == "" {
		o.Local = o.Repo[strings.LastIndexByte(o.Repo, '/')+1:]
		if _, err := os.Stat(o.Local); err != nil {
			return fmt.Errorf("there is no file or folder %s here: name what to upload", o.Local)
		}
	}
	if _, err := os.Stat(o.Local); errors.Is(err, os.ErrNotExist) && strings.ContainsAny(o.Local, "*?[") {
		if len(o.Folder.Allow) > 0 || (o.PathInRepo != "" && o.PathInRepo != ".") {
			return fmt.Errorf("%s is a pattern: it goes neither with --include nor with a path in the repository", o.Local)
		}
		o.Folder.Allow, o.Local = []string{o.Local}, "."
	}
	return nil
}

// resolveAddress takes an hf:// address apart.
func (o *Options) resolveAddress() error {
	if !hub.IsAddress(o.Repo) {
		return nil
	}
	file, err := hub.ParseAddress(o.Repo)
	if err != nil {
		return err
	}
	if file.Revision != "" {
		if o.Revision != "" {
			return fmt.Errorf("the revision is given twice, in %s and by --revision", o.Repo)
		}
		o.Revision = file.Revision
	}
	if path := strings.TrimRight(file.Path, "/"); path != "" {
		if o.PathInRepo != "" {
			return fmt.Errorf("the path in the repository is given twice, in %s and as %s", o.Repo, o.PathInRepo)
		}
		o.PathInRepo = path
	}
	o.Repo = file.Repo.ID
	return nil
}

// makeBranch makes the branch that is uploaded to. A pull request needs none, and what is no branch is not made.
func (o *Options) makeBranch(ctx context.Context, client *hub.Client, repo hub.Repo) error {
	if o.Revision == "" || o.Revision == "main" || o.Folder.CreatePullRequest || strings.HasPrefix(o.Revision, "refs/") {
		return nil
	}
	_, err := client.Info(ctx, repo, o.Revision)
	if !errors.Is(err, hub.ErrRevisionNotFound) {
		return err
	}
	return client.CreateBranch(ctx, repo, o.Revision, hub.BranchOptions{ExistOK: true})
}

func (o *Options) folder(ctx context.Context, client *hub.Client, repo hub.Repo) (*Result, error) {
	o.Folder.PathInRepo = o.PathInRepo
	done, err := client.UploadFolder(ctx, repo, o.Revision, o.Local, o.Folder)
	if err != nil {
		if done != nil {
			err = fmt.Errorf("%w; %d commits were made before, the last one %s: the same command continues from there", err, len(done.Commits), done.URL)
		}
		return nil, err
	}
	return &Result{
		URL: done.URL, Commit: done.OID, Commits: len(done.Commits), PullRequest: done.PullRequest, PullRequestURL: done.PullRequestURL,
		Added: done.Added, Unchanged: done.Unchanged, Deleted: done.Deleted, Ignored: done.Ignored,
	}, nil
}

func (o *Options) file(ctx context.Context, client *hub.Client, repo hub.Repo) (*Result, error) {
	content, err := hub.LocalFile(o.Local)
	if err != nil {
		return nil, err
	}
	path := o.PathInRepo
	switch name := filepath.Base(o.Local); {
	case path == "" || path == "." || path == "./":
		path = name
	case strings.HasSuffix(path, "/"):
		path += name
	}
	summary := o.Folder.Summary
	if summary == "" {
		summary = fmt.Sprintf("Upload %s with hfspark", path)
	}
	done, err := client.Commit(ctx, repo, o.Revision, hub.Commit{
		Summary: summary, Description: o.Folder.Description, Parent: o.Folder.Parent, CreatePullRequest: o.Folder.CreatePullRequest,
		Upload: o.Folder.Upload, Operations: []hub.Operation{&hub.Add{Path: path, Content: content}},
	})
	if err != nil {
		return nil, err
	}
	result := &Result{
		URL: done.URL, Commit: done.OID, Commits: 1, PullRequest: done.PullRequest, PullRequestURL: done.PullRequestURL,
		Added: 1 - done.Unchanged - len(done.Ignored), Unchanged: done.Unchanged, Ignored: done.Ignored,
	}
	if done.Empty {
		result.Commits = 0
	}
	return result, nil
}
