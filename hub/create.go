package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// RepoOptions say how a repository is made.
type RepoOptions struct {
	// Private hides it from everybody without access; nil leaves that to the Hub: public, unless an organization has it otherwise.
	Private *bool
	// ExistOK takes a repository that exists for success, whatever its settings are.
	ExistOK bool
}

// CreateRepo makes a repository with one commit and returns its full name: an id without a namespace is made in the user's own.
// Errors: [ErrExists], [ErrInvalid] for names that the Hub does not take, [ErrForbidden], [ErrQuota].
func (c *Client) CreateRepo(ctx context.Context, repo Repo, o RepoOptions) (Repo, error) {
	s := subject{op: "create", repo: repo}
	if err := repo.check(s); err != nil {
		return Repo{}, err
	}
	u, err := c.url("/api/repos/create", "")
	if err != nil {
		return Repo{}, s.fail(err.Error(), "", err)
	}
	request := wire.CreateRepoRequest{Type: string(repo.Type)}
	request.Organization, request.Name = repo.split()
	if o.Private != nil {
		request.Visibility = visibility(*o.Private)
	}
	body, err := json.Marshal(request)
	if err != nil {
		return Repo{}, s.fail(err.Error(), "", err)
	}
	cl := call{
		subject: s, method: http.MethodPost, url: u, kind: kindAPI, retry: retryRefused, body: body,
		header: http.Header{"Content-Type": {"application/json"}},
		wanted: func(rep *reply) bool { return rep.StatusCode < 400 || rep.StatusCode == http.StatusConflict },
	}
	var created Repo
	err = c.do(ctx, cl, func(rep *reply) (err error) {
		created, err = c.created(s, rep, o.ExistOK)
		return err
	})
	if err == nil {
		return created, nil
	}
	if o.ExistOK && (errors.Is(err, ErrUnauthorized) || errors.Is(err, ErrQuota)) {
		// Who may not create may still find it there.
		if info, found := c.Info(ctx, repo, ""); found == nil {
			return Repo{Type: repo.Type, ID: info.ID}, nil
		}
	}
	return Repo{}, err
}

// creationBusy is part of the Hub's answer while another change of the same name is under way; it is worth another try.
const creationBusy = "another conflicting operation is in progress"

// created reads the answer to a creation.
func (c *Client) created(s subject, rep *reply, existOK bool) (Repo, error) {
	raw, err := io.ReadAll(io.LimitReader(rep.Body, maxErrorBody))
	_ = rep.Body.Close()
	if err != nil {
		return Repo{}, s.fail(fmt.Sprintf("the answer of %s was cut: %v", rep.Request.URL.Host, cause(err)),
			"The repository may have been created: look before you try again.", unavailable(cause(err)))
	}
	if rep.StatusCode == http.StatusConflict {
		rep.Body = io.NopCloser(bytes.NewReader(raw))
		failed := c.failure(s, rep)
		if bytes.Contains(raw, []byte(creationBusy)) {
			return Repo{}, &transient{err: failed}
		}
		if !existOK {
			return Repo{}, asExists(failed, "it exists already")
		}
	}
	var answer wire.CreateRepoAnswer
	if err := json.Unmarshal(raw, &answer); err != nil {
		return Repo{}, c.malformed(s, rep, raw, err)
	}
	return c.createdName(s, answer)
}

// createdName finds the full name of a repository in the address that the Hub gives it.
func (c *Client) createdName(s subject, answer wire.CreateRepoAnswer) (Repo, error) {
	id := answer.Name
	if rest, found := strings.CutPrefix(c.local(answer.URL), c.Endpoint()+"/datasets/"); found {
		id = rest
	} else if _, rest, found := strings.Cut(answer.URL, "/datasets/"); found {
		id = rest // A Hub behind a proxy may call itself by another address.
	}
	repo := Repo{Type: s.repo.Type, ID: id}
	if err := repo.validate(); err != nil {
		return Repo{}, s.fail("the answer of "+c.endpoint.Host+" does not name the repository", "", ErrMalformed)
	}
	return repo, nil
}

// split returns namespace, nil when there is none, and name.
func (r Repo) split() (namespace *string, name string) {
	if before, after, found := strings.Cut(r.ID, "/"); found {
		return &before, after
	}
	return nil, r.ID
}

func visibility(private bool) string {
	if private {
		return "private"
	}
	return "public"
}

