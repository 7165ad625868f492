package localhub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hfspark/hfspark/hub/localhub/access"
	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// expandable are the fields of a description that can be asked for one by one (huggingface_hub, ExpandDatasetProperty_T).
var expandable = strings.Fields(`author cardData citation createdAt description disabled downloads downloadsAllTime gated lastModified
	likes mainSize paperswithcode_id private resourceGroup sha siblings tags trendingScore usedStorage xetEnabled`)

// info answers a request for a description of a repository.
func (e *exchange) info() error {
	s, err := e.snapshot()
	if err != nil {
		return err
	}
	query := e.r.URL.Query()
	blobs, err := flag(query, "blobs")
	if err != nil {
		return err
	}
	fields := append(query["expand"], query["expand[]"]...)
	siblings := siblingNames
	switch {
	case len(fields) > 0 && !slices.Contains(fields, "siblings"):
		siblings = noSiblings
	case blobs:
		siblings = siblingBlobs
	}
	full, err := e.describe(e.repo, e.rule, s, siblings)
	if err != nil {
		return err
	}
	if len(fields) == 0 {
		sendJSON(e.w, http.StatusOK, full)
		return nil
	}
	out, err := only(full, fields)
	if err != nil {
		return err
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// only keeps the named fields of a description, and those that name it.
func only(full wire.Info, fields []string) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(full)
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	for _, field := range fields {
		if !slices.Contains(expandable, field) {
			return nil, badRequest("expand: there is no %q; expected one of %s", field, strings.Join(expandable, ", "))
		}
	}
	maps.DeleteFunc(all, func(key string, _ json.RawMessage) bool {
		return key != "_id" && key != "id" && !slices.Contains(fields, key)
	})
	return all, nil
}

// siblings says what a description tells of the files.
type siblings int

const (
	noSiblings siblings = iota
	siblingNames
	siblingBlobs // with sizes and hashes
)

func (e *exchange) describe(repo *store.Repository, rule access.Rule, s *store.Snapshot, files siblings) (wire.Info, error) {
	card, tags, err := card(s)
	if err != nil {
		return wire.Info{}, err
	}
	settings, err := repo.Settings()
	if err != nil {
		return wire.Info{}, err
	}
	changed := s.Commit().Date
	if settings.Created.IsZero() {
		settings.Created = changed
	}
	author, _, _ := strings.Cut(repo.ID(), "/")
	out := wire.Info{
		InternalID: internalID(repo.ID()), ID: repo.ID(), Author: author, SHA: s.Commit().SHA, LastModified: date(changed), CreatedAt: date(settings.Created),
		Private: rule.Private, Gated: wire.Gated(rule.Gated), Disabled: rule.Disabled, Tags: tags, CardData: card, UsedStorage: s.Bytes(),
	}
	if files == noSiblings {
		return out, nil
	}
	for entry, err := range s.Entries() {
		if err != nil {
			return wire.Info{}, err
		}
		if entry.Directory {
			continue
		}
		sibling := wire.Sibling{Name: entry.Path}
		if files == siblingBlobs {
			sibling.Size, sibling.BlobID = &entry.Size, entry.OID
			if entry.Large() {
				sibling.LFS = &wire.SiblingLFS{SHA256: entry.SHA256, Size: entry.Size, PointerSize: int64(len(entry.Pointer()))}
			}
		}
		out.Siblings = append(out.Siblings, sibling)
	}
	return out, nil
}

// tagFields are the fields of a README's front matter that the Hub makes tags of.
var tagFields = map[string]string{
	"task_categories": "task_categories", "task_ids": "task_ids", "language": "language", "license": "license",
	"size_categories": "size_categories", "multilinguality": "multilinguality", "source_datasets": "source_datasets",
	"annotations_creators": "annotations_creators", "language_creators": "language_creators", "tags": "",
}

// card returns the front matter of a repository's README as JSON, and its tags. A README without a readable one has neither.
func card(s *store.Snapshot) (json.RawMessage, []string, error) {
	text, err := readme(s)
	if err != nil || text == nil {
		return nil, nil, err
	}
	var metadata map[string]any
	if err := yaml.Unmarshal([]byte(frontMatter(string(text))), &metadata); err != nil || metadata == nil {
		return nil, nil, nil // The Hub shows such a repository too, without a card.
	}
	card, err := json.Marshal(asJSON(metadata))
	if err != nil {
		return nil, nil, nil // YAML has values that JSON has not, such as .nan.
	}
	return card, tags(metadata), nil
}

// readme reads the README; nil means that there is none, or none that is a card.
func readme(s *store.Snapshot) ([]byte, error) {
	entry, err := s.Entry("README.md")
	if errors.Is(err, store.ErrNoEntry) || (err == nil && (entry.Directory || entry.Size > maxCard)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := s.Open(entry)
	if errors.Is(err, store.ErrGone) || errors.Is(err, store.ErrObjectMissing) {
		return nil, nil // A folder that changes just now, or a large file that was taken away.
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// asJSON makes a YAML value one that JSON has: keys become text.
func asJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = asJSON(value)
		}
	case map[any]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[fmt.Sprint(key)] = asJSON(value)
		}
		return out
	case []any:
		for i := range v {
			v[i] = asJSON(v[i])
		}
	}
	return v
}

