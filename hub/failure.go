package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// class is a sentinel. A finer one belongs to a coarser one.
type class struct {
	text   string
	parent error
}

// Error implements error.
func (c *class) Error() string { return c.text }

// Unwrap returns the coarser class, or nil.
func (c *class) Unwrap() error { return c.parent }

// Classes of failures, to be tested with [errors.Is].
var (
	// ErrNotFound is the class of the errors below whose names end in NotFound, and of other things that the Hub does not have.
	ErrNotFound error = &class{text: "not found"}
	// ErrRepositoryNotFound: no such repository, or a private one that the token may not see. The Hub does not tell which.
	ErrRepositoryNotFound error = &class{"repository not found", ErrNotFound}
	// ErrRevisionNotFound: no such branch, tag, ref or commit.
	ErrRevisionNotFound error = &class{"revision not found", ErrNotFound}
	// ErrEntryNotFound: no such file or directory at the revision.
	ErrEntryNotFound error = &class{"file not found", ErrNotFound}

	// ErrUnauthorized: the token is not valid, is missing, or (then also [ErrForbidden]) has not the right to do this.
	ErrUnauthorized error = &class{text: "not authorized"}
	// ErrForbidden: the Hub knows who asks, but the token may not do this, such as write with a token for reading.
	ErrForbidden error = &class{"forbidden", ErrUnauthorized}
	// ErrGated: the repository exists, but its files are only for users who asked for access.
	ErrGated error = &class{text: "the repository is gated"}
	// ErrDisabled: the Hub's staff has disabled the repository.
	ErrDisabled error = &class{text: "repository is disabled"}

	// ErrConflict: the Hub is in another state than the request assumes: the branch has moved on (412), or another change is under
	// way (409). Look at the new state and make the request anew.
	ErrConflict error = &class{text: "conflict"}
	// ErrExists: what is to be created exists.
	ErrExists error = &class{"exists already", ErrConflict}
	// ErrInvalid: the request cannot be done as it stands: a name that the Hub does not take, too much at once, contradictions.
	ErrInvalid error = &class{text: "invalid"}
	// ErrQuota: the account's storage or plan does not allow this.
	ErrQuota error = &class{text: "over quota"}
	// ErrRateLimited: the Hub's request quota is used up, and waiting for the next window did not help or would take too long.
	ErrRateLimited error = &class{text: "rate limited"}
	// ErrUnavailable: no answer, half of one, or one that says that the server is at fault. It may pass.
	ErrUnavailable error = &class{text: "unavailable"}
	// ErrOffline: HF_HUB_OFFLINE forbids requests.
	ErrOffline error = &class{text: "offline mode is on"}
	// ErrChanged: a file is not what it was when it was listed or when reading began.
	ErrChanged error = &class{text: "file has changed"}

	// ErrMalformed: the answer is not what the Hub's protocol has there.
	ErrMalformed error = &class{text: "malformed answer"}
	// ErrNotHub: a web page answers where a Hub should: a wrong endpoint, a proxy, the login page of a network.
	ErrNotHub error = &class{"not a Hub", ErrMalformed}
	// ErrRedirect: redirects that go round, lead nowhere, or leave encryption.
	ErrRedirect error = &class{"bad redirect", ErrMalformed}
)

// Retryable tells whether the same call may succeed when it is made again later, with nothing changed. This package has tried
// several times before it returns such an error.
func Retryable(err error) bool {
	var e *Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, ErrOffline), errors.Is(err, ErrExists):
		return false
	case errors.Is(err, ErrRateLimited), errors.Is(err, ErrUnavailable):
		return true
	}
	return errors.As(err, &e) && e.Status == http.StatusConflict // Another change is under way, and ends.
}

// unavailable gives a cause the class [ErrUnavailable].
func unavailable(cause error) error { return fmt.Errorf("%w: %w", ErrUnavailable, cause) }

// AccessProblem tells whether another token, more rights for it, or access to a gated repository may mend err. A repository that is
// not found counts: private ones look like that.
func AccessProblem(err error) bool {
	return errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrGated) || (errors.Is(err, ErrRepositoryNotFound) && !errors.Is(err, ErrInvalid))
}
