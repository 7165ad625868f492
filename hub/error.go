package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// Error is a failed operation on the Hub. It never holds a token or the query of a signed URL.
type Error struct {
	Op        string // what was tried, such as "list"
	Repo      string // id of the repository, if one is concerned
	Revision  string
	Path      string // of a file or directory, if one is concerned
	Status    int    // HTTP status; 0 when no answer came
	Code      string // the Hub's error code, such as GatedRepo
	RequestID string // the Hub's name of the request, for its support
	Message   string // why it failed
	Hint      string // what to do about it; may be empty
	Err       error  // one of the classes of this package, or the cause
}

// Error implements error: what was tried, on what, why it failed, what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Path != "" {
		fmt.Fprintf(&b, " %s of", e.Path)
	}
	if e.Repo != "" {
		repo := RepoNamed(e.Repo)
		fmt.Fprintf(&b, " %s %s", repo.Type, repo.ID)
	}
	if e.Revision != "" {
		fmt.Fprintf(&b, " at %s", shortRevision(e.Revision))
	}
	fmt.Fprintf(&b, ": %s", e.Message)
	switch {
	case e.Status != 0 && e.RequestID != "":
		fmt.Fprintf(&b, " (status %d, request %s)", e.Status, e.RequestID)
	case e.Status != 0:
		fmt.Fprintf(&b, " (status %d)", e.Status)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, ". %s", e.Hint)
	}
	return b.String()
}

// Unwrap returns the class or cause.
func (e *Error) Unwrap() error { return e.Err }

// shortRevision cuts a commit to what people compare.
func shortRevision(revision string) string {
	if len(revision) == 40 && strings.Trim(revision, "0123456789abcdef") == "" {
		return revision[:12]
	}
	return revision
}

// subject is what an operation is about; it becomes the first part of an [Error].
type subject struct {
	op             string
	repo           Repo
	revision, path string
}

func (s subject) fail(message, hint string, err error) *Error {
	return &Error{Op: s.op, Repo: s.repo.Name(), Revision: s.revision, Path: s.path, Message: message, Hint: hint, Err: err}
}

// wrap makes an error of the caller's content, such as a file that changed, one of this operation; an [Error] stays as it is.
func (s subject) wrap(err error) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return s.fail(cause(err).Error(), "", cause(err))
}

// maxErrorBody is how much of a failed answer is read for its message.
const maxErrorBody = 64 << 10

// failure turns an answer with a failing status into an error, and closes it. url is without query in what it says.
func (c *Client) failure(s subject, rep *reply) *Error {
	messages, page := serverMessages(rep.Response)
	_ = rep.Body.Close()
	for i := range messages {
		messages[i] = c.redact(messages[i])
	}
	header := rep.Header
	e := s.fail("", "", nil)
	code := header.Get(wire.HeaderErrorCode)
	switch {
	case !c.sameOrigin(rep.Request.URL):
		e.Status = rep.StatusCode
		c.explainForeign(e, rep.Request.URL)
	case page && code == "" && rep.StatusCode < 500 && !passing(rep.StatusCode):
		e = c.webPage(s, rep)
	default:
		e.Status, e.Code = rep.StatusCode, code
		c.explain(e, s, rep.Request.URL, messages)
	}
	e.Status, e.Code, e.RequestID = rep.StatusCode, code, requestID(header)
	if len(messages) > 0 && !strings.Contains(e.Message, messages[0]) {
		e.Message += fmt.Sprintf("; the Hub says %q", strings.Join(messages, "; "))
	}
	return e
}

// explainForeign fills e for an answer of a storage server, which knows nothing of repositories.
func (c *Client) explainForeign(e *Error, u *url.URL) {
	e.Message = fmt.Sprintf("the storage server %s answered %s", u.Host, http.StatusText(e.Status))
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Err = ErrUnauthorized
		e.Hint = "The signed URL was refused: check this machine's clock, and proxies that change requests."
	default:
		e.Err = classOf(e.Status)
	}
}

