package hub

import (
	"context"
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
	return c.url(f.Repo.pagePath()+"/resolve/"+url.PathEscape(orMain(f.Revision))+"/"+strings.Join(parts, "/"), "")
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
	s := subject{op: "look up", repo: f.Repo, revision: orMain(f.Revision), path: f.Path}
	if err := f.validate(); err != nil {
		return File{}, s.fail(err.Error(), "", ErrEntryNotFound)
	}
	u, err := c.resolveURL(f)
	if err != nil {
		return File{}, s.fail(err.Error(), "", err)
	}
	cl := call{
		subject: s, method: http.MethodHead, url: u, kind: kindFile, redirect: followLocal,
		header: http.Header{"Accept-Encoding": {"identity"}},
	}
	out := f
	err = c.do(ctx, cl, func(rep *reply) error {
		_ = rep.Body.Close()
		size := rep.hub.Get(wire.HeaderLinkedSize)
		target, err := redirectTarget(rep.Response)
		if err != nil {
			return s.fail(err.Error(), "", err)
		}
		if size == "" && target == nil {
			size = rep.Header.Get("Content-Length")
		}
		out.Revision, out.ETag = rep.hub.Get(wire.HeaderRepoCommit), hubHash(rep.hub)
		if out.Size, err = strconv.ParseInt(size, 10, 64); err != nil || out.Size < 0 || out.Revision == "" || out.ETag == "" {
			return s.fail(fmt.Sprintf("the answer of %s lacks commit, size or hash", u.Host),
				fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s), and proxies that drop headers.", c.Endpoint()), nil)
		}
		if key, ok := out.redirectKey(); ok && target != nil {
			c.redirects.put(key, redirectTo{url: target, etag: out.ETag})
		}
		return nil
	})
	if err != nil {
		return File{}, err
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
