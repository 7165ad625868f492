package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hfspark/hfspark/hub"
)

// WhoAmI tells whose the token is that is used now, as text or as JSON.
func WhoAmI(ctx context.Context, t Terminal, o Options, asJSON bool) error {
	options := o.client()
	options.LoggedIn = true
	client, err := hub.New(options)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	account, err := client.WhoAmI(ctx)
	var failed *hub.Error
	switch {
	case errors.As(err, &failed) && errors.Is(err, hub.ErrUnauthorized) && failed.Status == 0:
		return errors.New("not logged in; run `hfspark login` first")
	case err != nil:
		return err
	}
	endpoint := ""
	if client.Endpoint() != hub.DefaultEndpoint {
		endpoint = client.Endpoint()
	}
	if asJSON {
		return writeJSON(t.Out, struct {
			User     string   `json:"user"`
			Orgs     []string `json:"orgs"`
			Token    string   `json:"token_name,omitempty"`
			Role     string   `json:"role,omitempty"`
			Endpoint string   `json:"endpoint"`
		}{account.Name, append([]string{}, account.Organizations...), account.TokenName, account.TokenRole, client.Endpoint()})
	}
	fmt.Fprintf(t.Out, "✓ Logged in\n  user: %s\n", account.Name)
	if len(account.Organizations) > 0 {
		fmt.Fprintf(t.Out, "  orgs: %s\n", strings.Join(account.Organizations, ","))
	}
	if endpoint != "" {
		fmt.Fprintf(t.Out, "  endpoint: %s\n", endpoint)
	}
	return nil
}

// List tells which tokens are stored, without telling them, as a table or as JSON.
func List(t Terminal, asJSON bool) error {
	store, err := hub.OpenTokenStore()
	if err != nil {
		return err
	}
	tokens, err := store.List()
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(t.Out, listed(tokens))
	}
	variable := store.Environment()
	if len(tokens) == 0 {
		if variable == "" {
			fmt.Fprintln(t.Err, "No access tokens found.")
			return nil
		}
		fmt.Fprintf(t.Err, "No stored access tokens found.\nNote: Environment variable `%s` is set and is the current active token.\n", variable)
		return nil
	}
	writeTable(t.Out, tokens)
	switch {
	case variable != "":
		fmt.Fprintf(t.Err, "\nNote: Environment variable `%s` is set and is the current active token independently from the stored tokens listed above.\n", variable)
	case !anyActive(tokens):
		fmt.Fprintln(t.Err, "\nNote: No active token is set and no environment variable `HF_TOKEN` is found. Use `hfspark login` to log in.")
	}
	return nil
}

func anyActive(tokens []hub.StoredToken) bool {
	for _, token := range tokens {
		if token.Active {
			return true
		}
	}
	return false
}

// listedToken is a token in the JSON of [List].
type listedToken struct {
	Name    string     `json:"name"`
	Token   string     `json:"token"` // its first and last characters
	Active  bool       `json:"active"`
	Expires *time.Time `json:"expires,omitempty"`
}

func listed(tokens []hub.StoredToken) []listedToken {
	out := make([]listedToken, len(tokens))
	for i, token := range tokens {
		out[i] = listedToken{Name: token.Name, Token: token.Masked, Active: token.Active}
		if !token.Expires.IsZero() {
			out[i].Expires = &token.Expires
		}
	}
	return out
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// writeTable prints tokens with a star at the active one; a column of dates comes with the first token that has one.
func writeTable(w io.Writer, tokens []hub.StoredToken) {
	rows := [][]string{{"", "name", "token", "expires"}, {}}
	dated := false
	for _, token := range tokens {
		row := []string{"", token.Name, token.Masked, ""}
		if token.Active {
			row[0] = "*"
		}
		if !token.Expires.IsZero() {
			dated = true
			row[3] = token.Expires.Format(time.DateOnly)
			if token.Expires.Before(time.Now()) {
				row[3] += " (expired)"
			}
		}
		rows = append(rows, row)
	}
	columns := 4
	if !dated {
		columns = 3
	}
	widths := make([]int, columns)
	for i := range widths {
		widths[i] = 1
		for _, row := range rows {
			if i < len(row) {
				widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
			}
		}
		rows[1] = append(rows[1], strings.Repeat("-", widths[i]))
	}
	for _, row := range rows {
		var line strings.Builder
		for i, width := range widths {
			line.WriteString(row[i] + strings.Repeat(" ", width-utf8.RuneCountInString(row[i])+1))
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}
