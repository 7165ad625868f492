package access

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/hfspark/hfspark/hub/localhub/store"
)

// FileName is the usual name of an access file, in the root folder of a Hub. It is never served.
const FileName = ".hfspark-hub.yaml"

// file is the form of an access file.
type file struct {
	Users map[string]struct {
		FullName string `yaml:"fullname"`
		Email    string `yaml:"email"`
	} `yaml:"users"`
	Organizations map[string]struct {
		FullName string          `yaml:"fullname"`
		Members  map[string]Role `yaml:"members"`
	} `yaml:"organizations"`
	Tokens map[string]struct {
		User    string    `yaml:"user"`
		Name    string    `yaml:"name"`
		Role    Role      `yaml:"role"`
		Expires time.Time `yaml:"expires"`
	} `yaml:"tokens"`
	Repositories map[string]repository `yaml:"repositories"`
}

type repository struct {
	Gated    *gate    `yaml:"gated"`
	Private  *bool    `yaml:"private"`
	Disabled bool     `yaml:"disabled"`
	Owner    string   `yaml:"owner"`
	Access   []string `yaml:"access"`
	Write    []string `yaml:"write"`
}

// fileRule is what an access file says about a repository. Nil leaves it to the repository's settings.
type fileRule struct {
	private          *bool
	gated            *string
	disabled         bool
	readers, writers []string
}

// gate reads true, false, auto or manual.
type gate string

// UnmarshalYAML implements [yaml.Unmarshaler].
func (g *gate) UnmarshalYAML(node *yaml.Node) error {
	switch node.Value {
	case "false":
		*g = ""
	case "true", "auto":
		*g = "auto"
	case "manual":
		*g = "manual"
	default:
		return fmt.Errorf("line %d: gated is true, false, auto or manual", node.Line)
	}
	return nil
}

// Load reads an access file.
func Load(path string) (*Policy, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the access file: %w", err)
	}
	p, err := Parse(content)
	if err != nil {
		return nil, fmt.Errorf("read the access file %s: %w", path, err)
	}
	return p, nil
}

// Parse reads the text of an access file. Its errors never repeat a token.
func Parse(content []byte) (*Policy, error) {
	var f file
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(withoutTokens(err.Error(), content))
	}
	p := &Policy{
		tokens: map[[sha256.Size]byte]Identity{}, people: map[string]Person{}, orgs: map[string]*organization{}, rules: map[string]fileRule{},
	}
	for name, user := range f.Users {
		if err := p.addPerson(Person{Name: name, FullName: user.FullName, Email: user.Email}); err != nil {
			return nil, err
		}
	}
	for secret, t := range f.Tokens {
		if err := p.Add(Token{Secret: secret, User: t.User, Name: t.Name, Role: t.Role, Expires: t.Expires}); err != nil {
			return nil, err
		}
	}
	for name, org := range f.Organizations {
		if err := p.addOrganization(name, org.FullName, org.Members); err != nil {
			return nil, err
		}
	}
	for id, r := range f.Repositories {
		if err := p.addRule(id, r); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// addPerson adds a user that is not known yet.
func (p *Policy) addPerson(person Person) error {
	key := strings.ToLower(person.Name)
	if !store.ValidName(person.Name) {
		return fmt.Errorf("a user cannot be called %q", person.Name)
	}
	if other, known := p.people[key]; known {
		if other.Name != person.Name {
			return fmt.Errorf("the users %q and %q differ in capitals only, which make no difference", other.Name, person.Name)
		}
		return nil
	}
	if person.FullName == "" {
		person.FullName = person.Name
	}
	if p.people == nil {
		p.people = map[string]Person{}
	}
	p.people[key] = person
	return nil
}

func (p *Policy) addOrganization(name, fullName string, members map[string]Role) error {
	key := strings.ToLower(name)
	if !store.ValidName(name) {
		return fmt.Errorf("an organization cannot be called %q", name)
	}
	if _, user := p.people[key]; user || p.orgs[key] != nil {
		return fmt.Errorf("organization %q: there is a user or an organization of that name", name)
	}
	org := &organization{name: name, fullName: fullName, members: map[string]Role{}}
	if fullName == "" {
		org.fullName = name
	}
	for user, role := range members {
		switch role {
		case RoleRead, RoleContributor, RoleWrite, RoleAdmin:
		default:
			return fmt.Errorf("organization %s: the role of %s is %q: expected read, contributor, write or admin", name, user, role)
		}
		if err := p.addPerson(Person{Name: user}); err != nil {
			return fmt.Errorf("organization %s: %w", name, err)
		}
		org.members[strings.ToLower(user)] = role
	}
	p.orgs[key] = org
	return nil
}

func (p *Policy) addRule(id string, r repository) error {
	namespace, name, ok := strings.Cut(id, "/")
	if !ok || !store.ValidName(namespace) || !store.ValidName(name) {
		return fmt.Errorf("repository %q is not named namespace/name", id)
	}
	key := strings.ToLower(id)
	if _, twice := p.rules[key]; twice {
		return fmt.Errorf("repository %q has two entries: capitals make no difference", id)
	}
	rule := fileRule{private: r.Private, gated: (*string)(r.Gated), disabled: r.Disabled, readers: r.Access, writers: slices.Clone(r.Write)}
	if r.Owner != "" {
		rule.writers = append(rule.writers, r.Owner)
	}
	p.rules[key] = rule
	return nil
}

// withoutTokens removes from message what is, or looks like, a token of the file.
func withoutTokens(message string, content []byte) string {
	words := strings.FieldsFunc(string(content), func(r rune) bool { return strings.ContainsRune(" \t\r\n:,{}[]\"'", r) })
	secrets := slices.DeleteFunc(words, func(word string) bool { return !strings.HasPrefix(word, "hf_") })
	var document struct {
		Tokens yaml.Node `yaml:"tokens"`
	}
	if yaml.Unmarshal(content, &document) == nil {
		for i := 0; i+1 < len(document.Tokens.Content); i += 2 {
			secrets = append(secrets, document.Tokens.Content[i].Value)
		}
	}
	for _, secret := range secrets {
		if secret != "" {
			message = strings.ReplaceAll(message, secret, "<TOKEN>")
		}
	}
	return message
}
