package localhub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// failure is a request that fails, in the Hub's terms.
type failure struct {
	status  int
	code    string // X-Error-Code; "" for none
	message string
	commit  string // X-Repo-Commit; clients note a missing file only with it
}

func (f *failure) Error() string { return f.message }

func repoNotFound(user string) *failure {
	f := &failure{status: http.StatusNotFound, code: wire.CodeRepoNotFound, message: "Repository not found"}
	if user == "" {
		f.status = http.StatusUnauthorized // A private repository looks like a missing one.
	}
	return f
}

func gated(user, id string) *failure {
	if user == "" {
		return &failure{
			status: http.StatusUnauthorized, code: wire.CodeGatedRepo,
			message: fmt.Sprintf("Access to dataset %s is restricted: only users who were granted access can read it. Please log in.", id),
		}
	}
	return &failure{
		status: http.StatusForbidden, code: wire.CodeGatedRepo,
		message: fmt.Sprintf("Access to dataset %s is restricted, and %s is not among the users who were granted access.", id, user),
	}
}

func revisionNotFound(revision string) *failure {
	return &failure{status: http.StatusNotFound, code: wire.CodeRevisionNotFound, message: "Invalid rev id: " + revision}
}

func entryNotFound(path, commit string) *failure {
	return &failure{status: http.StatusNotFound, code: wire.CodeEntryNotFound, message: fmt.Sprintf("%q does not exist", path), commit: commit}
}

func badRequest(format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

// send writes the failure as the Hub does: in headers, which answers to HEAD have as well, and as JSON.
func (f *failure) send(w *recorder) {
	h := w.Header()
	if f.code != "" {
		h.Set(wire.HeaderErrorCode, f.code)
	}
	if f.commit != "" {
		h.Set(wire.HeaderRepoCommit, f.commit)
	}
	h.Set(wire.HeaderErrorMessage, headerText(f.message))
	sendJSON(w, f.status, map[string]string{"error": f.message})
}

// headerText makes text fit for a header.
func headerText(text string) string {
	quoted := strconv.QuoteToASCII(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// sendJSON writes v as the body. What cannot be encoded is a mistake in this package.
func sendJSON(w *recorder, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	sendBody(w, status, body)
}

func sendBody(w *recorder, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if w.method != http.MethodHead {
		_, _ = w.Write(body) // A client that went away wants no answer.
	}
}

// recorder notes what is sent. It leaves writing file content to the server's own fast way.
type recorder struct {
	http.ResponseWriter
	method string
	status int
	bytes  int64
}

// WriteHeader implements [http.ResponseWriter].
func (w *recorder) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (w *recorder) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// nowhere takes an answer that is to be lost. What Unwrap gives is for requests, whose bodies are read all the same.
type nowhere struct{ http.ResponseWriter }

// WriteHeader implements [http.ResponseWriter].
func (nowhere) WriteHeader(int) {}

// Write implements [http.ResponseWriter].
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// Unwrap is for [http.ResponseController].
func (w nowhere) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Unwrap is for [http.ResponseController].
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
