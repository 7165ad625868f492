package hub

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// identityExchange gets tokens for programs that a CI service vouches for ("trusted publishers" of the Hub): the identity token of
// HF_OIDC_ID_TOKEN, or one that GitHub Actions makes, is exchanged for a token of the Hub that is good for an hour or so.
// HF_OIDC_RESOURCE, the repository or user that the token is for, turns it on. A failure is an error: whoever sets it wants it.
type identityExchange struct {
	client *Client
	env    environment
	turn   chan struct{} // holds one value while the fields below are used

	current string
	until   time.Time
}

// identityMargin is how long before its end a token is exchanged anew.
const identityMargin = 5 * time.Minute

// identityLifetime is how long a token is taken to be good when the Hub does not tell.
const identityLifetime = time.Hour

// token returns the token that is good now.
func (x *identityExchange) token(ctx context.Context) (string, error) {
	select {
	case x.turn <- struct{}{}:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() { <-x.turn }()
	now := x.client.now()
	if x.current != "" && now.Before(x.until) {
		return x.current, nil
	}
	identity, margin := x.env.get("HF_OIDC_ID_TOKEN"), time.Duration(0)
	if identity == "" {
		var err error
		if identity, err = x.fromGitHub(ctx); err != nil {
			return "", err
		}
		margin = identityMargin
	}
	x.client.auth.keep(identity)
	body, err := json.Marshal(map[string]string{
		"grant_type":         "urn:ietf:params:oauth:grant-type:token-exchange",
		"subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
		"subject_token":      identity,
		"resource":           x.env.get("HF_OIDC_RESOURCE"),
	})
	if err != nil {
		return "", err
	}
	answer, err := x.client.askForToken(ctx, "exchange the identity token (HF_OIDC_RESOURCE)", body, "application/json")
	if err != nil {
		return "", err
	}
	lifetime := identityLifetime
	if answer.ExpiresIn > 0 {
		lifetime = time.Duration(answer.ExpiresIn) * time.Second
	}
	x.current, x.until = answer.AccessToken, now.Add(max(0, lifetime-margin))
	return x.current, nil
}

// fromGitHub asks GitHub Actions for an identity token that is good at the endpoint.
func (x *identityExchange) fromGitHub(ctx context.Context) (string, error) {
	s := subject{op: "get an identity token (HF_OIDC_RESOURCE)"}
	if x.env.get("GITHUB_ACTIONS") != "true" {
		return "", s.fail("this is not GitHub Actions, and HF_OIDC_ID_TOKEN is not set",
			"Set HF_OIDC_ID_TOKEN to the identity token that the CI service makes, or unset HF_OIDC_RESOURCE.", ErrUnauthorized)
	}
	address, secret := x.env.get("ACTIONS_ID_TOKEN_REQUEST_URL"), x.env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || secret == "" {
		return "", s.fail("GitHub Actions offers none to this job", "Give the job `permissions: id-token: write`.", ErrUnauthorized)
	}
	x.client.auth.keep(secret)
	query := u.Query()
	query.Set("audience", x.client.Endpoint())
	u.RawQuery = query.Encode()
	var answer struct {
		Value string `json:"value"`
	}
	_, err = x.client.getJSON(ctx, call{
		subject: s, method: http.MethodGet, url: u, kind: kindStorage, bare: true, redirect: followLocal, timeout: x.client.timeout,
		header: http.Header{"Authorization": {"Bearer " + secret}},
	}, &answer)
	if err != nil {
		return "", err
	}
	if answer.Value == "" {
		return "", s.fail("the answer of "+u.Host+" holds none", "", ErrMalformed)
	}
	return answer.Value, nil
}
