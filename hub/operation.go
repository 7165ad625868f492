package hub

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Operation is one change of a [Commit]: [*Add], [Copy], [DeleteFile] or [DeleteFolder].
type Operation interface {
	isOperation()
	// target is the path that the operation changes, as the Hub takes it.
	target() (string, error)
}

// Add puts a file at a path, whether there is one or not. It remembers what became of it: after [Client.Upload] its content is with
// the Hub, and a commit, or several after conflicts, only names it. An Add must not be used by two calls at once.
type Add struct {
	Path    string // in the repository
	Content Content

	state addState
}

// addState is what is known of an Add so far.
type addState struct {
	home     string // endpoint and repository that the rest is about
	path     string // cleaned
	planned  bool   // the Hub has told how to upload it
	mode     string // of wire: regular or lfs
	ignored  bool   // by .gitignore: it does not become part of a commit
	remote   string // content hash of what is at the path; "" is nothing
	print    *fingerprint
	blob     string // git object id of a regular file's content; "" until it is needed
	uploaded bool   // the Hub holds its content
}

// isOperation implements [Operation].
func (*Add) isOperation() {}

func (a *Add) target() (string, error) {
	if strings.HasSuffix(a.Path, "/") {
		return "", fmt.Errorf("%q is not the path of a file: it ends in a slash: %w", a.Path, ErrInvalid)
	}
	return cleanRepoPath(a.Path)
}

// Uploaded tells whether the Hub holds the content, so that no commit needs it any more. It stays false for small files that travel
// in the commit itself.
func (a *Add) Uploaded() bool { return a.state.uploaded }

// SHA256 returns the hash of the content in hexadecimal digits; "" until an upload has needed it.
func (a *Add) SHA256() string {
	if a.state.print == nil {
		return ""
	}
	return a.state.print.sha256
}

// unchanged tells whether the same content was at the path when the Hub was asked.
func (s *addState) unchanged() bool {
	switch {
	case s.remote == "":
		return false
	case s.print != nil && s.remote == s.print.sha256:
		return true
	}
	return s.remote == s.blob
}

// Copy puts what is at one path, of any revision, at another. The content does not travel when it is stored outside of git.
type Copy struct {
	From string // path of the file to copy
	To   string // path of the copy
	// Revision is where From is looked up; "" means the revision that is committed to, or main for another repository.
	Revision string
	// Repo is the repository of From; the zero value means the one that is committed to.
	Repo Repo
}

// isOperation implements [Operation].
func (Copy) isOperation() {}

func (c Copy) target() (string, error) { return cleanRepoPath(c.To) }

// DeleteFile removes a file. That there is none is an error.
type DeleteFile struct{ Path string }

// isOperation implements [Operation].
func (DeleteFile) isOperation() {}

func (d DeleteFile) target() (string, error) { return cleanRepoPath(d.Path) }

// DeleteFolder removes all files below a path.
type DeleteFolder struct{ Path string }

// isOperation implements [Operation].
func (DeleteFolder) isOperation() {}

func (d DeleteFolder) target() (string, error) { return cleanRepoPath(strings.TrimRight(d.Path, "/")) }

// forbiddenFolders are names that no part of a path may have: the Hub refuses them (huggingface_hub, utils/_paths.py).
var forbiddenFolders = []string{".git", ".cache"}

// maxRepoPath is the longest path that is taken: what common file systems take.
const maxRepoPath = 4096

// cleanRepoPath applies huggingface_hub's rules for the path of a change: one leading "/" or "./" is dropped, ".." and the folders
// that belong to tools are refused. What no file of a repository could have is refused too: text that is not UTF-8, NUL, empty parts.
func cleanRepoPath(path string) (string, error) {
	invalid := func(why string) error {
		return fmt.Errorf("%q is not a path in a repository: %s: %w", path, why, ErrInvalid)
	}
	clean := strings.TrimPrefix(strings.TrimPrefix(path, "/"), "./")
	switch {
	case !utf8.ValidString(path):
		return "", invalid("it is not UTF-8")
	case strings.ContainsRune(path, 0):
		return "", invalid("it has a NUL character")
	case clean == "" || clean == ".":
		return "", invalid("it names no file")
	case len(clean) > maxRepoPath:
		return "", invalid(fmt.Sprintf("it has more than %d bytes", maxRepoPath))
	}
	for _, part := range strings.Split(clean, "/") {
		switch part {
		case "", ".", "..":
			return "", invalid(`it has an empty, "." or ".." part`)
		}
		for _, forbidden := range forbiddenFolders {
			if part == forbidden {
				return "", invalid(fmt.Sprintf("the Hub takes nothing under the name %s", forbidden))
			}
		}
	}
	return clean, nil
}

// checkOperations cleans the paths of operations and refuses those that contradict each other: a path that is written twice, and one
// that is written and then deleted, where the outcome would be the Hub's guess.
func checkOperations(operations []Operation) error {
	written, folders := map[string]bool{}, map[string]bool{}
	for _, operation := range operations {
		path, err := operation.target()
		if err != nil {
			return err
		}
		switch operation.(type) {
		case *Add, Copy:
			if written[path] {
				return fmt.Errorf("%s is written twice in one commit: %w", path, ErrInvalid)
			}
			written[path] = true
			for folder := parentOf(path); folder != ""; folder = parentOf(folder) {
				folders[folder] = true
			}
		default:
			if written[path] || folders[path] {
				return fmt.Errorf("%s is written and then deleted in one commit: %w", path, ErrInvalid)
			}
		}
	}
	for path := range written {
		if folders[path] {
			return fmt.Errorf("%s is written both as a file and as a folder: %w", path, ErrInvalid)
		}
	}
	return nil
}

// parentOf returns the folder of a path; "" is the root.
func parentOf(path string) string {
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return ""
}

// deletions tells which paths operations delete.
type deletions map[string]bool

func deletionsOf(operations []Operation) deletions {
	d := deletions{}
	for _, operation := range operations {
		switch operation.(type) {
		case DeleteFile, DeleteFolder:
			if path, err := operation.target(); err == nil {
				d[path] = true
			}
		}
	}
	return d
}

// cover tells whether path, or a folder that holds it, is deleted.
func (d deletions) cover(path string) bool {
	for ; path != ""; path = parentOf(path) {
		if d[path] {
			return true
		}
	}
	return false
}