// classOf returns the class that a status stands for when nothing else explains it; nil when it stands for none.
func classOf(status int) error {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusRequestedRangeNotSatisfiable, http.StatusLengthRequired:
		return ErrInvalid
	case http.StatusUnauthorized, http.StatusProxyAuthRequired:
		return ErrUnauthorized
	case http.StatusForbidden, http.StatusUnavailableForLegalReasons:
		return ErrForbidden
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return errors.ErrUnsupported
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked:
		return ErrConflict
	case http.StatusPaymentRequired, http.StatusInsufficientStorage:
		return ErrQuota
	case http.StatusTooManyRequests:
		return ErrRateLimited
	case http.StatusRequestTimeout:
		return ErrUnavailable
	}
	if status >= 500 {
		return ErrUnavailable
	}
	return nil
}

// explain fills e by the rules of huggingface_hub (utils/_http.py), in their order.
func (c *Client) explain(e *Error, s subject, u *url.URL, messages []string) {
	is := func(message string) bool {
		for _, m := range messages {
			if m == message {
				return true
			}
		}
		return false
	}
	switch {
	case e.Code == wire.CodeRevisionNotFound:
		e.Err, e.Message = ErrRevisionNotFound, fmt.Sprintf("revision %q not found", s.revision)
		e.Hint = "Give a branch, a tag or a commit of the repository."
	case e.Code == wire.CodeEntryNotFound:
		e.Err, e.Message = ErrEntryNotFound, fmt.Sprintf("no such file or directory: %q", s.path)
	case e.Code == wire.CodeGatedRepo:
		e.Err, e.Message = ErrGated, "this dataset is gated: its owners grant access to it"
		e.Hint = c.gatedHint(s.repo)
	case is(wire.MessageDisabled):
		e.Err, e.Message = ErrDisabled, "this repository has been disabled"
	case e.Code == wire.CodeRepoNotFound && (e.Status != http.StatusUnauthorized || !strings.Contains(u.Path, "/api/repos/")),
		e.Status == http.StatusUnauthorized && repositoryURL(u) && !is(wire.MessageInvalidCredentials):
		e.Err, e.Message = ErrRepositoryNotFound, fmt.Sprintf("no dataset %q at %s, or it is private", s.repo.ID, c.Endpoint())
		e.Hint = c.notFoundHint()
	case e.Status == http.StatusUnauthorized && c.token() == "":
		e.Err, e.Message = ErrUnauthorized, "the Hub asks who this is"
		e.Hint = "Log in with `hfspark login`, or set HF_TOKEN."
		if c.auth.withheld != "" {
			e.Hint = c.withheldHint()
		}
	case e.Status == http.StatusUnauthorized:
		e.Err, e.Message = ErrUnauthorized, "the Hub does not accept the token"+c.tokenOrigin()
		e.Hint = "Make a new one at " + c.Endpoint() + "/settings/tokens and give it in HF_TOKEN, or run `hf auth login`."
	case e.Status == http.StatusForbidden:
		e.Err, e.Message = ErrForbidden, "the Hub forbids this"
		e.Hint = "Check what the token" + c.tokenOrigin() + " is allowed to do at " + c.Endpoint() + "/settings/tokens."
	case e.Status == http.StatusTooManyRequests:
		e.Err, e.Message = ErrRateLimited, "the Hub's request quota is used up"
		e.Hint = "Wait some minutes"
		if c.token() == "" {
			e.Hint += ", or log in (HF_TOKEN or `hf auth login`): users have larger quotas than anonymous clients"
		}
		e.Hint += "."
	default:
		e.Err, e.Message = classOf(e.Status), fmt.Sprintf("%s answered %s", c.endpoint.Host, statusText(e.Status))
		e.Hint = c.statusHint(e.Status)
	}
}

