package store

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)

// ValidName tells whether name can be a part of a repository's id, by the Hub's rules.
func ValidName(name string) bool {
	return len(name) <= 96 && namePattern.MatchString(name) && !strings.Contains(name, "..") &&
		!strings.Contains(name, "--") && !strings.HasSuffix(name, ".git")
}

// cutID takes an id apart.
func cutID(id string) (namespace, name string, ok bool) {
	namespace, name, ok = strings.Cut(id, "/")
	return namespace, name, ok && ValidName(namespace) && ValidName(name)
}

// maxPath is how long a path may be, in bytes: what Linux takes.
const maxPath = 4096

// CheckPath tells whether a file of a repository can be called path: what is absolute, holds empty, "." or ".." components, ".git"
// or ".cache" in any capitals, control characters or backslashes, is not UTF-8 or longer than 4096 bytes cannot, and is an
// [ErrBadPath] in a [PathError].
func CheckPath(path string) error {
	if len(path) > maxPath || !slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return !validPart(part) }) {
		if len(path) <= maxPath {
			return nil
		}
		path = path[:maxPath] + "…"
	}
	return &PathError{Path: strings.ToValidUTF8(path, "\ufffd"), Err: ErrBadPath}
}

// validPart tells whether a file or folder can have that name. The Hub and its clients refuse .git and .cache; git takes some other
// spellings for .git that Windows and macOS would (git, path.c, is_ntfs_dotgit and utf8.c, is_hfs_dotgit).
func validPart(name string) bool {
	switch {
	case name == "" || name == "." || name == ".." || len(name) > 255 || !utf8.ValidString(name):
		return false
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' }):
		return false
	}
	plain := strings.ToLower(strings.Map(dropIgnored, name))
	plain, _, _ = strings.Cut(plain, ":")
	plain = strings.TrimRight(plain, ". ")
	return plain != ".git" && plain != ".cache" && plain != "git~1"
}

// dropIgnored drops the characters that file systems of macOS take no notice of.
func dropIgnored(r rune) rune {
	if (r >= 0x200c && r <= 0x200f) || (r >= 0x202a && r <= 0x202e) || (r >= 0x206a && r <= 0x206f) || r == 0xfeff {
		return -1
	}
	return r
}

// validRef tells whether a ref can be called so in full (git-check-ref-format).
func validRef(ref string) bool {
	if len(ref) > 512 || !strings.HasPrefix(ref, "refs/") || !utf8.ValidString(ref) || strings.HasSuffix(ref, ".") ||
		strings.Contains(ref, "..") || strings.Contains(ref, "@{") {
		return false
	}
	for part := range strings.SplitSeq(ref, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") || len(part) > 200 ||
			strings.ContainsFunc(part, func(r rune) bool { return r <= 0x20 || r == 0x7f || strings.ContainsRune(`~^:?*[\`, r) }) {
			return false
		}
	}
	return true
}
