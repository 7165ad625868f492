package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hfspark/hfspark/hub/wire"
)

// Commit is a change of a repository that happens as a whole or not at all.
type Commit struct {
	Summary     string // the title; must not be empty
	Description string // the text below the title
	// Parent is the commit that the branch must stand at, in full or its first 5 digits or more; "" takes whatever is there. When the
	// branch has moved on, the commit fails with [ErrConflict]. With CreatePullRequest it is what the pull request starts from.
	Parent string
	// CreatePullRequest opens a pull request with the commit instead of changing the revision.
	CreatePullRequest bool
	// Operations are done in their order. No path may be written twice, or be deleted after it is written.
	Operations []Operation
	// Upload says how contents that are not with the Hub yet are sent. Its CreatePullRequest is that of the commit.
	Upload UploadOptions
}

// CommitResult is what became of a [Commit].
type CommitResult struct {
	OID string // the new commit, or what the revision stands for when Empty
	URL string // of its web page
	// Empty means that no commit was made: everything is already as the operations would make it.
	Empty          bool
	PullRequest    int // number of the pull request that was opened; 0 when none was asked for
	PullRequestURL string
	// Ignored are the paths of adds that the repository's .gitignore keeps out.
	Ignored []string
	// Unchanged counts adds and copies that were left out because the same content is there already.
	Unchanged int
}

// parentPattern is what huggingface_hub takes for a commit (constants.py).
var parentPattern = regexp.MustCompile(`^[0-9a-fA-F]{5,40}$`)

// Commit makes one commit on revision ("" is main). Contents that [Client.Upload] has not brought to the Hub are uploaded first; then
// one request, which streams small files from where they are, names all operations. Operations that would change nothing are left
// out, as huggingface_hub does; when none is left, no commit is made. A README.md at the root is checked by the Hub before anything
// is sent, and refused with [ErrInvalid] when its metadata is not valid.
//
// The commit request is sent again only where it cannot be made twice: when no connection was made, when the Hub answered 429, and
// when the connection broke before all of the request was sent. After any other failure the branch is looked at: a commit since the
// one known before that has just these contents is taken for this one. When there is none the request is sent again, bound to the
// commit that was looked at, so that the Hub refuses it should the first one have been under way still.
//
// Errors: [ErrConflict] when the branch is not at Parent (status 412) or another commit is under way (status 409), both so that the
// caller can plan anew; [ErrEntryNotFound] when there is nothing to delete or copy; and those of [Client.Upload].
func (c *Client) Commit(ctx context.Context, repo Repo, revision string, commit Commit) (*CommitResult, error) {
	return c.newCommitter(repo, revision, commit, newUploadMeter(commit.Upload.Progress)).run(ctx)
}

// committer makes one commit.
type committer struct {
	c *Client
	subject
	commit Commit
	meter  *uploadMeter
	// readmeChecked says that the Hub has found a README.md valid already.
	readmeChecked bool

	base    string   // commit that the revision stood for before; the new one comes after it
	changes []change // what is left of the operations
	result  CommitResult
}

func (c *Client) newCommitter(repo Repo, revision string, commit Commit, meter *uploadMeter) *committer {
	commit.Upload.CreatePullRequest = commit.CreatePullRequest
	return &committer{c: c, subject: subject{op: "commit to", repo: repo, revision: orMain(revision)}, commit: commit, meter: meter}
}

