package hub

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEndpoint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, option, want, problem string
		vars                        map[string]string
	}{
		{name: "default", want: "https://huggingface.co"},
		{name: "environment", vars: map[string]string{"HF_ENDPOINT": "http://hub.local:8080/prefix/"}, want: "http://hub.local:8080/prefix"},
		{name: "option wins", option: "http://a", vars: map[string]string{"HF_ENDPOINT": "http://b"}, want: "http://a"},
		{name: "staging", vars: map[string]string{"HUGGINGFACE_CO_STAGING": "yes", "HF_ENDPOINT": "http://b"}, want: "https://hub-ci.huggingface.co"},
		{name: "no scheme", vars: map[string]string{"HF_ENDPOINT": "hub.local"}, problem: "HF_ENDPOINT"},
		{name: "query", option: "http://a?x=1", problem: "not a base URL"},
		{name: "password", option: "http://u:secret@a", problem: "must not hold"},
		{name: "no URL with password", option: "http://u:secret@a:%zz", problem: "not a URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := newClient(Options{Endpoint: tt.option}, environmentOf(tt.vars, t.TempDir()))
			if tt.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tt.problem) || strings.Contains(err.Error(), "secret") {
					t.Fatalf("err = %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Endpoint(); got != tt.want {
				t.Errorf("endpoint %s, want %s", got, tt.want)
			}
		})
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	write := func(path, token string) {
		path = filepath.Join(home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(".cache/huggingface/token", "hf_file\r\n")
	write("hfhome/token", " hf_home ")
	write("xdg/huggingface/token", "hf_xdg")
	write("other", "hf_other")
	write("empty", "\n")
	tests := []struct {
		name string
		o    Options
		vars map[string]string
		want string
	}{
		{name: "file", want: "hf_file"},
		{name: "variable", vars: map[string]string{"HF_TOKEN": "hf_env\n", "HUGGING_FACE_HUB_TOKEN": "hf_old"}, want: "hf_env"},
		{name: "old variable", vars: map[string]string{"HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": "hf_old"}, want: "hf_old"},
		{name: "blank variable", vars: map[string]string{"HF_TOKEN": " ", "HUGGING_FACE_HUB_TOKEN": "hf_old"}, want: "hf_file"},
		{name: "option", o: Options{Token: "hf_given"}, vars: map[string]string{"HF_TOKEN": "hf_env"}, want: "hf_given"},
		{name: "anonymous", o: Options{Anonymous: true, Token: "hf_given"}, vars: map[string]string{"HF_TOKEN": "hf_env"}},
		{name: "not implicit", vars: map[string]string{"HF_TOKEN": "hf_env", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}},
		{name: "asked for", o: Options{LoggedIn: true}, vars: map[string]string{"HF_TOKEN": "hf_env", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}, want: "hf_env"},
		{name: "given is not implicit", o: Options{Token: "hf_given"}, vars: map[string]string{"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}, want: "hf_given"},
		{name: "home", vars: map[string]string{"HF_HOME": "~/hfhome"}, want: "hf_home"},
		{name: "home by variable", vars: map[string]string{"HF_HOME": "$ROOT/hfhome", "ROOT": home}, want: "hf_home"},
		{name: "xdg", vars: map[string]string{"XDG_CACHE_HOME": home + "/xdg"}, want: "hf_xdg"},
		{name: "path", vars: map[string]string{"HF_TOKEN_PATH": "~/other", "HF_HOME": "~/hfhome"}, want: "hf_other"},
		{name: "empty file", vars: map[string]string{"HF_TOKEN_PATH": "~/empty"}},
		{name: "no file", vars: map[string]string{"HF_TOKEN_PATH": "$NOT_SET/none"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := newClient(tt.o, environmentOf(tt.vars, home))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.token(); got != tt.want {
				t.Errorf("token %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, vars := range map[string]map[string]string{
		"token is a directory": {"HF_TOKEN_PATH": dir},
		"token with a blank":   {"HF_TOKEN": "hf_a hf_b"},
		"token with a control": {"HF_TOKEN": "hf_a\x01b"},
		"timeout":              {"HF_HUB_DOWNLOAD_TIMEOUT": "soon"},
	} {
		if _, err := newClient(Options{}, environmentOf(vars, dir)); err == nil || strings.Contains(err.Error(), "hf_a") {
			t.Errorf("%s: err = %v", name, err)
		}
	}
	c, err := newClient(Options{}, environmentOf(map[string]string{"HF_HUB_DOWNLOAD_TIMEOUT": "30"}, dir))
	if err != nil || c.timeout != 30*time.Second {
		t.Errorf("timeout %v, %v", c.timeout, err)
	}
}

func TestPrintingShowsNoToken(t *testing.T) {
	t.Parallel()
	o := Options{Token: testToken}
	c, _ := testClient(t, "http://hub.local", o)
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "options", o, "client", c)
	for _, text := range []string{
		fmt.Sprint(o), fmt.Sprintf("%+v", o), fmt.Sprintf("%#v", o), fmt.Sprintf("%+v", &o),
		fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), b.String(),
	} {
		if strings.Contains(text, testToken) {
			t.Errorf("the token is in %s", text)
		}
	}
}
