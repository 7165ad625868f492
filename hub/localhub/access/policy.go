// Package access tells who may do what on a Hub in a folder: users, their tokens, organizations, and rules for repositories.
package access

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role is what a token, or a member of an organization, may do.
type Role string

// The roles. A token reads or writes. A contributor of an organization writes to the repositories that they created; an admin
// may do what a writer may.
const (
	RoleRead        Role = "read"
	RoleContributor Role = "contributor"
	RoleWrite       Role = "write"
	RoleAdmin       Role = "admin"
)

// Policy tells who may do what. The zero value has no tokens: everybody may do everything.
type Policy struct {
	tokens map[[sha256.Size]byte]Identity // by the hash of the token
	people map[string]Person              // by the name in lower case
	orgs   map[string]*organization       // likewise
	rules  map[string]fileRule            // by the id in lower case
}

// Identity is who sends a request. The zero value is anonymous.
type Identity struct {
	User  string
	Token string // the token's name
	Role  Role   // of the token
	// Expires is when the token stops working; zero means never.
	Expires time.Time
}

// Person is a user.
type Person struct {
	Name, FullName, Email string
}

// Org is an organization as one of its members sees it.
type Org struct {
	Name, FullName string
	Role           Role
}

type organization struct {
	name, fullName string
	members        map[string]Role // by the user in lower case
}

// ErrBadToken says that a request has a token that nobody has.
var ErrBadToken = errors.New("unknown token")

// ExpiredError says that a token does not work any more.
type ExpiredError struct{ Token string } // its name

func (e *ExpiredError) Error() string { return fmt.Sprintf("User Access Token %q is expired", e.Token) }

// Open tells whether nobody has a token, so that everybody may do everything but what rules forbid.
func (p *Policy) Open() bool { return len(p.tokens) == 0 }

// Identify tells who sends a request with the given Authorization header. A Hub without tokens knows nobody, and takes clients
// with a token of another Hub for anonymous ones.
func (p *Policy) Identify(authorization string, now time.Time) (Identity, error) {
	if authorization == "" || p.Open() {
		return Identity{}, nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	who, ok := p.tokens[sha256.Sum256([]byte(strings.TrimSpace(token)))]
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return Identity{}, ErrBadToken
	}
	if !who.Expires.IsZero() && !now.Before(who.Expires) {
		return Identity{}, &ExpiredError{Token: who.Token}
	}
	return who, nil
}

// Person finds a user by name, whatever its capitals.
func (p *Policy) Person(name string) (Person, bool) {
	person, ok := p.people[strings.ToLower(name)]
	return person, ok
}

// Orgs lists the organizations of a user, by name.
func (p *Policy) Orgs(user string) []Org {
	var out []Org
	for _, org := range p.orgs {
		if role, ok := org.members[strings.ToLower(user)]; ok {
			out = append(out, Org{Name: org.name, FullName: org.fullName, Role: role})
		}
	}
	slices.SortFunc(out, func(a, b Org) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Namespace returns the spelling of a namespace that is a user's or an organization's; other ones stay as they are.
func (p *Policy) Namespace(name string) string {
	if person, ok := p.Person(name); ok {
		return person.Name
	}
	if org, ok := p.orgs[strings.ToLower(name)]; ok {
		return org.name
	}
	return name
}

// Creates tells whether a user may make repositories in a namespace: their own, or that of an organization that they write to.
func (p *Policy) Creates(user, namespace string) bool {
	if p.Open() {
		return true
	}
	role := p.role(user, namespace)
	return role == RoleWrite || role == RoleContributor
}

// role is what a user may do in a namespace; "" is nothing.
func (p *Policy) role(user, namespace string) Role {
	if user == "" {
		return ""
	}
	if strings.EqualFold(user, namespace) {
		return RoleWrite
	}
	org, ok := p.orgs[strings.ToLower(namespace)]
	if !ok {
		return ""
	}
	role := org.members[strings.ToLower(user)]
	if role == RoleAdmin {
		return RoleWrite
	}
	return role
}

// State is what a repository itself says about access to it.
type State struct {
	Private, Disabled bool
	Gated             string   // "", "auto" or "manual"
	Owner             string   // who created it; "" is nobody
	Accepted          []string // users whose requests for access were accepted
}

// Rule tells who may do what with one repository.
type Rule struct {
	Private, Disabled bool
	Gated             string
	// FixedPrivate and FixedGated tell that the access file decides, so that settings cannot change it.
	FixedPrivate, FixedGated bool

	everybody        bool // nobody has a token, and the access file says nothing
	namespace        string
	policy           *Policy
	owner            string
	readers, writers []string
}

// Rule returns the rule for the repository id in a state. What the access file says goes before the state.
func (p *Policy) Rule(id string, s State) Rule {
	namespace, _, _ := strings.Cut(id, "/")
	f, known := p.rules[strings.ToLower(id)]
	r := Rule{
		Private: s.Private, Disabled: s.Disabled || f.disabled, Gated: s.Gated, everybody: p.Open() && !known,
		namespace: namespace, policy: p, owner: s.Owner,
		readers: slices.Concat(f.readers, s.Accepted), writers: f.writers,
	}
	if f.private != nil {
		r.Private, r.FixedPrivate = *f.private, true
	}
	if f.gated != nil {
		r.Gated, r.FixedGated = *f.gated, true
	}
	return r
}

// Sees tells whether a user learns that the repository exists.
func (r Rule) Sees(user string) bool { return !r.Private || r.member(user) }

// Opens tells whether a user may have the repository's files.
func (r Rule) Opens(user string) bool { return r.Sees(user) && (r.Gated == "" || r.member(user)) }

// Writes tells whether a user may change the repository, with a token that may.
func (r Rule) Writes(user string) bool {
	if r.everybody {
		return true
	}
	if user == "" {
		return false
	}
	switch r.policy.role(user, r.namespace) {
	case RoleWrite:
		return true
	case RoleContributor:
		return strings.EqualFold(user, r.owner)
	}
	return contains(r.writers, user)
}

// member tells whether a user may read a private or gated repository.
func (r Rule) member(user string) bool {
	if r.everybody {
		return true
	}
	return user != "" && (r.policy.role(user, r.namespace) != "" || contains(r.readers, user) || contains(r.writers, user))
}

func contains(users []string, user string) bool {
	return slices.ContainsFunc(users, func(one string) bool { return strings.EqualFold(one, user) })
}
