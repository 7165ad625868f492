package source

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// tokensSent is a server that refuses everything and notes the tokens it gets.
type tokensSent struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
}

func startTokensSent(t *testing.T) *tokensSent {
	t.Helper()
	s := &tokensSent{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tokens = append(s.tokens, r.Header.Get("Authorization"))
		w.Header().Set("Connection", "close")
		w.Header().Set("X-Error-Code", "RepoNotFound")
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(s.Close)
	return s
}

// taken ends the server, which waits for requests that their sender has given up, and returns the tokens.
func (s *tokensSent) taken() []string {
	s.Close()
	return s.tokens
}

// TestOwnTokenStaysHome: a client that names another Hub in the options of a read must not get the token of the process there.
func TestOwnTokenStaysHome(t *testing.T) {
	const implicit = "Bearer hf_of_the_process"
	// own and other stand for the addresses of two Hubs, of which the environment names the first.
	for _, tt := range []struct {
		name                     string
		process, endpoint, token string
		toOwn, toOther           string
	}{
		{name: "no endpoint", toOwn: implicit},
		{name: "own endpoint", endpoint: "own/", toOwn: implicit},
		{name: "another endpoint", endpoint: "other"},
		{name: "another path of the own host", endpoint: "own/elsewhere"},
		{name: "another endpoint with its token", endpoint: "other", token: "hf_given", toOther: "Bearer hf_given"},
		{name: "the process has another endpoint", process: "other", toOther: implicit},
		{name: "the environment's is not the process's", process: "other", endpoint: "own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			own, other := startTokensSent(t), startTokensSent(t)
			addresses := strings.NewReplacer("own", own.URL, "other", other.URL)
			t.Setenv("HF_TOKEN", "hf_of_the_process")
			t.Setenv("HF_ENDPOINT", own.URL)
			t.Setenv("HF_HOME", t.TempDir())
			given := map[string]string{"path": "acme/data"}
			if tt.endpoint != "" {
				given["endpoint"] = addresses.Replace(tt.endpoint)
			}
			if tt.token != "" {
				given["token"] = tt.token
			}
			options, err := ParseOptions(given, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := New(Config{Endpoint: addresses.Replace(tt.process)}).Table(t.Context(), options); err == nil {
				t.Error("a table of a repository that is not there")
			}
			requests := 0
			for server, want := range map[*tokensSent]string{own: tt.toOwn, other: tt.toOther} {
				for _, token := range server.taken() {
					requests++
					if token != want {
						t.Errorf("sent %q, want %q", token, want)
					}
				}
			}
			if requests == 0 {
				t.Error("nothing was asked")
			}
		})
	}
}
