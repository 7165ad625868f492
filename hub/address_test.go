package hub

import "testing"

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]File{
		"hf://datasets/a/b":                               {Repo: Dataset("a/b")},
		"hf://datasets/a/b/":                              {Repo: Dataset("a/b")},
		"hf://datasets/a/b@v1":                            {Repo: Dataset("a/b"), Revision: "v1"},
		"hf://datasets/a/b/data/x.parquet":                {Repo: Dataset("a/b"), Path: "data/x.parquet"},
		"hf://datasets/a/b/data/":                         {Repo: Dataset("a/b"), Path: "data/"},
		"hf://datasets/a/b/x@y.csv":                       {Repo: Dataset("a/b"), Path: "x@y.csv"},
		"hf://datasets/a/b@feature%2Fone/x.csv":           {Repo: Dataset("a/b"), Revision: "feature/one", Path: "x.csv"},
		"hf://datasets/a/b@refs/pr/3/x.csv":               {Repo: Dataset("a/b"), Revision: "refs/pr/3", Path: "x.csv"},
		"hf://datasets/a/b@refs/convert/parquet/x/0.json": {Repo: Dataset("a/b"), Revision: "refs/convert/parquet", Path: "x/0.json"},
	} {
		want.Size = -1
		if got, err := ParseAddress(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "a/b", "hf://a/b", "hf://datasets/a", "hf://datasets//b", "hf://models/a/b", "hf://datasets/a/b@%zz", "hf://datasets/a/b@"} {
		if got, err := ParseAddress(text); err == nil {
			t.Errorf("%s is an address: %+v", text, got)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("hf://datasets/a/b@refs/pr/3/x.csv")
	f.Add("hf://datasets/a/b@feature%2Fone/x.csv")
	f.Fuzz(func(t *testing.T, text string) {
		if file, err := ParseAddress(text); err == nil && (!IsAddress(text) || file.Repo.ID == "") {
			t.Errorf("%q: %+v", text, file)
		}
	})
}
