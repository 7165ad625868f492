package dataset

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResolveRules tests single rules of the datasets library that random layouts rarely meet. A result is the subset, the format,
// the default subset, the splits with their files, and the parameters; or the code of an error.
func TestResolveRules(t *testing.T) {
	t.Parallel()
	readme := func(lines ...string) string { return "---\n" + strings.Join(lines, "\n") + "\n---\n" }
	for name, c := range map[string]struct {
		files   []string
		request Request
		want    string
	}{
		"name twice": {
			[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: 1.csv", "- config_name: b", "  data_files: 2.csv", "- config_name: a", "  data_files: 3.csv"), "1.csv", "", "2.csv", "", "3.csv", ""},
			Request{Config: "a"},
			"a of a,b csv [] train=3.csv",
		},
		"split with a dot":  {[]string{"README.md", readme("configs:", "- config_name: a", "  data_files:", "  - split: x.y", "    path: 1.csv"), "1.csv", ""}, Request{}, "a of a csv [a] x.y=1.csv"},
		"split with a dash": {[]string{"README.md", readme("configs:", "- config_name: a", "  data_files:", "  - split: x-y", "    path: 1.csv"), "1.csv", ""}, Request{}, "BAD_DATA_FILES"},
		"split is a number": {[]string{"README.md", readme("configs:", "- config_name: a", "  data_files:", "  - split: 1", "    path: 1.csv"), "1.csv", ""}, Request{}, "BAD_DATA_FILES"},
		"later subset lacks its file": {
			[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: 1.csv", "- config_name: b", "  data_files: none.csv"), "1.csv", ""},
			Request{Config: "a"},
			"a of a,b csv [] train=1.csv",
		},
		"later subset lacks its file, and is asked for": {
			[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: 1.csv", "- config_name: b", "  data_files: none.csv"), "1.csv", ""},
			Request{Config: "b"},
			"DATA_FILE_NOT_FOUND",
		},
		"address of this Hub": {[]string{"a.csv", ""}, Request{DataFiles: fakeEndpoint + "/datasets/user/repo/resolve/main/a.csv"}, "default of default csv [] train=hf://datasets/user/repo@main/a.csv"},
		"dataset_info of another name": {
			[]string{"README.md", readme("dataset_info:", "  config_name: foo", "  features: []"), "a.csv", ""}, Request{}, "CONFIG_NOT_FOUND",
		},
		"dataset_info of two names": {
			[]string{"README.md", readme("dataset_info:", "- config_name: foo", "- config_name: bar"), "a.csv", ""}, Request{}, "default of default csv [] train=a.csv",
		},
		"dataset_info of one of two subsets": {
			[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: 1.csv", "- config_name: b", "  data_files: 2.csv", "dataset_info:", "  config_name: b", "  features: []"), "1.csv", "", "2.csv", ""},
			Request{},
			"b of a,b csv [b] train=2.csv",
		},
		"first subset decides the format": {
			[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: 1.csv", "- config_name: b", "  data_files: 2.json"), "1.csv", "", "2.json", ""},
			Request{Config: "b"},
			"b of a,b csv [] train=2.json",
		},
		"tabs of the first subset": {
			[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: 1.tsv", "- config_name: b", "  data_files: 2.csv"), "1.tsv", "", "2.csv", ""},
			Request{Config: "b"},
			"b of a,b csv [] train=2.csv sep=\t",
		},
		"sharded of two formats":          {[]string{"data/train-00000-of-00001.csv", "", "data/test-00000-of-00001.json", ""}, Request{}, "MIXED_FORMATS"},
		"packed tar":                      {[]string{"a.tar.gz", ""}, Request{}, "default of default webdataset [] train=a.tar.gz"},
		"tgz":                             {[]string{"a.tgz", ""}, Request{}, "NO_DATA_FILES"},
		"draw goes to the last extension": {[]string{"a.txt", "", "b.xml", ""}, Request{}, "default of default xml [] train=b.xml"},
		"braces":                          {[]string{"a.csv", "", "b.csv", ""}, Request{DataFiles: "{a,b}.csv"}, "DATA_FILE_NOT_FOUND"},
		"two slashes":                     {[]string{"d/a.csv", ""}, Request{DataFiles: "d//a.csv"}, "BAD_REPOSITORY"},
		"dot slash":                       {[]string{"a.csv", ""}, Request{DataFiles: "./a.csv"}, "DATA_FILE_NOT_FOUND"},
		"name is no":                      {[]string{"README.md", readme("configs:", "- config_name: no", "  data_files: 1.csv"), "1.csv", ""}, Request{}, "BAD_METADATA"},
		"carriage returns":                {[]string{"README.md", "---\r\nconfigs:\r\n- config_name: a\r\n  data_files: 1.csv\r\n---\r\n", "1.csv", "", "2.csv", ""}, Request{}, "a of a csv [a] train=1.csv"},
		"byte order mark":                 {[]string{"README.md", "\ufeff" + readme("configs:", "- config_name: a", "  data_files: 1.csv"), "1.csv", "", "2.csv", ""}, Request{}, "default of default csv [] train=1.csv,2.csv"},
		"delimiter of the README":         {[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: 1.csv", "  sep: '|'"), "1.csv", ""}, Request{}, "a of a csv [a] train=1.csv sep=|"},
		"empty list of files":             {[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: []"), "1.csv", ""}, Request{}, "NO_DATA_FILES"},
		"README is a list":                {[]string{"README.md", readme("- a"), "1.csv", ""}, Request{}, "BAD_METADATA"},
		"keyword in upper case":           {[]string{"TRAIN.csv", "", "TEST.csv", ""}, Request{}, "default of default csv [] train=TEST.csv,TRAIN.csv"},
		"keyword of an unsupported file":  {[]string{"test.bin", "", "a.csv", ""}, Request{}, "NO_DATA_FILES"},
		"columns of CSV":                  {[]string{"a.csv", ""}, Request{Parameters: map[string]any{"columns": []any{"a"}}}, "UNKNOWN_PARAMETER"},
		"two defaults":                    {[]string{"README.md", readme("configs:", "- config_name: default", "  data_files: 1.csv", "- config_name: b", "  default: true", "  data_files: 1.csv"), "1.csv", ""}, Request{}, "BAD_METADATA"},
		"file twice":                      {[]string{"a.csv", ""}, Request{DataFiles: []any{"a.csv", "*.csv"}}, "default of default csv [] train=a.csv,a.csv"},
		"not filtered by format":          {[]string{"a.csv", "", "b.bin", ""}, Request{DataFiles: "*"}, "default of default csv [] train=a.csv,b.bin"},
		"several subsets and files":       {[]string{"README.md", readme("configs:", "- config_name: a", "  data_files: 1.csv", "- config_name: b", "  data_files: 2.csv"), "1.csv", "", "2.csv", ""}, Request{DataFiles: "2.csv"}, "default of a,b csv [] train=2.csv"},
		"format as path":                  {[]string{"a.csv", ""}, Request{Repository: "csv", DataFiles: map[string]any{"x": "hf://datasets/user/repo@main/*.csv"}}, "default of default csv [] x=hf://datasets/user/repo@main/a.csv"},
		"format as path, without files":   {[]string{"a.csv", ""}, Request{Repository: "csv"}, "BAD_DATA_FILES"},
		"format as path, local file":      {[]string{"a.csv", ""}, Request{Repository: "csv", DataFiles: "a.csv"}, "FOREIGN_DATA_FILE"},
		"format as path, other host":      {[]string{"a.csv", ""}, Request{Repository: "csv", DataFiles: "https://example.com/a.csv"}, "FOREIGN_DATA_FILE"},
		"other repository":                {[]string{"a.csv", ""}, Request{DataFiles: "hf://datasets/user/other@main/b.csv"}, "FOREIGN_DATA_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := repoOf(c.files...)
			h.repos["user/other"] = map[string]string{"b.csv": ""}
			if c.request.Repository == "" {
				c.request.Repository = vectorRepo
			}
			got, err := Resolve(context.Background(), h, c.request)
			if diff := cmp.Diff(c.want, summary(got, err)); diff != "" {
				t.Errorf("-library +ours:\n%s\n%v", diff, err)
			}
		})
	}
}

func summary(r *Resolution, err error) string {
	var e *Error
	if errors.As(err, &e) {
		return string(e.Code)
	}
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%s of %s %s [%s]", r.Config, strings.Join(r.Configs, ","), r.Format, r.DefaultConfig)
	for _, s := range r.Splits {
		var names []string
		for _, f := range s.Files {
			names = append(names, f.Name())
		}
		text += " " + s.Name + "=" + strings.Join(names, ",")
	}
	for _, k := range slices.Sorted(maps.Keys(r.Parameters)) {
		text += fmt.Sprintf(" %s=%v", k, r.Parameters[k])
	}
	return text
}

// TestResolveConverted reads the Hub's conversion to Parquet of what cannot be read as it is.
func TestResolveConverted(t *testing.T) {
	t.Parallel()
	const commit = "2222222222222222222222222222222222222222"
	converted := map[string]string{
		"en/test/0000.parquet": "", "en/partial-train/0000.parquet": "", "en/partial-train/0001.parquet": "", "de/train/0000.parquet": "",
	}
	for name, c := range map[string]struct {
		files   map[string]string
		request Request
		want    string
	}{
		"script":               {map[string]string{"repo.py": ""}, Request{Config: "en"}, "en of de,en parquet [] train=en/partial-train/0000.parquet,en/partial-train/0001.parquet test=en/test/0000.parquet"},
		"script, no subset":    {map[string]string{"repo.py": ""}, Request{}, "CONFIG_MISSING"},
		"script, wrong subset": {map[string]string{"repo.py": ""}, Request{Config: "fr"}, "CONFIG_NOT_FOUND"},
		"script, parameter":    {map[string]string{"repo.py": ""}, Request{Config: "en", Parameters: map[string]any{"sep": ";"}}, "UNKNOWN_PARAMETER"},
		"script, at a tag":     {map[string]string{"repo.py": ""}, Request{Config: "en", Revision: "v1"}, "LOADING_SCRIPT"},
		"format":               {map[string]string{"a.h5": ""}, Request{Config: "de", Formats: []string{"csv"}}, "CONFIG_NOT_FOUND"},
		"format, readable":     {map[string]string{"a.csv": ""}, Request{Formats: []string{"csv"}}, "default of default csv [] train=a.csv"},
		"format, all":          {map[string]string{"a.h5": ""}, Request{}, "default of default hdf5 [] train=a.h5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &fakeHub{
				repos: map[string]map[string]string{vectorRepo: c.files}, revisions: map[string]string{convertedRevision: commit, "v1": fakeCommit},
				commits: map[string]map[string]string{commit: converted},
			}
			c.request.Repository = vectorRepo
			got, err := Resolve(context.Background(), h, c.request)
			if diff := cmp.Diff(c.want, summary(got, err)); diff != "" {
				t.Errorf("-want +got:\n%s\n%v", diff, err)
			}
			if err == nil && got.Format == "parquet" && (!got.Converted || got.Commit != commit || len(got.Warnings) != 2) {
				t.Errorf("converted %t, commit %s, warnings %q", got.Converted, got.Commit, got.Warnings)
			}
		})
	}
}

// TestResolveWarns tells of rows that come twice or not at all.
func TestResolveWarns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files   []string
		request Request
		want    []string
	}{
		"twice":     {[]string{"a.csv", ""}, Request{DataFiles: []any{"a.csv", "*.csv"}}, []string{`the split "train" lists 1 file (a.csv) more than once, so that their rows come more than once: several patterns match them`}},
		"in two":    {[]string{"test/train/x.csv", ""}, Request{}, []string{`both in the split "train" and in "test": 1 file (test/train/x.csv)`}},
		"by case":   {[]string{"a.csv", "", "b.CSV", ""}, Request{}, []string{"left out, since the extension is known in lower case only: 1 file (b.CSV)"}},
		"as it is":  {[]string{"a.csv", "", "b.csv", ""}, Request{}, nil},
		"parameter": {[]string{"README.md", "---\nconfigs:\n- config_name: a\n  data_files: a.csv\n  nothing: 1\n---\n", "a.csv", ""}, Request{}, []string{`README.md sets nothing for the subset "a", which is no parameter of the format csv`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.request.Repository = vectorRepo
			got, err := Resolve(context.Background(), repoOf(c.files...), c.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Warnings); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestResolveArchiveRequests looks into ten archives at most, with one request each.
func TestResolveArchiveRequests(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create("a.csv"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var files []string
	for i := range 30 {
		files = append(files, fmt.Sprintf("%02d.zip", i), b.String())
	}
	h := repoOf(files...)
	got, err := Resolve(context.Background(), h, Request{Repository: vectorRepo})
	if err != nil || got.Format != "csv" || len(got.Splits[0].Files) != 30 {
		t.Fatalf("%v %v", got, err)
	}
	ranges := 0
	for _, r := range h.requests {
		if strings.HasPrefix(r, "range") {
			ranges++
		}
	}
	if ranges != 10 {
		t.Errorf("%d requests into archives: %v", ranges, h.requests)
	}
}
