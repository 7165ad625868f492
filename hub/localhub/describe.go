package localhub

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/hfspark/hfspark/hub/localhub/access"
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
	full, err := e.describe(e.repo, e.rule, s, blobs)
	if err != nil {
		return err
	}
	fields := append(query["expand"], query["expand[]"]...)
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

func (e *exchange) describe(repo *repository, rule access.Rule, s *snapshot, blobs bool) (wire.Info, error) {
	card, tags, err := e.server.store.card(s)
	if err != nil {
		return wire.Info{}, err
	}
	author, _, _ := strings.Cut(repo.id, "/")
	out := wire.Info{
		InternalID: internalID(repo.id), ID: repo.id, Author: author, SHA: s.commit, LastModified: commitDate, CreatedAt: commitDate,
		Private: rule.Private, Gated: wire.Gated(rule.Gated), Disabled: rule.Disabled, Tags: tags, CardData: card, UsedStorage: s.used,
	}
	for _, entry := range s.entries {
		if entry.Type != wire.TypeFile {
			continue
		}
		sibling := wire.Sibling{Name: entry.Path}
		if blobs {
			sibling.Size, sibling.BlobID = &entry.Size, entry.OID
			if entry.LFS != nil {
				sibling.LFS = &wire.SiblingLFS{SHA256: entry.LFS.OID, Size: entry.LFS.Size, PointerSize: entry.LFS.PointerSize}
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
func (s *store) card(at *snapshot) (json.RawMessage, []string, error) {
	readme := at.files["README.md"]
	if readme == nil || readme.stamp.size > maxCard {
		return nil, nil, nil
	}
	f, err := s.root.Open(readme.source)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCard))
	if err != nil {
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
		repos = slices.DeleteFunc(repos, func(r *repository) bool { return r.id <= after })
	}
	if len(repos) > limit {
		repos = repos[:limit]
		query.Set("cursor", repos[limit-1].id)
		e.linkNext(query)
	}
	everything, err := flag(query, "full")
	if err != nil {
		return err
	}
	fields := append(query["expand"], query["expand[]"]...)
	out := make([]any, 0, len(repos))
	for _, repo := range repos {
		s, err := repo.current()
		if err != nil {
			return err
		}
		info, err := e.describe(repo, e.server.rule(repo), s, false)
		if err != nil {
			return err
		}
		if !everything {
			info.Siblings, info.CardData = nil, nil
		}
		if len(fields) == 0 {
			out = append(out, info)
			continue
		}
		few, err := only(info, fields)
		if err != nil {
			return err
		}
		out = append(out, few)
	}
	sendJSON(e.w, http.StatusOK, out)
	return nil
}

// visible lists the repositories that the user may know of, by author and part of the id; "" is any.
func (e *exchange) visible(author, search string) ([]*repository, error) {
	store := e.server.store
	namespaces, err := store.folders(".")
	if err != nil {
		return nil, err
	}
	var out []*repository
	for _, namespace := range namespaces {
		if author != "" && !strings.EqualFold(author, namespace) {
			continue
		}
		names, err := store.folders(namespace)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			id := namespace + "/" + name
			if strings.Contains(strings.ToLower(id), strings.ToLower(search)) && e.server.rule(store.repository(id)).Sees(e.user) {
				out = append(out, store.repository(id))
			}
		}
	}
	slices.SortFunc(out, func(a, b *repository) int { return strings.Compare(a.id, b.id) })
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
