package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/hfspark/hfspark/hub/wire"
)

// Range opens the bytes [offset, offset+length) of a file; with length below 0, all from offset to the end.
//
// What comes is exactly that range or an error: answers that ignore the range, send another one, or end early are retried and then
// reported, and a cut connection is resumed from where it broke. A range that reaches past the end of the file is an error, and so is
// a size or content hash other than that of f or than at the start of reading ([ErrChanged]). Where the Hub redirects to is
// remembered, so that a further range of the same commit costs one request. The caller closes the reader.
func (c *Client) Range(ctx context.Context, f File, offset, length int64) (io.ReadCloser, error) {
	r := &rangeReader{
		c: c, ctx: ctx, file: f, pos: offset, end: -1, size: f.Size, etag: f.ETag,
		subject: subject{op: "read", repo: f.Repo, revision: orMain(f.Revision), path: f.Path},
	}
	if f.Repo.Type == RepoBucket {
		r.revision = ""
	}
	if err := f.validate(); err != nil {
		return nil, r.fail(err.Error(), "", invalid(ErrEntryNotFound))
	}
	if offset < 0 {
		return nil, r.fail(fmt.Sprintf("a range cannot begin at %d", offset), "", nil)
	}
	if length > math.MaxInt64-offset {
		return nil, r.fail(fmt.Sprintf("a range of %d bytes from byte %d is longer than any file", length, offset), "", nil)
	}
	if length >= 0 {
		r.end = offset + length
	}
	if r.end < 0 && f.Size >= 0 {
		r.end = f.Size
	}
	if err := r.checkEnd(); err != nil {
		return nil, err
	}
	r.whole = offset == 0 && (length < 0 || length == f.Size)
	if r.end == offset {
		return r, nil
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

// rangeReader reads one range of one file, over as many connections as that takes.
type rangeReader struct {
	subject
	c     *Client
	ctx   context.Context //nolint:containedctx // It bounds the reads, whose interface has no context.
	file  File
	whole bool // the range is the file: the first request needs no Range header

	pos  int64 // of the next byte
	end  int64 // after the last byte; -1 until it is known
	size int64 // of the file; -1 until it is known
	etag string

	body     io.ReadCloser
	cuts     int   // in a row, without much progress between them
	progress int64 // bytes since the last cut
	err      error // what every further Read returns
}

// enoughProgress is how much must arrive between two cuts for them to count as separate accidents.
const enoughProgress = 1 << 20

// Read implements [io.Reader].
func (r *rangeReader) Read(p []byte) (int, error) {
	for {
		switch {
		case r.err != nil:
			return 0, r.err
		case r.end >= 0 && r.pos >= r.end:
			r.err = io.EOF
			continue
		case len(p) == 0:
			return 0, nil
		case r.body == nil:
			if err := r.open(); err != nil {
				r.err = r.resumeFailed(err)
			}
			continue
		}
		if r.end >= 0 {
			p = p[:min(int64(len(p)), r.end-r.pos)]
		}
		n, err := r.body.Read(p)
		r.took(int64(n))
		if err != nil {
			r.ended(err)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// Close implements [io.Closer].
func (r *rangeReader) Close() error {
	r.closeBody()
	if r.err == nil {
		r.err = r.fail("the reader is closed", "", io.ErrClosedPipe)
	}
	return nil
}

func (r *rangeReader) closeBody() {
	if r.body != nil {
		_ = r.body.Close() // Whatever it says, all that counts has been read.
		r.body = nil
	}
}

func (r *rangeReader) took(n int64) {
	if n == 0 {
		return
	}
	r.pos += n
	r.progress += n
	r.c.stats.bytes.Add(n)
	r.c.observe(Transfer{File: r.file, Bytes: n})
}

// ended deals with the end of a connection's body: of the range, or before it.
func (r *rangeReader) ended(err error) {
	if r.end < 0 && err == io.EOF {
		r.end = r.pos // The server did not tell the size, and ended in order.
	}
	r.closeBody()
	if r.end >= 0 && r.pos >= r.end {
		return
	}
	if r.ctx.Err() != nil {
		r.err = r.c.final(r.ctx, r.subject, err, 1)
		return
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if r.progress >= enoughProgress {
		r.cuts = 0
	}
	r.cuts, r.progress = r.cuts+1, 0
	if r.cuts > r.c.retry.Tries {
		r.err = r.fail(fmt.Sprintf("the connection was cut at byte %d%s, %d times in a row: %v", r.pos, r.ofSize(), r.cuts, cause(err)),
			"Check the network and try again.", unavailable(cause(err)))
		return
	}
	r.c.stats.retries.Add(1)
	r.c.log.DebugContext(r.ctx, "resuming a file", "repo", r.repo.ID, "path", r.path, "offset", r.pos, "cause", cause(err))
	if r.cuts == 1 {
		return
	}
	if err := r.c.sleep(r.ctx, r.c.retry.backoff(r.cuts-1)); err != nil {
		r.err = r.c.final(r.ctx, r.subject, err, 1)
	}
}

func (r *rangeReader) ofSize() string {
	if r.size < 0 {
		return ""
	}
	return fmt.Sprintf(" of %d", r.size)
}

// resumeFailed says where reading broke off.
func (r *rangeReader) resumeFailed(err error) error {
	var known *Error
	if errors.As(err, &known) {
		known.Message = fmt.Sprintf("reading broke off at byte %d%s and could not be resumed: %s", r.pos, r.ofSize(), known.Message)
	}
	return err
}

// errStale says that a remembered redirect target is no longer served.
var errStale = errors.New("remembered redirect refused")

// open sends the request for what is left of the range.
func (r *rangeReader) open() error {
	key, stable := r.file.redirectKey()
	if stable {
		if to, known := r.c.redirects.get(key); known {
			err := r.openStorage(to)
			if !errors.Is(err, errStale) {
				return err
			}
			r.c.redirects.drop(key, to)
		}
	}
	u, err := r.c.resolveURL(r.file)
	if err != nil {
		return r.fail(err.Error(), "", err)
	}
	cl := r.call()
	cl.url, cl.kind = u, kindFile
	return r.c.do(r.ctx, cl, func(rep *reply) error {
		if r.c.refused(rep) {
			// The signed URL may have expired on the way: the Hub makes a new one for the next try.
			return &transient{err: r.c.failure(r.subject, rep)}
		}
		hash := hubHash(rep.hub)
		if r.file.Repo.Type == RepoBucket {
			hash = rep.hub.Get(wire.HeaderXetHash)
		}
		if err := r.accept(rep, hash); err != nil {
			_ = rep.Body.Close()
			return err
		}
		if stable && !r.c.sameOrigin(rep.Request.URL) {
			r.c.redirects.put(key, redirectTo{url: rep.Request.URL, etag: hash})
		}
		return nil
	})
}

// openStorage asks a remembered redirect target; the error is errStale when it refuses.
func (r *rangeReader) openStorage(to redirectTo) error {
	cl := r.call()
	cl.url, cl.kind = to.url, kindStorage
	return r.c.do(r.ctx, cl, func(rep *reply) error {
		if r.c.refused(rep) {
			_ = rep.Body.Close()
			return errStaleFor(r.subject)
		}
		if err := r.accept(rep, to.etag); err != nil {
			_ = rep.Body.Close()
			return err
		}
		return nil
	})
}

func errStaleFor(s subject) error { return s.fail(errStale.Error(), "", errStale) }

// refused tells whether an answer comes from a storage server and may mean that a signed URL is no longer good.
func (c *Client) refused(rep *reply) bool {
	switch rep.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return !c.sameOrigin(rep.Request.URL)
	}
	return false
}

// call prepares the request for what is left of the range.
func (r *rangeReader) call() call {
	header := http.Header{"Accept-Encoding": {"identity"}}
	switch {
	case r.whole && r.pos == 0:
	case r.end < 0:
		header.Set("Range", fmt.Sprintf("bytes=%d-", r.pos))
	default:
		header.Set("Range", fmt.Sprintf("bytes=%d-%d", r.pos, r.end-1))
	}
	return call{
		subject: r.subject, method: http.MethodGet, header: header,
		wanted: func(rep *reply) bool {
			return rep.StatusCode < 400 || rep.StatusCode == http.StatusRequestedRangeNotSatisfiable || r.c.refused(rep)
		},
	}
}

// accept checks that an answer holds what is left of the range, and makes its body the one to read.
func (r *rangeReader) accept(rep *reply, hash string) error {
	if err := r.checkHash(hash); err != nil {
		return err
	}
	if encoding := rep.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return r.fail(fmt.Sprintf("%s sends the file encoded as %q, although it was asked not to", rep.Request.URL.Host, encoding), "", nil)
	}
	length := rep.ContentLength // of the body; -1 when the server does not tell
	switch rep.StatusCode {
	case http.StatusOK:
		if err := r.acceptWhole(rep, length); err != nil {
			return err
		}
	case http.StatusPartialContent:
		if err := r.acceptPart(rep, length); err != nil {
			return err
		}
	case http.StatusRequestedRangeNotSatisfiable:
		_, total, _, err := wire.ParseContentRange(rep.Header.Get("Content-Range"))
		if err != nil {
			return r.fail(fmt.Sprintf("the range begins at byte %d, behind the end of the file", r.pos), "", io.ErrUnexpectedEOF)
		}
		if err := r.learnSize(total); err != nil {
			return err
		}
		if err := r.checkEnd(); err != nil {
			return err
		}
		r.end = r.pos
		return rep.Body.Close()
	default:
		return r.fail(fmt.Sprintf("%s answered %s to a request for a file", rep.Request.URL.Host, statusText(rep.StatusCode)), "", nil)
	}
	r.body = rep.Body
	return nil
}

// acceptWhole takes a 200: right when the file was asked for, or when the range happens to be all of it.
func (r *rangeReader) acceptWhole(rep *reply, length int64) error {
	if length == 0 && r.pos == 0 {
		// Some servers answer so to any range of an empty file.
		if err := r.learnSize(0); err != nil {
			return err
		}
		if err := r.checkEnd(); err != nil {
			return err
		}
	}
	if r.pos > 0 || (!r.whole && r.end >= 0 && r.end != length) {
		return &transient{err: r.fail(fmt.Sprintf("%s ignores the Range header and sends the whole file", rep.Request.URL.Host),
			"Check proxies between this machine and the storage.", nil)}
	}
	if length < 0 {
		return nil
	}
	if err := r.learnSize(length); err != nil {
		return err
	}
	r.end = length
	return nil
}

// acceptPart takes a 206 that begins where reading stands.
func (r *rangeReader) acceptPart(rep *reply, length int64) error {
	header := rep.Header.Get("Content-Range")
	got, total, satisfied, err := wire.ParseContentRange(header)
	if err == nil {
		if err := r.learnSize(total); err != nil {
			return err
		}
	}
	if err != nil || !satisfied || got.Start != r.pos || (r.end >= 0 && got.Start+got.Length > r.end) || (length >= 0 && length != got.Length) {
		return &transient{err: r.fail(fmt.Sprintf("%s sends another range than it was asked for: %s for bytes from %d%s",
			rep.Request.URL.Host, strconv.Quote(header), r.pos, r.upTo()), "", nil)}
	}
	if total < 0 {
		return nil
	}
	if r.end < 0 {
		r.end = total
	}
	return r.checkEnd()
}

func (r *rangeReader) upTo() string {
	if r.end < 0 {
		return ""
	}
	return fmt.Sprintf(" to %d", r.end-1)
}

// checkHash compares the content hash of an answer with what is known. Hashes of different kinds cannot be compared.
func (r *rangeReader) checkHash(hash string) error {
	switch {
	case r.etag == "":
		r.etag = hash
	case hash != "" && len(hash) == len(r.etag) && hash != r.etag:
		return r.fail(fmt.Sprintf("the file has changed: its hash was %s and is %s now", r.etag, hash),
			"Read it at a commit rather than at a branch.", ErrChanged)
	}
	return nil
}

// learnSize compares the file's size in an answer with what is known.
func (r *rangeReader) learnSize(size int64) error {
	switch {
	case size < 0:
	case r.size < 0:
		r.size = size
	case r.size != size:
		return r.fail(fmt.Sprintf("the file has changed: it had %d bytes and has %d now", r.size, size),
			"Read it at a commit rather than at a branch.", ErrChanged)
	}
	return nil
}

// checkEnd refuses ranges that reach past the end of the file, once its size is known.
func (r *rangeReader) checkEnd() error {
	if r.size < 0 || (r.pos <= r.size && r.end <= r.size) {
		return nil
	}
	return r.fail(fmt.Sprintf("the range from byte %d%s reaches past the end of the file, which has %d bytes", r.pos, r.upTo(), r.size),
		"", io.ErrUnexpectedEOF)
}
