package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/hfspark/hfspark/hub/wire"
)

// sourceKey is where copies come from: files of one repository at one revision are looked up together.
type sourceKey struct {
	repo     Repo
	revision string
}

// copySource is the content that a copy gets.
type copySource struct {
	lfs     *LFS
	content Content // of a file that git itself holds
	same    bool    // it is at the target already
}

// change makes the line of a copy. The size of an LFS file is left out: it marks content that is with the Hub.
func (s copySource) change(path string) (change, error) {
	if s.lfs != nil {
		return lfsChange(path, s.lfs.SHA256, nil)
	}
	return inlineChange(path, s.content)
}

// copySources holds what is known of the sources of copies.
type copySources struct {
	home    Repo
	at      string
	sources map[Copy]copySource
	spool   *SpoolFile // contents of files that git itself holds; nil when there are none
}

func (s *copySources) of(op Copy) copySource { return s.sources[op] }

func (s *copySources) close() {
	if s.spool != nil {
		_ = s.spool.Close() // Nothing of it is needed any more.
	}
}

// key tells where the source of a copy is looked up.
func (s *copySources) key(op Copy) sourceKey {
	key := sourceKey{op.Repo, op.Revision}
	if key.repo == (Repo{}) {
		key.repo = s.home
	}
	if key.revision == "" && key.repo == s.home {
		key.revision = s.at
	}
	key.revision = orMain(key.revision)
	return key
}

// resolveCopies looks up what is to be copied, fetches what is not in LFS, and has content of other repositories registered. It asks
// once for each 500 sources of a revision, and once for each 500 targets.
func (x *committer) resolveCopies(ctx context.Context) (*copySources, error) {
	s := &copySources{home: x.repo, at: x.revision, sources: map[Copy]copySource{}}
	groups := map[sourceKey][]Copy{}
	var targets []string
	for _, operation := range x.commit.Operations {
		op, ok := operation.(Copy)
		if !ok {
			continue
		}
		path, err := op.target()
		if err != nil {
			return nil, x.fail(err.Error(), "", err)
		}
		targets = append(targets, path)
		groups[s.key(op)] = append(groups[s.key(op)], op)
	}
	if len(targets) == 0 {
		return s, nil
	}
	there, err := x.entries(ctx, sourceKey{x.repo, x.revision}, targets)
	if err != nil {
		return nil, err
	}
	for key, ops := range groups {
		if err := x.resolveGroup(ctx, s, key, ops, there); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// entries looks up paths.
func (x *committer) entries(ctx context.Context, key sourceKey, paths []string) (map[string]Entry, error) {
	list, err := x.c.PathsInfo(ctx, key.repo, key.revision, paths)
	if err != nil {
		return nil, err
	}
	entries := make(map[string]Entry, len(list))
	for _, entry := range list {
		entries[entry.Path] = entry
	}
	return entries, nil
}

// resolveGroup resolves copies from one repository and revision. there is what is at the targets now.
func (x *committer) resolveGroup(ctx context.Context, s *copySources, key sourceKey, ops []Copy, there map[string]Entry) error {
	paths := make([]string, len(ops))
	for i, op := range ops {
		path, err := cleanRepoPath(op.From)
		if err != nil {
			return x.fail(err.Error(), "", err)
		}
		paths[i] = path
	}
	entries, err := x.entries(ctx, key, paths)
	if err != nil {
		return err
	}
	var foreign []Entry
	for i, op := range ops {
		from := subject{op: "copy", repo: key.repo, revision: key.revision, path: paths[i]}
		entry, exists := entries[paths[i]]
		switch {
		case !exists:
			return from.fail("there is no such file", "", ErrEntryNotFound)
		case entry.Type != TypeFile:
			return from.fail("it is a folder, and only files can be copied", "List the folder, and copy the files in it.", ErrInvalid)
		}
		target, err := op.target()
		if err != nil {
			return x.fail(err.Error(), "", err)
		}
		source := copySource{lfs: entry.LFS}
		if at, exists := there[target]; exists && at.Type == TypeFile {
			source.same = at.ContentHash() == entry.ContentHash()
		}
		switch {
		case source.same:
		case entry.LFS == nil:
			if source.content, err = x.fetch(ctx, s, key, entry); err != nil {
				return err
			}
		case key.repo != x.repo:
			foreign = append(foreign, entry)
		}
		s.sources[op] = source
	}
	return x.register(ctx, key.repo, foreign)
}

// fetch appends a file's content to the scratch file.
func (x *committer) fetch(ctx context.Context, s *copySources, key sourceKey, entry Entry) (Content, error) {
	from := subject{op: "copy", repo: key.repo, revision: key.revision, path: entry.Path}
	if s.spool == nil {
		spool, err := NewSpool("")
		if err != nil {
			return nil, from.wrap(err)
		}
		s.spool = spool
	}
	r, err := x.c.Range(ctx, File{Repo: key.repo, Revision: key.revision, Path: entry.Path, Size: entry.Size, ETag: entry.OID}, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	begin := s.spool.Size()
	n, err := io.Copy(s.spool, r)
	if err != nil {
		return nil, from.wrap(err)
	}
	return spooled{s.spool, begin, n}, nil
}

// spooled is a piece of a scratch file. The file may still grow behind it.
type spooled struct {
	spool       *SpoolFile
	begin, size int64
}

// Size implements [Content].
func (s spooled) Size() int64 { return s.size }

// Open implements [Content].
func (s spooled) Open() (ContentReader, error) {
	return spooledReader{io.NewSectionReader(s.spool.file, s.begin, s.size)}, nil
}

type spooledReader struct{ *io.SectionReader }

// Close implements [io.Closer].
func (spooledReader) Close() error { return nil }

// duplicateBatch is how many files are registered with one request (huggingface_hub, _commit_api.py).
const duplicateBatch = 500

// register makes LFS files of another repository usable in this one. The Hub does that without the content's being sent.
func (x *committer) register(ctx context.Context, from Repo, entries []Entry) error {
	u, err := x.c.url(from.apiPath()+"/lfs-files/duplicate", "")
	if err != nil {
		return x.fail(err.Error(), "", err)
	}
	for len(entries) > 0 {
		batch := entries[:min(duplicateBatch, len(entries))]
		entries = entries[len(batch):]
		request := wire.DuplicateRequest{Target: wire.DuplicateTarget{Type: string(x.repo.Type), Name: x.repo.ID}}
		seen := map[string]bool{}
		for _, entry := range batch {
			if !seen[entry.LFS.SHA256] {
				seen[entry.LFS.SHA256] = true
				request.Files = append(request.Files, wire.DuplicateFile{XetHash: entry.XetHash, SHA256: entry.LFS.SHA256, Filename: entry.Path})
			}
		}
		var response wire.DuplicateResponse
		s := subject{op: "copy files", repo: from}
		cl := call{subject: s, method: http.MethodPost, url: u, kind: kindAPI}
		if _, err := x.c.sendJSON(ctx, cl, request, &response); err != nil {
			return x.c.writeHint(err)
		}
		if len(response.Failed) > 0 {
			first := response.Failed[0]
			return s.fail(fmt.Sprintf("the Hub cannot use %d files in %s; of %s it says %q", len(response.Failed), x.repo.ID, first.SHA256, x.c.redact(first.Error)),
				"Copying between storage regions is not possible: download the files and upload them.", errors.ErrUnsupported)
		}
	}
	return nil
}
