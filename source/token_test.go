package source

import (
	"net/http"
	"net/http/httptest"
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

func (s *tokensSent) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens := s.tokens
	s.tokens = nil
	return tokens
}

// TestOwnTokenStaysHome: a client that names another Hub in the options of a read must not get the token of the process there.
func TestOwnTokenStaysHome(t *testing.T) {
	own, other := startTokensSent(t), startTokensSent(t)
	t.Setenv("HF_TOKEN", "hf_of_the_process")
	t.Setenv("HF_ENDPOINT", own.URL)
	t.Setenv("HF_HOME", t.TempDir())
	const implicit = "Bearer hf_of_the_process"
	tests := []struct {
		name          string
		config        Config
		options       map[string]string
		toOwn, toElse string
	}{
		{name: "no endpoint", options: map[string]string{}, toOwn: implicit},
		{name: "own endpoint", options: map[string]string{"endpoint": own.URL + "/"}, toOwn: implicit},
		{name: "another endpoint", options: map[string]string{"endpoint": other.URL}},
		{name: "another path of the own host", options: map[string]string{"endpoint": own.URL + "/elsewhere"}},
		{name: "another endpoint with its token", options: map[string]string{"endpoint": other.URL, "token": "hf_given"}, toElse: "Bearer hf_given"},
		{name: "the process has another endpoint", config: Config{Endpoint: other.URL}, options: map[string]string{}, toElse: implicit},
		{name: "the environment's is not the process's", config: Config{Endpoint: other.URL}, options: map[string]string{"endpoint": own.URL}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.options["path"] = "acme/data"
			options, err := ParseOptions(tt.options, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := New(tt.config).Table(t.Context(), options); err == nil {
				t.Error("a table of a repository that is not there")
			}
			for server, want := range map[*tokensSent]string{own: tt.toOwn, other: tt.toElse} {
				for _, token := range server.take() {
					if token != want {
						t.Errorf("sent %q, want %q", token, want)
					}
				}
			}
		})
	}
}
