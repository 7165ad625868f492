package access

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Token is a token and whose it is.
type Token struct {
	Secret string
	User   string
	Name   string // "" means the user's
	Role   Role   // RoleRead or RoleWrite; "" means RoleWrite
	// Expires is when it stops working; zero means never.
	Expires time.Time
}

// Add adds a token, and its user if that is not known yet. Errors never repeat the token.
func (p *Policy) Add(t Token) error {
	if t.User == "" {
		return errors.New("a token has no user: expected tokens: {<token>: {user: <name>}}")
	}
	if t.Secret == "" || strings.ContainsAny(t.Secret, " \t\r\n") {
		return fmt.Errorf("a token of %s is empty, or has blanks in it or around it", t.User)
	}
	switch t.Role {
	case "":
		t.Role = RoleWrite
	case RoleRead, RoleWrite:
	default:
		return fmt.Errorf("a token of %s has the role %q: expected read or write", t.User, t.Role)
	}
	if t.Name == "" {
		t.Name = t.User
	}
	if err := p.addPerson(Person{Name: t.User}); err != nil {
		return err
	}
	key := sha256.Sum256([]byte(t.Secret))
	if other, twice := p.tokens[key]; twice {
		return fmt.Errorf("a token of %s is also one of %s", t.User, other.User)
	}
	if p.tokens == nil {
		p.tokens = map[[sha256.Size]byte]Identity{}
	}
	p.tokens[key] = Identity{User: t.User, Token: t.Name, Role: t.Role, Expires: t.Expires}
	return nil
}

// ParseTokens reads tokens as they are given to the command line: user=token or user:role=token, between them blanks, line ends or
// semicolons. Lines that begin with # are comments. Errors never repeat a token.
func ParseTokens(text string) ([]Token, error) {
	var out []Token
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("; \t\r\n", r) }) {
			owner, secret, ok := strings.Cut(word, "=")
			user, role, _ := strings.Cut(owner, ":")
			if !ok || user == "" || secret == "" {
				return nil, fmt.Errorf("token %d is not written user=token or user:role=token", len(out)+1)
			}
			out = append(out, Token{Secret: secret, User: user, Role: Role(role)})
		}
	}
	return out, nil
}
