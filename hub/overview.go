package hub

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
)

// Overview is what a repository is at a revision, and what is mostly asked for next.
type Overview struct {
	Info
	// Entries are all files and directories of the repository, when Listed: they fill one page of a listing, so that they came at
	// once.
	Entries []Entry
	Listed  bool
	// Texts are the contents of those files that were asked for and are there, by path; files that are large, or in LFS, may be
	// missing.
	Texts map[string][]byte
}

const (
	// maxGlance is the most bytes of a file in [Overview.Texts].
	maxGlance = 1 << 20
	// glancePatience is how much longer than for the description it is waited for the rest.
	glancePatience = time.Second
)

// Overview tells what [Client.Info] tells, and besides it, in no more time, the first page of the listing and the contents of small
// files of the given paths, all of the same commit: they are asked for at the same time, and what then turns out to be of another
// commit, because the revision has moved in between, is left out, as is what could not be had. A Hub whose listings do not tell their
// commit is asked for them when the commit is known. Errors are those of [Client.Info].
func (c *Client) Overview(ctx context.Context, repo Repo, revision string, texts []string) (*Overview, error) {
	if repo.Type == RepoBucket { // It has no commits.
		info, err := c.Info(ctx, repo, revision)
		if err != nil {
			return nil, err
		}
		return &Overview{Info: *info}, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var page glimpse
	if !c.silent.Load() {
		running.Go(func() { page = c.glance(ctx, repo, revision) })
	}
	read := make([]glimpse, len(texts))
	for i, path := range texts {
		running.Go(func() { read[i] = c.glanceAt(ctx, File{Repo: repo, Revision: revision, Path: path, Size: -1}) })
	}
	begin := c.now()
	info, err := c.Info(ctx, repo, revision)
	if err != nil {
		return nil, err
	}
	late := time.AfterFunc(c.now().Sub(begin)+glancePatience, cancel)
	running.Wait()
	if late.Stop() && page.answered && page.commit == "" {
		c.silent.Store(true)
	}
	if page.commit == "" && c.silent.Load() {
		page = c.glance(ctx, repo, info.SHA)
		page.commit = info.SHA
	}
	out := &Overview{Info: *info, Texts: make(map[string][]byte, len(texts))}
	if page.answered && page.commit == info.SHA {
		out.Entries, out.Listed = page.entries, !page.more
	}
	for i, text := range read {
		if text.answered && text.commit == info.SHA {
			out.Texts[texts[i]] = text.content
		}
	}
	return out, nil
}

// glimpse is an answer that may be of no use.
type glimpse struct {
	answered bool
	commit   string // that it is of; "" when the Hub did not tell
	entries  []Entry
	more     bool // entries are not all
	content  []byte
}

// glance asks for the first page of a repository's listing. It tries once: who needs the listing asks again.
func (c *Client) glance(ctx context.Context, repo Repo, revision string) (g glimpse) {
	s := subject{op: "list", repo: repo, revision: orMain(revision)}
	first, err := c.firstPage(s, true)
	if err != nil {
		return g
	}
	page, next, header, err := getPage[wire.Entry](ctx, c, call{subject: s, url: first, retry: retryNever})
	if err != nil {
		return g
	}
	for _, entry := range page {
		if entry.Path == "" {
			return g
		}
		g.entries = append(g.entries, fromWire(entry))
	}
	g.answered, g.more, g.commit = true, next != nil, header.Get(wire.HeaderRepoCommit)
	return g
}

// glanceAt asks for a small file. It tries once.
func (c *Client) glanceAt(ctx context.Context, f File) (g glimpse) {
	s := subject{op: "read", repo: f.Repo, revision: orMain(f.Revision), path: f.Path}
	if f.validate() != nil {
		return g
	}
	u, err := c.resolveURL(f)
	if err != nil {
		return g
	}
	// Only what the Hub itself sends: storage tells no commit.
	cl := call{
		subject: s, method: http.MethodGet, url: u, kind: kindFile, redirect: followLocal, retry: retryNever,
		header: http.Header{"Accept-Encoding": {"identity"}},
		wanted: func(rep *reply) bool { return rep.StatusCode == http.StatusOK },
	}
	err = c.do(ctx, cl, func(rep *reply) error {
		defer rep.Body.Close()
		content, err := io.ReadAll(io.LimitReader(rep.Body, maxGlance+1))
		if err != nil || len(content) > maxGlance || rep.ContentLength >= 0 && rep.ContentLength != int64(len(content)) {
			return s.fail("the answer was cut or is too long", "", err)
		}
		c.stats.bytes.Add(int64(len(content)))
		c.observe(Transfer{File: f, Bytes: int64(len(content))})
		g = glimpse{answered: true, commit: rep.hub.Get(wire.HeaderRepoCommit), content: content}
		return nil
	})
	if err != nil {
		return glimpse{}
	}
	return g
}
