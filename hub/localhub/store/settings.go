package store

import "time"

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

// Settings returns a copy of the repository's settings. A plain folder without any has the zero value.
func (r *Repository) Settings() (Settings, error) { panic("todo") }

// Update changes the settings by a function that is given a copy; when it returns an error nothing changes, and that error is
// returned. Updates of one repository happen one after another. change must not use the repository. A plain folder stays one.
func (r *Repository) Update(change func(*Settings) error) error { panic("todo") }

// Discuss adds a discussion, or a pull request from the tip of its target (refs/heads/main when d.Target is empty), and returns its
// number. Number, Created and an empty Status are filled in.
func (r *Repository) Discuss(d Discussion) (int, error) { panic("todo") }
