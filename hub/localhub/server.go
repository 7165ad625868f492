// Package localhub serves the dataset repositories in a folder over the Hugging Face Hub's HTTP interface, well enough that the
// real clients (huggingface_hub, datasets) read from it: for tests, demonstrations and closed networks.
package localhub

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/hub/localhub/store"
)

// DefaultLargeFile is the size in bytes from which a file counts as large.
const DefaultLargeFile = store.DefaultLargeFile

// Options configures a [Server].
type Options struct {
	// Root is the folder whose <namespace>/<name>/ folders are the repositories.
	Root string
	// Listen is the address of the Hub; "" means 127.0.0.1:0, a free port.
	Listen string
	// StorageListen is the address that large files are sent from and to; "" means a free port at the host of Listen.
	StorageListen string
	// PublicURL and PublicStorageURL are the base URLs at which clients reach the two addresses when a proxy is before them, such as
	// https://hub.example.org; "" means the host that a request names.
	PublicURL, PublicStorageURL string
	// Access is the file that tells who may read what; "" means [AccessFile] in Root, if it is there. It is read once.
	Access string
	// LargeFile is the size in bytes from which a file is in LFS and sent by a redirect; 0 means [DefaultLargeFile]. Files with
	// the extensions that the Hub puts in LFS (.parquet, .arrow, .gz and others) are so at any size.
	LargeFile int64
	// Logger is told of each request at debug level; nil discards.
	Logger *slog.Logger
	// Observe is called after each request, from its goroutine. Tests count requests and bytes with it.
	Observe func(Request)
	// Tokens are further tokens, beside those of the access file.
	Tokens []access.Token
	// Faults are failures to play from the start; [Server.Inject] adds others. FaultSeed decides which requests meet those with a
	// probability.
	Faults    []Fault
	FaultSeed uint64
	// BodyTimeout is how long a client may send nothing of a request that it has begun; 0 means 30 s.
	BodyTimeout time.Duration
	// PartSize is the size in bytes of the parts that large files are uploaded in; 0 means [DefaultPartSize]. Smaller files are
	// uploaded as a whole.
	PartSize int64
	// Latency is waited before each answer, and Bandwidth (bytes a second, all requests together) bounds the content of files and of uploads; 0 means
	// none. They make a local Hub as slow as a distant one.
	Latency   time.Duration
	Bandwidth int64
	// Quota bounds the requests in a time window, as the real Hub does; the zero value does not.
	Quota Quota
}

// Kind says which part of a Hub served a request.
type Kind string

// The kinds of requests.
const (
	KindAPI     Kind = "api"     // everything else
	KindResolve Kind = "resolve" // for a file: its content, or a redirect to the storage
	KindStorage Kind = "storage" // for the content of a large file
)

// Request is a request that has been answered.
type Request struct {
	Kind   Kind
	Method string
	Repo   string // namespace/name as asked for; "" for requests that concern none
	Path   string // of the file; for the API, of the request
	Range  string // the Range header
	User   string // whose token came with it; "" is anonymous
	Status int
	Bytes  int64 // of the answer's body, as far as it was sent
	// Received is the size in bytes of the request's body, as far as it was read.
	Received int64
	Faulty   bool // a fault was played
}

// Server is a running Hub.
type Server struct {
	url     string
	storage net.Addr
	sameIP  bool // Hub and storage listen at the same address
	// publicURL and publicStorage are those of the options, without a slash at the end.
	publicURL, publicStorage string
	// localOnly: nobody has a token, so nobody else may be let in.
	localOnly bool

	store   *store.Store
	access  *access.Policy
	log     *slog.Logger
	observe func(Request)
	faults  faults
	latency time.Duration
	// bodyIdle, partSize and largeFile are those of the options.
	bodyIdle            time.Duration
	partSize, largeFile int64
	// crossOrigin recognizes requests that web pages of other sites send.
	crossOrigin http.CrossOriginProtection
	flow        *flow
	quota       *quotas
	signer      signer

	stop        context.CancelFunc
	servers     []*http.Server
	serving     sync.WaitGroup // the two accept loops, and the one that watches the context
	connections sync.WaitGroup // each is added by an accept loop
	closing     sync.Once

	mu     sync.Mutex
	failed error // of an accept loop
}

