package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// requestKind tells the Hub's quotas, and the counts of [Stats], apart.
type requestKind int

const (
	kindAPI requestKind = iota
	kindFile
	kindStorage
)

func (k requestKind) String() string { return [...]string{"api", "file", "storage"}[k] }

// redirectPolicy says which redirects a request follows.
type redirectPolicy int

const (
	followAll   redirectPolicy = iota
	followLocal                // within the endpoint only: a redirect to elsewhere is the answer
)

// maxHops bounds a chain of redirects.
const maxHops = 10

// minAPITimeout is the least time that the Hub gets to begin an answer of its API: large listings take longer than file headers.
const minAPITimeout = 60 * time.Second

// call is one request as it is wanted; it may be sent several times.
type call struct {
	subject
	method   string
	url      *url.URL
	header   http.Header
	body     []byte
	kind     requestKind
	redirect redirectPolicy
	wanted   func(*reply) bool // answers that accept deals with; nil means those with a status below 400
}

// reply is an answer after redirects.
type reply struct {
	*http.Response
	// hub holds the headers of the last answer that came from the endpoint: it alone knows commit and content hash.
	hub http.Header
}

// errStalled says that nothing came for longer than the timeout.
var errStalled = errors.New("no data for too long")

// do sends a call until accept takes an answer or a failure is final. accept may return a *transient to have the call repeated; it
// closes the body unless it keeps it. Every error is an *Error.
func (c *Client) do(ctx context.Context, cl call, accept func(*reply) error) error {
	if c.offline {
		return cl.fail("offline mode is on (HF_HUB_OFFLINE), so nothing was sent to "+cl.url.Host, "Unset HF_HUB_OFFLINE to allow requests.", ErrOffline)
	}
	for attempt := 0; ; attempt++ {
		err := c.try(ctx, cl, accept)
		if err == nil {
			return nil
		}
		var again *transient
		if ctx.Err() != nil || !errors.As(err, &again) || attempt >= c.retry.Tries {
			return c.final(ctx, cl.subject, err, attempt+1)
		}
		wait := again.wait
		if wait == 0 {
			wait = c.retry.backoff(attempt + 1)
		}
		if deadline, ok := ctx.Deadline(); ok && c.now().Add(wait).After(deadline) {
			return c.final(ctx, cl.subject, err, attempt+1)
		}
		c.stats.retries.Add(1)
		c.log.DebugContext(ctx, "sending a request to the Hub again", "op", cl.op, "host", cl.url.Host, "try", attempt+2, "wait", wait, "cause", again.err)
		if err := c.sleep(ctx, wait); err != nil {
			return c.final(ctx, cl.subject, err, attempt+1)
		}
	}
}

// try sends a call once.
func (c *Client) try(ctx context.Context, cl call, accept func(*reply) error) error {
	rep, err := c.exchange(ctx, cl)
	if err != nil {
		return err
	}
	wanted := cl.wanted
	if wanted == nil {
		wanted = func(rep *reply) bool { return rep.StatusCode < 400 }
	}
	if wanted(rep) {
		return accept(rep)
	}
	wait := requestedWait(rep.StatusCode, rep.Header, c.now())
	failed := c.failure(cl.subject, rep)
	if retryable(failed.Status) {
		return &transient{err: failed, wait: wait}
	}
	return failed
}

// final makes the error that the caller sees.
func (c *Client) final(ctx context.Context, s subject, err error, tries int) error {
	if ctx.Err() != nil {
		stopped := ctx.Err()
		if reason := context.Cause(ctx); !errors.Is(stopped, reason) {
			stopped = fmt.Errorf("%w: %w", stopped, reason)
		}
		return s.fail("stopped: "+stopped.Error(), "", stopped)
	}
	var known *Error
	if errors.As(err, &known) {
		if tries > 1 {
			known.Message += fmt.Sprintf(" after %d tries", tries)
		}
		return known
	}
	if errors.Is(err, ErrRateLimited) {
		return s.fail("the Hub's request quota is used up, and the next window begins too late for this request", "Allow more time, or send fewer requests.", err)
	}
	return s.fail(err.Error(), "", err)
}

// exchange sends a call and follows redirects. It returns an answer of any status, whose body the caller closes.
func (c *Client) exchange(ctx context.Context, cl call) (*reply, error) {
	u, kind, fromHub := cl.url, cl.kind, http.Header{}
	for range maxHops {
		if err := c.admit(ctx, u.Host, kind); err != nil {
			return nil, err
		}
		resp, err := c.send(ctx, cl, u, kind)
		if err != nil {
			return nil, err
		}
		c.limits.of(u.Host, kind).observe(resp.Header)
		if c.sameOrigin(u) {
			mergeHeader(fromHub, resp.Header)
		}
		next, err := redirectTarget(resp)
		switch {
		case err != nil:
			_ = resp.Body.Close()
			return nil, cl.fail(err.Error(), "", nil)
		case next == nil, cl.redirect == followLocal && !c.sameOrigin(next):
			return &reply{Response: resp, hub: fromHub}, nil
		}
		_ = resp.Body.Close()
		u = next
		if !c.sameOrigin(u) {
			kind = kindStorage
		}
	}
	return nil, cl.fail(fmt.Sprintf("more than %d redirects", maxHops), "", nil)
}

