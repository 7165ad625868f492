package hub

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// defaultTransport keeps enough idle connections for parallel ranges of one host. It speaks HTTP/1.1, so that parallel ranges have a
// connection each rather than one for all: a lost packet then delays one of them, and their windows add up.
//
// Proxies are those of HTTP_PROXY, HTTPS_PROXY and NO_PROXY in either case, as Go programs have them, and of ALL_PROXY, as Python's
// clients have it. Certificates are the system's and those of [environment.certificates]. Where the endpoint is not secure they are read
// when something else is, such as the storage that it redirects to: a bundle takes longer to read than a small file to fetch.
func defaultTransport(env environment, secure bool) (http.RoundTripper, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	t.ForceAttemptHTTP2 = false
	t.ReadBufferSize = 64 << 10
	t.WriteBufferSize = 64 << 10
	t.MaxIdleConns = 256
	t.MaxIdleConnsPerHost = 64
	t.IdleConnTimeout = 30 * time.Second
	t.Proxy = env.proxy()
	if !secure {
		return &plainTransport{Transport: t, env: env}, nil
	}
	pool, err := env.certificates()
	if err != nil {
		return nil, err
	}
	trustPool(t, pool)
	return t, nil
}

func trustPool(t *http.Transport, pool *x509.CertPool) {
	if pool != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
}

// plainTransport is for an endpoint without encryption. What else is asked on its behalf may have some.
type plainTransport struct {
	*http.Transport
	env environment

	mu     sync.Mutex
	secure *http.Transport // nil before it is needed
}

// RoundTrip implements [http.RoundTripper].
func (t *plainTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return t.Transport.RoundTrip(r)
	}
	return t.encrypted().RoundTrip(r)
}

func (t *plainTransport) encrypted() *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.secure == nil {
		t.secure = t.Clone()
		// Certificates that cannot be read are missed when a server has one of theirs, and not before.
		if pool, err := t.env.certificates(); err == nil {
			trustPool(t.secure, pool)
		}
	}
	return t.secure
}

// CloseIdleConnections closes what is open and not in use.
func (t *plainTransport) CloseIdleConnections() {
	t.Transport.CloseIdleConnections()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.secure != nil {
		t.secure.CloseIdleConnections()
	}
}

// errProxy stands for a proxy setting that is no URL; the setting itself may hold a password.
var errProxy = errors.New("the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is not a URL such as http://proxy:3128")

// proxy chooses the proxy for a URL.
func (e environment) proxy() func(*http.Request) (*url.URL, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if value := e.get(name); value != "" {
				return value
			}
		}
		return ""
	}
	config := httpproxy.Config{
		HTTPProxy:  first("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"),
		HTTPSProxy: first("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
		NoProxy:    first("NO_PROXY", "no_proxy"),
	}
	// httpproxy goes without a proxy that it cannot read; where there must be one, that ends in a misleading failure.
	bad := map[string]bool{"http": !proxyURL(config.HTTPProxy), "https": !proxyURL(config.HTTPSProxy)}
	if bad["http"] {
		config.HTTPProxy = "http://proxy.invalid"
	}
	if bad["https"] {
		config.HTTPSProxy = "http://proxy.invalid"
	}
	choose := config.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		u, err := choose(r.URL)
		if err != nil || (u != nil && bad[r.URL.Scheme]) {
			return nil, errProxy
		}
		return u, nil
	}
}

// proxyURL tells whether a setting is empty or names a proxy, as a URL or as host and port.
func proxyURL(setting string) bool {
	if setting == "" {
		return true
	}
	if u, err := url.Parse(setting); err == nil && u.Scheme != "" && u.Host != "" {
		return true
	}
	u, err := url.Parse("http://" + setting)
	return err == nil && u.Host != ""
}

// refusedByProxy tells whether a proxy asks who this is. The transport has no other sign of it than the text of the status.
func refusedByProxy(err error) bool {
	return err != nil && strings.HasSuffix(err.Error(), http.StatusText(http.StatusProxyAuthRequired))
}

// certificateVariables name files or folders with certificates in PEM. The first two are Go's and httpx's and, on Unix, stand instead
// of the system's certificates, as for any Go program. The others are those of requests and curl, which many networks set for Python.
var certificateVariables = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}

// certificates returns the certificates to trust; nil means the system's alone.
func (e environment) certificates() (*x509.CertPool, error) {
	var pool *x509.CertPool
	done := make(map[string]bool) // Several variables may name the same bundle.
	for _, name := range certificateVariables {
		path := e.get(name)
		if path == "" {
			continue
		}
		if pool == nil {
			var err error
			if pool, err = x509.SystemCertPool(); err != nil {
				pool = x509.NewCertPool()
			}
		}
		for _, path := range filepath.SplitList(path) {
			if done[path] {
				continue
			}
			done[path] = true
			if err := trust(pool, path); err != nil {
				return nil, fmt.Errorf("read the certificates that %s names: %w", name, err)
			}
		}
	}
	return pool, nil
}

// trust adds the certificates of a file, or of the files in a folder.
func trust(pool *x509.CertPool, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !pool.AppendCertsFromPEM(content) {
			return fmt.Errorf("%s holds no certificate in PEM", path)
		}
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(path, entry.Name()))
		if err != nil {
			continue // Such folders hold links to what is gone, and folders.
		}
		pool.AppendCertsFromPEM(content)
	}
	return nil
}
