package localhub

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // git's object ids are SHA-1; nothing here depends on its strength.
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// objectID is the id that git gives an object.
func objectID(kind string, content []byte) string {
	h := sha1.New() //nolint:gosec // See the import.
	fmt.Fprintf(h, "%s %d\x00", kind, len(content))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}

// blobID is the id of a blob with size bytes from r, and an error when r has another number of them.
func blobID(r io.Reader, size int64) (string, error) {
	h := sha1.New() //nolint:gosec // See the import.
	fmt.Fprintf(h, "blob %d\x00", size)
	return hashExactly(h, r, size)
}

// hashExactly feeds size bytes of r to h.
func hashExactly(h interface {
	io.Writer
	Sum([]byte) []byte
}, r io.Reader, size int64,
) (string, error) {
	n, err := io.Copy(h, io.LimitReader(r, size+1))
	if err != nil {
		return "", err
	}
	if n != size {
		return "", errChanging
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// pointer is what git holds in place of a file in LFS (git-lfs, docs/spec.md).
func pointer(sha256 string, size int64) []byte {
	return []byte("version https://git-lfs.github.com/spec/v1\noid sha256:" + sha256 + "\nsize " + strconv.FormatInt(size, 10) + "\n")
}

// treeEntry is one item of a git tree object.
type treeEntry struct {
	name, id  string
	directory bool
}

// sortKey orders entries as git does: directories as if their names ended in a slash.
func (e treeEntry) sortKey() string {
	if e.directory {
		return e.name + "/"
	}
	return e.name
}

// treeID is the id of a tree with the given entries, which it sorts.
func treeID(entries []treeEntry) (string, error) {
	slices.SortFunc(entries, func(a, b treeEntry) int { return strings.Compare(a.sortKey(), b.sortKey()) })
	var b bytes.Buffer
	for _, e := range entries {
		mode := "100644"
		if e.directory {
			mode = "40000"
		}
		id, err := hex.DecodeString(e.id)
		if err != nil {
			return "", fmt.Errorf("object id of %s: %w", e.name, err)
		}
		fmt.Fprintf(&b, "%s %s\x00", mode, e.name)
		b.Write(id)
	}
	return objectID("tree", b.Bytes()), nil
}

// Author, date and title of every commit: fixed, so that the commit depends on the content alone.
const (
	commitAuthor = "hfspark"
	commitEmail  = "hfspark@localhost"
	commitTime   = 1704067200
	commitDate   = "2024-01-01T00:00:00.000Z" // commitTime as the Hub writes it
	commitTitle  = "Content of the folder"
)

// commitID is the id of the one commit whose tree is given.
func commitID(tree string) string {
	who := fmt.Sprintf("%s <%s> %d +0000", commitAuthor, commitEmail, int64(commitTime))
	return objectID("commit", []byte("tree "+tree+"\nauthor "+who+"\ncommitter "+who+"\n\n"+commitTitle+"\n"))
}
