package hub

import (
	"fmt"
	"testing"
)

func TestPoolKeepsAClientForEachEndpointAndToken(t *testing.T) {
	t.Parallel()
	pool := NewPool(Options{Endpoint: "http://127.0.0.1:1"})
	get := func(endpoint, token string) *Client {
		t.Helper()
		client, err := pool.Client(endpoint, token)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	own := get("", "hf_a")
	if get("http://127.0.0.1:1", "hf_a") != own || get("http://127.0.0.1:1/", "hf_a") != own {
		t.Error("the same endpoint and token have different clients")
	}
	if get("", "hf_b") == own || get("http://127.0.0.1:2", "hf_a") == own {
		t.Error("another endpoint or token has the same client")
	}
	for i := range 2 * poolSize {
		get(fmt.Sprintf("http://127.0.0.1:%d", 100+i), "hf_c")
		if get("", "hf_a") != own {
			t.Fatal("a client in use was forgotten")
		}
	}
	if len(pool.clients) > poolSize {
		t.Errorf("the pool holds %d clients, more than %d", len(pool.clients), poolSize)
	}
	if _, err := pool.Client("ftp://example.org", ""); err == nil {
		t.Error("an address that is no Hub's is accepted")
	}
}

func TestPoolKeepsTheProcessTokenAtHome(t *testing.T) {
	t.Setenv("HF_TOKEN", "hf_mine")
	pool := NewPool(Options{Endpoint: "http://127.0.0.1:1"})
	for endpoint, want := range map[string]string{"": "hf_mine", "http://127.0.0.1:2": ""} {
		client, err := pool.Client(endpoint, "")
		if err != nil {
			t.Fatal(err)
		}
		token, err := client.auth.token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if token != want {
			t.Errorf("the token for %q is %q, want %q", endpoint, token, want)
		}
	}
}
