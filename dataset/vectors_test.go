package dataset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
)

// layoutVectors were made by running the datasets library; see their header.
var layoutVectors = filepath.Join("..", "..", "shared", "reference", "layout-vectors.yaml")

const vectorRepo = "user/repo"

// libraryErrors maps the beginnings of the library's messages to codes.
var libraryErrors = []struct {
	beginning string
	code      Code
}{
	{"No (supported) data files found", CodeNoData},
	{"Expected configs to be a list", CodeMetadata},
	{"Each config must include", CodeMetadata},
	{"Config name is missing", CodeConfigMissing},
	{"BuilderConfig '", CodeConfigNotFound},
	{"Split name should match", CodeSplitName},
	{"Dataset scripts are no longer supported", CodeScript},
	{"Couldn't infer the same data file format", CodeMixedFormats},
	{"Couldn't find any data file", CodeFileNotFound},
	{"Unable to find", CodeFileNotFound},
	{"Expected data_files in YAML", CodeDataFiles},
	{"Some splits are duplicated", CodeDataFiles},
	{"Invalid format for data_files entry", CodeDataFiles},
	{"Dataset has several default configs", CodeMetadata},
	{"Invalid pattern:", CodePattern},
	{"Data files don't belong", CodeForeignFile},
	{"Invalid HF URI", CodeRepository},
	{"Dataset at '", CodeEmpty},
	{"The directory at", CodeEmpty},
	{"'NoneType' object is not iterable", CodeDataFiles},
	{"while parsing a flow node", CodeMetadata},
	{"Bad characters from black list", CodeMetadata},
	{"argument of type 'bool' is not iterable", CodeMetadata},
	{"argument of type 'int' is not iterable", CodeMetadata},
	{"Seek before start of file", CodeArchive},
	{"At least one data file must be specified", CodeConfigMissing},
}

func TestResolveLayoutVectors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(layoutVectors)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no layout vectors at %s", layoutVectors)
	}
	if err != nil {
		t.Fatal(err)
	}
	document, err := parseYAML(text)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, v := range child(document, "vectors").([]any) {
		id := child(v, "id").(string)
		ran++
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			runVector(t, v)
		})
	}
	t.Logf("ran %d vectors", ran)
}

func child(v any, key string) any {
	m, ok := v.(*mapping)
	if !ok || m == nil {
		return nil
	}
	out, _ := m.get(key)
	return out
}

func runVector(t *testing.T, v any) {
	id := vectorRepo
	options, _ := child(v, "options").(*mapping)
	if path, ok := child(options, "path").(string); ok {
		id = expand(path)
	}
	name := strings.TrimPrefix(id, "hf://datasets/")
	if child(v, "bucket") != nil {
		name = "buckets/" + vectorRepo
		if !strings.Contains(id, name) {
			id = name
		}
	}
	h := &fakeHub{repos: map[string]map[string]string{vectorRepo: {}}, revisions: map[string]string{}}
	h.repos[name] = h.repos[vectorRepo]
	files := child(v, "files").(*mapping)
	for _, k := range files.keys {
		content := layoutContent(t, files.values[k])
		h.repos[vectorRepo][expand(k.(string))] = content
	}
	request := Request{Repository: id}
	if options != nil {
		for _, k := range options.keys {
			value := expandAll(options.values[k])
			switch k {
			case "path":
			case "data_dir":
				request.DataDir = value.(string)
			case "data_files":
				request.DataFiles = value
			case "revision":
				request.Revision = value.(string)
			default:
				if request.Parameters == nil {
					request.Parameters = map[string]any{}
				}
				request.Parameters[k.(string)] = plain(value)
			}
		}
	}
	expect := child(v, "expect")
	if want := child(expect, "error"); want != nil {
		_, err := Resolve(context.Background(), h, request)
		compareError(t, want, err)
		return
	}
	loads := child(expect, "loads").(*mapping)
	for _, k := range loads.keys {
		load := loads.values[k]
		if same := child(load, "same_as"); same != nil {
			load = loads.values[same]
		}
		request.Config = ""
		if k != "<none>" {
			request.Config = k.(string)
		}
		got, err := Resolve(context.Background(), h, request)
		if want := child(load, "error"); want != nil {
			compareError(t, want, err)
			continue
		}
		if want := child(load, "open_error"); want != nil && child(want, "message") == `Split name should match '^\w+(\.\w+)*$' but got 'my-split'.` {
			compareError(t, want, err)
			continue
		}
		if err != nil {
			t.Errorf("config %v: %v", k, err)
			continue
		}
		compareLoad(t, expect, load, got)
	}
}

