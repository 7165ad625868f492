package localhub

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// AccessFile is the name of the file in the root folder that tells who may read what. It is never served.
const AccessFile = ".hfspark-hub.yaml"

// accessFile is the form of [AccessFile].
type accessFile struct {
	Tokens map[string]struct {
		User string `yaml:"user"`
	} `yaml:"tokens"`
	Repositories map[string]struct {
		Gated    gate     `yaml:"gated"`
		Private  bool     `yaml:"private"`
		Disabled bool     `yaml:"disabled"`
		Owner    string   `yaml:"owner"`
		Access   []string `yaml:"access"`
	} `yaml:"repositories"`
}

// gate reads true, auto or manual; the empty one is open.
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

// access tells who may read what. The zero value lets everybody read everything.
type access struct {
	users map[[sha256.Size]byte]string // by the hash of the token
	rules map[string]rule              // by the id in lower case
}

// rule limits the access to one repository.
type rule struct {
	gated             gate
	private, disabled bool
	allowed           map[string]bool // users; the owner among them
}

// loadAccess reads an access file.
func loadAccess(path string) (access, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return access{}, fmt.Errorf("read the access file: %w", err)
	}
	a, err := parseAccess(content)
	if err != nil {
		return access{}, fmt.Errorf("read the access file %s: %w", path, err)
	}
	return a, nil
}

// parseAccess reads the text of an access file. Its errors never repeat a token.
func parseAccess(content []byte) (access, error) {
	var parsed accessFile
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&parsed); err != nil && !errors.Is(err, io.EOF) {
		return access{}, errors.New(withoutTokens(err.Error(), content))
	}
	a := access{users: map[[sha256.Size]byte]string{}, rules: map[string]rule{}}
	for token, owner := range parsed.Tokens {
		if owner.User == "" {
			return access{}, errors.New("a token has no user: expected tokens: {<token>: {user: <name>}}")
		}
		if strings.TrimSpace(token) != token || token == "" {
			return access{}, fmt.Errorf("a token of %s is empty or has blanks around it", owner.User)
		}
		a.users[sha256.Sum256([]byte(token))] = owner.User
	}
	for id, r := range parsed.Repositories {
		namespace, name, ok := strings.Cut(id, "/")
		if !ok || !validName(namespace) || !validName(name) {
			return access{}, fmt.Errorf("repository %q is not named namespace/name", id)
		}
		key := strings.ToLower(id)
		if _, twice := a.rules[key]; twice {
			return access{}, fmt.Errorf("repository %q has two entries: capitals make no difference", id)
		}
		out := rule{gated: r.Gated, private: r.Private, disabled: r.Disabled, allowed: map[string]bool{namespace: true}}
		for _, user := range append(r.Access, r.Owner) {
			if user != "" {
				out.allowed[user] = true
			}
		}
		a.rules[key] = out
	}
	return a, nil
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

// errBadToken says that a request has a token that nobody has.
var errBadToken = errors.New("unknown token")

// user tells who sends a request; "" is anonymous. A Hub without tokens knows nobody, and takes clients with a token of
// another Hub for anonymous ones.
func (a access) user(authorization string) (string, error) {
	if authorization == "" || len(a.users) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	user, ok := a.users[sha256.Sum256([]byte(strings.TrimSpace(token)))]
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", errBadToken
	}
	return user, nil
}

func (a access) rule(id string) rule { return a.rules[strings.ToLower(id)] }

// sees tells whether user learns that a repository exists.
func (r rule) sees(user string) bool { return !r.private || r.allowed[user] }

// opens tells whether user may have a repository's files.
func (r rule) opens(user string) bool { return r.sees(user) && (r.gated == "" || r.allowed[user]) }
