package hub

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hfspark/hfspark/hub/wire"
)

// RepoType is a kind of repository. Datasets are supported, and the reading of buckets.
type RepoType string

// The types of repositories.
const (
	RepoDataset RepoType = "dataset"
	// RepoBucket is a storage bucket: files without commits and revisions. [Client.Info], [Client.List], [Client.PathsInfo],
	// [Client.Range] and [Client.ReadFile] take buckets, and ignore the revision; everything else refuses them.
	RepoBucket RepoType = "bucket"
)

// Repo names a repository of the Hub.
type Repo struct {
	Type RepoType
	ID   string // namespace/name, or name alone for the few old datasets without a namespace
}

// Dataset names the dataset repository id.
func Dataset(id string) Repo { return Repo{Type: RepoDataset, ID: id} }

// Bucket names the storage bucket id.
func Bucket(id string) Repo { return Repo{Type: RepoBucket, ID: id} }

// bucketPrefix begins the names of buckets where datasets are named by their id alone.
const bucketPrefix = "buckets/"

// RepoNamed reads a name as the datasets library writes it: buckets/<namespace>/<name> is a bucket, anything else the id of a dataset.
func RepoNamed(name string) Repo {
	if id, ok := strings.CutPrefix(name, bucketPrefix); ok && strings.Contains(id, "/") {
		return Bucket(id)
	}
	return Dataset(name)
}

// Name is the inverse of [RepoNamed].
func (r Repo) Name() string {
	if r.Type == RepoBucket {
		return bucketPrefix + r.ID
	}
	return r.ID
}

// namePart is what the Hub allows in either part of an id; validate adds the rules that a regular expression does not say well.
var namePart = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)

// maxName is the longest name of a repository on the Hub.
const maxName = 96

// allowedName says what an id may be.
const allowedName = `expected namespace/name, each of at most 96 letters, digits, "-", "_" and ".", neither beginning nor ending with "-" or "."`

// validate applies huggingface_hub's rules for ids, so that a slip is told before anything is sent.
func (r Repo) validate() error {
	if r.Type != RepoDataset {
		return fmt.Errorf("repositories of type %q are not supported; use a dataset", r.Type)
	}
	return r.validateID()
}

// validateReadable is validate for what may be done with buckets too.
func (r Repo) validateReadable() error {
	if r.Type != RepoBucket {
		return r.validate()
	}
	if !strings.Contains(r.ID, "/") {
		return fmt.Errorf("%q is not the id of a bucket: %s", r.ID, allowedName)
	}
	return r.validateID()
}

func (r Repo) validateID() error {
	parts := strings.Split(r.ID, "/")
	switch {
	case len(parts) > 2:
		return fmt.Errorf("%q is not the id of a %s: %s", r.ID, r.Type, allowedName)
	case strings.Contains(r.ID, "--") || strings.Contains(r.ID, ".."):
		return fmt.Errorf("%q is not the id of a %s: \"--\" and \"..\" are not allowed", r.ID, r.Type)
	case strings.HasSuffix(r.ID, ".git"):
		return fmt.Errorf("%q is not the id of a %s: leave out \".git\"", r.ID, r.Type)
	}
	for _, part := range parts {
		if len(part) > maxName || !namePart.MatchString(part) {
			return fmt.Errorf("%q is not the id of a %s: %s", r.ID, r.Type, allowedName)
		}
	}
	return nil
}

// check is validate for an operation: what the Hub would refuse is [ErrInvalid], and cannot be found either.
func (r Repo) check(s subject) error {
	if err := r.validate(); err != nil {
		return s.fail(err.Error(), "", invalid(ErrRepositoryNotFound))
	}
	return nil
}

// checkReadable is check for what may be done with buckets too.
func (r Repo) checkReadable(s subject) error {
	if err := r.validateReadable(); err != nil {
		return s.fail(err.Error(), "", invalid(ErrRepositoryNotFound))
	}
	return nil
}

// invalid gives a class to things that are not there because they cannot be.
func invalid(as error) error { return fmt.Errorf("%w: %w", ErrInvalid, as) }

// apiPath is the path of the repository's API on an endpoint.
func (r Repo) apiPath() string { return "/api" + r.pagePath() }

// pagePath is the path of the repository's web page on an endpoint.
func (r Repo) pagePath() string { return "/" + string(r.Type) + "s/" + r.ID }

// Info describes a repository at a revision.
type Info struct {
	ID           string // as the Hub spells it
	SHA          string // the commit that the revision stands for
	Private      bool
	Gated        string // "" is open; "auto" or "manual" tell how access is granted
	Disabled     bool
	LastModified time.Time // zero when the Hub does not tell
}

// EntryType tells files from directories. The Hub may send other types, for example for submodules; they are passed on as they are.
type EntryType string

// The types of entries that hold or lead to data.
const (
	TypeFile      EntryType = wire.TypeFile
	TypeDirectory EntryType = wire.TypeDirectory
)

// Entry is a file or directory of a repository at a revision.
type Entry struct {
	Path    string
	Type    EntryType
	Size    int64  // bytes of the content; 0 for directories
	OID     string // git object id; of the pointer for LFS files
	LFS     *LFS   // nil for files that are stored in git itself
	XetHash string // empty for files that are not in Xet storage
}

// LFS describes the content of a file that is stored outside of git.
type LFS struct {
	SHA256      string // lower-case hexadecimal digits
	Size        int64
	PointerSize int64 // bytes of the pointer file in git
}

// ContentHash identifies the content: the SHA-256 of an LFS file, the Xet hash of a file of a bucket, the git object id of any other.
func (e Entry) ContentHash() string {
	switch {
	case e.LFS != nil:
		return e.LFS.SHA256
	case e.OID == "":
		return e.XetHash
	}
	return e.OID
}

// File names a file of a repository at a revision. Size and ETag are what is known of it: a reader checks answers against them.
type File struct {
	Repo     Repo
	Revision string // best a commit; a branch may change while it is read, which is then an error
	Path     string
	Size     int64  // bytes; -1 when unknown
	ETag     string // content hash as [Client.Stat] tells it; "" when unknown
}

// validate refuses paths that could not name a file of a repository.
func (f File) validate() error {
	if err := f.Repo.validateReadable(); err != nil {
		return err
	}
	return validatePath(f.Path)
}

func validatePath(path string) error {
	if !utf8.ValidString(path) || strings.ContainsRune(path, 0) {
		return fmt.Errorf("%q is not the path of a file in a repository: it is not UTF-8, or has a zero byte", path)
	}
	for _, part := range strings.Split(path, "/") {
		if part == "" || part == "." || part == ".." {
			return fmt.Errorf("%q is not the path of a file in a repository: it has an empty, \".\" or \"..\" part", path)
		}
	}
	return nil
}
