package hub

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/http/httpguts"
)

// credentials tell the token to send, and keep what they told out of messages.
type credentials struct {
	origin   string // where the token was found, for hints
	withheld string // the endpoint that an implicit token is for, when it is not sent because the client's is another one
	// find looks for the token that is good now; nil means that it never changes.
	find func(context.Context) (string, error)

	mu      sync.Mutex
	current string
	secrets []string // all that must not be seen, the current token among them
}

// fixedToken are credentials that stay as they are; "" is no token.
func fixedToken(token, origin string) *credentials {
	a := &credentials{origin: origin}
	a.learn(token)
	return a
}

// token returns the token to send now; "" is none.
func (a *credentials) token(ctx context.Context) (string, error) {
	if a.find == nil {
		return a.known(), nil
	}
	token, err := a.find(ctx)
	if err != nil {
		return "", err
	}
	a.learn(token)
	return token, nil
}

// known returns the token that was told last.
func (a *credentials) known() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current
}

func (a *credentials) learn(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.current = token
	a.hide(token)
}

// hide notes a text that must not be seen. The caller holds the lock.
func (a *credentials) hide(secret string) {
	if secret != "" && !slices.Contains(a.secrets, secret) {
		a.secrets = append(a.secrets, secret)
	}
}

// keep notes a text that must not be seen.
func (a *credentials) keep(secret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hide(secret)
}

// redact removes every secret from a text.
func (a *credentials) redact(text string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, secret := range a.secrets {
		text = strings.ReplaceAll(text, secret, "<TOKEN>")
	}
	return text
}

// chooseToken applies the order of huggingface_hub (utils/_auth.py): what is given; the exchange of an identity that a CI service
// vouches for; the environment; the file that a login writes.
func (c *Client) chooseToken(o Options, env environment) (*credentials, error) {
	if o.Anonymous {
		return fixedToken("", ""), nil
	}
	if token := cleanToken(o.Token); token != "" {
		return fixedToken(token, "the options"), checkToken(token, "the options")
	}
	if env.flag("HF_HUB_DISABLE_IMPLICIT_TOKEN") && !o.LoggedIn {
		return fixedToken("", ""), nil
	}
	if home := o.ImplicitTokenFor; home != "" {
		u, err := parseEndpoint(home, "the options")
		if err != nil {
			return nil, err
		}
		if !c.sameOrigin(u) || u.Path != c.endpoint.Path {
			return &credentials{withheld: u.String()}, nil
		}
	}
	if env.get("HF_OIDC_RESOURCE") != "" {
		exchange := &identityExchange{client: c, env: env, turn: make(chan struct{}, 1)}
		return &credentials{origin: "HF_OIDC_RESOURCE", find: exchange.token}, nil
	}
	if token, name := env.token(); token != "" {
		return fixedToken(token, name), checkToken(token, name)
	}
	store, err := openTokenStore(env)
	if err != nil {
		return nil, err
	}
	file := &tokenFile{store: store, client: c, turn: make(chan struct{}, 1)}
	if err := file.read(); err != nil {
		return nil, err
	}
	a := &credentials{origin: store.active, find: file.find}
	a.learn(file.token)
	return a, nil
}

// checkToken refuses what cannot travel in a header.
func checkToken(token, origin string) error {
	if !httpguts.ValidHeaderFieldValue(token) || strings.ContainsAny(token, " \t") {
		return fmt.Errorf("the token from %s has characters that no token has; copy it again", origin)
	}
	return nil
}

// SameEndpoint tells whether two base URLs name the same server: scheme, host and port.
func SameEndpoint(a, b string) bool {
	u, errA := url.Parse(a)
	v, errB := url.Parse(b)
	return errA == nil && errB == nil && u.Scheme == v.Scheme && canonicalHost(u) == canonicalHost(v)
}

// EnvironmentEndpoint returns the endpoint that is used when none is given: HF_ENDPOINT, else [DefaultEndpoint].
func EnvironmentEndpoint() string {
	endpoint, _ := processEnvironment().endpoint()
	return strings.TrimRight(strings.TrimSpace(endpoint), "/")
}
