package wire

import "encoding/json"

// Texts that clients look for: no error code tells these refusals apart.
const (
	// MessageStaleParent comes with 412 when the branch is no longer at a commit's parentCommit.
	MessageStaleParent = "The branch was updated since you opened this page. Please refresh and try again."
	// MessageNoSuchFile comes with 404 and [CodeEntryNotFound] when a commit deletes what is not there.
	MessageNoSuchFile = "A file with this name doesn't exist"
)

// Bounds of one commit, as on the Hub.
const (
	MaxCommitLFS   = 25_000      // LFS files
	MaxCommitBytes = 1_000 << 20 // bytes of the request
)

// CreateRepoRequest makes a repository.
type CreateRepoRequest struct {
	Name         string  `json:"name"`
	Organization *string `json:"organization"` // nil is the user's own namespace
	Type         string  `json:"type,omitempty"`
	Visibility   string  `json:"visibility,omitempty"` // "public" or "private"
	Private      *bool   `json:"private,omitempty"`    // the older form of Visibility
	// License is put into a README; Files are the first ones of the repository.
	License string       `json:"license,omitempty"`
	Files   []CommitFile `json:"files,omitempty"`
}

// CreateRepoAnswer answers [CreateRepoRequest]. With status 409 it is there too, with Error.
type CreateRepoAnswer struct {
	URL   string `json:"url"`
	Name  string `json:"name,omitempty"`
	ID    string `json:"id,omitempty"`
	Error string `json:"error,omitempty"`
}

// DeleteRepoRequest deletes a repository.
type DeleteRepoRequest struct {
	Name         string  `json:"name"`
	Organization *string `json:"organization"`
	Type         string  `json:"type,omitempty"`
}

// MoveRepoRequest renames a repository.
type MoveRepoRequest struct {
	FromRepo string `json:"fromRepo"`
	ToRepo   string `json:"toRepo"`
	Type     string `json:"type,omitempty"`
}

// DuplicateRepoRequest copies a repository.
type DuplicateRepoRequest struct {
	Repository string `json:"repository"`
	Visibility string `json:"visibility,omitempty"`
	Private    *bool  `json:"private,omitempty"`
}

// SettingsRequest changes settings: those that are not nil.
type SettingsRequest struct {
	Visibility *string `json:"visibility,omitempty"`
	Private    *bool   `json:"private,omitempty"`
	Gated      *Gated  `json:"gated,omitempty"`
}

// BranchRequest makes a branch.
type BranchRequest struct {
	StartingPoint string `json:"startingPoint,omitempty"` // a revision; "" is main
	EmptyBranch   bool   `json:"emptyBranch,omitempty"`   // begin without files
	Overwrite     bool   `json:"overwrite,omitempty"`     // move a branch that is there; without a starting point it stays
}

// TagRequest makes a tag.
type TagRequest struct {
	Tag     string `json:"tag"`
	Message string `json:"message,omitempty"`
}

// SquashRequest replaces a branch's history by one commit.
type SquashRequest struct {
	Message string `json:"message,omitempty"`
}

// Person is who wrote something in a discussion.
type Person struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
}

// RepoName names a repository and its type: "dataset".
type RepoName struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// CreateDiscussionRequest opens a discussion or a pull request.
type CreateDiscussionRequest struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	PullRequest bool   `json:"pullRequest"`
}

// Discussion is a discussion or a pull request; its status is "draft", "open", "closed" or "merged". What follows Repo comes
// with one that is asked for by its number.
type Discussion struct {
	Num           int      `json:"num"`
	Title         string   `json:"title"`
	Status        string   `json:"status"`
	Author        Person   `json:"author"`
	CreatedAt     string   `json:"createdAt"`
	IsPullRequest bool     `json:"isPullRequest"`
	Repo          RepoName `json:"repo"`

	Events             []DiscussionEvent  `json:"events,omitempty"`
	Changes            *DiscussionChanges `json:"changes,omitempty"`
	FilesWithConflicts json.RawMessage    `json:"filesWithConflicts,omitempty"` // a list of paths, or true
	Diff               string             `json:"diff,omitempty"`
}

// DiscussionChanges tells where a pull request goes.
type DiscussionChanges struct {
	Base          string `json:"base"` // a ref
	MergeCommitID string `json:"mergeCommitId,omitempty"`
}

// DiscussionEvent is something that happened in a discussion. Data depends on the type.
type DiscussionEvent struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"` // "comment", "status-change", "commit" or "title-change"
	CreatedAt string          `json:"createdAt"`
	Author    Person          `json:"author"`
	Data      json.RawMessage `json:"data"`
}

// DiscussionPage is a page of a repository's discussions.
type DiscussionPage struct {
	Discussions []Discussion `json:"discussions"`
	Count       int          `json:"count"` // of all
	Start       int          `json:"start"`
}

// AccessRequest is somebody's request to read a gated repository; its status is "pending", "accepted" or "rejected".
type AccessRequest struct {
	RequestID string            `json:"requestId"`
	User      AccessRequestUser `json:"user"`
	Status    string            `json:"status"`
	Timestamp string            `json:"timestamp"`
	Fields    map[string]string `json:"fields,omitempty"`
}

// AccessRequestUser is who asks for access.
type AccessRequestUser struct {
	User     string `json:"user"`
	FullName string `json:"fullname,omitempty"`
	Email    string `json:"email,omitempty"`
}

// HandleAccessRequest decides an access request, that of User or that with RequestID.
type HandleAccessRequest struct {
	User            string `json:"user,omitempty"`
	RequestID       string `json:"requestId,omitempty"`
	Status          string `json:"status"`
	RejectionReason string `json:"rejectionReason,omitempty"`
}

// LFSFile is an LFS object of a repository, wherever in its history.
type LFSFile struct {
	FileOID  string `json:"fileOid"` // names it in [DeleteLFSRequest]
	Filename string `json:"filename"`
	OID      string `json:"oid"` // SHA-256
	PushedAt string `json:"pushedAt"`
	Ref      string `json:"ref,omitempty"`
	Size     int64  `json:"size"`
}

// DeleteLFSRequest deletes LFS objects from a repository.
type DeleteLFSRequest struct {
	Deletions struct {
		SHA            []string `json:"sha"`
		RewriteHistory bool     `json:"rewriteHistory"`
	} `json:"deletions"`
}
