// Package signin is what the command line says and asks about the tokens of a machine's user: logging in and out, which tokens there
// are, whose the active one is. The words are those of the hf command where it has them.
package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/hub"
)

// Terminal is where a person, or a script, is.
type Terminal struct {
	In  io.Reader
	Out io.Writer // results
	Err io.Writer // what happens, and questions
	// Ask asks for a line; secret ones are not shown while they are typed. nil means that nobody is there to answer.
	Ask func(ctx context.Context, question string, secret bool) (string, error)
}

// Options tell which Hub is meant.
type Options struct {
	Endpoint string // "" is HF_ENDPOINT, else the public Hub
	Logger   *slog.Logger
}

func (o Options) client() hub.Options { return hub.Options{Endpoint: o.Endpoint, Logger: o.Logger} }

// maxInput bounds what is read as a token.
const maxInput = 64 << 10

// Login checks a token and stores it. An empty one is asked for, or read from the input when nobody is there to ask.
func Login(ctx context.Context, t Terminal, o Options, token string) error {
	store, err := hub.OpenTokenStore()
	if err != nil {
		return err
	}
	if token == "" {
		if token, err = askToken(ctx, t, o); err != nil {
			return err
		}
	}
	options := o.client()
	options.Token = token
	login, err := store.Login(ctx, options)
	if err != nil {
		return err
	}
	if role := login.Account.TokenRole; role != "" {
		fmt.Fprintf(t.Err, "Token is valid (permission: %s).\n", role)
	} else {
		fmt.Fprintln(t.Err, "Token is valid.")
	}
	fmt.Fprintf(t.Err, "The token `%s` has been saved to %s\n", login.Name, store.StoredPath())
	fmt.Fprintf(t.Err, "Your token has been saved to %s\nLogin successful.\n", store.ActivePath())
	if login.Overridden != "" {
		fmt.Fprintf(t.Err, "Note: the environment variable `%s` is set: its token is used, not the one that has just been saved.\n", login.Overridden)
		return nil
	}
	fmt.Fprintf(t.Err, "The current active token is: `%s`\n", login.Name)
	return nil
}

// askToken gets a token from a person or from the input.
func askToken(ctx context.Context, t Terminal, o Options) (string, error) {
	if t.Ask != nil {
		endpoint := o.Endpoint
		if endpoint == "" {
			endpoint = hub.EnvironmentEndpoint()
		}
		fmt.Fprintf(t.Err, "To log in, make a token at %s/settings/tokens\n", strings.TrimRight(endpoint, "/"))
		token, err := t.Ask(ctx, "Enter your token (input will not be visible): ", true)
		if err == nil && strings.TrimSpace(token) == "" {
			err = errors.New("log in: no token was entered")
		}
		return token, err
	}
	raw, err := io.ReadAll(io.LimitReader(t.In, maxInput+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("log in: read the token: %w", err)
	case len(raw) > maxInput:
		return "", errors.New("log in: the input is too long to be a token")
	case strings.TrimSpace(string(raw)) == "":
		return "", errors.New("log in: the input is empty; write a token to it, run this on a terminal, or give --token")
	}
	return string(raw), nil
}

// Logout forgets the token of a name, or all with "". It fails when a token of the environment stays in use.
func Logout(ctx context.Context, t Terminal, name string) error {
	store, err := hub.OpenTokenStore()
	if err != nil {
		return err
	}
	if name == "" {
		had, err := store.Clear(ctx)
		switch {
		case err != nil:
			return err
		case had:
			fmt.Fprintln(t.Err, "Successfully logged out from all access tokens.")
		case store.Environment() == "":
			fmt.Fprintln(t.Err, "Not logged in!")
		}
	} else {
		wasActive, err := store.Remove(ctx, name)
		if err != nil {
			return withNames(store, err)
		}
		if wasActive {
			fmt.Fprintf(t.Err, "Active token '%s' has been deleted.\n", name)
		}
		fmt.Fprintf(t.Err, "Successfully logged out from access token: %s.\n", name)
	}
	if variable := store.Environment(); variable != "" {
		return fmt.Errorf("you are still logged in by the environment variable %s: unset it to log out", variable)
	}
	return nil
}

// withNames adds the names there are to the complaint that one is not there.
func withNames(store *hub.TokenStore, err error) error {
	if !errors.Is(err, hub.ErrNoToken) {
		return err
	}
	tokens, failed := store.List()
	if failed != nil || len(tokens) == 0 {
		return fmt.Errorf("%w; nothing is stored there: run `hfspark login`", err)
	}
	names := make([]string, len(tokens))
	for i, token := range tokens {
		names[i] = strconv.Quote(token.Name)
	}
	return fmt.Errorf("%w; there are %s", err, strings.Join(names, ", "))
}

// Switch makes the token of a name the active one. Without a name it asks which.
func Switch(ctx context.Context, t Terminal, name string) error {
	store, err := hub.OpenTokenStore()
	if err != nil {
		return err
	}
	if name == "" {
		if name, err = chooseName(ctx, t, store); err != nil {
			return err
		}
	}
	if err := store.Activate(ctx, name); err != nil {
		return withNames(store, err)
	}
	fmt.Fprintf(t.Err, "Your token has been saved to %s\nThe current active token is: %s\n", store.ActivePath(), name)
	if variable := store.Environment(); variable != "" {
		fmt.Fprintf(t.Err, "Note: the environment variable `%s` is set and overrides the token that you have just switched to.\n", variable)
	}
	return nil
}

func chooseName(ctx context.Context, t Terminal, store *hub.TokenStore) (string, error) {
	tokens, err := store.List()
	switch {
	case err != nil:
		return "", err
	case len(tokens) == 0:
		return "", errors.New("there are no stored tokens: run `hfspark login` first")
	case t.Ask == nil:
		return "", errors.New("name the token to switch to with --token-name; `hfspark auth list` tells which there are")
	}
	for i, token := range tokens {
		fmt.Fprintf(t.Err, "%3d  %s\n", i+1, token.Name)
	}
	answer, err := t.Ask(ctx, "Number or name of the token to switch to: ", false)
	if err != nil {
		return "", err
	}
	answer = strings.TrimSpace(answer)
	if slices.ContainsFunc(tokens, func(token hub.StoredToken) bool { return token.Name == answer }) {
		return answer, nil
	}
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(tokens) {
		return tokens[n-1].Name, nil
	}
	return "", fmt.Errorf("%q is neither a number nor a name of the list", answer)
}
