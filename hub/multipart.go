package hub

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/hub/wire"
)

// completionTimeout is how long the storage may be silent while it puts parts together or checks them: terabytes take their time.
const completionTimeout = 10 * time.Minute

// partsDone remembers the parts of an object that the storage has.
type partsDone struct {
	upload string // names the upload that they belong to

	mu    sync.Mutex
	etags map[int]string // by part number
}

// begin keeps the parts when they belong to the upload, and forgets them otherwise.
func (p *partsDone) begin(upload string) {
	if p.upload != upload || p.etags == nil {
		p.upload, p.etags = upload, map[int]string{}
	}
}

func (p *partsDone) get(number int) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	etag, ok := p.etags[number]
	return etag, ok
}

func (p *partsDone) put(number int, etag string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.etags[number] = etag
}

// sendParts sends an object in parts, in parallel, each of them alone again when it fails, and has them put together.
func (t *transfers) sendParts(ctx context.Context, o *object, action *wire.LFSAction) error {
	size, urls, err := partsOf(action, o.size)
	if err != nil {
		return t.about(o.path).fail(err.Error(), t.c.endpointHint(), ErrMalformed)
	}
	o.parts.begin(uploadName(action.Href, urls[0]) + " " + strconv.FormatInt(size, 10))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(t.o.Parallelism)
	for i, address := range urls {
		if _, sent := o.parts.get(i + 1); sent {
			continue
		}
		if groupCtx.Err() != nil {
			break
		}
		group.Go(func() error {
			offset := int64(i) * size
			etag, err := t.put(groupCtx, o, address, offset, min(size, o.size-offset))
			if err != nil {
				return err
			}
			if etag == "" {
				return t.about(o.path).fail(fmt.Sprintf("the storage does not confirm part %d with an ETag", i+1), "", ErrMalformed)
			}
			o.parts.put(i+1, etag)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return t.c.final(ctx, t.about(o.path), ctx.Err(), 1)
	}
	err = t.complete(ctx, o, t.c.local(action.Href), len(urls))
	if err != nil && refusedTransfer(err) {
		o.parts.begin("") // The storage does not know these parts, or has put them together and answered to nobody.
	}
	return err
}

// complete has the storage put the parts together.
func (t *transfers) complete(ctx context.Context, o *object, href string, parts int) error {
	u, err := t.address(o, href)
	if err != nil {
		return err
	}
	completion := wire.LFSCompletion{OID: o.sha256, Parts: make([]wire.LFSPart, parts)}
	for i := range completion.Parts {
		etag, _ := o.parts.get(i + 1)
		completion.Parts[i] = wire.LFSPart{PartNumber: i + 1, ETag: etag}
	}
	cl := call{
		subject: t.about(o.path), method: http.MethodPost, url: u, kind: kindAPI, bare: true, timeout: completionTimeout,
		header: http.Header{"Accept": {wire.MediaTypeLFS}, "Content-Type": {wire.MediaTypeLFS}},
	}
	_, err = t.c.sendJSON(ctx, cl, completion, nil)
	return err
}

// maxParts is what storage servers of the S3 kind take.
const maxParts = 10_000

// partsOf reads the size and the addresses of the parts from an upload action.
func partsOf(action *wire.LFSAction, total int64) (size int64, urls []string, err error) {
	text := action.Header[wire.LFSChunkSize]
	size, err = strconv.ParseInt(text, 10, 64)
	if err != nil || size <= 0 {
		return 0, nil, fmt.Errorf("the Hub wants parts of %q bytes", text)
	}
	type part struct {
		number int
		url    string
	}
	var parts []part
	for key, address := range action.Header {
		if number, err := strconv.Atoi(key); err == nil {
			parts = append(parts, part{number, address})
		}
	}
	sort.Slice(parts, func(i, j int) bool { return parts[i].number < parts[j].number })
	want := (total-1)/size + 1
	if int64(len(parts)) != want || want > maxParts {
		return 0, nil, fmt.Errorf("the Hub gives addresses for %d parts of %d bytes, and the file has %d bytes", len(parts), size, total)
	}
	for i, p := range parts {
		if p.number != i+1 {
			return 0, nil, fmt.Errorf("the Hub gives no address for part %d", i+1)
		}
		urls = append(urls, p.url)
	}
	return size, urls, nil
}

// uploadName names the upload that addresses belong to: storage servers of the S3 kind put it into the query, next to signatures that
// differ each time; others have it in the path.
func uploadName(completion, part string) string {
	name := ""
	for _, address := range []string{completion, part} {
		u, err := url.Parse(address)
		if err != nil {
			return address // It will fail when it is used.
		}
		name += u.Host + u.Path + "?" + u.Query().Get("uploadId") + " "
	}
	return name
}

// address parses where the Hub wants an object to go.
func (t *transfers) address(o *object, href string) (*url.URL, error) {
	u, err := url.Parse(href)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, t.about(o.path).fail("the Hub wants it sent to an address that is no URL", t.c.endpointHint(), ErrMalformed)
	}
	return u, nil
}

// put sends a range of an object's bytes and nothing else, and returns the ETag of the answer. Each try reads the range anew.
func (t *transfers) put(ctx context.Context, o *object, href string, offset, length int64) (etag string, err error) {
	s := t.about(o.path)
	u, err := t.address(o, href)
	if err != nil {
		return "", err
	}
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	case <-ctx.Done():
		return "", t.c.final(ctx, s, ctx.Err(), 1)
	}
	var counted atomic.Int64
	correct := func(to int64) { t.meter.sent(to - counted.Swap(to)) }
	body := &stream{length: length, open: func() (io.ReadCloser, error) {
		correct(0)
		return newSection(o.content, o.print, offset, length, func(n int64) {
			counted.Add(n)
			t.meter.sent(n)
		})
	}}
	err = t.c.do(ctx, call{subject: s, method: http.MethodPut, url: u, kind: kindStorage, stream: body, bare: true}, func(rep *reply) error {
		defer rep.Body.Close()
		if _, err := io.Copy(io.Discard, io.LimitReader(rep.Body, maxErrorBody)); err != nil {
			return &transient{err: s.fail(fmt.Sprintf("the answer of %s was cut: %v", u.Host, cause(err)), "", unavailable(cause(err)))}
		}
		etag = rep.Header.Get("ETag")
		return nil
	})
	if err != nil {
		correct(0)
		return "", err
	}
	correct(length)
	return etag, nil
}
