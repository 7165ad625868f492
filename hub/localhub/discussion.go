package localhub

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// Bounds of discussions. The page is the Hub's; titles have 3 to 200 characters there.
const (
	discussionPage = 10
	maxTitle       = 200
	minTitle       = 3
	maxComment     = 64 << 10
	maxEvents      = 1000 // commits of a pull request that are told
)

// The states of a discussion.
const (
	statusDraft  = "draft"
	statusOpen   = "open"
	statusClosed = "closed"
	statusMerged = "merged"
)

func pullRequestRef(number int) string { return "refs/pr/" + strconv.Itoa(number) }

// wireTime is a time as the Hub writes it.
func wireTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// discussion is one without what happened in it.
func (e *exchange) discussion(d store.Discussion) wire.Discussion {
	return wire.Discussion{
		Num: d.Number, Title: d.Title, Status: d.Status, Author: wire.Person{Name: d.Author, Type: "user"}, CreatedAt: wireTime(d.Created),
		IsPullRequest: d.PullRequest, Repo: wire.RepoName{Name: e.repo.ID(), Type: datasetType},
	}
}

// findDiscussion returns the index of a discussion.
func findDiscussion(all []store.Discussion, number int) (int, error) {
	at := slices.IndexFunc(all, func(d store.Discussion) bool { return d.Number == number })
	if at < 0 {
		return 0, &failure{status: http.StatusNotFound, code: wire.CodeEntryNotFound, message: fmt.Sprintf("There is no discussion %d", number)}
	}
	return at, nil
}

// discussions lists discussions, the newest first, or tells one of them.
func (e *exchange) discussions() error {
	if e.route.sub != "" {
		return &failure{status: http.StatusMethodNotAllowed, message: e.r.Method + " is not allowed here"}
	}
	settings, err := e.repo.Settings()
	if err != nil {
		return err
	}
	if e.route.number > 0 {
		at, err := findDiscussion(settings.Discussions, e.route.number)
		if err != nil {
			return err
		}
		return e.tellDiscussion(settings.Discussions[at])
	}
	query := e.r.URL.Query()
	page := 0
	if text := query.Get("p"); text != "" {
		if page, err = strconv.Atoi(text); err != nil || page < 0 || page > len(settings.Discussions) {
			return badRequest("p is %q: expected the number of a page, from 0", text)
		}
	}
	var found []store.Discussion
	for _, d := range slices.Backward(settings.Discussions) {
		kind, status, author := query.Get("type"), query.Get("status"), query.Get("author")
		closed := d.Status == statusClosed || d.Status == statusMerged
		if (kind == "pull_request" && !d.PullRequest) || (kind == "discussion" && d.PullRequest) || (status == statusOpen && closed) ||
			(status == statusClosed && !closed) || (author != "" && !strings.EqualFold(author, d.Author)) {
			continue
		}
		found = append(found, d)
	}
	out := wire.DiscussionPage{Discussions: []wire.Discussion{}, Count: len(found), Start: page * discussionPage}
	for _, d := range found[min(out.Start, len(found)):min(out.Start+discussionPage, len(found))] {
		out.Discussions = append(out.Discussions, e.discussion(d))
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// tellDiscussion sends a discussion with all that happened in it.
func (e *exchange) tellDiscussion(d store.Discussion) error {
	out := e.discussion(d)
	out.Events = []wire.DiscussionEvent{commentEvent(store.Comment{
		ID: internalID(e.repo.ID() + " " + strconv.Itoa(d.Number)), Author: d.Author, Text: d.Description, Created: d.Created,
	})}
	for _, c := range d.Comments {
		out.Events = append(out.Events, commentEvent(c))
	}
	if d.PullRequest {
		commits, err := e.pullRequestCommits(d)
		if err != nil {
			return err
		}
		out.Events = append(out.Events, commits...)
		out.Changes = &wire.DiscussionChanges{Base: d.Target, MergeCommitID: d.MergeCommit}
		out.FilesWithConflicts = json.RawMessage("[]")
	}
	slices.SortStableFunc(out.Events[1:], func(a, b wire.DiscussionEvent) int { return strings.Compare(a.CreatedAt, b.CreatedAt) })
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// commentEvent is a comment, or a change of title or status.
func commentEvent(c store.Comment) wire.DiscussionEvent {
	data := map[string]any{"edited": c.Edited, "hidden": c.Hidden, "latest": map[string]any{"raw": c.Text, "updatedAt": wireTime(c.Created)}}
	kind := "comment"
	switch c.Event {
	case "status-change":
		kind, data = c.Event, map[string]any{"status": c.Text}
	case "title-change":
		kind, data = c.Event, map[string]any{"from": c.From, "to": c.Text}
	}
	return event(c.ID, kind, c.Author, c.Created, data)
}

func event(id, kind, author string, at time.Time, data map[string]any) wire.DiscussionEvent {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // Texts and booleans can be written.
	}
	return wire.DiscussionEvent{ID: id, Type: kind, CreatedAt: wireTime(at), Author: wire.Person{Name: author, Type: "user"}, Data: text}
}

// pullRequestCommits are the commits of a pull request that its target did not have.
func (e *exchange) pullRequestCommits(d store.Discussion) ([]wire.DiscussionEvent, error) {
	tip, err := e.repo.Resolve(pullRequestRef(d.Number))
	if errors.Is(err, store.ErrRevision) {
		return nil, nil
	}
	if err != nil {
		return nil, refused(err)
	}
	base := map[string]bool{}
	if target, err := e.repo.Resolve(d.Target); err == nil {
		for c, err := range e.repo.Log(target) {
			if err != nil {
				return nil, refused(err)
			}
			base[c.SHA] = true
		}
	}
	var out []wire.DiscussionEvent
	for c, err := range e.repo.Log(tip) {
		if err != nil {
			return nil, refused(err)
		}
		if base[c.SHA] || len(out) == maxEvents {
			break
		}
		out = append(out, event(c.SHA[:24], "commit", c.Author, c.Date, map[string]any{"subject": c.Title, "oid": c.SHA}))
	}
	slices.Reverse(out)
	return out, nil
}

// discuss opens a discussion or a pull request, or changes one.
func (e *exchange) discuss() error {
	if !e.rule.Opens(e.user) {
		return e.gated()
	}
	if err := e.mayChange("take part in discussions"); err != nil {
		return err
	}
	if e.route.number > 0 {
		return e.changeDiscussion()
	}
	if e.route.sub != "" {
		return &failure{status: http.StatusNotFound, message: "Sorry, this Hub has no such page"}
	}
	var request wire.CreateDiscussionRequest
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	title, err := checkTitle(request.Title)
	if err != nil {
		return err
	}
	if len(request.Description) > maxComment {
		return badRequest("the description is longer than %d bytes", maxComment)
	}
	d := store.Discussion{PullRequest: request.PullRequest, Title: title, Description: request.Description, Author: e.author(), Status: statusOpen}
	if d.PullRequest {
		d.Status, d.Target = statusDraft, store.MainRef
	}
	number, err := e.repo.Discuss(d)
	if err != nil {
		return refused(err)
	}
	sendJSON(e.w, http.StatusOK, map[string]any{"num": number, "pullRequest": d.PullRequest, "url": e.repoURL(e.repo.ID()) + "/discussions/" + strconv.Itoa(number)})
	return nil
}

func checkTitle(title string) (string, error) {
	title = strings.TrimSpace(title)
	if n := utf8.RuneCountInString(title); n < minTitle || n > maxTitle {
		return "", badRequest("a title has %d to %d characters, not %d", minTitle, maxTitle, n)
	}
	return title, nil
}
