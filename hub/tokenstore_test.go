package hub

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testStore makes a token store in a folder of its own.
func testStore(t *testing.T, vars map[string]string) *TokenStore {
	t.Helper()
	env := map[string]string{"HF_HOME": filepath.Join(t.TempDir(), "hf")}
	for k, v := range vars {
		env[k] = v
	}
	s, err := openTokenStore(environmentOf(env, "/nonexistent"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tokenSection(name, token string, more ...iniField) iniSection {
	return iniSection{name: name, fields: append([]iniField{{fieldToken, token}}, more...)}
}

func fileText(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestTokenStore(t *testing.T) {
	t.Parallel()
	s := testStore(t, nil)
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if had, err := s.Clear(t.Context()); err != nil || had {
		t.Errorf("cleared %t, %v", had, err)
	}
	for _, token := range []iniSection{
		tokenSection("work ☕ [x]", "hf_0123456789work"),
		tokenSection("home", "hf_0123456789%home", iniField{fieldRefresh, "r"}, iniField{fieldExpires, "1790000000"}),
	} {
		if err := s.save(t.Context(), token, true); err != nil {
			t.Fatal(err)
		}
	}
	want := "[home]\nhf_token = hf_0123456789%home\nrefresh_token = r\nexpires_at = 1790000000\n\n[work ☕ [x]]\nhf_token = hf_0123456789work\n\n"
	if diff := cmp.Diff(want, fileText(t, s.StoredPath())); diff != "" {
		t.Error(diff)
	}
	if got := fileText(t, s.ActivePath()); got != "hf_0123456789%home" {
		t.Errorf("active %q", got)
	}
	for path, mode := range map[string]os.FileMode{s.ActivePath(): 0o600, s.StoredPath(): 0o600, filepath.Dir(s.ActivePath()): 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
	}
	list, err := s.List()
	wantList := []StoredToken{
		{Name: "home", Masked: "hf_****home", Active: true, Expires: time.Unix(1790000000, 0)}, {Name: "work ☕ [x]", Masked: "hf_****work"},
	}
	if diff := cmp.Diff(wantList, list); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := s.Activate(t.Context(), "work ☕ [x]"); err != nil || fileText(t, s.ActivePath()) != "hf_0123456789work" {
		t.Error(err)
	}
	if err := s.Activate(t.Context(), "none"); !errors.Is(err, ErrNoToken) {
		t.Errorf("err = %v", err)
	}
	if was, err := s.Remove(t.Context(), "home"); err != nil || was {
		t.Errorf("%t, %v", was, err)
	}
	if _, err := s.Remove(t.Context(), "home"); !errors.Is(err, ErrNoToken) {
		t.Errorf("err = %v", err)
	}
	if was, err := s.Remove(t.Context(), "work ☕ [x]"); err != nil || !was {
		t.Errorf("%t, %v", was, err)
	}
	if _, err := os.Stat(s.ActivePath()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("err = %v", err)
	}
	if had, err := s.Clear(t.Context()); err != nil || !had {
		t.Errorf("cleared %t, %v", had, err)
	}
}

func TestTokenStoreKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := testStore(t, nil)
	if err := os.MkdirAll(filepath.Dir(s.named), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(s.named, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# comment\r\n[b]\r\nHF_Token: hf_bbbbbbbbbbbb\r\nnote = one\r\n  two\r\n\r\n[a]\nhf_token=hf_aaaaaaaaaaaa\n")
	if err := s.save(t.Context(), tokenSection("c", "hf_c"), false); err != nil {
		t.Fatal(err)
	}
	want := "[a]\nhf_token = hf_aaaaaaaaaaaa\n\n[b]\nhf_token = hf_bbbbbbbbbbbb\nnote = one\n\ttwo\n\n[c]\nhf_token = hf_c\n\n"
	if diff := cmp.Diff(want, fileText(t, s.named)); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"hf_token = hf_secret", "[a]\nhf_secret", "[a]\n[a]\nhf_token = hf_secret", "[a]\nx = 1\nX = hf_secret", "[a]\xff"} {
		write(bad)
		_, err := s.List()
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), s.named) {
			t.Errorf("%q: err = %v", bad, err)
		}
		if err := s.save(t.Context(), tokenSection("c", "hf_c"), true); err == nil || fileText(t, s.named) != bad {
			t.Errorf("%q was written over: %v", bad, err)
		}
	}
}

func TestSharedFolderStaysOpen(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tmp")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	s := testStore(t, map[string]string{"HF_TOKEN_PATH": filepath.Join(dir, "token")})
	if err := s.save(t.Context(), tokenSection("a", "hf_a"), true); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func FuzzINI(f *testing.F) {
	f.Add("[a]\nhf_token = x\n\ty\n\n[b]\nk: v\n")
	f.Add("[]]\n=\n")
	f.Fuzz(func(t *testing.T, text string) {
		sections, err := parseINI(text)
		if err != nil {
			return
		}
		again, err := parseINI(formatINI(sections))
		if err != nil {
			t.Fatalf("%q: what was printed cannot be read: %v", text, err)
		}
		if diff := cmp.Diff(sections, again, cmp.AllowUnexported(iniSection{}, iniField{})); diff != "" {
			t.Fatalf("%q: %s", text, diff)
		}
	})
}

// oauthHub is a Hub that renews tokens and tells whose a token is.
type oauthHub struct {
	mu        sync.Mutex
	refreshes []string // what was sent to renew a token
	sent      []string // tokens of other requests
	answer    string
	status    int
}

func (h *oauthHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.URL.Path != "/oauth/token" {
		h.sent = append(h.sent, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		infoAnswer(w, r)
		return
	}
	_ = r.ParseForm()
	h.refreshes = append(h.refreshes, r.PostForm.Encode()+r.Header.Get("Authorization"))
	if h.status != 0 {
		w.WriteHeader(h.status)
	}
	fmt.Fprint(w, h.answer)
}

func TestTokenIsRenewed(t *testing.T) {
	t.Parallel()
	soon := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	late := strconv.FormatInt(time.Now().Add(90*24*time.Hour).Unix(), 10)
	tests := []struct {
		name, expires, answer string
		status                int
		refreshes             int
		want, wantRefresh     string
	}{
		{name: "ends soon", expires: soon, answer: `{"access_token":"hf_oauth_new","refresh_token":"hf_rt_new","expires_in":2592000}`, refreshes: 1, want: "hf_oauth_new", wantRefresh: "hf_rt_new"},
		{name: "same refresh token", expires: soon, answer: `{"access_token":"hf_oauth_new"}`, refreshes: 1, want: "hf_oauth_new", wantRefresh: "hf_rt_old"},
		{name: "good for long", expires: late, want: "hf_oauth_old", wantRefresh: "hf_rt_old"},
		{name: "no end", want: "hf_oauth_old", wantRefresh: "hf_rt_old"},
		{name: "revoked", expires: soon, status: 400, answer: `{"error":"invalid_grant"}`, refreshes: 1, want: "hf_oauth_old", wantRefresh: "hf_rt_old"},
		{name: "trouble", expires: soon, status: 503, refreshes: 1, want: "hf_oauth_old", wantRefresh: "hf_rt_old"},
		{name: "nonsense", expires: soon, answer: `<html>`, refreshes: 1, want: "hf_oauth_old", wantRefresh: "hf_rt_old"},
		{name: "bad token", expires: soon, answer: `{"access_token":"a\nb"}`, refreshes: 1, want: "hf_oauth_old", wantRefresh: "hf_rt_old"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			hub := &oauthHub{answer: tt.answer, status: tt.status}
			srv := serve(t, hub.ServeHTTP)
			home := t.TempDir()
			env := environmentOf(map[string]string{"HF_HOME": home}, "")
			store, err := openTokenStore(env)
			if err != nil {
				t.Fatal(err)
			}
			token := tokenSection("oauth-alice", "hf_oauth_old", iniField{fieldRefresh, "hf_rt_old"})
			if tt.expires != "" {
				token.fields = append(token.fields, iniField{fieldExpires, tt.expires})
			}
			if err := store.save(t.Context(), token, true); err != nil {
				t.Fatal(err)
			}
			c, err := newClient(Options{Endpoint: srv.URL}, env)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.CloseIdleConnections)
			for range 3 {
				if _, err := c.Info(t.Context(), testRepo, ""); err != nil {
					t.Fatal(err)
				}
			}
			if len(hub.refreshes) != tt.refreshes || (tt.refreshes > 0 &&
				hub.refreshes[0] != "client_id=26be6b09-91c5-47da-9861-d2d2bb7a7e36&grant_type=refresh_token&refresh_token=hf_rt_old") {
				t.Errorf("asked %q", hub.refreshes)
			}
			for _, sent := range hub.sent {
				if sent != tt.want {
					t.Errorf("sent %q", sent)
				}
			}
			if got := fileText(t, store.active); got != tt.want {
				t.Errorf("active %q", got)
			}
			sections, err := store.read()
			if err != nil || sections[0].get(fieldToken) != tt.want || sections[0].get(fieldRefresh) != tt.wantRefresh {
				t.Errorf("stored %q, %v", sections, err)
			}
			if got := c.redact("hf_oauth_old hf_oauth_new"); tt.refreshes > 0 && tt.want == "hf_oauth_new" && strings.Contains(got, "hf_") {
				t.Errorf("not redacted: %s", got)
			}
		})
	}
}

// TestTokenFileIsFollowed: what another program does to the file counts for clients that exist.
func TestTokenFileIsFollowed(t *testing.T) {
	t.Parallel()
	hub := &oauthHub{}
	srv := serve(t, hub.ServeHTTP)
	env := environmentOf(map[string]string{"HF_HOME": t.TempDir()}, "")
	store, err := openTokenStore(env)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newClient(Options{Endpoint: srv.URL}, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	ask := func() {
		if _, err := c.Info(t.Context(), testRepo, ""); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	for _, token := range []string{"hf_first", "hf_second_"} {
		if err := store.save(t.Context(), tokenSection("a", token), true); err != nil {
			t.Fatal(err)
		}
		ask()
	}
	if _, err := store.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask()
	if diff := cmp.Diff([]string{"", "hf_first", "hf_second_", ""}, hub.sent); diff != "" {
		t.Error(diff)
	}
}

func TestIdentityExchange(t *testing.T) {
	t.Parallel()
	var exchanged []string
	var audience string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/github":
			audience = r.URL.Query().Get("audience") + " " + r.URL.Query().Get("job") + " " + r.Header.Get("Authorization")
			fmt.Fprint(w, `{"value":"jwt_of_github"}`)
		case r.URL.Path == "/oauth/token":
			var b strings.Builder
			_, _ = fmt.Fprint(&b, r.Header.Get("Authorization"))
			body := make([]byte, r.ContentLength)
			_, _ = r.Body.Read(body)
			exchanged = append(exchanged, b.String()+string(body))
			fmt.Fprint(w, `{"access_token":"hf_jwt_x","expires_in":600}`)
		default:
			if r.Header.Get("Authorization") != "Bearer hf_jwt_x" {
				t.Errorf("sent %s", r.Header.Get("Authorization"))
			}
			infoAnswer(w, r)
		}
	})
	base := map[string]string{"HF_OIDC_RESOURCE": "datasets/acme/data", "HF_TOKEN": "hf_unused", "HF_HOME": t.TempDir()}
	with := func(more map[string]string) environment {
		vars := map[string]string{}
		for _, m := range []map[string]string{base, more} {
			for k, v := range m {
				vars[k] = v
			}
		}
		return environmentOf(vars, "")
	}
	for name, env := range map[string]environment{
		"given": with(map[string]string{"HF_OIDC_ID_TOKEN": "jwt_given"}),
		"GitHub": with(map[string]string{
			"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": srv.URL + "/github?job=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "gh_secret",
		}),
	} {
		exchanged = nil
		c, err := newClient(Options{Endpoint: srv.URL}, env)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := c.Info(t.Context(), testRepo, ""); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		later := time.Now().Add(11 * time.Minute)
		c.now = func() time.Time { return later }
		if _, err := c.Info(t.Context(), testRepo, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		c.CloseIdleConnections()
		if len(exchanged) != 2 || !strings.Contains(exchanged[0], `"resource":"datasets/acme/data"`) || !strings.HasPrefix(exchanged[0], "{") {
			t.Errorf("%s: exchanged %q", name, exchanged)
		}
	}
	if audience != srv.URL+" 1 Bearer gh_secret" {
		t.Errorf("asked GitHub for %q", audience)
	}
	c, err := newClient(Options{Endpoint: srv.URL}, with(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Info(t.Context(), testRepo, ""); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "HF_OIDC_ID_TOKEN") {
		t.Errorf("err = %v", err)
	}
}

// TestImplicitTokenStaysHome: a token that nobody gave for an endpoint goes to none but the one it is for.
func TestImplicitTokenStaysHome(t *testing.T) {
	t.Parallel()
	var sent []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Authorization"))
		w.Header().Set("X-Error-Code", "GatedRepo")
		w.WriteHeader(http.StatusUnauthorized)
	})
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "token"), []byte("hf_file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		o    Options
		vars map[string]string
		want string
	}{
		{name: "another's endpoint", o: Options{ImplicitTokenFor: "https://huggingface.co"}, vars: map[string]string{"HF_TOKEN": "hf_env"}},
		{name: "from a file", o: Options{ImplicitTokenFor: "https://huggingface.co"}, vars: map[string]string{"HF_HOME": home}},
		{name: "from an identity", o: Options{ImplicitTokenFor: "https://huggingface.co"}, vars: map[string]string{"HF_OIDC_RESOURCE": "a", "HF_OIDC_ID_TOKEN": "jwt"}},
		{name: "own endpoint", o: Options{ImplicitTokenFor: srv.URL + "/"}, vars: map[string]string{"HF_TOKEN": "hf_env"}, want: "Bearer hf_env"},
		{name: "given", o: Options{ImplicitTokenFor: "https://huggingface.co", Token: "hf_given"}, want: "Bearer hf_given"},
		{name: "anywhere", vars: map[string]string{"HF_TOKEN": "hf_env"}, want: "Bearer hf_env"},
	} {
		sent = nil
		tt.o.Endpoint = srv.URL
		c, err := newClient(tt.o, environmentOf(tt.vars, "/nonexistent"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Info(t.Context(), testRepo, "")
		c.CloseIdleConnections()
		if !errors.Is(err, ErrGated) || len(sent) != 1 || sent[0] != tt.want {
			t.Errorf("%s: sent %q, %v", tt.name, sent, err)
		}
		if withheld := strings.Contains(err.Error(), "No token was sent: that of this machine or server is for https://huggingface.co alone"); withheld != (tt.want == "") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
