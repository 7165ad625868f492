package store

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // git's object ids are SHA-1; nothing here depends on its strength.
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"
)

// oid is a git object id.
type oid [sha1.Size]byte

// String returns the id in hexadecimal digits.
func (o oid) String() string { return hex.EncodeToString(o[:]) }

func parseOID(text string) (o oid, ok bool) {
	if len(text) != 2*len(o) || strings.ToLower(text) != text {
		return oid{}, false
	}
	_, err := hex.Decode(o[:], []byte(text))
	return o, err == nil
}

// objectKind is what a git object is, by the number that packs have for it (gitformat-pack).
type objectKind byte

const (
	kindCommit objectKind = 1
	kindTree   objectKind = 2
	kindBlob   objectKind = 3
	kindTag    objectKind = 4
	// Differences to other objects, which git writes and this package does not.
	kindOffsetDelta objectKind = 6
	kindRefDelta    objectKind = 7
)

var kindNames = map[objectKind]string{kindCommit: "commit", kindTree: "tree", kindBlob: "blob", kindTag: "tag"}

// newHash begins the id of an object with size bytes.
func newHash(kind objectKind, size int64) hash.Hash {
	h := sha1.New() //nolint:gosec // See the import.
	fmt.Fprintf(h, "%s %d\x00", kindNames[kind], size)
	return h
}

// objectID is the id that git gives an object.
func objectID(kind objectKind, content []byte) oid {
	h := newHash(kind, int64(len(content)))
	h.Write(content)
	return oid(h.Sum(nil))
}

// blobID is the id of a blob with size bytes from r, and an error when r has another number of them.
func blobID(r io.Reader, size int64) (oid, error) {
	h := newHash(kindBlob, size)
	if err := hashExactly(h, r, size); err != nil {
		return oid{}, err
	}
	return oid(h.Sum(nil)), nil
}

// hashExactly feeds size bytes of r to h.
func hashExactly(h io.Writer, r io.Reader, size int64) error {
	n, err := io.Copy(h, io.LimitReader(r, size+1))
	if err == nil && n != size {
		err = errChanging
	}
	return err
}

const (
	pointerHead = "version https://git-lfs.github.com/spec/v1\noid sha256:"
	pointerSize = "\nsize "
	// maxPointer bounds the pointers that are looked for: those with extensions of git-lfs are longer, and unknown to the Hub.
	maxPointer = 256
)

// pointer is what git holds in place of a file in LFS (git-lfs, docs/spec.md).
func pointer(sha256 string, size int64) []byte {
	return []byte(pointerHead + sha256 + pointerSize + strconv.FormatInt(size, 10) + "\n")
}

// parsePointer reads a pointer; ok is false for any other content.
func parsePointer(content []byte) (sha256 string, size int64, ok bool) {
	rest, found := strings.CutPrefix(string(content), pointerHead)
	if !found || len(content) > maxPointer || len(rest) < 64 {
		return "", 0, false
	}
	sha256, rest = rest[:64], rest[64:]
	digits, found := strings.CutPrefix(strings.TrimSuffix(rest, "\n"), pointerSize)
	size, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || size < 0 || !validSHA256(sha256) {
		return "", 0, false
	}
	return sha256, size, true
}

// validSHA256 tells whether text is a hash as LFS spells it. Only such text becomes part of a file's name.
func validSHA256(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// Modes of tree entries.
const (
	modeFile       = "100644"
	modeExecutable = "100755"
	modeDirectory  = "40000"
	modeModule     = "160000" // a submodule: a commit of another repository, which the Hub does not show
)

// treeEntry is one item of a git tree object.
type treeEntry struct {
	mode, name string
	id         oid
}

func (e treeEntry) directory() bool { return e.mode == modeDirectory }

// sortKey orders entries as git does: directories as if their names ended in a slash.
func (e treeEntry) sortKey() string {
	if e.directory() {
		return e.name + "/"
	}
	return e.name
}

// encodeTree makes a tree object of entries in the order of their keys.
func encodeTree(entries []treeEntry) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		b.WriteString(e.mode + " " + e.name + "\x00")
		b.Write(e.id[:])
	}
	return b.Bytes()
}

// parseTree reads a tree object.
func parseTree(content []byte) ([]treeEntry, error) {
	var entries []treeEntry
	for len(content) > 0 {
		end := bytes.IndexByte(content, 0)
		if end < 0 || len(content) < end+1+len(oid{}) {
			return nil, fmt.Errorf("a tree ends within an entry: %w", ErrCorrupt)
		}
		mode, name, ok := strings.Cut(string(content[:end]), " ")
		if !ok || name == "" || strings.Contains(name, "/") {
			return nil, fmt.Errorf("a tree has a malformed entry: %w", ErrCorrupt)
		}
		if mode == "040000" {
			mode = modeDirectory // As some old tools wrote it.
		}
		entries = append(entries, treeEntry{mode: mode, name: name, id: oid(content[end+1 : end+1+len(oid{})])})
		content = content[end+1+len(oid{}):]
	}
	return entries, nil
}

// signature is who made a commit or tag.
type signature struct {
	name string
	when time.Time
}

// String prints the signature as git has it. Users of this Hub have no mail addresses, which git asks for.
func (s signature) String() string {
	name := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r == '<' || r == '>' || r == 0x7f {
			return -1
		}
		return r
	}, s.name))
	if name == "" {
		name = anonymous
	}
	return fmt.Sprintf("%s <%s@localhost> %d +0000", name, strings.ReplaceAll(name, " ", "."), s.when.Unix())
}

// anonymous is the author of changes by nobody known.
const anonymous = "anonymous"

// encodeCommit makes a commit object.
func encodeCommit(tree oid, parents []oid, who signature, message string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", tree)
	for _, p := range parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s\n", who, who, strings.TrimRight(message, "\n"))
	return b.Bytes()
}

// encodeTag makes the object of an annotated tag.
func encodeTag(target oid, name string, who signature, message string) []byte {
	return fmt.Appendf(nil, "object %s\ntype commit\ntag %s\ntagger %s\n\n%s\n", target, name, who, strings.TrimRight(message, "\n"))
}

// parseCommit reads a commit object, whoever wrote it.
func parseCommit(id oid, content []byte) (Commit, error) {
	head, message, _ := strings.Cut(string(content), "\n\n")
	c := Commit{SHA: id.String()}
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "tree":
			c.Tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "author":
			c.Author, _, _ = strings.Cut(value, " <")
		case "committer":
			_, date, _ := strings.Cut(value, "> ")
			seconds, _, _ := strings.Cut(date, " ")
			unix, err := strconv.ParseInt(seconds, 10, 64)
			if err != nil {
				return Commit{}, fmt.Errorf("commit %s has no date: %w", id, ErrCorrupt)
			}
			c.Date = time.Unix(unix, 0).UTC()
		}
	}
	if _, ok := parseOID(c.Tree); !ok {
		return Commit{}, fmt.Errorf("commit %s has no tree: %w", id, ErrCorrupt)
	}
	c.Title, c.Message, _ = strings.Cut(strings.TrimRight(message, "\n"), "\n")
	c.Message = strings.TrimLeft(c.Message, "\n")
	return c, nil
}

// parseTag returns the object that an annotated tag is on.
func parseTag(content []byte) (oid, bool) {
	line, _, _ := strings.Cut(string(content), "\n")
	text, found := strings.CutPrefix(line, "object ")
	target, ok := parseOID(text)
	return target, found && ok
}
