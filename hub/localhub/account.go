package localhub

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/hub/wire"
)

func (e *exchange) whoami() error {
	name := e.author()
	if name == "" {
		return &failure{status: http.StatusUnauthorized, message: "Invalid username or password."}
	}
	person, known := e.server.access.Person(name)
	if !known {
		person = access.Person{Name: name, FullName: name}
	}
	token := wire.AccessToken{DisplayName: e.who.Token, Role: string(e.who.Role)}
	if e.user == "" {
		token = wire.AccessToken{DisplayName: everybody, Role: string(access.RoleWrite)}
	}
	orgs := []wire.Org{}
	for _, org := range e.server.access.Orgs(name) {
		orgs = append(orgs, wire.Org{Type: "org", Name: org.Name, FullName: org.FullName})
	}
	sendJSON(e.w, http.StatusOK, wire.Whoami{
		Type: "user", ID: internalID(person.Name), Name: person.Name, FullName: person.FullName, Email: person.Email, Orgs: orgs,
		Auth: wire.WhoamiAuth{Type: "access_token", AccessToken: token},
	})
	return nil
}

// internalID is the opaque id of an object: 24 hexadecimal digits.
func internalID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])[:24]
}

func (e *exchange) authCheck() error {
	if e.route.write {
		if err := e.mayWrite("write to it"); err != nil {
			return err
		}
	}
	if !e.rule.Opens(e.user) {
		return e.gated()
	}
	sendJSON(e.w, http.StatusOK, struct{}{})
	return nil
}

// page tells a person who follows a link to a repository what to do.
func (e *exchange) page() error {
	text := "Dataset " + e.repo.ID() + "\n\nLoad it with spark.read.format(\"huggingface\").load(\"" + e.repo.ID() + "\") and HF_ENDPOINT=" + e.address() + "\n"
	if e.rule.Gated != "" {
		text += "\nAccess is restricted. Ask for it by POST " + e.repoURL(e.repo.ID()) + "/ask-access with your token.\n"
	}
	e.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	sendBody(e.w, http.StatusOK, []byte(text))
	return nil
}

// maxCard bounds a README in a request to check it, and in a description.
const maxCard = 4 << 20

// validateYAML checks the front matter of a README.
func (e *exchange) validateYAML() error {
	var request struct {
		Content  string `json:"content"`
		RepoType string `json:"repoType"`
	}
	if err := e.json(maxCard, &request); err != nil {
		return err
	}
	out := wire.Validation{Errors: []wire.ValidationMessage{}, Warnings: []wire.ValidationMessage{}}
	var metadata map[string]any
	if err := yaml.Unmarshal([]byte(frontMatter(request.Content)), &metadata); err != nil {
		out.Errors = append(out.Errors, wire.ValidationMessage{Message: err.Error()})
	}
	status := http.StatusOK
	if len(out.Errors) > 0 {
		status = http.StatusBadRequest
	}
	sendJSON(e.w, status, out)
	return nil
}

// frontMatter returns the YAML between the lines of dashes that a README begins with.
func frontMatter(readme string) string {
	lines := strings.SplitAfter(strings.TrimPrefix(readme, "\ufeff"), "\n")
	if strings.TrimRight(lines[0], "\r\n") != "---" {
		return ""
	}
	for i, line := range lines[1:] {
		if strings.TrimRight(line, "\r\n") == "---" {
			return strings.Join(lines[1:i+1], "")
		}
	}
	return ""
}
