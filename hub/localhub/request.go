package localhub

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// The states of a request for access.
const (
	requestPending  = "pending"
	requestAccepted = "accepted"
	requestRejected = "rejected"
)

// requestID names the request of a user for access to a repository.
func requestID(repo, user string) string { return internalID("request " + repo + " " + user) }

// findRequest returns the index of a user's request, or -1.
func findRequest(all []store.AccessRequest, user string) int {
	return slices.IndexFunc(all, func(r store.AccessRequest) bool { return strings.EqualFold(r.User, user) })
}

// gated refuses a user without access to a gated repository, and says how to get it.
func (e *exchange) gated() error {
	if e.user == "" {
		return gated(e.user, e.repo.ID())
	}
	settings, err := e.repo.Settings()
	if err != nil {
		return err
	}
	f := gated(e.user, e.repo.ID())
	f.message += " Ask for it by POST " + e.repoURL(e.repo.ID()) + "/ask-access, with the token."
	if at := findRequest(settings.Requests, e.user); at >= 0 {
		switch settings.Requests[at].Status {
		case requestPending:
			f.message = fmt.Sprintf("Your request to access dataset %s is awaiting a review from the repo authors.", e.repo.ID())
		case requestRejected:
			f.message = fmt.Sprintf("Your request to access dataset %s has been rejected by the repo's authors.", e.repo.ID())
		}
	}
	return f
}

// askAccess takes a user's request for access to a gated repository: a form with the answers to its questions.
func (e *exchange) askAccess() error {
	if e.user == "" {
		return &failure{status: http.StatusUnauthorized, code: wire.CodeGatedRepo, message: "Log in to ask for access."}
	}
	if e.rule.Gated == "" {
		return badRequest("the dataset %s is not gated", e.repo.ID())
	}
	fields, err := e.answers()
	if err != nil {
		return err
	}
	status := requestPending
	if e.rule.Gated == "auto" {
		status = requestAccepted
	}
	err = e.repo.Update(func(s *store.Settings) error {
		if at := findRequest(s.Requests, e.user); at >= 0 {
			status = s.Requests[at].Status
			return nil
		}
		s.Requests = append(s.Requests, store.AccessRequest{User: e.user, Status: status, Created: time.Now().UTC(), Fields: fields})
		return nil
	})
	if err != nil {
		return refused(err)
	}
	sendJSON(e.w, http.StatusOK, map[string]string{"status": status})
	return nil
}

// maxAnswers bounds the answers to the questions of a gated repository, in bytes.
const maxAnswers = 64 << 10

// answers reads a form, or texts in JSON.
func (e *exchange) answers() (map[string]string, error) {
	out := map[string]string{}
	kind, _, _ := mime.ParseMediaType(e.r.Header.Get("Content-Type"))
	if kind == "application/json" {
		return out, e.json(maxAnswers, &out)
	}
	text, err := io.ReadAll(e.body(maxAnswers))
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, badRequest("cannot read the form: %v", err)
	}
	for name := range form {
		out[name] = strings.ToValidUTF8(form.Get(name), "\ufffd")
	}
	return out, nil
}

// accessRequests lists the requests in one state.
func (e *exchange) accessRequests() error {
	if e.route.sub == "handle" || e.route.sub == "grant" {
		return &failure{status: http.StatusMethodNotAllowed, message: e.r.Method + " is not allowed here"}
	}
	settings, err := e.gatedSettings()
	if err != nil {
		return err
	}
	query := e.r.URL.Query()
	limit, err := pageLimit(query.Get("limit"), pageSize)
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(settings.Requests, func(r store.AccessRequest) bool { return r.Status != e.route.sub })
	if after := query.Get("cursor"); after != "" {
		at := slices.IndexFunc(found, func(r store.AccessRequest) bool { return requestID(e.repo.ID(), r.User) == after })
		found = found[at+1:]
	}
	if len(found) > limit {
		found = found[:limit]
		query.Set("cursor", requestID(e.repo.ID(), found[limit-1].User))
		e.linkNext(query)
	}
	out := []wire.AccessRequest{}
	for _, r := range found {
		person, _ := e.server.access.Person(r.User)
		out = append(out, wire.AccessRequest{
			RequestID: requestID(e.repo.ID(), r.User), Status: r.Status, Timestamp: wireTime(r.Created), Fields: r.Fields,
			User: wire.AccessRequestUser{User: r.User, FullName: person.FullName, Email: person.Email},
		})
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// gatedSettings returns the settings of a gated repository for those who decide on access to it.
func (e *exchange) gatedSettings() (store.Settings, error) {
	if err := e.mayWrite("decide on access to it"); err != nil {
		return store.Settings{}, err
	}
	if e.rule.Gated == "" {
		return store.Settings{}, badRequest("the dataset %s is not gated", e.repo.ID())
	}
	settings, err := e.repo.Settings()
	return settings, refused(err)
}

// decideAccess accepts, rejects or cancels a request, or grants access without one.
func (e *exchange) decideAccess() error {
	if e.route.sub != "handle" && e.route.sub != "grant" {
		return &failure{status: http.StatusMethodNotAllowed, message: e.r.Method + " is not allowed here"}
	}
	if _, err := e.gatedSettings(); err != nil {
		return err
	}
	var request wire.HandleAccessRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	change := e.handleAccess(request)
	if e.route.sub == "grant" {
		change = e.grantAccess(request.User)
	}
	if err := e.repo.Update(change); err != nil {
		return refused(err)
	}
	sendJSON(e.w, http.StatusOK, struct{}{})
	return nil
}

// handleAccess decides on a request.
func (e *exchange) handleAccess(request wire.HandleAccessRequest) func(*store.Settings) error {
	return func(s *store.Settings) error {
		if !slices.Contains([]string{requestPending, requestAccepted, requestRejected}, request.Status) {
			return badRequest("the status is %q: expected pending, accepted or rejected", request.Status)
		}
		at := slices.IndexFunc(s.Requests, func(r store.AccessRequest) bool {
			return (request.User != "" && strings.EqualFold(r.User, request.User)) || (request.RequestID != "" && requestID(e.repo.ID(), r.User) == request.RequestID)
		})
		switch {
		case at < 0:
			return &failure{status: http.StatusNotFound, message: "There is no such access request"}
		case s.Requests[at].Status == request.Status:
			return badRequest("the access request is %s already", request.Status)
		}
		s.Requests[at].Status, s.Requests[at].Reason = request.Status, request.RejectionReason
		return nil
	}
}

// grantAccess accepts a user who did not ask.
func (e *exchange) grantAccess(user string) func(*store.Settings) error {
	return func(s *store.Settings) error {
		person, known := e.server.access.Person(user)
		if !known {
			return &failure{status: http.StatusNotFound, message: fmt.Sprintf("There is no user %q", user)}
		}
		at := findRequest(s.Requests, user)
		switch {
		case at < 0:
			s.Requests = append(s.Requests, store.AccessRequest{User: person.Name, Status: requestAccepted, Created: time.Now().UTC()})
		case s.Requests[at].Status == requestAccepted:
			return badRequest("%s has access already", person.Name)
		default:
			s.Requests[at].Status, s.Requests[at].Reason = requestAccepted, ""
		}
		return nil
	}
}
