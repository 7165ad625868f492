package hub

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
)

// PullRequest is a change of a repository that waits to be merged. Its files can be read, and commits added to it, at [PullRequest.Ref].
type PullRequest struct {
	Number  int
	Title   string
	Status  string // "draft", "open", "closed" or "merged"
	Author  string
	Created time.Time
	URL     string // of its web page
}

// Ref is the revision of the pull request's files: refs/pr/N.
func (p PullRequest) Ref() string { return PullRequestRef(p.Number) }

// PullRequestRef is the revision that pull request number has.
func PullRequestRef(number int) string { return "refs/pr/" + strconv.Itoa(number) }

// CreatePullRequest opens a pull request without changes, as a draft; commit to its [PullRequest.Ref] to fill it. Errors:
// [ErrInvalid] without a title, [ErrRepositoryNotFound], [ErrUnauthorized].
func (c *Client) CreatePullRequest(ctx context.Context, repo Repo, title, description string) (*PullRequest, error) {
	s := subject{op: "open a pull request of", repo: repo}
	cl, err := c.repoCall(s, http.MethodPost, "/discussions")
	if err != nil {
		return nil, err
	}
	if title = strings.TrimSpace(title); title == "" {
		return nil, s.fail("it has no title", "", ErrInvalid)
	}
	request := wire.CreateDiscussionRequest{Title: title, Description: strings.TrimSpace(description), PullRequest: true}
	var made wire.Discussion
	if _, err := c.sendJSON(ctx, cl, request, &made); err != nil {
		return nil, err
	}
	if made.Num <= 0 {
		return nil, s.fail("the answer of "+cl.url.Host+" lacks its number", "", ErrMalformed)
	}
	if made.Title == "" {
		made.Title, made.Status = title, "draft"
	}
	out := c.pullRequest(repo, made)
	return &out, nil
}

func (c *Client) pullRequest(repo Repo, d wire.Discussion) PullRequest {
	created, err := time.Parse(time.RFC3339, d.CreatedAt)
	if err != nil {
		created = time.Time{} // Nothing depends on it.
	}
	return PullRequest{
		Number: d.Num, Title: d.Title, Status: d.Status, Author: d.Author.Name, Created: created,
		URL: c.Endpoint() + repo.pagePath() + "/discussions/" + strconv.Itoa(d.Num),
	}
}

// PullRequest returns one pull request by its number. Errors: [ErrNotFound] when there is none, [ErrInvalid] when the number is that
// of a discussion.
func (c *Client) PullRequest(ctx context.Context, repo Repo, number int) (*PullRequest, error) {
	s := subject{op: fmt.Sprintf("look up pull request %d of", number), repo: repo}
	cl, err := c.discussionCall(s, http.MethodGet, number, "")
	if err != nil {
		return nil, err
	}
	cl.retry = retryAlways
	var d wire.Discussion
	if _, err := c.getJSON(ctx, cl, &d); err != nil {
		return nil, err
	}
	if !d.IsPullRequest {
		return nil, s.fail("it is a discussion without changes", "", ErrInvalid)
	}
	out := c.pullRequest(repo, d)
	return &out, nil
}

// PullRequests yields the pull requests of a repository, the latest first: those with a status of "open" (drafts among them) or
// "closed" (merged ones among them), or all with "". After an error, which comes with a zero PullRequest, nothing follows.
func (c *Client) PullRequests(ctx context.Context, repo Repo, status string) iter.Seq2[PullRequest, error] {
	return func(yield func(PullRequest, error) bool) {
		s := subject{op: "list the pull requests of", repo: repo}
		query := url.Values{"type": {"pull_request"}}
		if status != "" {
			query.Set("status", status)
		}
		for index, more := 0, true; more; index++ {
			var page wire.DiscussionPage
			cl, err := c.repoCall(s, http.MethodGet, "/discussions")
			if err == nil {
				query.Set("p", strconv.Itoa(index))
				cl.url.RawQuery, cl.retry = query.Encode(), retryAlways
				_, err = c.getJSON(ctx, cl, &page)
			}
			if err != nil {
				yield(PullRequest{}, err)
				return
			}
			for _, d := range page.Discussions {
				if d.IsPullRequest && !yield(c.pullRequest(repo, d), nil) {
					return
				}
			}
			more = len(page.Discussions) > 0 && page.Start+len(page.Discussions) < page.Count
		}
	}
}

// MergePullRequest puts the changes of a pull request into the branch it is for. Errors: [ErrConflict] when they contradict what is
// there, [ErrForbidden], [ErrNotFound].
func (c *Client) MergePullRequest(ctx context.Context, repo Repo, number int, comment string) error {
	s := subject{op: fmt.Sprintf("merge pull request %d of", number), repo: repo}
	return c.changeDiscussion(ctx, s, number, "/merge", map[string]string{}, comment)
}

// ClosePullRequest closes a pull request without merging it. Errors: [ErrForbidden], [ErrNotFound].
func (c *Client) ClosePullRequest(ctx context.Context, repo Repo, number int, comment string) error {
	s := subject{op: fmt.Sprintf("close pull request %d of", number), repo: repo}
	return c.changeDiscussion(ctx, s, number, "/status", map[string]string{"status": "closed"}, comment)
}

func (c *Client) changeDiscussion(ctx context.Context, s subject, number int, path string, body map[string]string, comment string) error {
	cl, err := c.discussionCall(s, http.MethodPost, number, path)
	if err != nil {
		return err
	}
	if comment = strings.TrimSpace(comment); comment != "" {
		body["comment"] = comment
	}
	_, err = c.sendJSON(ctx, cl, body, nil)
	return err
}

func (c *Client) discussionCall(s subject, method string, number int, path string) (call, error) {
	if number <= 0 {
		return call{}, s.fail("pull requests have numbers from 1 on", "", ErrInvalid)
	}
	return c.repoCall(s, method, "/discussions/"+strconv.Itoa(number)+path)
}
