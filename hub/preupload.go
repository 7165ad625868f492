package hub

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/hfspark/hfspark/hub/wire"
)

// preupload asks the Hub how to upload at most [wire.MaxPreupload] files, and notes the answers in their state.
func (u *uploader) preupload(ctx context.Context, adds []*Add, gitIgnore string) error {
	request := wire.PreuploadRequest{Files: make([]wire.PreuploadFile, 0, len(adds)), GitIgnore: gitIgnore}
	asked := 0
	for _, add := range adds {
		if add.state.planned {
			continue
		}
		sample, err := readHead(add.Content, wire.MaxSample)
		if err != nil {
			return u.about(add.state.path).wrap(err)
		}
		asked++
		request.Files = append(request.Files, wire.PreuploadFile{Path: add.state.path, Sample: sample, Size: add.Content.Size()})
	}
	if asked == 0 {
		return nil
	}
	query := ""
	if u.o.CreatePullRequest {
		query = "create_pr=1"
	}
	address, err := u.c.url(u.repo.apiPath()+"/preupload/"+url.PathEscape(u.revision), query)
	if err != nil {
		return u.fail(err.Error(), "", err)
	}
	var response wire.PreuploadResponse
	cl := call{subject: u.subject, method: http.MethodPost, url: address, kind: kindAPI}
	if _, err := u.c.sendJSON(ctx, cl, request, &response); err != nil {
		return u.c.writeHint(err)
	}
	u.base = response.CommitOID
	return u.notePlans(adds, response.Files)
}

// notePlans takes over the Hub's answers.
func (u *uploader) notePlans(adds []*Add, answers []wire.PreuploadAnswer) error {
	byPath := make(map[string]wire.PreuploadAnswer, len(answers))
	for _, answer := range answers {
		byPath[answer.Path] = answer
	}
	for _, add := range adds {
		if add.state.planned {
			continue
		}
		answer, known := byPath[add.state.path]
		switch {
		case !known:
			return u.about(add.state.path).fail("the Hub does not tell how to upload it", u.c.endpointHint(), ErrMalformed)
		case answer.UploadMode != wire.ModeRegular && answer.UploadMode != wire.ModeLFS:
			return u.about(add.state.path).fail(fmt.Sprintf("the Hub wants it uploaded in a way that is not known here: %q", answer.UploadMode), "", ErrMalformed)
		}
		state := &add.state
		state.planned, state.ignored, state.remote, state.mode = true, answer.ShouldIgnore, answer.OID, answer.UploadMode
		if add.Content.Size() == 0 {
			state.mode = wire.ModeRegular // Storage servers refuse empty objects (huggingface_hub, _commit_api.py).
		}
	}
	return nil
}

// writeHint makes the hint of a refusal to write fit.
func (c *Client) writeHint(err error) error {
	e, ok := err.(*Error) //nolint:errorlint // Errors of the client are not wrapped.
	if !ok || (e.Status != http.StatusForbidden && e.Status != http.StatusUnauthorized) || e.Code == wire.CodeGatedRepo {
		return err
	}
	switch {
	case c.token() == "":
		e.Hint = "Writing needs a token: set HF_TOKEN, or run `hfspark login`."
	case e.Status == http.StatusForbidden:
		e.Hint = fmt.Sprintf("The token%s must have the right to write to %s: see %s/settings/tokens.", c.tokenOrigin(), e.Repo, c.Endpoint())
	}
	return e
}

// endpointHint is what to check when answers make no sense.
func (c *Client) endpointHint() string {
	return fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s).", c.Endpoint())
}
