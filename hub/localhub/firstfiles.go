package localhub

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// maxCreate bounds a request to create a repository with its first files, in bytes.
const maxCreate = 32 << 20

// firstFile is a file that a repository is created with.
type firstFile struct {
	path    string
	content []byte
}

// firstFiles reads the files that a repository is to be created with: those of the request, and a README with the license.
func firstFiles(request wire.CreateRepoRequest) ([]firstFile, error) {
	var out []firstFile
	readme := false
	for _, f := range request.Files {
		if err := store.CheckPath(f.Path); err != nil {
			return nil, refused(err)
		}
		content := []byte(f.Content)
		switch f.Encoding {
		case "base64":
			var err error
			if content, err = base64.StdEncoding.DecodeString(f.Content); err != nil {
				return nil, badRequest("file %q: the content is no base64", f.Path)
			}
		case "", "utf-8":
		default:
			return nil, badRequest("file %q: there is no encoding %q; expected base64 or utf-8", f.Path, f.Encoding)
		}
		readme = readme || f.Path == "README.md"
		out = append(out, firstFile{path: f.Path, content: content})
	}
	if request.License != "" && !readme {
		card, err := yaml.Marshal(map[string]string{"license": request.License})
		if err != nil {
			return nil, badRequest("license: %v", err)
		}
		out = append(out, firstFile{path: "README.md", content: fmt.Appendf(nil, "---\n%s---\n", card)})
	}
	return out, nil
}

// createWith makes a repository with files; without them when there are none. A repository whose files are refused is not made.
func (e *exchange) createWith(id string, settings store.Settings, files []firstFile) (*store.Repository, error) {
	repo, err := e.server.store.Create(id, settings)
	if err != nil || len(files) == 0 {
		return repo, err
	}
	change := store.Change{Ref: store.MainRef, Title: "Add the first files", Author: e.author()}
	for _, f := range files {
		oid, size, err := repo.WriteBlob(e.r.Context(), bytes.NewReader(f.content))
		if err != nil {
			return nil, errors.Join(err, e.server.store.Delete(repo.ID()))
		}
		change.Operations = append(change.Operations, store.Operation{Kind: store.Add, Path: f.path, OID: oid, Size: size})
	}
	if _, err := repo.Commit(e.r.Context(), change); err != nil {
		return nil, errors.Join(err, e.server.store.Delete(repo.ID()))
	}
	return repo, nil
}
