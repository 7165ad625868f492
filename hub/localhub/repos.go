package localhub

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// datasetType is the only type of repositories here.
const datasetType = "dataset"

// onlyDatasets refuses other types. Requests without one mean a model.
func onlyDatasets(kind string) error {
	if kind == datasetType {
		return nil
	}
	if kind == "" {
		kind = "model"
	}
	return &failure{
		status:  http.StatusNotImplemented,
		message: fmt.Sprintf("This Hub has dataset repositories only, not the type %q: pass repo_type=\"dataset\"", kind),
	}
}

// repoURL is the address of a repository's page.
func (e *exchange) repoURL(id string) string { return e.address() + "/datasets/" + id }

// named returns the id of a repository in requests that tell its parts.
func (e *exchange) named(organization *string, name string) (string, error) {
	namespace := e.author()
	if organization != nil && *organization != "" {
		namespace = *organization
	}
	if namespace == "" {
		return "", e.mayChange("name a repository without its namespace")
	}
	return namespace + "/" + name, nil
}

// visibility reads the two ways in which requests tell whether a repository is private; nil means neither.
func visibility(text string, private *bool) (*bool, error) {
	switch text {
	case "":
		return private, nil
	case "public", "private":
		is := text == "private"
		return &is, nil
	}
	return nil, badRequest("there is no visibility %q for datasets: expected public or private", text)
}

// lookup finds a repository that a request names in its body, for who may know of it.
func (e *exchange) lookup(id string) error {
	e.route.repo = id
	return e.enter()
}

// createRepo makes a repository.
func (e *exchange) createRepo() error {
	var request wire.CreateRepoRequest
	if err := e.json(maxCreate, &request); err != nil {
		return err
	}
	if err := onlyDatasets(request.Type); err != nil {
		return err
	}
	if err := e.mayChange("create a repository"); err != nil {
		return err
	}
	id, err := e.named(request.Organization, request.Name)
	if err != nil {
		return err
	}
	private, err := visibility(request.Visibility, request.Private)
	if err != nil {
		return err
	}
	settings := store.Settings{Owner: e.author(), Private: private != nil && *private}
	files, err := firstFiles(request)
	if err != nil {
		return err
	}
	repo, err := e.newRepo(id, func(id string) (*store.Repository, error) { return e.createWith(id, settings, files) })
	if err != nil || repo == nil {
		return err
	}
	e.server.log.Info("created a repository", "repo", repo.ID(), "user", e.author(), "private", settings.Private)
	sendJSON(e.w, http.StatusOK, wire.CreateRepoAnswer{URL: e.repoURL(repo.ID()), Name: repo.ID(), ID: internalID(repo.ID())})
	return nil
}

// newRepo makes a repository by create, in a namespace that the user must be allowed to use. When there is one already it answers so,
// and returns nil.
func (e *exchange) newRepo(id string, create func(id string) (*store.Repository, error)) (*store.Repository, error) {
	namespace, name, _ := strings.Cut(id, "/")
	namespace = e.server.access.Namespace(namespace)
	if !store.ValidName(namespace) || !store.ValidName(name) {
		return nil, badRequest("Invalid repo name: %q. Names have at most 96 letters, digits, '-', '_' and '.', neither begin nor end with '-' or '.', "+
			"hold neither '--' nor '..', and do not end in '.git'", id)
	}
	if !e.server.access.Creates(e.user, namespace) {
		return nil, forbidden(fmt.Sprintf("You don't have the rights to create a dataset under the namespace %q", namespace))
	}
	repo, err := create(namespace + "/" + name)
	if errors.Is(err, store.ErrExists) {
		// Clients that do not mind want the address all the same.
		f := failure{status: http.StatusConflict, message: "You already created this dataset repo: " + namespace + "/" + name}
		e.w.Header().Set(wire.HeaderErrorMessage, headerText(f.message))
		sendJSON(e.w, f.status, wire.CreateRepoAnswer{URL: e.repoURL(namespace + "/" + name), Error: f.message})
		return nil, nil
	}
	return repo, refused(err)
}