// DeleteRepo deletes a repository with its whole history. There is no way back. With missingOK a repository that is not there is no
// error. Errors: [ErrRepositoryNotFound], [ErrForbidden].
func (c *Client) DeleteRepo(ctx context.Context, repo Repo, missingOK bool) error {
	s := subject{op: "delete", repo: repo}
	if err := repo.check(s); err != nil {
		return err
	}
	u, err := c.url("/api/repos/delete", "")
	if err != nil {
		return s.fail(err.Error(), "", err)
	}
	request := wire.DeleteRepoRequest{Type: string(repo.Type)}
	request.Organization, request.Name = repo.split()
	_, err = c.sendJSON(ctx, call{subject: s, method: http.MethodDelete, url: u, kind: kindAPI, retry: retryRefused}, request, nil)
	if missingOK && errors.Is(err, ErrRepositoryNotFound) {
		return nil
	}
	return err
}

// MoveRepo gives a repository another name, another namespace, or both. The Hub redirects readers of the old name. Both ids need a
// namespace. Errors: [ErrExists] when there is one of the new name, [ErrRepositoryNotFound], [ErrForbidden], [ErrInvalid].
func (c *Client) MoveRepo(ctx context.Context, from, to Repo) error {
	s := subject{op: "move", repo: from}
	for _, repo := range []Repo{from, to} {
		if err := repo.check(s); err != nil {
			return err
		}
		if !strings.Contains(repo.ID, "/") {
			return s.fail(fmt.Sprintf("%q has no namespace: give both ids as namespace/name", repo.ID), "", ErrInvalid)
		}
	}
	u, err := c.url("/api/repos/move", "")
	if err != nil {
		return s.fail(err.Error(), "", err)
	}
	request := wire.MoveRepoRequest{FromRepo: from.ID, ToRepo: to.ID, Type: string(from.Type)}
	_, err = c.sendJSON(ctx, call{subject: s, method: http.MethodPost, url: u, kind: kindAPI, retry: retryRefused}, request, nil)
	return asExists(err, fmt.Sprintf("there is a dataset %q already", to.ID))
}

// Settings are what can be changed of a repository; nil leaves a setting as it is.
type Settings struct {
	Private *bool
	Gated   *string // "" opens it; "auto" grants access to whoever asks, "manual" leaves it to the owners
}

// UpdateSettings changes settings of a repository. Errors: [ErrInvalid] when there is nothing to change or a value is unknown,
// [ErrForbidden], [ErrRepositoryNotFound].
func (c *Client) UpdateSettings(ctx context.Context, repo Repo, settings Settings) error {
	s := subject{op: "change the settings of", repo: repo}
	cl, err := c.repoCall(s, http.MethodPut, "/settings")
	if err != nil {
		return err
	}
	var request wire.SettingsRequest
	if settings.Private == nil && settings.Gated == nil {
		return s.fail("no setting is given", "Give Private, Gated or both.", ErrInvalid)
	}
	if settings.Private != nil {
		text := visibility(*settings.Private)
		request.Visibility = &text
	}
	if settings.Gated != nil {
		switch *settings.Gated {
		case "", "auto", "manual":
		default:
			return s.fail(fmt.Sprintf("gated cannot be %q", *settings.Gated), `It is "auto", "manual", or "" for open.`, ErrInvalid)
		}
		gated := wire.Gated(*settings.Gated)
		request.Gated = &gated
	}
	cl.retry = retryAlways // Setting a value twice is setting it.
	_, err = c.sendJSON(ctx, cl, request, nil)
	return err
}

// Squash replaces the history of a branch by one commit with the same files; "" is main. There is no way back, and readers at older
// commits of the branch may find them gone. An empty message names the branch. Errors: [ErrRevisionNotFound], [ErrForbidden].
func (c *Client) Squash(ctx context.Context, repo Repo, branch, message string) error {
	branch = orMain(branch)
	s := subject{op: "squash", repo: repo, revision: branch}
	cl, err := c.repoCall(s, http.MethodPost, "/super-squash/"+url.PathEscape(branch))
	if err != nil {
		return err
	}
	if message == "" {
		message = fmt.Sprintf("Squash branch %q", branch)
	}
	_, err = c.sendJSON(ctx, cl, wire.SquashRequest{Message: message}, nil)
	return err
}
