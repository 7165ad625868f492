package localhub

import (
	"errors"
	"net/http"
	"time"

	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// AccessFile is the name of the file in the root folder that tells who may do what. It is never served.
const AccessFile = access.FileName

// rule tells who may do what with a repository.
func (s *Server) rule(repo *store.Repository) (access.Rule, error) {
	settings, err := repo.Settings()
	if err != nil {
		return access.Rule{}, err
	}
	state := access.State{Private: settings.Private, Disabled: settings.Disabled, Gated: settings.Gated, Owner: settings.Owner}
	for _, r := range settings.Requests {
		if r.Status == requestAccepted {
			state.Accepted = append(state.Accepted, r.User)
		}
	}
	return s.access.Rule(repo.ID(), state), nil
}

// known is the user who sends a request; "" for anonymous requests and those with a token that does not work.
func (s *Server) known(r *http.Request) string {
	who, err := s.access.Identify(r.Header.Get("Authorization"), time.Now())
	if err != nil {
		return ""
	}
	return who.User
}

// unauthorized refuses a token.
func unauthorized(err error) *failure {
	var expired *access.ExpiredError
	if errors.As(err, &expired) {
		return &failure{status: http.StatusUnauthorized, message: expired.Error()}
	}
	return &failure{status: http.StatusUnauthorized, message: wire.MessageInvalidCredentials}
}
