// Package wire holds what travels between a client and a Hub: the JSON bodies, header names and error codes of the Hugging Face
// Hub's HTTP interface, as far as dataset repositories need them. Client and server share it, so that neither can drift.
package wire

import "encoding/json"

// Names of the headers that carry meaning beyond plain HTTP.
const (
	HeaderErrorCode    = "X-Error-Code"
	HeaderErrorMessage = "X-Error-Message"
	HeaderRequestID    = "X-Request-Id"
	HeaderRepoCommit   = "X-Repo-Commit"
	HeaderLinkedETag   = "X-Linked-Etag"
	HeaderLinkedSize   = "X-Linked-Size"
	HeaderXetHash      = "X-Xet-Hash"
	HeaderRateLimit    = "RateLimit"
	HeaderRatePolicy   = "RateLimit-Policy"
	HeaderWarning      = "X-HF-Warning"    // "topic; message", may come several times
	HeaderTraceID      = "X-Amzn-Trace-Id" // the client's own name of a request
)

// Values of [HeaderErrorCode].
const (
	CodeRepoNotFound     = "RepoNotFound"
	CodeGatedRepo        = "GatedRepo"
	CodeRevisionNotFound = "RevisionNotFound"
	CodeEntryNotFound    = "EntryNotFound"
)

// Exact values of [HeaderErrorMessage] that clients compare with: there is no code for either.
const (
	MessageDisabled           = "Access to this resource is disabled."
	MessageInvalidCredentials = "Invalid credentials in Authorization header"
)

// Values of [Entry.Type].
const (
	TypeFile      = "file"
	TypeDirectory = "directory"
)

// MaxPaths is the largest number of paths the Hub takes in one paths-info request.
const MaxPaths = 1000

// Entry is one item of a tree or paths-info answer.
type Entry struct {
	Type       string      `json:"type"`
	OID        string      `json:"oid"`  // git object id: of the blob, of the LFS pointer, or of the tree
	Size       int64       `json:"size"` // bytes of the content; 0 for a directory
	Path       string      `json:"path"`
	LFS        *LFS        `json:"lfs,omitempty"`
	XetHash    string      `json:"xetHash,omitempty"`
	LastCommit *LastCommit `json:"lastCommit,omitempty"`
	Security   *Security   `json:"securityFileStatus,omitempty"`
}

// LFS describes a large file in a tree or paths-info answer.
type LFS struct {
	OID         string `json:"oid"` // SHA-256 of the content
	Size        int64  `json:"size"`
	PointerSize int64  `json:"pointerSize"`
}

// LastCommit is the commit that last changed an entry; sent when a listing is expanded.
type LastCommit struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Date  string `json:"date"`
}

// Security is the scan result of a file; sent when a listing is expanded.
type Security struct {
	Status           string          `json:"status"` // "unscanned", "safe" and others
	AVScan           json.RawMessage `json:"avScan"` // null when there was none, as the next one; clients want the keys
	PickleImportScan json.RawMessage `json:"pickleImportScan"`
}

// Info describes a dataset repository at a revision.
type Info struct {
	InternalID   string          `json:"_id,omitempty"`
	ID           string          `json:"id"`
	Author       string          `json:"author,omitempty"`
	SHA          string          `json:"sha,omitempty"`
	LastModified string          `json:"lastModified,omitempty"`
	CreatedAt    string          `json:"createdAt,omitempty"`
	Private      bool            `json:"private"`
	Gated        Gated           `json:"gated"`
	Disabled     bool            `json:"disabled"`
	Downloads    int64           `json:"downloads"`
	Likes        int64           `json:"likes"`
	Tags         []string        `json:"tags,omitempty"`
	CardData     json.RawMessage `json:"cardData,omitempty"`
	UsedStorage  int64           `json:"usedStorage,omitempty"`
	Siblings     []Sibling       `json:"siblings,omitempty"`
}

// Sibling is one file of a repository in [Info].
type Sibling struct {
	Name   string      `json:"rfilename"`
	Size   *int64      `json:"size,omitempty"`
	BlobID string      `json:"blobId,omitempty"`
	LFS    *SiblingLFS `json:"lfs,omitempty"`
}

