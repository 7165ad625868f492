package access

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const text = `
users: {alice: {fullname: Alice A., email: alice@example.org}}
organizations:
  acme: {fullname: Acme Inc., members: {alice: admin, Bob: write, carol: contributor, dave: read}}
tokens:
  hf_one: {user: alice}
  hf_two: {user: Bob, role: read, name: laptop}
  hf_old: {user: alice, name: gone, expires: 2020-01-01}
  hf_new: {user: carol, expires: 2100-01-01T00:00:00Z}
  hf_eve: {user: eve}
repositories:
  BAAI/Infinity-Instruct: {gated: true, access: [alice]}
  lab/manual: {gated: manual}
  x/y: {private: true, owner: alice, write: [eve]}
  eve/z: {private: true, disabled: true}
  acme/open: {gated: false, private: false}
`

func parsed(t *testing.T) *Policy {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	p := parsed(t)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for header, want := range map[string]Identity{
		"": {}, "Bearer hf_one": {User: "alice", Token: "alice", Role: RoleWrite}, "bearer hf_two ": {User: "Bob", Token: "laptop", Role: RoleRead},
		"Bearer hf_new": {User: "carol", Token: "carol", Role: RoleWrite, Expires: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if got, err := p.Identify(header, now); got != want || err != nil {
			t.Errorf("%q: %+v, %v", header, got, err)
		}
	}
	for _, header := range []string{"Bearer hf_three", "Basic hf_one", "hf_one", "Bearer ", "Bearer"} {
		if _, err := p.Identify(header, now); !errors.Is(err, ErrBadToken) {
			t.Errorf("%q: %v", header, err)
		}
	}
	var expired *ExpiredError
	if _, err := p.Identify("Bearer hf_old", now); !errors.As(err, &expired) || expired.Token != "gone" {
		t.Errorf("%v", err)
	}
	if who, err := new(Policy).Identify("Bearer hf_of_another_hub", now); who != (Identity{}) || err != nil {
		t.Errorf("a Hub without tokens says %+v, %v", who, err)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	p := parsed(t)
	tests := []struct {
		id, user string
		state    State
		want     string // the first letters of sees, opens, writes
	}{
		{"baai/infinity-instruct", "", State{}, "s"},
		{"BAAI/Infinity-Instruct", "alice", State{}, "so"},
		{"BAAI/Infinity-Instruct", "eve", State{}, "s"},
		{"lab/manual", "alice", State{}, "s"},
		{"lab/manual", "alice", State{Accepted: []string{"Alice"}}, "so"},
		{"lab/manual", "lab", State{}, "sow"},
		{"X/Y", "", State{}, ""},
		{"x/y", "bob", State{}, ""},
		{"x/y", "alice", State{}, "sow"},
		{"x/y", "eve", State{}, "sow"},
		{"eve/z", "Eve", State{}, "sow"},
		{"other/one", "", State{}, "so"},
		{"other/one", "alice", State{}, "so"},
		{"other/one", "alice", State{Private: true}, ""},
		{"acme/open", "", State{Private: true, Gated: "auto"}, "so"},
		{"acme/secret", "", State{Private: true}, ""},
		{"acme/secret", "alice", State{Private: true}, "sow"},
		{"acme/secret", "bob", State{Private: true}, "sow"},
		{"acme/secret", "carol", State{Private: true}, "so"},
		{"acme/secret", "carol", State{Private: true, Owner: "carol"}, "sow"},
		{"acme/secret", "dave", State{Private: true, Gated: "manual", Owner: "dave"}, "so"},
		{"acme/secret", "eve", State{Private: true}, ""},
	}
	for _, tt := range tests {
		r := p.Rule(tt.id, tt.state)
		got := ""
		for _, can := range []struct {
			letter string
			yes    bool
		}{{"s", r.Sees(tt.user)}, {"o", r.Opens(tt.user)}, {"w", r.Writes(tt.user)}} {
			if can.yes {
				got += can.letter
			}
		}
		if got != tt.want {
			t.Errorf("%s for %q: %q, want %q", tt.id, tt.user, got, tt.want)
		}
	}
	if r := p.Rule("acme/open", State{Private: true}); r.Private || !r.FixedPrivate || !r.FixedGated {
		t.Errorf("%+v", r)
	}
	if r := new(Policy).Rule("a/b", State{Private: true, Gated: "auto"}); !r.Opens("") || !r.Writes("") || !r.Private {
		t.Errorf("without tokens: %+v", r)
	}
	open, err := Parse([]byte("repositories: {a/b: {gated: true}}"))
	if err != nil {
		t.Fatal(err)
	}
	if r := open.Rule("a/b", State{}); r.Opens("") || r.Writes("") {
		t.Errorf("a rule without tokens: %+v", r)
	}
}

func TestNamespaces(t *testing.T) {
	t.Parallel()
	p := parsed(t)
	for pair, want := range map[string]bool{
		"alice alice": true, "ALICE alice": true, "alice bob": false, "alice acme": true, "bob Acme": true, "carol acme": true, "dave acme": false,
		"eve acme": false, "alice lab": false, " acme": false,
	} {
		user, namespace, _ := strings.Cut(pair, " ")
		if got := p.Creates(user, namespace); got != want {
			t.Errorf("%s: %v", pair, got)
		}
	}
	if diff := cmp.Diff([]Org{{Name: "acme", FullName: "Acme Inc.", Role: RoleWrite}}, p.Orgs("bob")); diff != "" {
		t.Error(diff)
	}
	if person, ok := p.Person("BOB"); !ok || person.Name != "Bob" || person.FullName != "Bob" {
		t.Errorf("%+v", person)
	}
	if got := fmt.Sprint(p.Namespace("ALICE"), p.Namespace("ACME"), p.Namespace("Lab")); got != "aliceacmeLab" {
		t.Error(got)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"tokens: {hf_secret: {}}":                                                  "no user",
		"tokens: {hf_secret: {user: a, rights: all}}":                              "rights",
		"tokens: {hf_secret: {user: a, role: all}}":                                "read or write",
		"tokens: {hf_secret: {user: a/b}}":                                         "cannot be called",
		"tokens: {hf_secret: [1]}":                                                 "cannot unmarshal",
		"tokens: {hf_secret: {user: a}, hf_secret: {}}":                            "already defined",
		"tokens: {' hf_secret': {user: a}}":                                        "blanks",
		"tokens: {hf_secret: {user: a}, plain_hf_secret: {}, plain_hf_secret: {}}": "already defined",
		"tokens: {hf_1: {user: a}, hf_2: {user: A}}":                               "capitals",
		"organizations: {o: {members: {a: owner}}}":                                "expected read",
		"users: {o: {}}\norganizations: {o: {}}":                                   "of that name",
		"organizations: {../o: {}}":                                                "cannot be called",
		"repos: {}":                                                                "repos",
		"repositories: {a: {private: true}}":                                       "namespace/name",
		"repositories: {a/b: {gated: perhaps}}":                                    "auto or manual",
		"repositories: {a/b: {}, A/B: {}}":                                         "two entries",
		"repositories: {a/b: {private: maybe}}":                                    "maybe",
		"tokens: {hf_secret: {user: a}}\nrepositories: [}":                         "did not find expected node",
	} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hf_secret") {
			t.Errorf("%q: err = %v", text, err)
		}
	}
	if _, err := Parse(nil); err != nil {
		t.Errorf("an empty file: %v", err)
	}
}

func TestParseTokens(t *testing.T) {
	t.Parallel()
	got, err := ParseTokens("# people\nalice=hf_a; bob:read=hf_b=\n\tcarol:write=hf_c\n")
	want := []Token{{Secret: "hf_a", User: "alice"}, {Secret: "hf_b=", User: "bob", Role: RoleRead}, {Secret: "hf_c", User: "carol", Role: RoleWrite}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, text := range []string{"hf_secret", "=hf_secret", "alice="} {
		if _, err := ParseTokens(text); err == nil || strings.Contains(err.Error(), "hf_secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	p := new(Policy)
	for range 2 {
		err = p.Add(Token{Secret: "hf_secret", User: "alice"})
	}
	if err == nil || strings.Contains(err.Error(), "hf_secret") || p.Open() {
		t.Errorf("twice: %v", err)
	}
}
