package localhub

import (
	"errors"
	"strings"
	"testing"
)

func TestParseAccess(t *testing.T) {
	t.Parallel()
	a, err := parseAccess([]byte(`
tokens:
  hf_one: {user: alice}
  hf_two: {user: bob}
repositories:
  BAAI/Infinity-Instruct: {gated: true, access: [alice]}
  acme/manual: {gated: manual}
  x/y: {private: true, owner: alice}
  bob/z: {private: true, disabled: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{"": "", "Bearer hf_one": "alice", "bearer hf_two ": "bob"} {
		if got, err := a.user(header); got != want || err != nil {
			t.Errorf("user(%q) = %q, %v", header, got, err)
		}
	}
	for _, header := range []string{"Bearer hf_three", "Basic hf_one", "hf_one", "Bearer ", "Bearer"} {
		if _, err := a.user(header); !errors.Is(err, errBadToken) {
			t.Errorf("user(%q): %v", header, err)
		}
	}
	tests := []struct {
		id, user    string
		sees, opens bool
	}{
		{"baai/infinity-instruct", "", true, false},
		{"BAAI/Infinity-Instruct", "alice", true, true},
		{"BAAI/Infinity-Instruct", "bob", true, false},
		{"acme/manual", "alice", true, false},
		{"acme/manual", "acme", true, true},
		{"X/Y", "", false, false},
		{"x/y", "bob", false, false},
		{"x/y", "alice", true, true},
		{"bob/z", "bob", true, true},
		{"other/one", "", true, true},
	}
	for _, tt := range tests {
		r := a.rule(tt.id)
		if r.sees(tt.user) != tt.sees || r.opens(tt.user) != tt.opens {
			t.Errorf("%s for %q: sees %v, opens %v", tt.id, tt.user, r.sees(tt.user), r.opens(tt.user))
		}
	}
	if user, err := (access{}).user("Bearer hf_of_another_hub"); user != "" || err != nil {
		t.Errorf("a Hub without tokens says %q, %v", user, err)
	}
	if _, err := parseAccess(nil); err != nil {
		t.Errorf("an empty file: %v", err)
	}
}

func TestParseAccessRefuses(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"tokens: {hf_secret: {}}":                                                  "no user",
		"tokens: {hf_secret: {user: a, rights: all}}":                              "rights",
		"tokens: {hf_secret: [1]}":                                                 "cannot unmarshal",
		"tokens: {hf_secret: {user: a}, hf_secret: {}}":                            "already defined",
		"tokens: {' hf_secret': {user: a}}":                                        "blanks",
		"tokens: {hf_secret: {user: a}, plain_hf_secret: {}, plain_hf_secret: {}}": "already defined",
		"repos: {}":                                        "repos",
		"repositories: {a: {private: true}}":               "namespace/name",
		"repositories: {a/b: {gated: perhaps}}":            "auto or manual",
		"repositories: {a/b: {}, A/B: {}}":                 "two entries",
		"repositories: {a/b: {private: maybe}}":            "maybe",
		"tokens: {hf_secret: {user: a}}\nrepositories: [}": "did not find expected node",
	} {
		_, err := parseAccess([]byte(text))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hf_secret") {
			t.Errorf("%q: err = %v", text, err)
		}
	}
}