// check refuses what the Hub would refuse, and what could only be a slip.
func (x *committer) check() error {
	commit := &x.commit
	if err := x.repo.validate(); err != nil {
		return x.fail(err.Error(), "", ErrInvalid)
	}
	switch {
	case strings.TrimSpace(commit.Summary) == "":
		return x.fail("the commit has no summary", "", ErrInvalid)
	case !utf8.ValidString(commit.Summary) || !utf8.ValidString(commit.Description):
		return x.fail("summary or description is not UTF-8", "", ErrInvalid)
	case commit.Parent != "" && !parentPattern.MatchString(commit.Parent):
		return x.fail(fmt.Sprintf("the parent %q is no commit", commit.Parent), "Give 5 to 40 hexadecimal digits.", ErrInvalid)
	case isCommit(x.revision):
		return x.fail("a commit cannot be changed", "Give a branch, or refs/pr/N for a pull request.", ErrInvalid)
	}
	if err := checkOperations(commit.Operations); err != nil {
		return x.fail(err.Error(), "", err)
	}
	commit.Parent = strings.ToLower(commit.Parent)
	return nil
}

func (x *committer) run(ctx context.Context) (*CommitResult, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	if err := x.upload(ctx); err != nil {
		return nil, err
	}
	copies, err := x.resolveCopies(ctx)
	if err != nil {
		return nil, err
	}
	defer copies.close()
	if err := x.plan(copies); err != nil {
		return nil, err
	}
	if len(x.changes) == 0 {
		return x.nothing(ctx)
	}
	if err := x.findBase(ctx); err != nil {
		return nil, err
	}
	if err := x.submit(ctx); err != nil {
		return nil, err
	}
	committed := 0
	for _, operation := range x.commit.Operations {
		if add, ok := operation.(*Add); ok {
			add.state.planned = false // What is at the path is another content now.
			committed++
		}
	}
	x.meter.committed(committed - len(x.result.Ignored))
	return &x.result, nil
}

// upload brings the contents to the Hub that are not there yet.
func (x *committer) upload(ctx context.Context) error {
	var adds []*Add
	for _, operation := range x.commit.Operations {
		if add, ok := operation.(*Add); ok {
			adds = append(adds, add)
			if add.state.planned && add.state.unchanged() {
				add.state.planned = false // What was at the path some time ago may not be there any more.
			}
		}
	}
	if !x.readmeChecked {
		if err := x.c.validateReadme(ctx, x.subject, adds); err != nil {
			return err
		}
	}
	u := x.c.newUploader(x.repo, x.revision, x.commit.Upload, x.meter)
	err := u.upload(ctx, adds)
	x.base = u.base
	return err
}

// maxReadme is the largest README.md whose metadata is checked: the Hub takes no larger ones for text.
const maxReadme = 10 << 20

// validateReadme has the Hub check the metadata of a README.md, as huggingface_hub does.
func (c *Client) validateReadme(ctx context.Context, about subject, adds []*Add) error {
	about.op, about.path = "check", "README.md"
	for _, add := range adds {
		if path, err := add.target(); err != nil || path != "README.md" || add.Content == nil || add.Content.Size() > maxReadme {
			continue
		}
		content, err := readContent(add.Content)
		if err != nil {
			return about.wrap(err)
		}
		if !utf8.Valid(content) {
			return about.fail("README.md is not UTF-8", "", ErrInvalid)
		}
		return c.validateYAML(ctx, about, string(content))
	}
	return nil
}

func (c *Client) validateYAML(ctx context.Context, s subject, content string) error {
	u, err := c.url("/api/validate-yaml", "")
	if err != nil {
		return s.fail(err.Error(), "", err)
	}
	var answer wire.Validation
	cl := call{subject: s, method: http.MethodPost, url: u, kind: kindAPI, wanted: func(rep *reply) bool {
		return rep.StatusCode < 400 || rep.StatusCode == http.StatusBadRequest
	}}
	if _, err := c.sendJSON(ctx, cl, wire.ValidateYAML{Content: content, RepoType: string(s.repo.Type)}, &answer); err != nil {
		return err
	}
	for _, warning := range answer.Warnings {
		c.log.WarnContext(ctx, "the Hub warns about the metadata of a README.md", "repo", s.repo.ID, "warning", warning.Message)
	}
	if len(answer.Errors) == 0 {
		return nil
	}
	messages := make([]string, len(answer.Errors))
	for i, e := range answer.Errors {
		messages[i] = c.redact(e.Message)
	}
	return s.fail("the Hub finds its metadata invalid: "+strings.Join(messages, "; "), "Correct the YAML at its top.", ErrInvalid)
}

