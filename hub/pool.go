package hub

import (
	"slices"
	"strings"
	"sync"
)

// poolSize is how many clients a Pool remembers.
const poolSize = 32

// Pool keeps one client for each endpoint and token that it is asked for, so that all who talk to a Hub in one name share connections, waits
// for the rate limit and tokens made on the way. It is safe for concurrent use.
type Pool struct {
	options Options

	mu      sync.Mutex
	clients []pooled // the one used last comes last
}

type pooled struct {
	endpoint, token string
	client          *Client
}

// NewPool makes a pool for a process whose own Hub is options.Endpoint; "" means HF_ENDPOINT, else the public one. A token of the process that
// is not named in a call (HF_TOKEN, or that of a login) is sent there and nowhere else. options.Token is not used.
func NewPool(options Options) *Pool {
	if options.Endpoint == "" {
		options.Endpoint = EnvironmentEndpoint()
	}
	options.ImplicitTokenFor = options.Endpoint
	return &Pool{options: options}
}

// Client is the client of an endpoint and a token. "" means the process's own Hub and what huggingface_hub would use as its token. Of very many
// pairs those not asked for lately are forgotten: their next client is a new one.
func (p *Pool) Client(endpoint, token string) (*Client, error) {
	if endpoint == "" {
		endpoint = p.options.Endpoint
	}
	endpoint = strings.TrimRight(strings.TrimSpace(endpoint), "/")
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.clients, func(c pooled) bool {
		return c.token == token && c.endpoint == endpoint
	})
	if i >= 0 {
		found := p.clients[i]
		p.clients = append(slices.Delete(p.clients, i, i+1), found)
		return found.client, nil
	}
	options := p.options
	options.Endpoint, options.Token = endpoint, token
	client, err := New(options)
	if err != nil {
		return nil, err
	}
	if len(p.clients) == poolSize {
		p.clients = slices.Delete(p.clients, 0, 1)
	}
	p.clients = append(p.clients, pooled{endpoint, token, client})
	return client, nil
}
