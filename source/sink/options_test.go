package sink

import (
	"strings"
	"testing"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options map[string]string
		path    string
		want    string // part of the error; "" is none
	}{
		{map[string]string{"SPLIT": "test", "max_bytes_per_file": "1_000", "private": "True"}, "a/b", ""},
		{nil, "", "no dataset is named"},
		{map[string]string{"path": "a/c"}, "a/b", "give one of them"},
		{map[string]string{"splits": "test"}, "a/b", "no such option"},
		{map[string]string{"split": "te-st"}, "a/b", "no name of a split"},
		{map[string]string{"split": "../x"}, "a/b", "no name of a split"},
		{map[string]string{"config": "a/b"}, "a/b", "must not have"},
		{map[string]string{"data_dir": "../up"}, "a/b", "no plain folder"},
		{map[string]string{"data_dir": "a*"}, "a/b", "no plain folder"},
		{map[string]string{"max_bytes_per_file": "0"}, "a/b", "no size above zero"},
		{map[string]string{"max_bytes_per_file": "500MB", "row_group_bytes": "1 MiB", "compression": "ZSTD", "compression_level": "22"}, "a/b", ""},
		{map[string]string{"max_operations_per_commit": "0"}, "a/b", "no number above zero"},
		{map[string]string{"compression": "lzo"}, "a/b", "use one of"},
		{map[string]string{"compression_level": "3"}, "a/b", "snappy, the default, has no levels"},
		{map[string]string{"compression": "gzip", "compression_level": "10"}, "a/b", "levels 1 to 9"},
		{map[string]string{"compression": "gzip", "compression_level": "0"}, "a/b", "no number above zero"},
		{nil, "hf://datasets/a/b/c.jsonl", "another format"},
		{nil, "hf://datasets/a/b@refs/pr/1/c", ""},
		{nil, "hf://datasets/a/b@refs%2Fpr%2F1/c", ""},
		{nil, "hf://datasets/a/b@feature%2Fx/c", ""},
		{map[string]string{"endpoint": "http://u:p@host"}, "a/b", "without credentials"},
		{map[string]string{"split": "x"}, "hf://datasets/a/b/c.parquet", "an address names files"},
		{map[string]string{"revision": "x"}, "hf://datasets/a/b@y/c.parquet", "give one of them"},
		{nil, "hf://models/a/b", "no address of a dataset"},
		{nil, "s3://a/b", "no address of a dataset"},
	} {
		_, err := ParseOptions(c.options, c.path, Append)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v, %q: error is %v, want %q", c.options, c.path, err, c.want)
		}
	}
}
