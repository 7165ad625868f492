package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/hub/wire"
)

// fate is what a failure tells of a commit request.
type fate int

const (
	refused fate = iota // it was not done, and sending it again would not help
	unsent              // it was not done: the Hub did not get all of it
	unknown             // it may have been done, or may still be
)

// fateOf reads a failure. sent tells whether all of the request may have left this machine: the Hub knows its length, and does nothing
// with a part of it.
func fateOf(err error, sent bool) fate {
	var e *Error
	switch {
	case errors.Is(err, ErrUnavailable) && sent:
		return unknown
	case errors.Is(err, ErrUnavailable):
		return unsent
	case errors.Is(err, ErrMalformed) && errors.As(err, &e) && e.Status != 0 && e.Status < 400:
		return unknown // Something answered that it went well, but not in the way of a Hub.
	}
	return refused
}

// landed looks whether the commit was made although no answer said so, and completes the result if so. tip is where the revision
// stands; it is empty for pull requests.
func (x *committer) landed(ctx context.Context) (landed bool, tip string, err error) {
	if x.commit.CreatePullRequest {
		landed, err = x.pullRequestLanded(ctx)
		return landed, "", err
	}
	history, err := x.history(ctx, x.revision)
	if err != nil || len(history) == 0 {
		return false, "", err
	}
	tip = history[0].ID
	for i, commit := range history {
		if commit.ID == x.base {
			break
		}
		// The tip is worth a look whatever its title is: somebody may have made the very same change.
		if i > 0 && !x.titled(commit) {
			continue
		}
		if same, err := x.holds(ctx, commit.ID); err != nil {
			return false, tip, err
		} else if same {
			x.result.OID, x.result.URL = commit.ID, x.commitURL(commit.ID)
			return true, tip, nil
		}
	}
	return false, tip, nil
}

// titled tells whether a commit has the title of this one.
func (x *committer) titled(commit wire.Commit) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(x.commit.Summary), "\n")
	return strings.TrimSpace(commit.Title) == strings.TrimSpace(first)
}

// history returns the latest commits of a revision, the newest first, as many as the Hub tells at once.
func (x *committer) history(ctx context.Context, revision string) ([]wire.Commit, error) {
	s := x.subject
	s.op, s.revision = "look up commits of", revision
	u, err := x.c.url(x.repo.apiPath()+"/commits/"+url.PathEscape(revision), "")
	if err != nil {
		return nil, s.fail(err.Error(), "", err)
	}
	var commits []wire.Commit
	_, err = x.c.getJSON(ctx, call{subject: s, method: http.MethodGet, url: u, kind: kindAPI}, &commits)
	return commits, err
}

// holds tells whether the repository has, at a commit, just what the operations make of it.
func (x *committer) holds(ctx context.Context, commit string) (bool, error) {
	paths := make([]string, len(x.changes))
	for i, ch := range x.changes {
		paths[i] = ch.path
	}
	entries, err := x.c.PathsInfo(ctx, x.repo, commit, paths)
	if err != nil {
		return false, err
	}
	there := make(map[string]Entry, len(entries))
	for _, entry := range entries {
		there[entry.Path] = entry
	}
	written := map[string]bool{} // folders that hold something that is written
	for _, ch := range x.changes {
		for folder := ch.path; ch.deletion == "" && folder != ""; folder = parentOf(folder) {
			written[folder] = true
		}
	}
	for _, ch := range x.changes {
		entry, exists := there[ch.path]
		if ch.deletion != "" {
			if exists && !written[ch.path] {
				return false, nil
			}
			continue
		}
		same, err := x.is(ctx, entry, ch)
		if err != nil || !exists || !same {
			return false, err
		}
	}
	return true, nil
}

// is tells whether an entry has the content of a change.
func (x *committer) is(ctx context.Context, entry Entry, ch change) (bool, error) {
	if ch.content == nil {
		return entry.LFS != nil && entry.LFS.SHA256 == ch.lfs, nil
	}
	if entry.LFS != nil || entry.Size != ch.content.Size() {
		return false, nil
	}
	oid, err := gitOID(ctx, ch.content, func(int64) {})
	if err != nil {
		return false, fmt.Errorf("%s: %w", ch.path, err)
	}
	return entry.OID == oid, nil
}

// latestPullRequests is how many pull requests are looked at, from the newest on.
const latestPullRequests = 5

// pullRequestLanded looks for a pull request that consists of the commit.
func (x *committer) pullRequestLanded(ctx context.Context) (bool, error) {
	s := x.subject
	s.op, s.revision = "look up pull requests of", ""
	u, err := x.c.url(x.repo.apiPath()+"/refs", "include_prs=1")
	if err != nil {
		return false, s.fail(err.Error(), "", err)
	}
	var refs wire.Refs
	if _, err := x.c.getJSON(ctx, call{subject: s, method: http.MethodGet, url: u, kind: kindAPI}, &refs); err != nil {
		return false, err
	}
	numbers := make(map[int]string)
	var order []int
	for _, ref := range refs.PullRequests {
		if n, err := strconv.Atoi(ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]); err == nil {
			numbers[n] = ref.Ref
			order = append(order, n)
		}
	}
	sort.Sort(sort.Reverse(sort.IntSlice(order)))
	start := x.base
	if x.commit.Parent != "" {
		start = x.commit.Parent
	}
	for _, n := range order[:min(latestPullRequests, len(order))] {
		history, err := x.history(ctx, numbers[n])
		if err != nil {
			return false, err
		}
		// Its own commit, then the one that it starts from.
		if len(history) < 2 || !x.titled(history[0]) || !strings.HasPrefix(history[1].ID, start) {
			continue
		}
		same, err := x.holds(ctx, history[0].ID)
		if err != nil {
			return false, err
		}
		if same {
			x.result.OID, x.result.URL = history[0].ID, x.commitURL(history[0].ID)
			x.result.PullRequest = n
			x.result.PullRequestURL = fmt.Sprintf("%s%s/discussions/%d", x.c.Endpoint(), x.repo.pagePath(), n)
			return true, nil
		}
	}
	return false, nil
}