// nothing answers for a commit that would be empty.
func (x *committer) nothing(ctx context.Context) (*CommitResult, error) {
	info, err := x.c.Info(ctx, x.repo, x.revision)
	if err != nil {
		return nil, err
	}
	if parent := x.commit.Parent; parent != "" && !x.commit.CreatePullRequest && !strings.HasPrefix(info.SHA, parent) {
		failed := x.fail(fmt.Sprintf("the revision is at %s and not at the parent %s", shortRevision(info.SHA), shortRevision(parent)),
			x.c.statusHint(http.StatusPreconditionFailed), ErrConflict)
		return nil, failed
	}
	x.result.OID, x.result.URL, x.result.Empty = info.SHA, x.commitURL(info.SHA), true
	x.meter.committed(x.result.Unchanged)
	return &x.result, nil
}

func (x *committer) commitURL(oid string) string {
	return x.c.Endpoint() + x.repo.pagePath() + "/commit/" + oid
}

// findBase makes sure that the commit before the new one is known.
func (x *committer) findBase(ctx context.Context) error {
	if x.commit.Parent != "" && isCommit(x.commit.Parent) {
		x.base = x.commit.Parent
	}
	if x.base != "" {
		return nil
	}
	info, err := x.c.Info(ctx, x.repo, x.revision)
	if err != nil {
		return err
	}
	x.base = info.SHA
	return nil
}

// commitTimeout is how long the Hub may think about a commit: it gives itself 60 s, and says so after that.
const commitTimeout = 2 * time.Minute

// post sends the commit request. sent tells whether all of it may have left this machine, and wait how long the Hub wants to be left
// alone after a failure; 0 means that it does not say.
func (x *committer) post(ctx context.Context, parent string) (answer wire.CommitResponse, sent bool, wait time.Duration, err error) {
	query := ""
	if x.commit.CreatePullRequest {
		query = "create_pr=1"
	}
	u, err := x.c.url(x.repo.apiPath()+"/commit/"+url.PathEscape(x.revision), query)
	if err != nil {
		return answer, false, 0, x.fail(err.Error(), "", err)
	}
	request, err := newCommitRequest(ctx, wire.CommitHeader{
		Summary: x.commit.Summary, Description: x.commit.Description, ParentCommit: parent,
	}, x.changes, x.meter)
	if err != nil {
		return answer, false, 0, x.wrap(err)
	}
	cl := call{
		subject: x.subject, method: http.MethodPost, url: u, kind: kindAPI, retry: retryRefused, timeout: commitTimeout,
		header: http.Header{"Content-Type": {wire.MediaTypeNDJSON}},
		stream: request.stream(),
		wanted: func(rep *reply) bool {
			wait = requestedWait(rep.StatusCode, rep.Header, x.c.now())
			return rep.StatusCode < 400
		},
	}
	_, err = x.c.getJSON(ctx, cl, &answer)
	return answer, request.complete(), wait, err
}

// accept takes over the Hub's answer.
func (x *committer) accept(answer wire.CommitResponse) error {
	if !isCommit(answer.CommitOID) {
		return x.fail("the Hub's answer does not name the commit", x.c.endpointHint(), ErrMalformed)
	}
	x.result.OID, x.result.URL = answer.CommitOID, x.c.local(answer.CommitURL)
	if x.result.URL == "" {
		x.result.URL = x.commitURL(answer.CommitOID)
	}
	if !x.commit.CreatePullRequest {
		return nil
	}
	_, number, _ := strings.Cut(answer.PullRequestURL, "/discussions/")
	n, err := strconv.Atoi(number)
	if err != nil || n <= 0 {
		return x.fail("the commit was made, but the Hub's answer does not name the pull request", x.c.endpointHint(), ErrMalformed)
	}
	x.result.PullRequest, x.result.PullRequestURL = n, x.c.local(answer.PullRequestURL)
	return nil
}

