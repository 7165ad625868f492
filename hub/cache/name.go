package cache

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// CheckPath refuses paths of a repository that would not stay below the folder they are written to, on any system: a cache made on
// one may be read on another (huggingface_hub, _local_folder.py).
func CheckPath(path string) error {
	refuse := func(why string) error {
		return fmt.Errorf("%q cannot be the name of a local file: %s", path, why)
	}
	if strings.ContainsRune(path, 0) {
		return refuse("it has a NUL byte")
	}
	if strings.HasPrefix(path, "/") || strings.HasPrefix(path, `\`) {
		return refuse("it is absolute")
	}
	for _, part := range strings.FieldsFunc("/"+path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == ".." {
			return refuse(`it has a ".." part`)
		}
	}
	for _, part := range strings.Split(path, "/") {
		switch {
		case part == "" || part == ".":
			return refuse(`it has an empty or "." part`)
		case len(part) >= 2 && part[1] == ':' && isLetter(part[0]), strings.HasPrefix(part, `\`):
			return refuse("it is a path of a Windows drive or share")
		case len(part) > maxPart:
			return refuse(fmt.Sprintf("a part has more than %d bytes", maxPart))
		}
	}
	return nil
}

// maxPart is the longest name of a file that common file systems take.
const maxPart = 255

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// CheckRevision refuses revisions that cannot be the path of a file below refs.
func CheckRevision(revision string) error {
	if err := CheckPath(revision); err != nil {
		return fmt.Errorf("revision %q cannot be kept in a cache: %w", revision, err)
	}
	return nil
}

// CheckCommit refuses what is not a full commit id.
func CheckCommit(commit string) error {
	if len(commit) != 40 || strings.Trim(commit, "0123456789abcdef") != "" {
		return fmt.Errorf("%q is not a commit: expected 40 hexadecimal digits", commit)
	}
	return nil
}

// CheckETag refuses entity tags that cannot name a file. The Hub's are hashes.
func CheckETag(etag string) error {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if etag == "" || len(etag) > 128 || strings.Trim(etag, letters+"-_") != "" {
		return fmt.Errorf("%q is not an entity tag that can name a file", etag)
	}
	return nil
}

// Unique returns eight hexadecimal digits that make the name of a temporary file unique.
func Unique() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // It never fails (package crypto/rand).
	return hex.EncodeToString(b[:])
}