// SiblingLFS describes a large file in [Sibling], where the hash has another key than in [LFS].
type SiblingLFS struct {
	SHA256      string `json:"sha256"`
	Size        int64  `json:"size"`
	PointerSize int64  `json:"pointerSize"`
}

// Gated is how a repository grants access: "" means it is open; otherwise "auto" or "manual". In JSON the open one is false.
type Gated string

// MarshalJSON implements [json.Marshaler].
func (g Gated) MarshalJSON() ([]byte, error) {
	if g == "" {
		return []byte("false"), nil
	}
	return json.Marshal(string(g))
}

// UnmarshalJSON implements [json.Unmarshaler]. A plain true, which older answers hold, reads as "auto".
func (g *Gated) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "false", "null":
		*g = ""
		return nil
	case "true":
		*g = "auto"
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*g = Gated(s)
	return nil
}

// Refs lists the names that revisions of a repository have.
type Refs struct {
	Branches     []Ref `json:"branches"`
	Converts     []Ref `json:"converts"`
	Tags         []Ref `json:"tags"`
	PullRequests []Ref `json:"pullRequests,omitzero"` // nil when they were not asked for
}

// Ref is one name and the commit it stands for.
type Ref struct {
	Name         string `json:"name"`
	Ref          string `json:"ref"`
	TargetCommit string `json:"targetCommit"`
}

// Commit is one item of a commit history.
type Commit struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Message string   `json:"message"`
	Date    string   `json:"date"`
	Authors []Author `json:"authors"`
}

// Author is who made a [Commit].
type Author struct {
	User   string `json:"user"`
	Avatar string `json:"avatar,omitempty"`
}

// PathsInfoRequest is the JSON form of a paths-info request; the other form is URL-encoded.
type PathsInfoRequest struct {
	Paths  []string `json:"paths"`
	Expand bool     `json:"expand"`
}

// ErrorBody is the body of a failed request.
type ErrorBody struct {
	Error       json.RawMessage `json:"error,omitempty"` // a string, or a list of strings
	Description string          `json:"error_description,omitempty"`
	Errors      []struct {
		Message string `json:"message"`
	} `json:"errors,omitempty"`
}

// Messages returns what the body says, without repetitions.
func (b ErrorBody) Messages() []string {
	var out []string
	add := func(s string) {
		if s == "" {
			return
		}
		for _, have := range out {
			if have == s {
				return
			}
		}
		out = append(out, s)
	}
	var one string
	var many []string
	switch {
	case json.Unmarshal(b.Error, &one) == nil:
		add(one)
	case json.Unmarshal(b.Error, &many) == nil:
		for _, s := range many {
			add(s)
		}
	}
	add(b.Description)
	for _, e := range b.Errors {
		add(e.Message)
	}
	return out
}

// Whoami tells whose a token is.
type Whoami struct {
	Type     string     `json:"type"`
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	FullName string     `json:"fullname"`
	Email    string     `json:"email,omitempty"`
	IsPro    bool       `json:"isPro"`
	Orgs     []Org      `json:"orgs"`
	Auth     WhoamiAuth `json:"auth"`
}

// Org is an organization that a user belongs to.
type Org struct {
	Type     string `json:"type"`
	Name     string `json:"name"`
	FullName string `json:"fullname"`
}

// WhoamiAuth describes the credential that asked.
type WhoamiAuth struct {
	Type        string      `json:"type"`
	AccessToken AccessToken `json:"accessToken"`
}

// AccessToken names a token and what it may do: "read", "write" or "fineGrained".
type AccessToken struct {
	DisplayName string `json:"displayName"`
	Role        string `json:"role"`
}

// Validation is the answer to a request to check a README's YAML.
type Validation struct {
	Errors   []ValidationMessage `json:"errors"`
	Warnings []ValidationMessage `json:"warnings"`
}

// ValidationMessage is one finding of a [Validation].
type ValidationMessage struct {
	Message string `json:"message"`
}