// repositoryURL tells whether a URL is about one repository, so that a refusal to strangers may mean that it does not exist.
func repositoryURL(u *url.URL) bool {
	return strings.Contains(u.Path, "/api/datasets/") || strings.Contains(u.Path, "/resolve/")
}

// statusHint says what to do about a status that no error code explains.
func (c *Client) statusHint(status int) string {
	switch status {
	case http.StatusConflict:
		return "Another change is under way, or what is to be made exists: look, and try again."
	case http.StatusPreconditionFailed:
		return "The branch has moved on: read it again, and make the change on top of what is there now."
	case http.StatusPaymentRequired, http.StatusInsufficientStorage:
		return "See what the account's plan allows at " + c.Endpoint() + "/settings/billing, or delete what is no longer needed."
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return fmt.Sprintf("The Hub at %s does not offer this: it may be for reading only.", c.Endpoint())
	case http.StatusProxyAuthRequired:
		return "Give the proxy's user and password in HTTPS_PROXY or HTTP_PROXY."
	}
	if status >= 500 {
		return "The Hub is in trouble: try again later."
	}
	return ""
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return text
	}
	return fmt.Sprintf("status %d", status)
}

func (c *Client) gatedHint(repo Repo) string {
	page := c.Endpoint() + repo.pagePath()
	if c.auth.withheld != "" {
		return fmt.Sprintf("Ask for access at %s. %s", page, c.withheldHint())
	}
	if c.token() == "" {
		return fmt.Sprintf("Ask for access at %s, then log in: set HF_TOKEN to a token of yours, or run `hf auth login`.", page)
	}
	return fmt.Sprintf("Ask for access at %s with the account of the token%s, or log in with another one (HF_TOKEN or `hf auth login`).", page, c.tokenOrigin())
}

// withheldHint says why no token was sent although there may be one.
func (c *Client) withheldHint() string {
	return fmt.Sprintf("No token was sent: that of this machine or server is for %s alone. Give one for %s in the option token.",
		c.auth.withheld, c.Endpoint())
}

func (c *Client) notFoundHint() string {
	if c.auth.withheld != "" {
		return "Check the spelling (namespace/name). " + c.withheldHint()
	}
	if c.token() == "" {
		return "Check the spelling (namespace/name). For a private dataset log in: set HF_TOKEN, or run `hf auth login`."
	}
	return fmt.Sprintf("Check the spelling (namespace/name), and whether the token%s may see it.", c.tokenOrigin())
}

// tokenOrigin tells which token is meant, without telling the token.
func (c *Client) tokenOrigin() string {
	if c.auth.origin == "" {
		return ""
	}
	return " from " + c.auth.origin
}

// redact removes secrets from text that a server wrote.
func (c *Client) redact(text string) string { return c.auth.redact(text) }

// requestID finds the name of a request in the order huggingface_hub looks for it.
func requestID(h http.Header) string {
	for _, name := range []string{wire.HeaderRequestID, wire.HeaderTraceID, "X-Amz-Cf-Id"} {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// serverMessages returns what header and body of a failed answer say, without repetitions, and whether the body is a web page.
func serverMessages(resp *http.Response) (out []string, page bool) {
	if m := resp.Header.Get(wire.HeaderErrorMessage); m != "" {
		out = append(out, m)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return out, false // The status says enough; what the body lost is only its wording.
	}
	if isHTML(resp.Header, raw) {
		return out, true
	}
	var body wire.ErrorBody
	text := strings.TrimSpace(string(raw))
	if json.Unmarshal(raw, &body) == nil {
		for _, m := range body.Messages() {
			if len(out) == 0 || out[0] != m {
				out = append(out, m)
			}
		}
	} else if text != "" && len(text) < 500 && !strings.HasPrefix(text, "<") && (len(out) == 0 || out[0] != text) {
		out = append(out, text)
	}
	return out, false
}

// cause strips the wrapping that repeats a URL, which may be a signed one.
func cause(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err
}
