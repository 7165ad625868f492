package store

import (
	"context"
	"io"
	"iter"
	"os"
	"time"
)

// Objects are the large files that a repository was sent. Equal content is kept once for all repositories, but belongs to those only
// that were sent it: who knows a hash has no content yet.
type Objects struct{}

// Object is the content of a large file.
type Object struct {
	SHA256 string
	Size   int64
	Added  time.Time // to this repository
}

// Has tells whether the repository has an object, and its size.
func (o *Objects) Has(sha256 string) (size int64, ok bool) { panic("todo") }

// Put takes in an object. size may be -1 for not known. Content of another hash or size is [ErrContent], and nothing is kept of it.
func (o *Objects) Put(ctx context.Context, sha256 string, size int64, content io.Reader) error {
	panic("todo")
}

// Open opens an object. Errors: [ErrObjectMissing].
func (o *Objects) Open(sha256 string) (*os.File, error) { panic("todo") }

// List lists the objects, ordered by hash.
func (o *Objects) List() iter.Seq2[Object, error] { panic("todo") }

// Link gives the repository an object of another one. Errors: [ErrObjectMissing] when that has no such object.
func (o *Objects) Link(from *Repository, sha256 string) error { panic("todo") }

// Remove takes an object away from the repository: files with it can be listed, but not read any more. Content that belongs to no
// repository any more is deleted. Errors: [ErrObjectMissing].
func (o *Objects) Remove(sha256 string) error { panic("todo") }

// Part is a part of a multipart upload.
type Part struct {
	Number int    // from 1
	ETag   string // without quotes
	Size   int64
}

// Begin begins a multipart upload, or returns the one under way for the same object and part size. Parts have partSize bytes, the
// last one the rest. An upload that nothing was sent to for a day is cleared away when the store is opened.
func (o *Objects) Begin(sha256 string, size, partSize int64) (uploadID string, err error) {
	panic("todo")
}

// PutPart takes in a part; sent again it replaces the former one. Errors: [ErrUpload], [ErrContent] for a part of the wrong size.
func (o *Objects) PutPart(ctx context.Context, uploadID string, number int, content io.Reader) (etag string, err error) {
	panic("todo")
}

// Parts lists the parts that are there, by number. Errors: [ErrUpload].
func (o *Objects) Parts(uploadID string) ([]Part, error) { panic("todo") }

// Complete makes an object of the parts, of which all must be there and have the given ETags. Errors: [ErrUpload], [ErrContent] for
// another hash, which ends the upload, or other ETags, which does not.
func (o *Objects) Complete(ctx context.Context, uploadID string, parts []Part) error { panic("todo") }

// Abort ends an upload, and throws away what was sent.
func (o *Objects) Abort(uploadID string) error { panic("todo") }
