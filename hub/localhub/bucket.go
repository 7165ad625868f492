package localhub

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// Storage buckets: this Hub keeps none of its own. The newest commit of every repository can be read as the bucket of the same id, which
// is what clients need that read hf://buckets/; nothing can be written that way.

// bucketRoute reads what follows /api/buckets/.
func bucketRoute(s []string) route {
	if len(s) < 2 || s[0] == "" || s[1] == "" {
		return route{kind: routeUnsupported}
	}
	r := route{repo: s[0] + "/" + s[1], revision: mainBranch, bucket: true}
	switch {
	case len(s) == 2:
		r.kind = routeBucket
	case s[2] == "tree":
		r.kind, r.path = routeBucketTree, joined(s[3:])
	case s[2] == "paths-info" && len(s) == 3:
		r.kind = routeBucketPaths
	default:
		return route{kind: routeUnsupported, repo: r.repo}
	}
	return r
}

// bucketFileRoute reads what follows /buckets/.
func bucketFileRoute(s []string) route {
	if len(s) < 4 || s[2] != "resolve" {
		return route{kind: routeUnknown}
	}
	return route{kind: routeResolve, repo: s[0] + "/" + s[1], revision: mainBranch, path: joined(s[3:]), bucket: true}
}

// bucketInfo tells what a bucket is.
func (e *exchange) bucketInfo() error {
	s, err := e.snapshot()
	if err != nil {
		return err
	}
	out := wire.Bucket{ID: e.repo.ID(), Private: e.rule.Private}
	for entry, err := range s.Entries() {
		if err != nil {
			return err
		}
		if !entry.Directory {
			out.Size, out.TotalFiles = out.Size+entry.Size, out.TotalFiles+1
		}
	}
	first := s.Commit().Date
	for c, err := range e.repo.Log(s.Commit().SHA) {
		if err != nil {
			return err
		}
		first = c.Date
	}
	out.CreatedAt = date(first)
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// bucketTree lists a folder of a bucket: files alone with recursive or without the parameter, else one level with its folders. What is
// not there is an empty list.
func (e *exchange) bucketTree() error {
	if !e.rule.Opens(e.user) {
		return e.gated()
	}
	query := e.r.URL.Query()
	recursive := !query.Has("recursive")
	var err error
	if !recursive {
		if recursive, err = flag(query, "recursive"); err != nil {
			return err
		}
	}
	limit, err := pageLimit(query.Get("limit"), pageSize)
	if err != nil {
		return err
	}
	s, from, err := e.snapshotAt(query.Get("cursor"))
	if err != nil {
		return err
	}
	entries, next, err := s.Page(e.route.path, recursive, from, limit)
	if errors.Is(err, store.ErrNoEntry) {
		entries, err = nil, nil
		if file, missing := s.Entry(e.route.path); missing == nil {
			entries = []store.Entry{file}
		}
	}
	if err != nil {
		return err
	}
	if next > 0 {
		query.Set("cursor", writeCursor(s.Commit().SHA, next))
		query.Set("limit", strconv.Itoa(limit))
		e.linkNext(query)
	}
	return e.presentBucket(entries, !recursive)
}

// bucketPaths describes files of a bucket.
func (e *exchange) bucketPaths() error {
	if !e.rule.Opens(e.user) {
		return e.gated()
	}
	_, found, _, err := e.askedPaths()
	if err != nil {
		return err
	}
	return e.presentBucket(found, false)
}

func (e *exchange) presentBucket(entries []store.Entry, folders bool) error {
	out := []wire.BucketEntry{}
	for _, entry := range entries {
		if entry.Directory {
			if folders {
				out = append(out, wire.BucketEntry{Type: wire.TypeDirectory, Path: entry.Path})
			}
			continue
		}
		out = append(out, wire.BucketEntry{Type: wire.TypeFile, Path: entry.Path, Size: &entry.Size, XetHash: contentHash(entry)})
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// contentHash stands for the Xet hash of a file, which this Hub does not compute: like it, it changes with the content.
func contentHash(entry store.Entry) string {
	if entry.Large() {
		return entry.SHA256
	}
	return entry.OID
}
