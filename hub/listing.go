package hub

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
)

// mainRevision is what an empty revision means.
const mainRevision = "main"

func orMain(revision string) string {
	if revision == "" {
		return mainRevision
	}
	return revision
}

// infoFields are the parts of a repository's description that [Client.Info] asks for; the full one lists every file.
const infoFields = "expand=sha&expand=private&expand=gated&expand=disabled&expand=lastModified"

// Info tells what a repository is and which commit a revision stands for; "" means main. Errors: [ErrRepositoryNotFound],
// [ErrRevisionNotFound], [ErrUnauthorized], [ErrDisabled].
func (c *Client) Info(ctx context.Context, repo Repo, revision string) (*Info, error) {
	return c.info(ctx, repo, revision, retryAlways)
}

func (c *Client) info(ctx context.Context, repo Repo, revision string, rule retryRule) (*Info, error) {
	revision = orMain(revision)
	s := subject{op: "look up", repo: repo, revision: revision}
	if repo.Type == RepoBucket {
		return c.bucketInfo(ctx, repo, rule)
	}
	if err := repo.check(s); err != nil {
		return nil, err
	}
	u, err := c.url(repo.apiPath()+"/revision/"+url.PathEscape(revision), infoFields)
	if err != nil {
		return nil, s.fail(err.Error(), "", err)
	}
	var info wire.Info
	if _, err := c.getJSON(ctx, call{subject: s, method: http.MethodGet, url: u, kind: kindAPI, retry: rule}, &info); err != nil {
		return nil, err
	}
	if info.SHA == "" || info.ID == "" {
		return nil, s.fail(fmt.Sprintf("the answer of %s lacks id or sha", u.Host), "", ErrMalformed)
	}
	modified, err := time.Parse(time.RFC3339, info.LastModified)
	if err != nil {
		modified = time.Time{} // Documented as zero: nothing depends on it.
	}
	return &Info{
		ID: info.ID, SHA: info.SHA, Private: info.Private, Gated: string(info.Gated), Disabled: info.Disabled, LastModified: modified,
	}, nil
}

// List yields the entries below path ("" is the root) at a revision, in the order in which the Hub sends them: those of the
// directory itself, or with recursive those of the whole tree, directories included. Pages are fetched as they are needed. After an
// error, which comes with a zero Entry, nothing follows. Errors: [ErrEntryNotFound] when path is no directory, and those of [Client.Info].
func (c *Client) List(ctx context.Context, repo Repo, revision, path string, recursive bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		path := strings.Trim(path, "/")
		if repo.Type == RepoBucket {
			c.listBucket(ctx, repo, path, recursive, yield)
			return
		}
		s := subject{op: "list", repo: repo, revision: orMain(revision), path: path}
		next, err := c.firstPage(s, recursive)
		for err == nil && next != nil {
			var page []wire.Entry
			page, next, err = c.page(ctx, s, next)
			for _, entry := range page {
				if !yield(fromWire(entry), nil) {
					return
				}
			}
		}
		if err != nil {
			yield(Entry{}, err)
		}
	}
}

func (c *Client) firstPage(s subject, recursive bool) (*url.URL, error) {
	if err := s.repo.check(s); err != nil {
		return nil, err
	}
	return c.folderURL(s, s.repo.apiPath()+"/tree/"+url.PathEscape(s.revision), fmt.Sprintf("recursive=%t&expand=false", recursive))
}

// folderURL is the address of the subject's folder below base, with a query.
func (c *Client) folderURL(s subject, base, query string) (*url.URL, error) {
	if s.path != "" {
		if err := validatePath(s.path); err != nil {
			return nil, s.fail(err.Error(), "", invalid(ErrEntryNotFound))
		}
		base += "/" + url.PathEscape(s.path)
	}
	u, err := c.url(base, query)
	if err != nil {
		return nil, s.fail(err.Error(), "", err)
	}
	return u, nil
}

// page fetches one page of a listing and finds the next one; nil means that it was the last.
func (c *Client) page(ctx context.Context, s subject, u *url.URL) ([]wire.Entry, *url.URL, error) {
	page, next, _, err := getPage[wire.Entry](ctx, c, call{subject: s, url: u})
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range page {
		if entry.Path == "" {
			return nil, nil, s.fail(fmt.Sprintf("%s lists an entry without a path", u.Host), "", ErrMalformed)
		}
	}
	return page, next, nil
}

// getPage fetches one page of a list, from the address of a call, and finds the next one; nil means that it was the last. It returns
// the answer's headers, too.
func getPage[T any](ctx context.Context, c *Client, cl call) (page []T, next *url.URL, header http.Header, err error) {
	cl.method, cl.kind = http.MethodGet, kindAPI
	s, u := cl.subject, cl.url
	if header, err = c.getJSON(ctx, cl, &page); err != nil {
		return nil, nil, nil, err
	}
	links, err := wire.ParseLinks(header.Values("Link"))
	if err != nil {
		return nil, nil, nil, s.fail(fmt.Sprintf("cannot follow the listing of %s: %v", u.Host, err), "", ErrMalformed)
	}
	target, more := links["next"]
	if !more {
		return page, nil, header, nil
	}
	next, err = url.Parse(c.local(target))
	if err != nil {
		return nil, nil, nil, s.fail(fmt.Sprintf("%s names a next page that is no URL", u.Host), "", ErrMalformed)
	}
	next = u.ResolveReference(next)
	if next.String() == u.String() {
		return nil, nil, nil, s.fail(fmt.Sprintf("%s names a page as its own next one", u.Host), "", ErrMalformed)
	}
	return page, next, header, nil
}

// pathsBatch is how many paths one request asks for; the Hub takes twice as many (huggingface_hub, _commit_api.py).
const pathsBatch = 500

// PathsInfo describes the given paths at a revision. Paths that do not exist are left out, and the order is the Hub's.
func (c *Client) PathsInfo(ctx context.Context, repo Repo, revision string, paths []string) ([]Entry, error) {
	if repo.Type == RepoBucket {
		return c.bucketPaths(ctx, repo, paths)
	}
	s := subject{op: "look up files", repo: repo, revision: orMain(revision)}
	if err := repo.check(s); err != nil {
		return nil, err
	}
	u, err := c.url(repo.apiPath()+"/paths-info/"+url.PathEscape(s.revision), "")
	if err != nil {
		return nil, s.fail(err.Error(), "", err)
	}
	var out []Entry
	for len(paths) > 0 {
		batch := paths[:min(pathsBatch, len(paths))]
		paths = paths[len(batch):]
		form := url.Values{"paths": batch, "expand": {"false"}}
		var entries []wire.Entry
		_, err := c.getJSON(ctx, call{
			subject: s, method: http.MethodPost, url: u, kind: kindAPI, body: []byte(form.Encode()),
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		}, &entries)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			out = append(out, fromWire(entry))
		}
	}
	return out, nil
}

func fromWire(e wire.Entry) Entry {
	out := Entry{Path: e.Path, Type: EntryType(e.Type), Size: e.Size, OID: e.OID, XetHash: e.XetHash}
	if e.LFS != nil {
		out.LFS = &LFS{SHA256: e.LFS.OID, Size: e.LFS.Size, PointerSize: e.LFS.PointerSize}
	}
	return out
}
