package hub

import (
	"context"
	"errors"
	"net/http"

	"github.com/hfspark/hfspark/hub/wire"
)

// Account is whose token the client has.
type Account struct {
	Type          string // "user", "org" or "app"
	Name          string
	FullName      string
	Email         string // "" when the token may not tell
	Pro           bool
	Organizations []string
	TokenName     string // what its owner calls the token; "" for tokens of a login in a browser
	TokenRole     string // "read", "write" or "fineGrained"; "" for others
}

// WhoAmI tells whose token the client has. The Hub answers this call seldom: its limit is far below that of others. Without a token,
// and with one that the Hub does not know, the error is [ErrUnauthorized].
func (c *Client) WhoAmI(ctx context.Context) (*Account, error) {
	s := subject{op: "look up the account of the token"}
	token, err := c.auth.token(ctx)
	if err != nil {
		return nil, err
	}
	if token == "" && !c.offline {
		return nil, s.fail("there is no token", "Log in with `hfspark login`, or set HF_TOKEN.", ErrUnauthorized)
	}
	u, err := c.url("/api/whoami-v2", "")
	if err != nil {
		return nil, s.fail(err.Error(), "", err)
	}
	var me wire.Whoami
	if _, err := c.getJSON(ctx, call{subject: s, method: http.MethodGet, url: u, kind: kindAPI}, &me); err != nil {
		return nil, err
	}
	if me.Name == "" {
		return nil, s.fail("the answer of "+u.Host+" lacks a name", "", ErrMalformed)
	}
	account := &Account{
		Type: me.Type, Name: me.Name, FullName: me.FullName, Email: me.Email, Pro: me.IsPro,
		TokenName: me.Auth.AccessToken.DisplayName, TokenRole: me.Auth.AccessToken.Role,
	}
	for _, org := range me.Orgs {
		account.Organizations = append(account.Organizations, org.Name)
	}
	return account, nil
}

// AuthCheck tells whether the token may read a repository's files or, with write, change them; nil means that it may. Errors:
// [ErrRepositoryNotFound], [ErrGated], [ErrUnauthorized] and, as a case of it, [ErrForbidden].
func (c *Client) AuthCheck(ctx context.Context, repo Repo, write bool) error {
	s, path := subject{op: "check the access to", repo: repo}, "/auth-check"
	if write {
		s.op, path = "check the right to write to", "/auth-check/write"
	}
	cl, err := c.repoCall(s, http.MethodGet, path)
	if err != nil {
		return err
	}
	cl.retry = retryAlways
	_, err = c.getJSON(ctx, cl, nil)
	return err
}

// repoCall prepares a call to a path below a repository's API that changes something.
func (c *Client) repoCall(s subject, method, path string) (call, error) {
	if err := s.repo.check(s); err != nil {
		return call{}, err
	}
	u, err := c.url(s.repo.apiPath()+path, "")
	if err != nil {
		return call{}, s.fail(err.Error(), "", err)
	}
	return call{subject: s, method: method, url: u, kind: kindAPI, retry: retryRefused}, nil
}

// asExists makes a conflict the one of something that exists.
func asExists(err error, message string) error {
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusConflict {
		e.Err, e.Hint = ErrExists, ""
		if message != "" {
			e.Message = message
		}
	}
	return err
}