// mergeHeader sets the fields of src in dst: those of a later answer win, those it lacks stay from the ones before.
func mergeHeader(dst, src http.Header) {
	for name, values := range src {
		dst[name] = values
	}
}

// redirectTarget returns where an answer sends the client, or nil when it is no redirect.
func redirectTarget(resp *http.Response) (*url.URL, error) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location, err := resp.Location()
	if err != nil || (location.Scheme != "http" && location.Scheme != "https") || location.Host == "" {
		return nil, fmt.Errorf("%s redirects without a usable Location", resp.Request.URL.Host)
	}
	if location.Scheme == "http" && resp.Request.URL.Scheme == "https" {
		return nil, fmt.Errorf("%s redirects to %s without encryption", resp.Request.URL.Host, location.Host)
	}
	// huggingface_hub keeps the query of a call to a renamed repository.
	if location.RawQuery == "" && location.Host == resp.Request.URL.Host {
		location.RawQuery = resp.Request.URL.RawQuery
	}
	return location, nil
}

// send makes one exchange with one server. The token goes to the endpoint only.
func (c *Client) send(ctx context.Context, cl call, u *url.URL, kind requestKind) (*http.Response, error) {
	timeout := c.timeout
	if kind == kindAPI {
		timeout = max(timeout, minAPITimeout)
	}
	watched, cancel := context.WithCancelCause(ctx)
	dog := &watchdog{limit: timeout, cancel: cancel, ctx: watched}
	dog.timer = time.AfterFunc(timeout, dog.bark)

	req, err := http.NewRequestWithContext(watched, cl.method, u.String(), bytes.NewReader(cl.body))
	if err != nil {
		dog.stop()
		return nil, cl.fail("cannot make a request of it", "", cause(err))
	}
	for name, values := range cl.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", c.userAgent)
	if token := c.token(); token != "" && c.sameOrigin(u) {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	c.stats.requests[kind].Add(1)
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		stalled := dog.barked()
		dog.stop()
		return nil, c.unanswered(cl, u, err, stalled, timeout)
	}
	dog.timer.Stop()
	c.reached.add(u.Host)
	resp.Body = &watchedBody{body: resp.Body, dog: dog}
	return resp, nil
}

// unanswered explains that no answer came from u's host.
func (c *Client) unanswered(cl call, u *url.URL, err error, stalled bool, timeout time.Duration) error {
	err = cause(err)
	message := fmt.Sprintf("cannot reach %s: %v", u.Host, err)
	if stalled {
		message, err = fmt.Sprintf("cannot reach %s: no answer within %s", u.Host, timeout), errStalled
	}
	hint := "Check the network and proxy settings of this machine."
	if c.sameOrigin(u) {
		hint = fmt.Sprintf("Check the network, or set HF_ENDPOINT to the Hub to use (now %s).", c.Endpoint())
	}
	failed := cl.fail(c.redact(message), hint, err)
	if unreachable(err) && !c.reached.has(u.Host) {
		return failed
	}
	return &transient{err: failed}
}

// watchdog cancels a request from which nothing has come for too long.
type watchdog struct {
	limit  time.Duration
	timer  *time.Timer
	ctx    context.Context //nolint:containedctx // It is the request's own, kept to ask why it ended.
	cancel context.CancelCauseFunc
}

func (d *watchdog) bark()        { d.cancel(errStalled) }
func (d *watchdog) barked() bool { return errors.Is(context.Cause(d.ctx), errStalled) }
func (d *watchdog) stop()        { d.timer.Stop(); d.cancel(nil) }

// watchedBody is a response body whose reads may not stall.
type watchedBody struct {
	body io.ReadCloser
	dog  *watchdog
}

// Read implements [io.Reader].
func (b *watchedBody) Read(p []byte) (int, error) {
	b.dog.timer.Reset(b.dog.limit)
	n, err := b.body.Read(p)
	b.dog.timer.Stop()
	if err != nil && err != io.EOF && b.dog.barked() {
		err = fmt.Errorf("%w (%s)", errStalled, b.dog.limit)
	}
	return n, err
}

// Close implements [io.Closer].
func (b *watchedBody) Close() error {
	b.dog.stop()
	return b.body.Close()
}

// maxAPIBody bounds an answer of the API: a page of a listing is far below it.
const maxAPIBody = 256 << 20

// getJSON sends a call and decodes its answer into out. It returns the answer's headers.
func (c *Client) getJSON(ctx context.Context, cl call, out any) (http.Header, error) {
	var header http.Header
	err := c.do(ctx, cl, func(rep *reply) error {
		defer rep.Body.Close()
		raw, err := io.ReadAll(io.LimitReader(rep.Body, maxAPIBody+1))
		switch {
		case err != nil:
			return &transient{err: cl.fail(fmt.Sprintf("the answer of %s was cut: %v", rep.Request.URL.Host, cause(err)), "", cause(err))}
		case len(raw) > maxAPIBody:
			return cl.fail(fmt.Sprintf("the answer of %s has more than %d bytes", rep.Request.URL.Host, maxAPIBody), "", nil)
		}
		if err := json.Unmarshal(raw, out); err != nil {
			return cl.fail(fmt.Sprintf("the answer of %s is not what a Hub sends: %v", rep.Request.URL.Host, err),
				fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s).", c.Endpoint()), err)
		}
		header = rep.Header
		return nil
	})
	return header, err
}
