package dataset

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
)

func repoOf(files ...string) *fakeHub {
	repo := map[string]string{}
	for i := 0; i < len(files); i += 2 {
		repo[files[i]] = files[i+1]
	}
	return &fakeHub{repos: map[string]map[string]string{vectorRepo: repo}, revisions: map[string]string{}}
}

// TestResolveRequests counts what resolving asks the Hub: it must not grow with the number of files.
func TestResolveRequests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files []string
		want  []string
	}{
		"sharded": {
			[]string{"data/train-00000-of-00001.parquet", "", "data/test-00000-of-00001.parquet", ""},
			[]string{"info ", "paths-info README.md .huggingface.yaml dataset_infos.json repo.py", `list "data" recursive=false`},
		},
		"by name": {
			[]string{"README.md", "# Hello", "train.csv", "", "deep/down/test.csv", ""},
			[]string{
				"info ", "paths-info README.md .huggingface.yaml dataset_infos.json repo.py", "read README.md",
				`list "data" recursive=false`, `list "" recursive=true`,
			},
		},
		"configs": {
			[]string{
				"README.md", "---\nconfigs:\n- config_name: a\n  data_files: [x/a.csv, x/b.csv]\n- config_name: b\n  data_files: x/**/*.csv\n  default: true\n---\n",
				"x/a.csv", "", "x/b.csv", "", "x/y/c.csv", "",
			},
			[]string{
				"info ", "paths-info README.md .huggingface.yaml dataset_infos.json repo.py", "read README.md", "paths-info x/a.csv x/b.csv",
				`list "x" recursive=true`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := repoOf(c.files...)
			r := NewResolver(h)
			if _, err := r.Resolve(context.Background(), Request{Repository: vectorRepo}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, h.requests); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			h.requests = nil
			if _, err := r.Resolve(context.Background(), Request{Repository: vectorRepo}); err != nil {
				t.Fatal(err)
			}
			for _, request := range h.requests {
				if strings.HasPrefix(request, "list") || strings.HasPrefix(request, "paths-info") {
					t.Errorf("a second resolution asks for %s", request)
				}
			}
		})
	}
}

func TestResolveMany(t *testing.T) {
	t.Parallel()
	files := make([]string, 0, 40_000)
	for i := range 20_000 {
		files = append(files, fmt.Sprintf("part-%03d/file-%05d.jsonl", i%1000, i), "")
	}
	got, err := Resolve(context.Background(), repoOf(files...), Request{Repository: vectorRepo})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Splits) != 1 || len(got.Splits[0].Files) != 20_000 || got.Splits[0].Files[0].Path != "part-000/file-00000.jsonl" {
		t.Errorf("%d splits, first file %v", len(got.Splits), got.Splits[0].Files[0])
	}
}

func TestResolveErrors(t *testing.T) {
	t.Parallel()
	two := []string{"README.md", "---\nconfigs:\n- config_name: 3M\n  data_files: a.csv\n- config_name: 7M\n  data_files: a.csv\n---\n", "a.csv", ""}
	for name, c := range map[string]struct {
		files   []string
		request Request
		code    Code
		want    string
	}{
		"no repository":    {nil, Request{}, CodeRepository, "no dataset repository is named"},
		"no namespace":     {nil, Request{Repository: "squad"}, CodeRepository, `"squad" is not the id of a dataset repository: it lacks the namespace`},
		"path in id":       {nil, Request{Repository: "a/b/c"}, CodeRepository, "data_files and data_dir"},
		"bucket":           {nil, Request{Repository: "buckets/a/b"}, CodeEmpty, "the bucket holds no files"},
		"script":           {[]string{"repo.py", "", "a.csv", ""}, Request{}, CodeScript, "refs/convert/parquet"},
		"config missing":   {two, Request{}, CodeConfigMissing, "dataset user/repo: it has several subsets and none of them is the default. Choose one with the option config: 3M, 7M"},
		"config not found": {two, Request{Config: "9M", Revision: "main"}, CodeConfigNotFound, `dataset user/repo at main: there is no subset "9M". There are: 3M, 7M`},
		"parameters alone": {two, Request{Parameters: map[string]any{"sep": ";"}}, CodeConfigMissing, "3M, 7M"},
		"config is a bool": {[]string{"README.md", "---\nconfigs:\n- config_name: no\n  data_files: a.csv\n---\n", "a.csv", ""}, Request{}, CodeMetadata, "Put it in quotes"},
		"config has slash": {[]string{"README.md", "---\nconfigs:\n- config_name: a/b\n  data_files: a.csv\n---\n", "a.csv", ""}, Request{}, CodeMetadata, "forbidden character"},
		"list of YAML":     {[]string{"README.md", "---\n- a\n---\n"}, Request{}, CodeMetadata, "not a mapping"},
		"bad features":     {[]string{"README.md", "---\ndataset_info:\n  features:\n  - name: a\n    dtype: int99\n---\n", "a.csv", ""}, Request{}, CodeFeatures, "int99"},
		"bad infos":        {[]string{"dataset_infos.json", "{", "a.csv", ""}, Request{}, CodeMetadata, "dataset_infos.json cannot be read"},
		"empty":            {[]string{".gitattributes", ""}, Request{}, CodeEmpty, "the repository holds no data files"},
		"empty directory":  {[]string{"a.csv", ""}, Request{DataDir: "d"}, CodeEmpty, `its directory "d" holds no data files`},
		"zip":              {[]string{"a.zip", ""}, Request{}, CodeArchive, "a.zip cannot be read"},
		"foreign file":     {[]string{"a.csv", ""}, Request{DataFiles: "https://example.com/a.csv"}, CodeForeignFile, "relative to its root"},
		"parameter":        {[]string{"a.csv", ""}, Request{Parameters: map[string]any{"field": "x"}}, CodeParameter, `"field" is no parameter of the format csv`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.request.Repository == "" && c.files != nil {
				c.request.Repository = vectorRepo
			}
			_, err := Resolve(context.Background(), repoOf(c.files...), c.request)
			var e *Error
			if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, want %s %s", err, c.code, c.want)
			}
		})
	}
	_, err := Resolve(context.Background(), repoOf(two...), Request{Repository: vectorRepo, Revision: "nowhere"})
	if !errors.Is(err, hub.ErrRevisionNotFound) {
		t.Errorf("revision: %v", err)
	}
}

func TestResolveOtherRevision(t *testing.T) {
	t.Parallel()
	h := repoOf("a.csv", "x")
	h.revisions["v1"] = "1111111111111111111111111111111111111111"
	for pattern, commit := range map[string]string{
		"hf://datasets/user/repo@main/a.csv": "", "hf://datasets/user/repo@v1/*.csv": h.revisions["v1"],
		fakeEndpoint + "/datasets/user/repo/resolve/v1/a.csv": h.revisions["v1"],
	} {
		got, err := Resolve(context.Background(), h, Request{Repository: vectorRepo, DataFiles: pattern})
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		if f := got.Splits[0].Files[0]; f.Path != "a.csv" || f.Commit != commit {
			t.Errorf("%s is %+v", pattern, f)
		}
	}
}
