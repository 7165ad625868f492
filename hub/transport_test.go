package hub

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// infoAnswer answers every request as the info of the test's repository.
func infoAnswer(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintf(w, `{"id":"acme/data","sha":%q}`, testCommit)
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.HandlerFunc(infoAnswer))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	bundle := filepath.Join(dir, "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		vars    map[string]string
		says    []string // of the client's making
		refused bool     // by the client, of the server's certificate
	}{
		{name: "none", refused: true},
		{name: "Go and httpx", vars: map[string]string{"SSL_CERT_FILE": bundle}},
		{name: "folder", vars: map[string]string{"SSL_CERT_DIR": dir}},
		{name: "requests", vars: map[string]string{"REQUESTS_CA_BUNDLE": bundle}},
		{name: "curl", vars: map[string]string{"CURL_CA_BUNDLE": bundle}},
		{name: "missing", vars: map[string]string{"REQUESTS_CA_BUNDLE": dir + "/none"}, says: []string{"REQUESTS_CA_BUNDLE", "/none"}},
		{name: "empty", vars: map[string]string{"SSL_CERT_FILE": empty}, says: []string{"SSL_CERT_FILE", "no certificate"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := newClient(Options{Endpoint: srv.URL}, environmentOf(tt.vars, dir))
			if len(tt.says) > 0 {
				for _, s := range tt.says {
					if err == nil || !strings.Contains(err.Error(), s) {
						t.Errorf("err = %v does not say %q", err, s)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.CloseIdleConnections)
			_, err = c.Info(t.Context(), testRepo, "")
			if (err != nil) != tt.refused {
				t.Fatalf("err = %v", err)
			}
			if tt.refused && (!strings.Contains(err.Error(), "SSL_CERT_FILE") || Retryable(err)) {
				t.Errorf("err = %v", err)
			}
		})
	}
	if _, err := newClient(Options{Endpoint: "http://hub.local"}, environmentOf(map[string]string{"SSL_CERT_FILE": dir + "/none"}, dir)); err != nil {
		t.Errorf("certificates matter without encryption: %v", err)
	}
}

// TestCertificatesOfStorage follows a redirect from an endpoint without encryption to a storage with a certificate that the environment names.
func TestCertificatesOfStorage(t *testing.T) {
	t.Parallel()
	storage := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "content") }))
	t.Cleanup(storage.Close)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, storage.URL+"/object", http.StatusFound)
	}))
	t.Cleanup(srv.Close)
	dir := t.TempDir()
	bundle := filepath.Join(dir, "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: storage.Certificate().Raw})
	if err := os.WriteFile(bundle, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, trusted := range []bool{true, false} {
		vars := map[string]string{}
		if trusted {
			vars["SSL_CERT_FILE"] = bundle
		}
		c, err := newClient(Options{Endpoint: srv.URL}, environmentOf(vars, dir))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.CloseIdleConnections)
		content, err := c.ReadFile(t.Context(), File{Repo: testRepo, Path: "a", Size: -1}, 100)
		if (string(content) == "content" && err == nil) != trusted {
			t.Errorf("trusted: %v: %q, %v", trusted, content, err)
		}
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	var asked string
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.RequestURI + " " + r.Header.Get("Proxy-Authorization")
		infoAnswer(w, r)
	})
	address := strings.Replace(proxy.URL, "http://", "http://user:pass@", 1)
	for name, vars := range map[string]map[string]string{
		"HTTP_PROXY": {"HTTP_PROXY": address}, "http_proxy": {"http_proxy": address}, "ALL_PROXY": {"all_proxy": address},
	} {
		asked = ""
		c, err := newClient(Options{Endpoint: "http://hub.invalid"}, environmentOf(vars, "/nonexistent"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Info(t.Context(), testRepo, "")
		c.CloseIdleConnections()
		if err != nil || !strings.HasPrefix(asked, "http://hub.invalid/api/datasets/acme/data/") || !strings.HasSuffix(asked, " Basic dXNlcjpwYXNz") {
			t.Errorf("%s: asked %q, %v", name, asked, err)
		}
	}
	choose := environmentOf(map[string]string{
		"HTTPS_PROXY": "http://secure:1", "ALL_PROXY": "socks5://all:1", "NO_PROXY": "inside.example",
	}, "").proxy()
	for url, want := range map[string]string{
		"https://huggingface.co": "http://secure:1", "http://other": "socks5://all:1", "https://x.inside.example": "", "http://127.0.0.1:80": "",
	} {
		got := ""
		if u, err := choose(httptest.NewRequest(http.MethodGet, url, nil)); err != nil {
			t.Error(err)
		} else if u != nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%s goes by %q, want %q", url, got, want)
		}
	}
	bad, err := newClient(Options{Endpoint: "http://hub.invalid", Retry: Retry{Tries: -1}}, environmentOf(map[string]string{"HTTP_PROXY": "http://u:secret@x:%zz"}, ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Info(t.Context(), testRepo, ""); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "HTTP_PROXY") {
		t.Errorf("err = %v", err)
	}
}

// TestProxyRefuses asks for an encrypted host through a proxy that wants a password.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	tries := 0
	proxy := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		tries++
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	c, err := newClient(Options{Endpoint: "https://hub.invalid"}, environmentOf(map[string]string{"HTTPS_PROXY": proxy.URL}, "/nonexistent"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	if _, err := c.Info(t.Context(), testRepo, ""); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "HTTPS_PROXY") || tries != 1 {
		t.Errorf("%d tries, err = %v", tries, err)
	}
}

func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	var headers []http.Header
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		headers = append(headers, r.Header)
		infoAnswer(w, r)
	})
	c, err := newClient(Options{Endpoint: srv.URL, Token: testToken}, environmentOf(map[string]string{"HF_HUB_USER_AGENT_ORIGIN": "tests"}, ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	for range 2 {
		if _, err := c.Info(t.Context(), testRepo, ""); err != nil {
			t.Fatal(err)
		}
	}
	first := headers[0]
	if agent := first.Get("User-Agent"); !strings.HasPrefix(agent, "hfspark/") || !strings.HasSuffix(agent, "; origin/tests") {
		t.Errorf("user agent %q", agent)
	}
	if a, b := first.Get("X-Amzn-Trace-Id"), headers[1].Get("X-Amzn-Trace-Id"); len(a) != 36 || a == b {
		t.Errorf("trace ids %q and %q", a, b)
	}
	if first.Get("Authorization") != "Bearer "+testToken {
		t.Error("no token")
	}
}
