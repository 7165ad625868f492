package hub

import (
	"crypto/sha1" //nolint:gosec // It is git's hash.
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
)

// newDigest returns the hash whose hexadecimal digits an entity tag of the Hub has for a content of size bytes: SHA-256 for files in
// LFS, git's object id for the others. ok is false when the tag is neither, so that nothing can be checked by it.
func newDigest(etag string, size int64) (digest hash.Hash, ok bool) {
	if _, err := hex.DecodeString(etag); err != nil {
		return nil, false
	}
	switch len(etag) {
	case 2 * sha256.Size:
		return sha256.New(), true
	case 2 * sha1.Size:
		digest := sha1.New() //nolint:gosec // As above.
		fmt.Fprintf(digest, "blob %d\x00", size)
		return digest, true
	}
	return nil, false
}

// fileHas tells whether the content of a local file is the one that an entity tag names.
func fileHas(path, etag string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	digest, ok := newDigest(etag, info.Size())
	if !ok {
		return false, nil
	}
	buffer := takeBuffer()
	defer giveBuffer(buffer)
	if _, err := io.CopyBuffer(struct{ io.Writer }{digest}, struct{ io.Reader }{file}, *buffer); err != nil {
		return false, err
	}
	return hex.EncodeToString(digest.Sum(nil)) == etag, nil
}