func compareLoad(t *testing.T, expect, load any, got *Resolution) {
	t.Helper()
	want := &Resolution{Config: child(load, "config").(string), Format: child(expect, "format").(string)}
	want.Configs, _ = texts(child(expect, "configs"))
	want.DefaultConfig, _ = child(expect, "default_config").(string)
	splits := child(load, "splits").(*mapping)
	for _, k := range splits.keys {
		s := Split{Name: k.(string)}
		paths, _ := texts(splits.values[k])
		for _, p := range paths {
			s.Files = append(s.Files, File{Path: expand(p)})
		}
		want.Splits = append(want.Splits, s)
	}
	if parameters := child(load, "builder_params"); parameters != nil {
		want.Parameters, _ = plain(parameters).(map[string]any)
		delete(want.Parameters, "features") // They are in Resolution.Features, and compared as a schema.
		if len(want.Parameters) == 0 {
			want.Parameters = nil
		}
	}
	have := &Resolution{
		Config: got.Config, Format: got.Format, Configs: got.Configs, DefaultConfig: got.DefaultConfig,
		Splits: slices.Clone(got.Splits), Parameters: got.Parameters,
	}
	for i := range have.Splits {
		var files []File
		for _, f := range have.Splits[i].Files {
			files = append(files, File{Path: f.Name()})
		}
		have.Splits[i].Files = files
	}
	if len(have.Parameters) == 0 {
		have.Parameters = nil
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("config %q (-library +ours):\n%s", got.Config, diff)
	}
	compareSchema(t, load, got)
}

// compareSchema checks what dataset_info announces; where it announces nothing the schema is the format's business.
func compareSchema(t *testing.T, load any, got *Resolution) {
	t.Helper()
	want, ok := texts(child(load, "arrow_schema"))
	if got.Features == nil || !ok || got.Format == "imagefolder" {
		return
	}
	var have []string
	for _, f := range got.Features.ArrowSchema().Fields() {
		have = append(have, f.Name+": "+strings.NewReplacer("utf8", "string", " nullable", "", "float64", "double", "float32", "float").Replace(f.Type.String()))
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("schema of %q (-library +ours):\n%s", got.Config, diff)
	}
}

func compareError(t *testing.T, want any, err error) {
	t.Helper()
	message := child(want, "message").(string)
	// The library puts this around what it did not find.
	if _, inner, found := strings.Cut(message, "on the Hugging Face Hub either: FileNotFoundError: "); found {
		message = inner
	}
	if err == nil {
		t.Errorf("no error; the library says %q", message)
		return
	}
	var e *Error
	var remote *hub.Error
	if !errors.As(err, &e) {
		if errors.As(err, &remote) {
			return
		}
		t.Errorf("error of type %T: %v", err, err)
		return
	}
	if (strings.Contains(message, "doesn't have a '") || strings.Contains(message, "unexpected keyword")) && e.Code == CodeParameter {
		return
	}
	for _, l := range libraryErrors {
		if strings.HasPrefix(message, l.beginning) {
			if e.Code != l.code {
				t.Errorf("code %s for %q (%v), want %s", e.Code, message, err, l.code)
			}
			return
		}
	}
	t.Errorf("the library says %q, which maps to no code; ours: %s %v", message, e.Code, err)
}

func expand(text string) string {
	return strings.NewReplacer("<repo>", vectorRepo, "<name>", "repo", "<sha>", fakeCommit, "<endpoint>", fakeEndpoint).Replace(text)
}

func expandAll(v any) any {
	switch v := v.(type) {
	case string:
		return expand(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = expandAll(v[i])
		}
		return out
	case *mapping:
		out := &mapping{}
		for _, k := range v.keys {
			out.set(k, expandAll(v.values[k]))
		}
		return out
	}
	return v
}
