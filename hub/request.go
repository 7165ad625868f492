package hub

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
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
	stream   *stream // instead of body, for content that is not held in memory
	kind     requestKind
	redirect redirectPolicy
	retry    retryRule
	timeout  time.Duration     // how long the server may be silent; 0 means what is usual for kind
	bare     bool              // no token, even at the endpoint: the URL says it all (signed uploads)
	wanted   func(*reply) bool // answers that accept deals with; nil means those with a status below 400
	trace    string            // this try's name in the Hub's logs
}

// traceID makes a random UUID.
func traceID() string {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(b[8:], rand.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// stream is a request body that is read while it is sent.
type stream struct {
	// open is called for each try, and for a redirect; the body of the try before may still be read for a moment. Its errors, and
	// those of reading, end the call and keep their type.
	open   func() (io.ReadCloser, error)
	length int64 // bytes; -1 when unknown, which few storage servers accept
}

// reply is an answer after redirects.
type reply struct {
	*http.Response
	// hub holds the headers of the last answer that came from the endpoint: it alone knows commit and content hash.
	hub http.Header
	// kind is that of the request that was answered last.
	kind requestKind
}

// do sends a call until accept takes an answer or a failure is final. accept may return a *transient to have the call repeated; it
// closes the body unless it keeps it. Every error is an *Error.
func (c *Client) do(ctx context.Context, cl call, accept func(*reply) error) error {
	if c.offline {
		return cl.fail("offline mode is on (HF_HUB_OFFLINE), so nothing was sent to "+cl.url.Host, "Unset HF_HUB_OFFLINE to allow requests.", ErrOffline)
	}
	for attempt := 0; ; attempt++ {
		cl.trace = traceID()
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
		c.log.DebugContext(ctx, "sending a request to the Hub again", "op", cl.op, "host", cl.url.Host, "try", attempt+2, "wait", wait, "trace", cl.trace, "cause", again.err)
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
	if rep.StatusCode == http.StatusTooManyRequests && wait > 0 {
		// What else is under way would be refused as well.
		c.limits.of(rep.Request.URL.Host, rep.kind).hold(wait)
	}
	failed := c.failure(cl.subject, rep)
	if cl.retry.afterStatus(failed.Status) {
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
			c.warn(ctx, resp.Header)
		}
		next, err := redirectTarget(resp)
		switch {
		case err != nil:
			_ = resp.Body.Close()
			return nil, cl.fail(err.Error(), "", ErrRedirect)
		case next == nil, cl.redirect == followLocal && !c.sameOrigin(next):
			return &reply{Response: resp, hub: fromHub, kind: kind}, nil
		}
		drain(resp.Body)
		u = next
		if !c.sameOrigin(u) {
			kind = kindStorage
		}
	}
	return nil, cl.fail(fmt.Sprintf("%s redirects in circles: more than %d redirects", cl.url.Host, maxHops),
		fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s), and proxies on the way.", c.Endpoint()), ErrRedirect)
}

// maxDrained is how much of an unwanted body is read so that its connection can be used again.
const maxDrained = 16 << 10

// drain ends an answer whose body does not matter.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, maxDrained) // When it fails the connection is closed, no more.
	_ = body.Close()
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
	timeout := cl.timeout
	if timeout == 0 {
		timeout = c.timeout
		if kind == kindAPI || cl.stream != nil {
			timeout = max(timeout, minAPITimeout)
		}
	}
	watched, cancel := context.WithCancelCause(ctx)
	dog := newWatchdog(watched, cancel, timeout)
	req, sent, err := c.request(watched, cl, u, dog)
	if err != nil {
		dog.stop()
		return nil, err
	}
	c.stats.requests[kind].Add(1)
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		stalled := dog.barked()
		dog.stop()
		if broken := sent.failure(); broken != nil && ctx.Err() == nil {
			return nil, cl.wrap(broken)
		}
		return nil, c.unanswered(cl, u, err, stalled, timeout)
	}
	dog.rest()
	c.reached.add(u.Host)
	resp.Body = &watchedBody{body: resp.Body, dog: dog}
	return resp, nil
}

// request makes the request of a call to u. The body that is sent tells of its own failures.
func (c *Client) request(ctx context.Context, cl call, u *url.URL, dog *watchdog) (*http.Request, *sentBody, error) {
	req, err := http.NewRequestWithContext(ctx, cl.method, u.String(), bytes.NewReader(cl.body))
	if err != nil {
		return nil, nil, cl.fail("cannot make a request of it", "", cause(err))
	}
	sent := &sentBody{dog: dog}
	if cl.stream != nil {
		if err := sent.attach(req, cl.stream); err != nil {
			return nil, nil, cl.wrap(err)
		}
	}
	for name, values := range cl.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", c.userAgent)
	if c.sameOrigin(u) {
		req.Header.Set(wire.HeaderTraceID, cl.trace)
	}
	if !cl.bare && c.sameOrigin(u) {
		if err := c.authorize(ctx, req); err != nil {
			if sent.body != nil {
				_ = sent.Close()
			}
			return nil, nil, err
		}
	}
	return req, sent, nil
}

// authorize adds the token.
func (c *Client) authorize(ctx context.Context, req *http.Request) error {
	token, err := c.auth.token(ctx)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return err
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
	switch {
	case untrusted(err):
		hint = "If a proxy of this network signs in the server's place, name the file with its certificates in SSL_CERT_FILE."
	case refusedByProxy(err):
		return cl.fail(c.redact(message), "Give the proxy's user and password in HTTPS_PROXY, as http://user:password@proxy:3128.", ErrUnauthorized)
	default:
		err = unavailable(err)
	}
	failed := cl.fail(c.redact(message), hint, err)
	if (unreachable(err) && !c.reached.has(u.Host)) || !cl.retry.afterFailure(err) {
		return failed
	}
	return &transient{err: failed}
}
