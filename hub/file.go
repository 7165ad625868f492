package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// resolveURL is the address of a file on the endpoint.
func (c *Client) resolveURL(f File) (*url.URL, error) {
	parts := strings.Split(f.Path, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	at := f.Repo.pagePath() + "/resolve/"
	if f.Repo.Type != RepoBucket {
		at += url.PathEscape(orMain(f.Revision)) + "/"
	}
	return c.url(at+strings.Join(parts, "/"), "")
}

// contentHash reads an entity tag the way huggingface_hub does: without weakness mark and quotes.
func contentHash(etag string) string {
	return strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)
}

// hubHash returns the content hash that the Hub's own answers tell; "" when they do not.
func hubHash(h http.Header) string {
	if linked := h.Get(wire.HeaderLinkedETag); linked != "" {
		return contentHash(linked)
	}
	return contentHash(h.Get("ETag"))
}

// Stat asks for size, content hash and commit of a file, without its bytes. The File that comes back has all of them set, Revision
// being the commit. Errors: [ErrEntryNotFound], [ErrGated], and those of [Client.Info].
func (c *Client) Stat(ctx context.Context, f File) (File, error) {
	found, _, err := c.stat(ctx, f, retryAlways)
	return found, err
}

// stat is Stat with a rule for tries. When the Hub says that there is no such file, missingAt is the commit that lacks it.
func (c *Client) stat(ctx context.Context, f File, rule retryRule) (found File, missingAt string, err error) {
	s := subject{op: "look up", repo: f.Repo, revision: orMain(f.Revision), path: f.Path}
	if err := errors.Join(f.Repo.validate(), f.validate()); err != nil {
		return File{}, "", s.fail(err.Error(), "", invalid(ErrEntryNotFound))
	}
	u, err := c.resolveURL(f)
	if err != nil {
		return File{}, "", s.fail(err.Error(), "", err)
	}
	cl := call{
		subject: s, method: http.MethodHead, url: u, kind: kindFile, redirect: followLocal, retry: rule,
		header: http.Header{"Accept-Encoding": {"identity"}},
		wanted: func(rep *reply) bool { return rep.StatusCode < 400 || entryMissing(rep) },
	}
	err = c.do(ctx, cl, func(rep *reply) error {
		if entryMissing(rep) {
			missingAt = rep.hub.Get(wire.HeaderRepoCommit)
			return c.failure(s, rep)
		}
		_ = rep.Body.Close()
		found, err = c.described(s, f, rep)
		return err
	})
	if err != nil {
		return File{}, missingAt, err
	}
	return found, "", nil
}

// entryMissing tells whether an answer of the Hub says that the repository has no such file.
func entryMissing(rep *reply) bool {
	return rep.StatusCode == http.StatusNotFound && rep.Header.Get(wire.HeaderErrorCode) == wire.CodeEntryNotFound
}

// described reads what an answer to HEAD tells of a file.
func (c *Client) described(s subject, f File, rep *reply) (File, error) {
	out := f
	size := rep.hub.Get(wire.HeaderLinkedSize)
	target, err := redirectTarget(rep.Response)
	if err != nil {
		return File{}, s.fail(err.Error(), "", err)
	}
	if size == "" && target == nil {
		size = rep.Header.Get("Content-Length")
	}
	out.Revision, out.ETag = rep.hub.Get(wire.HeaderRepoCommit), hubHash(rep.hub)
	if out.Size, err = strconv.ParseInt(size, 10, 64); err != nil || out.Size < 0 || out.Revision == "" || out.ETag == "" {
		return File{}, s.fail(fmt.Sprintf("the answer of %s lacks commit, size or hash", rep.Request.URL.Host),
			fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s), and proxies that drop headers.", c.Endpoint()), ErrMalformed)
	}
	if key, ok := out.redirectKey(); ok && target != nil {
		c.redirects.put(key, redirectTo{url: target, etag: out.ETag})
	}
	return out, nil
}

// ReadFile returns all of a small file. One with more than maxBytes bytes is an error. Errors are those of [Client.Range].
func (c *Client) ReadFile(ctx context.Context, f File, maxBytes int64) ([]byte, error) {
	s := subject{op: "read", repo: f.Repo, revision: orMain(f.Revision), path: f.Path}
	tooLarge := func(size int64) error {
		return s.fail(fmt.Sprintf("the file has %d bytes or more, and at most %d are read of a file of this kind", size, maxBytes), "", nil)
	}
	if f.Size > maxBytes {
		return nil, tooLarge(f.Size)
	}
	r, err := c.Range(ctx, f, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > maxBytes {
		return nil, tooLarge(maxBytes + 1)
	}
	return content, nil
}