// submit sends the commit request until it is known to be done, or known to fail.
func (x *committer) submit(ctx context.Context) error {
	parent := x.commit.Parent
	unclear := false // an earlier try may have been done, or may still be
	for attempt := 1; ; attempt++ {
		answer, sent, wait, err := x.post(ctx, parent)
		if err == nil {
			return x.accept(answer)
		}
		fate := fateOf(err, sent)
		if ctx.Err() != nil || (fate == refused && !unclear) {
			return x.c.writeHint(x.explain(err, fate))
		}
		if fate == unknown {
			unclear = true
		}
		if unclear {
			landed, tip, lookErr := x.landed(ctx)
			switch {
			case lookErr != nil:
				return x.uncertain(err, lookErr)
			case landed:
				x.c.log.InfoContext(ctx, "the commit was made, though the connection broke before the Hub's answer", "repo", x.repo.ID, "commit", x.result.OID)
				return nil
			case fate == refused && !x.mayClear(err):
				return x.c.writeHint(x.explain(err, fate))
			case x.commit.Parent == "" && !x.commit.CreatePullRequest:
				parent = tip
			}
		}
		if attempt > x.c.retry.Tries || errors.Is(err, ErrMalformed) {
			return err
		}
		if err := x.pause(ctx, attempt, wait, err); err != nil {
			return err
		}
	}
}

// mayClear tells whether a refusal of a further try may be due to an earlier try that is still under way, or to somebody else's commit
// on a branch whose state the caller does not care about.
func (x *committer) mayClear(err error) bool {
	e, ok := err.(*Error) //nolint:errorlint // Errors of the client are not wrapped.
	return ok && errors.Is(err, ErrConflict) && (x.commit.Parent == "" || e.Status == http.StatusConflict)
}

// pause waits before the next try.
func (x *committer) pause(ctx context.Context, attempt int, wait time.Duration, reason error) error {
	if wait == 0 {
		wait = x.c.retry.backoff(attempt)
	}
	x.c.stats.retries.Add(1)
	x.c.log.DebugContext(ctx, "sending a commit again", "repo", x.repo.ID, "try", attempt+1, "wait", wait, "cause", reason)
	if err := x.c.sleep(ctx, wait); err != nil {
		return x.c.final(ctx, x.subject, err, 1)
	}
	return nil
}

// explain adds what a person needs to know to act on a refusal.
func (x *committer) explain(err error, fate fate) error {
	e, ok := err.(*Error) //nolint:errorlint // Errors of the client are not wrapped.
	switch {
	case !ok:
	case errors.Is(err, ErrEntryNotFound):
		e.Hint = "Files and folders are deleted by different operations: check which one it is, and whether it is still there."
	case fate == unknown && !x.commit.CreatePullRequest:
		e.Hint = fmt.Sprintf("The commit may have been made: look at %s/commits/%s.", x.c.Endpoint()+x.repo.pagePath(), x.revision)
	}
	return err
}

// uncertain says that it could not be found out whether the commit was made.
func (x *committer) uncertain(err, lookErr error) error {
	failed := x.fail(fmt.Sprintf("it is not known whether the commit was made: %v; and looking it up failed: %v", err, lookErr),
		fmt.Sprintf("Look at %s/commits/%s, or make the same commit again: what is there already is left out.", x.c.Endpoint()+x.repo.pagePath(), x.revision),
		errors.Join(err, lookErr))
	if e, ok := err.(*Error); ok { //nolint:errorlint // Errors of the client are not wrapped.
		failed.Status, failed.RequestID = e.Status, e.RequestID
	}
	return failed
}
