package localhub

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// discussionChange is a request to change a discussion; each kind has some of the members.
type discussionChange struct {
	Comment string `json:"comment"`
	Title   string `json:"title"`
	Status  string `json:"status"`
	Content string `json:"content"`
}

// changeDiscussion comments on a discussion, changes its title or status, or merges it.
func (e *exchange) changeDiscussion() error {
	var request discussionChange
	if err := e.json(maxJSON, &request); err != nil {
		return err
	}
	if len(request.Comment) > maxComment || len(request.Content) > maxComment {
		return badRequest("a comment is longer than %d bytes", maxComment)
	}
	verb, rest, _ := strings.Cut(e.route.sub, "/")
	switch {
	case verb == "comment" && rest == "":
		return e.comment(request.Comment)
	case verb == "comment":
		id, what, _ := strings.Cut(rest, "/")
		return e.changeComment(id, what, request.Content)
	case verb == "title" && rest == "":
		return e.retitle(request.Title)
	case verb == "status" && rest == "":
		return e.changeStatus(request.Status, request.Comment)
	case verb == "merge" && rest == "":
		return e.merge(request.Comment)
	}
	return &failure{status: http.StatusNotFound, message: "Sorry, this Hub has no such page"}
}

// updateDiscussion changes the discussion of the request.
func (e *exchange) updateDiscussion(change func(*store.Discussion) error) error {
	return refused(e.repo.Update(func(s *store.Settings) error {
		at, err := findDiscussion(s.Discussions, e.route.number)
		if err != nil {
			return err
		}
		return change(&s.Discussions[at])
	}))
}

// note is something that the user does now.
func (e *exchange) note(event, text string) store.Comment {
	var id [12]byte
	_, _ = rand.Read(id[:]) // It does not fail.
	return store.Comment{ID: hex.EncodeToString(id[:]), Author: e.author(), Text: text, Created: time.Now().UTC(), Event: event}
}

func (e *exchange) comment(text string) error {
	if strings.TrimSpace(text) == "" {
		return badRequest("the comment is empty")
	}
	c := e.note("", text)
	if err := e.updateDiscussion(func(d *store.Discussion) error {
		d.Comments = append(d.Comments, c)
		return nil
	}); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, map[string]wire.DiscussionEvent{"newMessage": commentEvent(c)})
	return nil
}

// changeComment edits or hides a comment: one's own, or any for who writes to the repository.
func (e *exchange) changeComment(id, what, content string) error {
	if what != "edit" && what != "hide" {
		return &failure{status: http.StatusNotFound, message: "Sorry, this Hub has no such page"}
	}
	var changed store.Comment
	err := e.updateDiscussion(func(d *store.Discussion) error {
		at := slices.IndexFunc(d.Comments, func(c store.Comment) bool { return c.ID == id && c.Event == "" })
		if at < 0 {
			return &failure{status: http.StatusNotFound, code: wire.CodeEntryNotFound, message: "There is no such comment"}
		}
		c := &d.Comments[at]
		if c.Author != e.author() && !(what == "hide" && e.rule.Writes(e.user)) {
			return forbidden("This comment belongs to somebody else")
		}
		if what == "edit" {
			c.Text, c.Edited = content, true
		} else {
			c.Text, c.Hidden = "", true
		}
		changed = *c
		return nil
	})
	if err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, map[string]wire.DiscussionEvent{"updatedComment": commentEvent(changed)})
	return nil
}

// directs refuses who neither opened a discussion nor writes to the repository.
func (e *exchange) directs(d *store.Discussion) error {
	if d.Author == e.author() || e.rule.Writes(e.user) {
		return nil
	}
	return forbidden("Only who opened a discussion, or writes to the repository, can change it")
}

func (e *exchange) retitle(title string) error {
	title, err := checkTitle(title)
	if err != nil {
		return err
	}
	c := e.note("title-change", title)
	if err := e.updateDiscussion(func(d *store.Discussion) error {
		if err := e.directs(d); err != nil {
			return err
		}
		c.From, d.Title = d.Title, title
		d.Comments = append(d.Comments, c)
		return nil
	}); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, map[string]wire.DiscussionEvent{"newTitle": commentEvent(c)})
	return nil
}

func (e *exchange) changeStatus(status, comment string) error {
	if status != statusOpen && status != statusClosed {
		return badRequest("the status is %q: expected open or closed", status)
	}
	c := e.note("status-change", status)
	if err := e.updateDiscussion(func(d *store.Discussion) error {
		if err := e.directs(d); err != nil {
			return err
		}
		if d.Status == statusMerged {
			return &failure{status: http.StatusConflict, message: "The pull request is merged"}
		}
		d.Status = status
		if comment != "" {
			d.Comments = append(d.Comments, e.note("", comment))
		}
		d.Comments = append(d.Comments, c)
		return nil
	}); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, map[string]wire.DiscussionEvent{"newStatus": commentEvent(c)})
	return nil
}

// merge puts a pull request on its target. A draft is opened by it.
func (e *exchange) merge(comment string) error {
	if err := e.mayWrite("merge this pull request"); err != nil {
		return err
	}
	var title string
	if err := e.updateDiscussion(func(d *store.Discussion) error {
		if !d.PullRequest {
			return badRequest("discussion %d is no pull request", d.Number)
		}
		if d.Status == statusDraft {
			d.Status = statusOpen
		}
		if comment != "" {
			d.Comments = append(d.Comments, e.note("", comment))
		}
		title = d.Title + " (#" + strconv.Itoa(d.Number) + ")"
		return nil
	}); err != nil {
		return err
	}
	result, err := e.repo.Merge(e.r.Context(), e.route.number, title, "", e.author())
	if err != nil {
		return refused(err)
	}
	if err := e.updateDiscussion(func(d *store.Discussion) error {
		d.Comments = append(d.Comments, e.note("status-change", statusMerged))
		return nil
	}); err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, map[string]any{"success": true, "commitOid": result.Commit})
	return nil
}
