package dataset

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResolveRandomLayouts compares resolutions with those of the datasets library for random layouts; e2e/golden/layouts.py
// makes both.
func TestResolveRandomLayouts(t *testing.T) {
	t.Parallel()
	runLayouts(t, "layouts.json")
}

// TestResolveCases compares them for the layouts of the library's documentation and tests, and for single rules; e2e/golden/layouts.py
// makes the results.
func TestResolveCases(t *testing.T) {
	t.Parallel()
	runLayouts(t, "cases.json")
}

func runLayouts(t *testing.T, file string) {
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	document, err := parseJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range document.([]any) {
		repo := child(record, "repo").(string)
		if takesTextForTasks(child(record, "files").(*mapping)) {
			continue
		}
		t.Run(strings.TrimPrefix(repo, "user/"), func(t *testing.T) {
			t.Parallel()
			h := &fakeHub{repos: map[string]map[string]string{repo: {}}, revisions: map[string]string{}}
			files := child(record, "files").(*mapping)
			for _, k := range files.keys {
				h.repos[repo][k.(string)] = layoutContent(t, files.values[k])
			}
			for _, load := range child(record, "loads").([]any) {
				runLayout(t, h, repo, child(load, "options").(*mapping), child(load, "result").(*mapping))
			}
		})
	}
}

// takesTextForTasks tells whether a layout holds Markdown or TOML that is not of a task: the library counts such files as tasks, and fails
// to read them; here they are no data.
func takesTextForTasks(files *mapping) bool {
	return slices.ContainsFunc(files.keys, func(k any) bool {
		name := k.(string)
		return path.Base(name) != readmeName && len(suffixes(name)) > len(formatSuffixes(name))
	})
}

// layoutContent is the content of a file: text, or a zip archive of {zip: {path: text}}.
func layoutContent(t *testing.T, v any) string {
	t.Helper()
	tree, ok := child(v, "zip").(*mapping)
	if !ok {
		text, _ := v.(string)
		return text
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, k := range tree.keys {
		f, err := w.Create(k.(string))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := tree.values[k].(string)
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func runLayout(t *testing.T, h *fakeHub, repo string, options, result *mapping) {
	t.Helper()
	request := Request{Repository: repo}
	for _, k := range options.keys {
		switch value := options.values[k]; k {
		case "name":
			request.Config = value.(string)
		case "data_dir":
			request.DataDir = value.(string)
		case "data_files":
			request.DataFiles = value
		default:
			request.Parameters = map[string]any{k.(string): plain(value)}
		}
	}
	got, err := Resolve(context.Background(), h, request)
	if want := child(result, "error"); want != nil {
		compareError(t, want, err)
		return
	}
	if err != nil {
		t.Errorf("%v: %v", plain(options), err)
		return
	}
	want := &Resolution{Config: child(result, "config").(string), Format: child(result, "format").(string)}
	want.Configs, _ = texts(child(result, "configs"))
	want.DefaultConfig, _ = child(result, "default_config").(string)
	want.Parameters, _ = plain(child(result, "parameters")).(map[string]any)
	for _, pair := range child(result, "splits").([]any) {
		s := Split{Name: pair.([]any)[0].(string)}
		paths, _ := texts(pair.([]any)[1])
		for _, p := range paths {
			s.Files = append(s.Files, File{Path: p})
		}
		want.Splits = append(want.Splits, s)
	}
	if diff := cmp.Diff(want, bare(got)); diff != "" {
		t.Errorf("%v (-library +ours):\n%s", plain(options), diff)
	}
	if schema, ok := texts(child(result, "arrow_schema")); ok && got.Features != nil {
		var have []string
		for _, f := range got.Features.ArrowSchema().Fields() {
			have = append(have, f.Name+": "+TypeName(f.Type))
		}
		if diff := cmp.Diff(schema, have); diff != "" {
			t.Errorf("%v: schema (-library +ours):\n%s", plain(options), diff)
		}
	}
}

// bare is a resolution without what the library's result does not tell.
func bare(r *Resolution) *Resolution {
	out := &Resolution{Config: r.Config, Format: r.Format, Configs: r.Configs, DefaultConfig: r.DefaultConfig, Parameters: map[string]any{}}
	for k, v := range r.Parameters {
		out.Parameters[k] = v
	}
	for _, s := range r.Splits {
		split := Split{Name: s.Name}
		for _, f := range s.Files {
			split.Files = append(split.Files, File{Path: f.Name()})
		}
		out.Splits = append(out.Splits, split)
	}
	return out
}
