package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
	"github.com/hfspark/hfspark/hub/localhub/access"
)

// TestCommandRefusals gives the commands what they cannot do: each says so in one line, and neither the repository nor the folder of
// downloads has changed after it.
func TestCommandRefusals(t *testing.T) {
	t.Parallel()
	dir := writeFiles(t, map[string][]byte{"a.txt": []byte("a"), "b.parquet": noise(300_000, 6)})
	vanishing := writeFiles(t, map[string][]byte{"sub/c.parquet": noise(300_000, 7), "sub/d.parquet": noise(300_000, 8)})
	changing := writeFiles(t, map[string][]byte{"e.parquet": noise(300_000, 9)})
	server, err := localhub.Start(t.Context(), localhub.Options{
		Root: t.TempDir(), PartSize: 100_000, Tokens: []access.Token{
			{Secret: "hf_writer", User: "alice"}, {Secret: "hf_reader", User: "alice", Name: "reader", Role: access.RoleRead}, {Secret: "hf_stranger", User: "bob"},
		},
		Observe: func(r localhub.Request) {
			if !strings.Contains(r.Path, "/preupload/") {
				return
			}
			switch r.Repo {
			case "alice/vanishing":
				_ = os.RemoveAll(vanishing) // Again is fine.
			case "alice/changing":
				if err := os.WriteFile(filepath.Join(changing, "e.parquet"), noise(300_000, 10), 0o600); err != nil {
					t.Error(err)
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer loop.Close()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Log in to the network</title>")
	}))
	defer page.Close()
	client, err := hub.New(hub.Options{Endpoint: server.URL(), Token: "hf_writer"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	repos := []string{"alice/data", "alice/vanishing", "alice/changing"}
	for _, repo := range repos {
		if _, err := client.CreateRepo(t.Context(), hub.Dataset(repo), hub.RepoOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	before := tips(t, client, repos)

	odd := writeFiles(t, map[string][]byte{"a.txt": []byte("a")})
	oddNames := os.WriteFile(filepath.Join(odd, "b\xff.txt"), nil, 0o600) == nil
	stale := strings.Repeat("ab", 20)
	for _, test := range []struct {
		name, endpoint, token, says string
		args                        []string
	}{
		{"name of a repository", "", "", "alice/a--b", []string{"upload", "alice/a--b", dir}},
		{"name that ends in .git", "", "", ".git", []string{"upload", "alice/a.git", dir}},
		{"path upwards", "", "", "..", []string{"upload", "alice/data", dir, "../up"}},
		{"path in .git", "", "", ".git", []string{"upload", "alice/data", filepath.Join(dir, "a.txt"), ".git/config"}},
		{"name that is not UTF-8", "", "", "UTF-8", []string{"upload", "alice/data", odd}},
		{"missing folder", "", "", "missing", []string{"upload", "alice/data", filepath.Join(dir, "missing")}},
		{"folder that vanishes", "", "", "vanished", []string{"upload", "alice/vanishing", vanishing}},
		{"file that changes", "", "", "e.parquet", []string{"upload", "alice/changing", changing}},
		{"token for reading", "", "hf_reader", "write token", []string{"upload", "alice/data", dir}},
		{"token of somebody else", "", "hf_stranger", "403", []string{"upload", "alice/data", dir}},
		{"unknown token", "", "hf_nobody", "token", []string{"upload", "alice/data", dir}},
		{"stale parent", "", "", "412", []string{"upload", "alice/data", dir, "--parent", stale}},
		{"upload in circles", loop.URL, "", "redirect", []string{"upload", "alice/data", dir}},
		{"download in circles", loop.URL, "", "redirect", []string{"download", "alice/data"}},
		{"upload to a page", page.URL, "", "web page", []string{"upload", "alice/data", dir}},
		{"download from a page", page.URL, "", "web page", []string{"download", "alice/data"}},
		{"missing revision", "", "", "nowhere", []string{"download", "alice/data", "--revision", "nowhere"}},
		{"missing file", "", "", "nothing.txt", []string{"download", "alice/data", "nothing.txt"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.HasSuffix(test.name, "UTF-8") && !oddNames {
				t.Skip("this file system has no such names")
			}
			endpoint, token := server.URL(), "hf_writer"
			if test.endpoint != "" {
				endpoint = test.endpoint
			}
			if test.token != "" {
				token = test.token
			}
			cache := t.TempDir()
			out, log, err := run(t, program, "", append(clientEnvironment(t, endpoint, token), "HF_HUB_CACHE="+cache), test.args...)
			if err == nil || out != "" || !strings.Contains(log, test.says) || strings.Contains(log, token) || strings.Count(log, "\n") != 1 {
				t.Errorf("%v, %q, %q; want one line that says %q", err, out, log, test.says)
			}
			for path := range readFiles(t, cache) {
				if strings.Contains(path, "blobs/") {
					t.Errorf("%s is left", path)
				}
			}
			if diff := cmp.Diff(before, tips(t, client, repos)); diff != "" {
				t.Errorf("a repository has changed: %s", diff)
			}
		})
	}
}

// tips are the commits that repositories are at.
func tips(t *testing.T, client *hub.Client, repos []string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, repo := range repos {
		info, err := client.Info(t.Context(), hub.Dataset(repo), "")
		if err != nil {
			t.Fatal(err)
		}
		out[repo] = info.SHA
	}
	return out
}