func tags(metadata map[string]any) []string {
	var out []string
	for field, prefix := range tagFields {
		values, ok := metadata[field].([]any)
		if !ok && metadata[field] != nil {
			values = []any{metadata[field]}
		}
		for _, value := range values {
			text, ok := value.(string)
			if !ok {
				continue
			}
			if prefix != "" {
				text = prefix + ":" + text
			}
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}

// maxDatasets is the size of a page of repositories, as on the Hub.
const maxDatasets = 1000

// datasets answers a request for the repositories of this Hub, in the order of their ids.
func (e *exchange) datasets() error {
	query := e.r.URL.Query()
	for name := range query {
		if !slices.Contains([]string{"author", "search", "limit", "cursor", "full", "expand", "expand[]"}, name) {
			return badRequest("this Hub cannot list repositories by %q; it knows author, search and limit", name)
		}
	}
	limit, err := pageLimit(query.Get("limit"), maxDatasets)
	if err != nil {
		return err
	}
	repos, err := e.visible(query.Get("author"), query.Get("search"))
	if err != nil {
		return err
	}
	if after := query.Get("cursor"); after != "" {
		repos = slices.DeleteFunc(repos, func(r *store.Repository) bool { return r.ID() <= after })
	}
	if len(repos) > limit {
		repos = repos[:limit]
		query.Set("cursor", repos[limit-1].ID())
		e.linkNext(query)
	}
	everything, err := flag(query, "full")
	if err != nil {
		return err
	}
	fields := append(query["expand"], query["expand[]"]...)
	out := make([]any, 0, len(repos))
	for _, repo := range repos {
		item, err := e.listed(repo, everything, fields)
		if errors.Is(err, store.ErrNotFound) {
			continue // Deleted meanwhile.
		}
		if err != nil {
			return err
		}
		out = append(out, item)
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// listed describes a repository in a list of several.
func (e *exchange) listed(repo *store.Repository, everything bool, fields []string) (any, error) {
	sha, err := repo.Resolve(mainBranch)
	if err != nil {
		return nil, err
	}
	s, err := repo.Snapshot(sha)
	if err != nil {
		return nil, err
	}
	files := noSiblings
	if everything || slices.Contains(fields, "siblings") {
		files = siblingNames
	}
	rule, err := e.server.rule(repo)
	if err != nil {
		return nil, err
	}
	info, err := e.describe(repo, rule, s, files)
	if err != nil {
		return nil, err
	}
	if len(fields) > 0 {
		return only(info, fields)
	}
	if !everything {
		info.CardData = nil
	}
	return info, nil
}

// visible lists the repositories that the user may know of, by author and part of the id; "" is any.
func (e *exchange) visible(author, search string) ([]*store.Repository, error) {
	var out []*store.Repository
	for repo, err := range e.server.store.Repositories() {
		if err != nil {
			return nil, err
		}
		namespace, _, _ := strings.Cut(repo.ID(), "/")
		if author != "" && !strings.EqualFold(author, namespace) {
			continue
		}
		if !strings.Contains(strings.ToLower(repo.ID()), strings.ToLower(search)) {
			continue
		}
		rule, err := e.server.rule(repo)
		if err != nil {
			return nil, err
		}
		if rule.Sees(e.user) {
			out = append(out, repo)
		}
	}
	return out, nil
}

// pageLimit reads how many items a page may have.
func pageLimit(text string, most int) (int, error) {
	if text == "" {
		return most, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, badRequest("limit is %q: expected a number from 1", text)
	}
	return min(n, most), nil
}
