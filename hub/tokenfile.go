package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

// When a token of a login in a browser is renewed (huggingface_hub, utils/_auth.py).
const (
	refreshMargin   = 24 * time.Hour  // renew when less than this is left
	refreshInterval = 5 * time.Minute // look again this long after a failure, or when there is nothing to renew
)

// tokenFile is the active token of the token store. It follows the file: another program may log in, out, or renew the token.
// Tokens of a login in a browser are renewed before they end.
type tokenFile struct {
	store  *TokenStore
	client *Client
	turn   chan struct{} // holds one value while the fields below are used

	token   string
	stamp   fileStamp
	recheck time.Time // when the token's end is looked at again
	warned  bool
}

// fileStamp tells whether a file has changed. The zero value is a file that is not there.
type fileStamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) fileStamp {
	info, err := os.Stat(path)
	if err != nil {
		return fileStamp{}
	}
	return fileStamp{modified: info.ModTime(), size: info.Size()}
}

// read reads the file.
func (f *tokenFile) read() error {
	stamp := stampOf(f.store.active)
	token, err := f.store.readActive()
	if err != nil {
		return err
	}
	if err := checkToken(token, f.store.active); err != nil {
		return err
	}
	if token != f.token {
		f.recheck = time.Time{}
	}
	f.token, f.stamp = token, stamp
	return nil
}

// find returns the token that is good now.
func (f *tokenFile) find(ctx context.Context) (string, error) {
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() { <-f.turn }()
	if stamp := stampOf(f.store.active); stamp != f.stamp {
		if err := f.read(); err != nil {
			return "", err
		}
	}
	if now := f.client.now(); f.token != "" && !now.Before(f.recheck) {
		f.renew(ctx, now)
	}
	return f.token, nil
}

// renew exchanges a token that ends soon for another one. When that fails the old token stays: if it is no longer good, the Hub says so.
func (f *tokenFile) renew(ctx context.Context, now time.Time) {
	f.recheck = now.Add(refreshInterval)
	stored, ok := f.stored()
	end, refreshable := stored.renewal()
	if !ok || !refreshable {
		return
	}
	if due := end.Add(-refreshMargin); due.After(now) {
		f.recheck = due
		return
	}
	f.client.auth.keep(stored.get(fieldRefresh))
	token, end, err := f.exchange(ctx, now, stored.name)
	switch {
	case ctx.Err() != nil:
		f.recheck = time.Time{}
	case errors.Is(err, errGrant):
		f.recheck = now.Add(100 * 365 * 24 * time.Hour)
		f.client.log.WarnContext(ctx, "the Hugging Face token has ended and could not be renewed; log in again with `hfspark login`", "cause", err)
	case err != nil && !f.warned:
		f.warned = true
		f.client.log.WarnContext(ctx, "the Hugging Face token could not be renewed; will try again", "cause", err)
	case err == nil:
		f.token, f.stamp = token, stampOf(f.store.active)
		if due := end.Add(-refreshMargin); due.After(f.recheck) {
			f.recheck = due
		}
	}
}

// stored returns what is stored with the token.
func (f *tokenFile) stored() (iniSection, bool) {
	sections, err := f.store.read()
	if err != nil {
		return iniSection{}, false // The token itself is known; what is broken here is told when the store is listed.
	}
	for _, s := range sections {
		if cleanToken(s.get(fieldToken)) == f.token {
			return s, true
		}
	}
	return iniSection{}, false
}

