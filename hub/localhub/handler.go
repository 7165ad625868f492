package localhub

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// exchange is a request under way.
type exchange struct {
	server *Server
	w      *recorder
	r      *http.Request
	route  route
	user   string // who sends it; "" is anonymous
	who    access.Identity
	fault  *Fault // to play while answering; nil for none

	received int64 // bytes of the body

	// Of requests that concern a repository:
	repo *store.Repository
	rule access.Rule
}

// handle answers a request to the Hub's port.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	e := s.exchange(w, r)
	e.route = parseRoute(r.URL.EscapedPath())
	e.answer(e.asRequest(), e.hub)
}

func (s *Server) exchange(w http.ResponseWriter, r *http.Request) *exchange {
	rec := &recorder{ResponseWriter: w, method: r.Method}
	rec.Header().Set(wire.HeaderRequestID, "Root=1-"+uuid.NewString())
	rec.Header().Set("X-Content-Type-Options", "nosniff")
	return &exchange{server: s, w: rec, r: r}
}

// asRequest is what the request is called in observations and faults.
func (e *exchange) asRequest() Request {
	q := Request{Kind: KindAPI, Method: e.r.Method, Repo: e.route.repo, Path: e.r.URL.Path, Range: e.r.Header.Get("Range")}
	if e.route.kind == routeResolve || e.route.kind == routeRaw {
		q.Kind, q.Path = KindResolve, e.route.path
	}
	return q
}

// answer has respond answer, with the faults, delays and quotas of the options, and tells the observer.
func (e *exchange) answer(q Request, respond func() error) {
	s := e.server
	begin := time.Now()
	defer func() {
		q.Status, q.Bytes, q.Received, q.User = e.w.status, e.w.bytes, e.received, e.user
		s.observe(q)
		s.log.Debug("request", "kind", q.Kind, "method", q.Method, "repo", q.Repo, "path", q.Path, "range", q.Range,
			"status", q.Status, "bytes", q.Bytes, "received", q.Received, "took", time.Since(begin))
	}()
	e.fault = s.faults.take(q)
	q.Faulty = e.fault != nil
	if !wait(e.r.Context(), s.latency+e.fault.delay()) {
		panic(http.ErrAbortHandler) // The client has gone, or the server is closing: an empty answer would look like one.
	}
	if e.fault.fails() {
		e.drain()
		e.fault.send(e.w)
		return
	}
	if e.fault.loses() {
		e.w.ResponseWriter = nowhere{e.w.ResponseWriter}
		defer panic(http.ErrAbortHandler)
	}
	if s.localOnly && !localName(hostname(e.r.Host)) {
		(&failure{status: http.StatusMisdirectedRequest, message: fmt.Sprintf("This Hub serves this machine only, not %q: use 127.0.0.1 or localhost", e.r.Host)}).send(e.w)
		return
	}
	if refused := s.quota.admit(e.w.Header(), q.Kind, e.r, s.known(e.r)); refused != nil {
		e.drain()
		refused.send(e.w)
		return
	}
	if err := s.crossOrigin.Check(e.r); err != nil {
		// A web page that makes a browser send this knows no token, but needs none on a Hub that has none.
		(&failure{status: http.StatusForbidden, message: "This Hub takes no changes from web pages of other sites: " + err.Error()}).send(e.w)
		return
	}
	err := respond()
	if err == nil {
		return
	}
	var known *failure
	if !errors.As(err, &known) {
		if e.r.Context().Err() != nil {
			panic(http.ErrAbortHandler) // As above.
		}
		s.log.Error("cannot answer a request", "method", q.Method, "repo", q.Repo, "path", q.Path, "cause", err)
		known = &failure{status: http.StatusInternalServerError, message: "Internal error: see the Hub's log"}
	}
	e.drain()
	known.send(e.w)
}

// localName tells whether a host name means this machine whoever resolves it. A Hub that lets everybody on this machine read
// everything answers to such names only: a web page could give its own name this machine's address, and read it in a browser.
func localName(name string) bool {
	return net.ParseIP(name) != nil || strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost")
}

// hub finds out who asks for what, and answers.
func (e *exchange) hub() error {
	var err error
	if e.who, err = e.server.access.Identify(e.r.Header.Get("Authorization"), time.Now()); err != nil {
		return unauthorized(err)
	}
	e.user = e.who.User
	if e.route.repo != "" {
		if err := e.enter(); err != nil {
			return err
		}
	}
	return e.dispatch()
}

// enter finds the repository, and turns away who may not know of it.
func (e *exchange) enter() error {
	repo, err := e.server.store.Repository(e.route.repo)
	if errors.Is(err, store.ErrNotFound) {
		return e.moved()
	}
	if err != nil {
		return err
	}
	rule, err := e.server.rule(repo)
	if err != nil {
		return err
	}
	if !rule.Sees(e.user) {
		return repoNotFound(e.user)
	}
	e.repo, e.rule = repo, rule
	if e.rule.Disabled {
		return &failure{status: http.StatusForbidden, message: wire.MessageDisabled}
	}
	return nil
}

// moved sends who asks for a repository that was given another name to it, if they may know of it.
func (e *exchange) moved() error {
	to, ok := e.server.store.MovedTo(e.route.repo)
	if !ok {
		return repoNotFound(e.user)
	}
	repo, err := e.server.store.Repository(to)
	if errors.Is(err, store.ErrNotFound) {
		return repoNotFound(e.user)
	}
	if err != nil {
		return err
	}
	rule, err := e.server.rule(repo)
	if err != nil {
		return err
	}
	path, found := e.r.URL.EscapedPath(), "/"+e.route.repo
	if !rule.Sees(e.user) || !strings.Contains(path, found) {
		return repoNotFound(e.user)
	}
	// The address is relative: clients that ask for a file's metadata follow no other.
	e.w.Header().Set("Location", strings.Replace(path, found, "/"+to, 1)+strings.TrimSuffix("?"+e.r.URL.RawQuery, "?"))
	return &failure{status: http.StatusTemporaryRedirect, message: "The repository is called " + to + " now"}
}

// snapshot returns what the repository holds at the revision of the request.
func (e *exchange) snapshot() (*store.Snapshot, error) {
	sha, err := e.tip()
	if err != nil {
		return nil, err
	}
	return e.repo.Snapshot(sha)
}

// tip returns the commit that the revision of the request names.
func (e *exchange) tip() (string, error) {
	sha, err := e.repo.Resolve(e.route.revision)
	switch {
	case errors.Is(err, store.ErrRevision):
		return "", revisionNotFound(e.route.revision)
	case errors.Is(err, store.ErrNotFound):
		return "", repoNotFound(e.user) // A folder that was removed just now.
	}
	return sha, err
}

// address is the base URL under which the client reached this Hub.
func (e *exchange) address() string {
	if e.server.publicURL != "" {
		return e.server.publicURL
	}
	return "http://" + e.r.Host
}