// Start serves until ctx ends or Close is called. It returns when the Hub can be reached.
//
// It refuses to listen beyond this machine unless the access file defines tokens.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	hub, err := s.listen(ctx, o.Listen)
	if err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	if o.StorageListen == "" {
		// Where clients reach the one they reach the other.
		host, _, _ := net.SplitHostPort(o.Listen) // It is good to listen at, or empty.
		o.StorageListen = net.JoinHostPort(cmp.Or(host, "127.0.0.1"), "0")
		if o.Listen != "" && host == "" {
			o.StorageListen = ":0"
		}
	}
	storage, err := s.listen(ctx, o.StorageListen)
	if err != nil {
		return nil, errors.Join(err, hub.Close(), s.store.Close())
	}
	s.url, s.storage = "http://"+reachable(hub.Addr()), storage.Addr()
	s.sameIP = hub.Addr().(*net.TCPAddr).IP.Equal(storage.Addr().(*net.TCPAddr).IP)
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.serve(inner, hub, s.handle)
	s.serve(inner, storage, s.handleStorage)
	s.serving.Go(func() {
		select {
		case <-ctx.Done():
			s.shutdown()
		case <-inner.Done():
		}
	})
	return s, nil
}

func newServer(o Options) (*Server, error) {
	if o.LargeFile <= 0 {
		o.LargeFile = DefaultLargeFile
	}
	if o.BodyTimeout <= 0 {
		o.BodyTimeout = bodyIdle
	}
	if o.PartSize <= 0 {
		o.PartSize = DefaultPartSize
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(Request) {}
	}
	s := &Server{
		log: o.Logger, observe: o.Observe, latency: o.Latency, flow: newFlow(o.Bandwidth), quota: newQuotas(o.Quota),
		signer: signer{key: []byte(rand.Text())}, bodyIdle: o.BodyTimeout, partSize: o.PartSize, largeFile: o.LargeFile, faults: faults{seed: o.FaultSeed},
	}
	for to, from := range map[*string]string{&s.publicURL: o.PublicURL, &s.publicStorage: o.PublicStorageURL} {
		var err error
		if *to, err = baseURL(from); err != nil {
			return nil, err
		}
	}
	for _, f := range o.Faults {
		if err := s.Inject(f); err != nil {
			return nil, err
		}
	}
	secret, err := s.loadAccess(o)
	if err != nil {
		return nil, err
	}
	for _, token := range o.Tokens {
		if err := s.access.Add(token); err != nil {
			return nil, err
		}
	}
	s.localOnly = s.access.Open()
	if s.store, err = store.Open(o.Root, store.Options{Logger: o.Logger, LargeFile: o.LargeFile, Hidden: secret}); err != nil {
		return nil, err
	}
	return s, nil
}

// baseURL checks the base URL of a proxy.
func baseURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is not the base URL of a Hub: expected something like https://hub.example.org", text)
	}
	return strings.TrimSuffix(text, "/"), nil
}

// loadAccess reads the access file that the options name, or the usual one when it is there. It returns the file, which must not be
// served.
func (s *Server) loadAccess(o Options) ([]fs.FileInfo, error) {
	s.access = new(access.Policy)
	path := o.Access
	if path == "" {
		path = filepath.Join(o.Root, AccessFile)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	var err error
	if s.access, err = access.Load(path); err != nil {
		return nil, err
	}
	file, err := os.Stat(path)
	return []fs.FileInfo{file}, err
}

// listen opens a port, and closes it again if it could be reached from elsewhere and nobody has a token.
func (s *Server) listen(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen at %s: %w", address, err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() && s.localOnly {
		refused := fmt.Errorf("will not listen at %s, which other machines can reach, while everybody may read everything: "+
			"listen at 127.0.0.1, or define tokens in %s in the root folder", address, AccessFile)
		return nil, errors.Join(refused, l.Close())
	}
	return l, nil
}

// reachable is how a client on this machine writes an address to listen at.
func reachable(a net.Addr) string {
	tcp := a.(*net.TCPAddr)
	if tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return tcp.String()
}

// serve answers requests at l until the server is closed.
func (s *Server) serve(ctx context.Context, l net.Listener, handler http.HandlerFunc) {
	server := &http.Server{
		Handler:           handler,
		ConnState:         s.countConnection,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.servers = append(s.servers, server)
	s.serving.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.mu.Lock()
			s.failed = err
			s.mu.Unlock()
			s.log.Error("the Hub stopped listening", "address", l.Addr().String(), "cause", err)
		}
	})
}

// countConnection keeps count of the connections that are served, so that Close can wait for their goroutines.
func (s *Server) countConnection(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connections.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.connections.Done()
	}
}

// URL is the Hub's base URL: the value for HF_ENDPOINT.
func (s *Server) URL() string { return s.url }

// grace is how long requests under way may take to end when the server is closed.
const grace = time.Second

// shutdown stops both ports, at first gently.
func (s *Server) shutdown() {
	s.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		for _, server := range s.servers {
			if server.Shutdown(ctx) != nil {
				_ = server.Close() // It cuts what did not end in time; there is nothing else to do about it.
			}
		}
		s.stop()
	})
}

// Close stops the server and waits until nothing of it runs any more. Requests under way get a second to end.
func (s *Server) Close() error {
	s.shutdown()
	s.serving.Wait()
	s.connections.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	failed := s.failed
	s.failed = nil
	return errors.Join(failed, s.store.Close())
}
