package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Names of the files that describe a dataset.
const (
	readmeName       = "README.md"
	standaloneName   = ".huggingface.yaml"
	legacyInfosName  = "dataset_infos.json"
	maxMetadataBytes = 64 << 20 // A README holds lists of features; one of this size is no README.
)

// frontMatter is the YAML block that may open a README (huggingface_hub, repocard.py). It must be the first thing in the file
// but for white space; a byte order mark is in its way.
var frontMatter = regexp.MustCompile(`\A\s*---(?:\r\n|\r|\n)((?s:.*?))(?:\r\n|\r|\n)---[ \t]*(?:\r\n|\n|\z)`)

// splitFrontMatter returns the YAML block of a README, without the lines of dashes, or nil when there is none.
func splitFrontMatter(readme []byte) []byte {
	m := frontMatter.FindSubmatch(readme)
	if m == nil {
		return nil
	}
	return m[1]
}

// card is what a repository says about itself.
type card struct {
	configs []configEntry
	infos   infos
}

// infos are the dataset_info entries: the name of a subset and its features, nil when they are not told.
type infos struct {
	names    []string
	features map[string]*Features
}

func (i *infos) set(name string, f *Features) {
	if i.features == nil {
		i.features = map[string]*Features{}
	}
	if _, there := i.features[name]; !there {
		i.names = append(i.names, name)
	}
	i.features[name] = f
}

// readCard reads README.md and .huggingface.yaml, as far as present has them.
func (r *resolver) readCard(ctx context.Context, present map[string]File) (*card, error) {
	data := &mapping{}
	if file, ok := present[readmeName]; ok {
		text, err := r.tree.read(ctx, file)
		if err != nil {
			return nil, err
		}
		if !utf8.Valid(text) {
			return nil, r.fail(CodeMetadata, "README.md is not UTF-8 text", "Save it as UTF-8")
		}
		block, err := parseYAML(splitFrontMatter(text))
		if err != nil {
			return nil, r.wrap(CodeMetadata, "the YAML block of README.md cannot be read", err)
		}
		if block != nil {
			m, ok := block.(*mapping)
			if !ok {
				return nil, r.fail(CodeMetadata, "the YAML block of README.md is not a mapping", "")
			}
			data = m
		}
	}
	if file, ok := present[standaloneName]; ok {
		text, err := r.tree.read(ctx, file)
		if err != nil {
			return nil, err
		}
		block, err := parseYAML(text)
		if err != nil {
			return nil, r.wrap(CodeMetadata, ".huggingface.yaml cannot be read", err)
		}
		switch m := block.(type) {
		case *mapping:
			for _, k := range m.keys {
				data.set(k, m.values[k])
			}
		case nil:
		default:
			return nil, r.fail(CodeMetadata, ".huggingface.yaml is not a mapping", "")
		}
	}
	return r.parseCard(data)
}

func (r *resolver) parseCard(data *mapping) (*card, error) {
	out := &card{}
	if value, _ := data.get("configs"); truthy(value) {
		configs, err := parseConfigs(value)
		if err != nil {
			return nil, r.locate(err)
		}
		out.configs = configs
	}
	value, _ := data.get("dataset_info")
	var entries []any
	switch value := value.(type) {
	case *mapping:
		entries = []any{value}
	case []any:
		entries = value
	}
	for _, entry := range entries {
		m, ok := entry.(*mapping)
		if !ok {
			return nil, r.fail(CodeMetadata, fmt.Sprintf("an entry of dataset_info is %v, not a mapping", plain(entry)), "")
		}
		name, ok := m.get("config_name")
		if !ok || name == nil {
			name = defaultConfig
		}
		text, ok := name.(string)
		if !ok {
			return nil, r.fail(CodeMetadata, fmt.Sprintf("dataset_info has the config_name %v, which YAML does not take for text", name),
				"Put it in quotes")
		}
		var features *Features
		if list, ok := m.get("features"); ok && list != nil {
			var err error
			if features, err = featuresFromYAML(list); err != nil {
				return nil, r.wrap(CodeFeatures, fmt.Sprintf("dataset_info of the subset %q", text), err)
			}
		}
		out.infos.set(text, features)
	}
	return out, nil
}

// addLegacyInfos merges dataset_infos.json, which older versions of the library wrote; what the README says counts more.
func (r *resolver) addLegacyInfos(ctx context.Context, present map[string]File, into infos) (infos, error) {
	file, ok := present[legacyInfosName]
	if !ok {
		return into, nil
	}
	text, err := r.tree.read(ctx, file)
	if err != nil {
		return into, err
	}
	value, err := parseJSON(text)
	if err != nil {
		return into, r.wrap(CodeMetadata, "dataset_infos.json cannot be read", err)
	}
	m, ok := value.(*mapping)
	if !ok {
		return into, r.fail(CodeMetadata, "dataset_infos.json is not an object", "")
	}
	var out infos
	for _, k := range m.keys {
		info, ok := m.values[k].(*mapping)
		if !ok {
			return into, r.fail(CodeMetadata, fmt.Sprintf("dataset_infos.json: the entry %v is not an object", k), "")
		}
		var features *Features
		if value, ok := info.get("features"); ok && value != nil {
			if features, err = featuresFromJSON(value); err != nil {
				return into, r.wrap(CodeFeatures, fmt.Sprintf("dataset_infos.json, entry %v", k), err)
			}
		}
		name := fmt.Sprint(k)
		if m.len() == 1 {
			name = defaultConfig
		}
		out.set(name, features)
	}
	for _, name := range into.names {
		out.set(name, into.features[name])
	}
	return out, nil
}

// parseJSON reads a document into the values of parseYAML.
func parseJSON(text []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	v, err := jsonValue(d)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func jsonValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Number:
		if n, err := token.Int64(); err == nil {
			return n, nil
		}
		return token.Float64()
	case json.Delim:
		if token == '[' {
			out := []any{}
			for d.More() {
				v, err := jsonValue(d)
				if err != nil {
					return nil, err
				}
				out = append(out, v)
			}
			_, err := d.Token()
			return out, err
		}
		out := &mapping{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := jsonValue(d)
			if err != nil {
				return nil, err
			}
			out.set(key, v)
		}
		_, err := d.Token()
		return out, err
	}
	return token, nil
}

// truthy is Python's idea of truth for the values of parseYAML.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case *mapping:
		return v.len() > 0
	}
	return true
}
