package localhub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/hfspark/hfspark/hub/localhub/gitpattern"
	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// Bounds of a preupload request in bytes, and of the .gitattributes and .gitignore that count.
const (
	maxPreupload = 8 << 20
	maxPatterns  = 1 << 20
)

// preupload tells how files are to be uploaded: in LFS those that .gitattributes says, that are large, or that are no text.
func (e *exchange) preupload() error {
	newPullRequest, err := flag(e.r.URL.Query(), "create_pr")
	if err != nil {
		return err
	}
	if err := e.mayPush(branchRef(e.route.revision), newPullRequest); err != nil {
		return err
	}
	var request wire.PreuploadRequest
	if err := e.json(maxPreupload, &request); err != nil {
		return err
	}
	if len(request.Files) > wire.MaxPreupload {
		return &failure{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("too many files: at most %d in one request", wire.MaxPreupload)}
	}
	s, err := e.snapshot()
	if err != nil {
		return err
	}
	attributes, err := patterns(s, ".gitattributes", request.GitAttributes)
	if err != nil {
		return err
	}
	ignored, err := patterns(s, ".gitignore", request.GitIgnore)
	if err != nil {
		return err
	}
	rules := uploadRules{attributes: gitpattern.ParseAttributes(attributes), ignored: gitpattern.ParseIgnore(ignored), large: e.server.largeFile}
	answer := wire.PreuploadResponse{Files: []wire.PreuploadAnswer{}, CommitOID: s.Commit().SHA}
	for _, f := range request.Files {
		if err := store.CheckPath(f.Path); err != nil {
			return refused(err)
		}
		if f.Size < 0 {
			return badRequest("the size of %q is negative", f.Path)
		}
		one := rules.decide(f)
		switch entry, err := s.Entry(f.Path); {
		case err == nil && !entry.Directory:
			one.OID = entry.Hash()
		case err != nil && !errors.Is(err, store.ErrNoEntry):
			return err
		}
		answer.Files = append(answer.Files, one)
	}
	sendJSON(e.w, http.StatusOK, answer)
	return nil
}

// uploadRules decide how files are uploaded.
type uploadRules struct {
	attributes gitpattern.Attributes
	ignored    gitpattern.Ignore
	large      int64
}

func (r uploadRules) decide(f wire.PreuploadFile) wire.PreuploadAnswer {
	out := wire.PreuploadAnswer{Path: f.Path, UploadMode: wire.ModeRegular, ShouldIgnore: r.ignored.Ignores(f.Path)}
	// Empty files cannot be in LFS; a sample with a zero byte is what git calls binary.
	if f.Size > 0 && (f.Size >= r.large || r.attributes.Large(f.Path) || bytes.IndexByte(f.Sample, 0) >= 0) {
		out.UploadMode = wire.ModeLFS
	}
	return out
}

// patterns returns the text of a file of patterns: the one that the commit will have, or else what is there.
func patterns(s *store.Snapshot, path, coming string) (string, error) {
	if coming != "" {
		return coming, nil
	}
	entry, err := s.Entry(path)
	if errors.Is(err, store.ErrNoEntry) || err == nil && (entry.Directory || entry.Large()) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	content, err := s.Open(entry)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(content, maxPatterns))
	return string(text), errors.Join(err, content.Close())
}
