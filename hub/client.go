// Package hub is a client of the Hugging Face Hub for dataset repositories. It reads: which commit a revision is, which files it holds,
// any range of their bytes. It writes: contents, commits, repositories, branches, tags and pull requests. It finds endpoint, token and
// cache where the Python library huggingface_hub finds them.
package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/hfspark/hfspark/hub/cache"
	"github.com/hfspark/hfspark/internal/version"
)

// Options configures a [Client]. The zero value does what huggingface_hub does.
type Options struct {
	// Endpoint is the base URL of the Hub; "" means HF_ENDPOINT, else [DefaultEndpoint].
	Endpoint string
	// Token is sent to the endpoint and to no other host; "" means what huggingface_hub would find: HF_TOKEN, else the file that
	// `hf auth login` and `hfspark login` write, and other sources of its order.
	Token string
	// ImplicitTokenFor is the only endpoint that a token is sent to which is not given in Token; "" is any. A server that connects to
	// endpoints its clients choose sets it to its own, lest they get to know its token.
	ImplicitTokenFor string
	// Anonymous sends no token at all.
	Anonymous bool
	// LoggedIn asks for the token of the environment or of a login even where HF_HUB_DISABLE_IMPLICIT_TOKEN keeps it from being sent
	// unasked.
	LoggedIn bool
	// Transport carries the requests; nil means one of the client's own, with bounded waits and proxies from the environment.
	Transport http.RoundTripper
	// UserAgent is sent with each request; "" means hfspark's name and version.
	UserAgent string
	// Retry is the policy for failures that may pass.
	Retry Retry
	// Logger is told of retries (debug), of waits for the rate limit (info), and of what the Hub warns of (warn); nil discards.
	Logger *slog.Logger
	// Observe is called with each piece of file content that arrives, from the goroutine that reads it. It must be cheap.
	Observe func(Transfer)
}

// String describes the options without the token.
func (o Options) String() string { return fmt.Sprintf("hub.Options{Endpoint: %q}", o.Endpoint) }

// GoString describes the options without the token.
func (o Options) GoString() string { return o.String() }

// Transfer is a piece of a file's content that has arrived.
type Transfer struct {
	File  File
	Bytes int64
}

// Client talks to one Hub. It is safe for concurrent use, holds no goroutines, and needs no closing.
type Client struct {
	endpoint    *url.URL
	auth        *credentials // a pointer, so that printing a Client cannot print the token
	oauthClient string
	offline     bool
	userAgent   string
	transport   http.RoundTripper
	retry       Retry
	timeout     time.Duration
	log         *slog.Logger
	observe     func(Transfer)
	openCache   func(dir string) (*cache.Cache, error)

	limits    *limiters
	reached   hostSet // hosts that have answered before
	redirects *redirectCache
	silent    atomic.Bool // listings do not tell their commit
	stats     counters
	warnings  warnings

	now   func() time.Time
	sleep func(context.Context, time.Duration) error
}

// New makes a client. It sends nothing. It fails when the endpoint is no URL or when the stored token cannot be read.
func New(o Options) (*Client, error) { return newClient(o, processEnvironment()) }

func newClient(o Options, env environment) (*Client, error) {
	base, origin := o.Endpoint, "the options"
	if base == "" {
		base, origin = env.endpoint()
	}
	endpoint, err := parseEndpoint(base, origin)
	if err != nil {
		return nil, err
	}
	timeout, err := env.timeout()
	if err != nil {
		return nil, err
	}
	c := &Client{
		endpoint:    endpoint,
		oauthClient: env.oauthClient(),
		offline:     env.offline(),
		openCache:   env.openCache,
		userAgent:   o.UserAgent,
		transport:   o.Transport,
		retry:       o.Retry.withDefaults(),
		timeout:     timeout,
		log:         o.Logger,
		observe:     o.Observe,
		limits:      &limiters{now: time.Now},
		redirects:   newRedirectCache(maxRedirects),
		now:         time.Now,
		sleep:       sleep,
	}
	if c.userAgent == "" {
		c.userAgent = env.userAgent()
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.observe == nil {
		c.observe = func(Transfer) {}
	}
	if c.transport == nil {
		if c.transport, err = defaultTransport(env, endpoint.Scheme == "https"); err != nil {
			return nil, err
		}
	}
	if c.auth, err = c.chooseToken(o, env); err != nil {
		return nil, err
	}
	return c, nil
}

// Endpoint returns the base URL of the Hub, without a trailing slash.
func (c *Client) Endpoint() string { return c.endpoint.String() }

// token returns the token that was sent last, or that will be sent first; "" is none.
func (c *Client) token() string { return c.auth.known() }

// sameOrigin tells whether the token may be sent to u: scheme, host and port are those of the endpoint.
func (c *Client) sameOrigin(u *url.URL) bool {
	return u.Scheme == c.endpoint.Scheme && canonicalHost(u) == canonicalHost(c.endpoint)
}

func canonicalHost(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

// url makes a URL of the endpoint from an escaped path and a query, either of which may be empty.
func (c *Client) url(path, query string) (*url.URL, error) {
	text := c.Endpoint() + path
	if query != "" {
		text += "?" + query
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("cannot make a URL of it")
	}
	return u, nil
}

// local rewrites a URL of the public Hub to the endpoint: mirrors pass on answers that name it (huggingface_hub, utils/_http.py).
func (c *Client) local(link string) string {
	for _, public := range []string{DefaultEndpoint, stagingEndpoint} {
		if rest, found := strings.CutPrefix(link, public); found && (rest == "" || rest[0] == '/' || rest[0] == '?') {
			return c.Endpoint() + rest
		}
	}
	return link
}

// userAgent names the program and, as for huggingface_hub, where it runs.
func (e environment) userAgent() string {
	agent := fmt.Sprintf("hfspark/%s; go/%s", version.String(), strings.TrimPrefix(runtime.Version(), "go"))
	if origin := strings.TrimSpace(e.get("HF_HUB_USER_AGENT_ORIGIN")); origin != "" && httpguts.ValidHeaderFieldValue(origin) {
		agent += "; origin/" + origin
	}
	return agent
}

// CloseIdleConnections closes connections that are kept for reuse.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}