// deleteRepo deletes a repository.
func (e *exchange) deleteRepo() error {
	var request wire.DeleteRepoRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	if err := onlyDatasets(request.Type); err != nil {
		return err
	}
	id, err := e.named(request.Organization, request.Name)
	if err != nil {
		return err
	}
	if err := e.lookup(id); err != nil {
		return err
	}
	if err := e.mayWrite("delete this repository"); err != nil {
		return err
	}
	if err := e.server.store.Delete(e.repo.ID()); err != nil {
		return refused(err)
	}
	e.server.log.Info("deleted a repository", "repo", e.repo.ID(), "user", e.author())
	sendJSON(e.w, http.StatusOK, struct{}{})
	return nil
}

// moveRepo gives a repository another name.
func (e *exchange) moveRepo() error {
	var request wire.MoveRepoRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	if err := onlyDatasets(request.Type); err != nil {
		return err
	}
	if err := e.lookup(request.FromRepo); err != nil {
		return err
	}
	if err := e.mayWrite("move this repository"); err != nil {
		return err
	}
	from := e.repo.ID()
	repo, err := e.newRepo(request.ToRepo, func(id string) (*store.Repository, error) {
		if err := e.server.store.Move(from, id); err != nil {
			return nil, err
		}
		return e.server.store.Repository(id)
	})
	if err != nil || repo == nil {
		return err
	}
	e.server.log.Info("moved a repository", "from", from, "to", repo.ID(), "user", e.author())
	sendJSON(e.w, http.StatusOK, wire.CreateRepoAnswer{URL: e.repoURL(repo.ID())})
	return nil
}

// duplicateRepo copies a repository.
func (e *exchange) duplicateRepo() error {
	var request wire.DuplicateRepoRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	if !e.rule.Opens(e.user) {
		return e.gated()
	}
	if err := e.mayChange("duplicate a repository"); err != nil {
		return err
	}
	private, err := visibility(request.Visibility, request.Private)
	if err != nil {
		return err
	}
	// A copy shows no more than the original.
	settings := store.Settings{Owner: e.author(), Private: e.rule.Private, Gated: e.rule.Gated}
	if private != nil {
		settings.Private = *private
	}
	repo, err := e.newRepo(request.Repository, func(id string) (*store.Repository, error) {
		return e.server.store.Duplicate(e.repo.ID(), id, settings)
	})
	if err != nil || repo == nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, wire.CreateRepoAnswer{URL: e.repoURL(repo.ID()), Name: repo.ID(), ID: internalID(repo.ID())})
	return nil
}

// changeSettings changes who may read a repository.
func (e *exchange) changeSettings() error {
	if err := e.mayWrite("change its settings"); err != nil {
		return err
	}
	var request wire.SettingsRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	text := ""
	if request.Visibility != nil {
		text = *request.Visibility
	}
	private, err := visibility(text, request.Private)
	if err != nil {
		return err
	}
	if request.Gated != nil && *request.Gated != "" && *request.Gated != "auto" && *request.Gated != "manual" {
		return badRequest("gated is %q: expected false, auto or manual", *request.Gated)
	}
	if (private != nil && e.rule.FixedPrivate && *private != e.rule.Private) || (request.Gated != nil && e.rule.FixedGated && string(*request.Gated) != e.rule.Gated) {
		return forbidden("The file " + access.FileName + " of whoever runs this Hub decides who may read this repository")
	}
	err = e.repo.Update(func(s *store.Settings) error {
		if private != nil {
			s.Private = *private
		}
		if request.Gated != nil {
			s.Gated = string(*request.Gated)
		}
		return nil
	})
	if err != nil {
		return refused(err)
	}
	if e.rule, err = e.server.rule(e.repo); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, map[string]any{"private": e.rule.Private, "gated": wire.Gated(e.rule.Gated)})
	return nil
}
