package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Settings is what a repository has beside its files. It is kept as settings.json in the repository's folder.
type Settings struct {
	Private  bool   `json:"private,omitempty"`
	Gated    string `json:"gated,omitempty"` // "", "auto" or "manual"
	Disabled bool   `json:"disabled,omitempty"`
	// Owner is the user who created the repository; "" for one that began as a plain folder.
	Owner   string    `json:"owner,omitempty"`
	Created time.Time `json:"created"`
	// Requests are those of users for access to a gated repository, in the order in which they came.
	Requests []AccessRequest `json:"requests,omitempty"`
	// Discussions are discussions and pull requests, by number. The ref of pull request N is refs/pr/N.
	Discussions []Discussion `json:"discussions,omitempty"`
}

// AccessRequest is a user's request for access to a gated repository.
type AccessRequest struct {
	User    string    `json:"user"`
	Status  string    `json:"status"` // "pending", "accepted" or "rejected"
	Created time.Time `json:"created"`
	// Fields are the answers to the repository's questions, if there are any; Reason is why the request was rejected.
	Fields map[string]string `json:"fields,omitempty"`
	Reason string            `json:"reason,omitempty"`
}

// Discussion is a discussion or a pull request. Both share one row of numbers, from 1.
type Discussion struct {
	Number      int       `json:"number"`
	PullRequest bool      `json:"pullRequest,omitempty"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Author      string    `json:"author"`
	Status      string    `json:"status"` // "open", "closed", "merged" or "draft"
	Created     time.Time `json:"created"`
	// Target is the ref that a pull request is to be merged into.
	Target      string    `json:"target,omitempty"`
	MergeCommit string    `json:"mergeCommit,omitempty"`
	Comments    []Comment `json:"comments,omitempty"`
}

// Comment is one in a discussion, or something else that happened there.
type Comment struct {
	ID      string    `json:"id"`
	Author  string    `json:"author"`
	Text    string    `json:"text"`
	Created time.Time `json:"created"`
	// Event is "" for a comment. In a "status-change" Text is the new status, in a "title-change" the new title and From the old one.
	Event  string `json:"event,omitempty"`
	From   string `json:"from,omitempty"`
	Edited bool   `json:"edited,omitempty"`
	Hidden bool   `json:"hidden,omitempty"` // and Text is gone
}

const settingsFile = "settings.json"

// Settings returns a copy of the repository's settings. A plain folder without any has the zero value.
func (r *Repository) Settings() (Settings, error) {
	content, err := os.ReadFile(filepath.Join(r.folder(), settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Settings{}, nil
	}
	var s Settings
	if err == nil {
		err = json.Unmarshal(content, &s)
	}
	if err != nil {
		return Settings{}, fmt.Errorf("settings of %s: %w", r.id, err)
	}
	return s, nil
}

// Update changes the settings by a function that is given a copy; when it returns an error nothing changes, and that error is
// returned. Updates of one repository happen one after another. change must not use the repository. A plain folder stays one.
func (r *Repository) Update(change func(*Settings) error) error {
	release, err := r.begin(context.Background())
	if err != nil {
		return err
	}
	defer release()
	return r.update(change)
}

// update changes the settings. The repository is held for changing.
func (r *Repository) update(change func(*Settings) error) error {
	s, err := r.Settings()
	if err != nil {
		return err
	}
	if err := change(&s); err != nil {
		return err
	}
	if err := r.store.disk.mkdir(r.folder()); err != nil {
		return err
	}
	return writeSettings(r.store.disk, r.folder(), s)
}

func writeSettings(d *disk, folder string, s Settings) error {
	content, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return d.replace(filepath.Join(folder, settingsFile), append(content, '\n'))
}

// What a discussion can be.
const (
	StatusOpen   = "open"
	StatusClosed = "closed"
	StatusMerged = "merged"
	StatusDraft  = "draft"
)

// Discuss adds a discussion, or a pull request from the tip of its target (refs/heads/main when d.Target is empty), and returns its
// number. Number, Created and an empty Status are filled in.
func (r *Repository) Discuss(d Discussion) (number int, err error) {
	begin := r.beginOnly
	if d.PullRequest {
		begin = r.change // There are no refs without git.
	}
	if d.PullRequest && d.Target == "" {
		d.Target = MainRef
	}
	err = begin(context.Background(), func(g *gitFolder) error {
		if number, err = r.nextNumber(g); err != nil {
			return err
		}
		if d.PullRequest {
			tip, ok, err := g.refs.read(d.Target)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("%s of %s: %w", d.Target, r.id, ErrRevision)
			}
			if err := g.refs.write(pullRef(number), tip); err != nil {
				return err
			}
		}
		return r.record(number, d)
	})
	return number, err
}

// beginOnly is change for what a plain folder has as well.
func (r *Repository) beginOnly(ctx context.Context, do func(*gitFolder) error) error {
	release, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer release()
	return do(r.managed())
}

// record adds a discussion with its number to the settings.
func (r *Repository) record(number int, d Discussion) error {
	d.Number = number
	if d.Created.IsZero() {
		d.Created = time.Now().UTC().Truncate(time.Millisecond)
	}
	if d.Status == "" {
		d.Status = StatusOpen
	}
	return r.update(func(s *Settings) error {
		s.Discussions = append(s.Discussions, d)
		return nil
	})
}

// recordPullRequest notes a pull request whose ref has just been made.
func (r *Repository) recordPullRequest(number int, c Change) error {
	title, _, _ := strings.Cut(c.message(), "\n")
	return r.record(number, Discussion{
		PullRequest: true, Title: title, Description: c.Description, Author: c.Author, Target: c.Ref,
	})
}

func pullRef(number int) string { return pullPrefix + strconv.Itoa(number) }

// nextNumber returns the number of the next discussion. g is nil for a plain folder.
func (r *Repository) nextNumber(g *gitFolder) (int, error) {
	s, err := r.Settings()
	if err != nil {
		return 0, err
	}
	last := 0
	for _, d := range s.Discussions {
		last = max(last, d.Number)
	}
	if g == nil {
		return last + 1, nil
	}
	all, err := g.refs.all()
	for ref := range all {
		if digits, ok := strings.CutPrefix(ref, pullPrefix); ok {
			number, _ := strconv.Atoi(digits)
			last = max(last, number)
		}
	}
	return last + 1, err
}

// repair notes the pull requests that have a ref but no entry in the settings, because the process ended in between.
func (r *Repository) repair(g *gitFolder) error {
	s, err := r.Settings()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, d := range s.Discussions {
		known[pullRef(d.Number)] = true
	}
	all, err := g.refs.all()
	if err != nil {
		return err
	}
	for ref, id := range all {
		number, err := strconv.Atoi(strings.TrimPrefix(ref, pullPrefix))
		if !strings.HasPrefix(ref, pullPrefix) || known[ref] || err != nil {
			continue
		}
		c, err := g.objects.commit(id)
		if err != nil {
			return err
		}
		d := Discussion{PullRequest: true, Title: c.Title, Description: c.Message, Author: c.Author, Target: MainRef, Created: c.Date}
		if err := r.record(number, d); err != nil {
			return err
		}
	}
	return nil
}