// renewal returns when a token ends; ok is false when it cannot be renewed.
func (s iniSection) renewal() (end time.Time, ok bool) {
	seconds, err := strconv.ParseInt(s.get(fieldExpires), 10, 64)
	if err != nil || s.get(fieldRefresh) == "" {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

// exchange renews the token of a name while no other process does: the Hub may take each refresh token only once.
func (f *tokenFile) exchange(ctx context.Context, now time.Time, name string) (token string, end time.Time, err error) {
	err = f.store.change(ctx, func() error {
		sections, err := f.store.read()
		if err != nil {
			return err
		}
		var stored iniSection
		for _, s := range sections {
			if s.name == name {
				stored = s
			}
		}
		if current := cleanToken(stored.get(fieldToken)); current != f.token {
			// Another process was faster.
			token = f.token
			if current != "" {
				token = current
				end, _ = stored.renewal()
			}
			return checkToken(token, f.store.named)
		}
		answer, err := f.client.refresh(ctx, stored.get(fieldRefresh))
		if err != nil {
			return err
		}
		renewed := iniSection{name: name, fields: []iniField{{fieldToken, answer.AccessToken}, {fieldRefresh, stored.get(fieldRefresh)}}}
		if answer.RefreshToken != "" {
			f.client.auth.keep(answer.RefreshToken)
			renewed.fields[1].value = answer.RefreshToken
		}
		if answer.ExpiresIn > 0 {
			end = now.Add(time.Duration(answer.ExpiresIn) * time.Second)
			renewed.fields = append(renewed.fields, iniField{fieldExpires, strconv.FormatInt(end.Unix(), 10)})
		}
		token = answer.AccessToken
		for i, s := range sections {
			if s.name == name {
				sections[i] = renewed
			}
		}
		if err := f.store.write(sections); err != nil {
			return err
		}
		// Somebody may have switched to another token meanwhile.
		if active, err := f.store.readActive(); err != nil || active != f.token {
			return err
		}
		return writeSecret(f.store.active, token)
	})
	return token, end, err
}

// oauthClient is how huggingface_hub's logins are known to the Hub; HF_DEVICE_CODE_OAUTH_CLIENT_ID names another one.
const oauthClient = "26be6b09-91c5-47da-9861-d2d2bb7a7e36"

// errGrant says that a refresh token is no longer good.
var errGrant = errors.New("the login has ended")

// oauthAnswer is the answer to a request for a token.
type oauthAnswer struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresIn    int64  `json:"expires_in"`
	Error        string `json:"error"`
	Description  string `json:"error_description"`
}

// refresh asks for a new token. Secrets stay at the endpoint: redirects to elsewhere are not followed.
func (c *Client) refresh(ctx context.Context, refreshToken string) (oauthAnswer, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}, "client_id": {c.oauthClient}}
	return c.askForToken(ctx, "renew the token", []byte(form.Encode()), "application/x-www-form-urlencoded")
}

func (c *Client) askForToken(ctx context.Context, op string, body []byte, mediaType string) (oauthAnswer, error) {
	s := subject{op: op}
	u, err := c.url("/oauth/token", "")
	if err != nil {
		return oauthAnswer{}, s.fail(err.Error(), "", err)
	}
	var answer oauthAnswer
	_, err = c.getJSON(ctx, call{
		subject: s, method: http.MethodPost, url: u, kind: kindAPI, body: body, header: http.Header{"Content-Type": {mediaType}},
		redirect: followLocal, retry: retryNever, timeout: c.timeout, bare: true,
		wanted: func(rep *reply) bool {
			return rep.StatusCode == http.StatusOK || rep.StatusCode == http.StatusBadRequest
		},
	}, &answer)
	switch {
	case err != nil:
		return oauthAnswer{}, err
	case answer.AccessToken == "" && answer.Error == "invalid_grant":
		return oauthAnswer{}, s.fail(c.redact("the Hub refuses: "+answer.Error+" "+answer.Description), "", errGrant)
	case answer.AccessToken == "":
		return oauthAnswer{}, s.fail(c.redact(fmt.Sprintf("the Hub sends no token: %s %s", answer.Error, answer.Description)), "", ErrUnauthorized)
	}
	if err := checkToken(answer.AccessToken, "the Hub"); err != nil {
		return oauthAnswer{}, s.fail(err.Error(), "", ErrMalformed)
	}
	c.auth.keep(answer.AccessToken)
	return answer, nil
}
