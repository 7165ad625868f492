package hub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Login is a token that was checked and stored.
type Login struct {
	Name    string // under which the token is stored
	Account Account
	// Overridden is the environment variable whose token is used instead of the stored one; "" when none is set.
	Overridden string
}

// Login asks the Hub whose o.Token is, stores it under the name that its owner gave it there, and makes it the active token. A token
// of the same name is replaced. Nothing is stored when the Hub does not know the token ([ErrUnauthorized]), cannot be asked, or
// when it is an organization's ([ErrInvalid]).
func (s *TokenStore) Login(ctx context.Context, o Options) (*Login, error) {
	at := subject{op: "log in"}
	token := cleanToken(o.Token)
	switch {
	case token == "":
		return nil, at.fail("no token is given", "Make one at "+DefaultEndpoint+"/settings/tokens.", ErrInvalid)
	case strings.HasPrefix(token, "api_org"):
		return nil, at.fail("this is an organization's token", "Use a personal token.", ErrInvalid)
	}
	o.Token, o.Anonymous = token, false
	c, err := newClient(o, s.env)
	if err != nil {
		return nil, err
	}
	defer c.CloseIdleConnections()
	account, err := c.WhoAmI(ctx)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Status == 401 {
			e.Message, e.Hint = "the Hub does not know this token", "Copy it again, or make a new one at "+c.Endpoint()+"/settings/tokens."
		}
		return nil, err
	}
	name := storedName(account)
	if err := s.save(ctx, iniSection{name: name, fields: []iniField{{fieldToken, token}}}, true); err != nil {
		return nil, err
	}
	return &Login{Name: name, Account: *account, Overridden: s.Environment()}, nil
}

// storedName is the name of an account's token in the store, as huggingface_hub chooses it, without what a section of an INI file
// cannot be called.
func storedName(account *Account) string {
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, account.TokenName))
	switch name {
	case "":
		return "oauth-" + account.Name
	case "DEFAULT":
		return fmt.Sprintf("%s-%s", name, account.Name)
	}
	return name
}
