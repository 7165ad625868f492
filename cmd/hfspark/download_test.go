package main

import (
	"slices"
	"testing"
)

func TestDownloadTakesAddresses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args     []string
		revision string // of --revision
		repo     string
		files    []string
		want     string // revision
	}{
		{[]string{"a/b", "x.csv"}, "v1", "a/b", []string{"x.csv"}, "v1"},
		{[]string{"hf://datasets/a/b"}, "", "a/b", nil, ""},
		{[]string{"hf://datasets/a/b", "x.csv"}, "", "a/b", []string{"x.csv"}, ""},
		{[]string{"hf://datasets/a/b@refs/pr/1/data/"}, "", "a/b", []string{"data/"}, "refs/pr/1"},
		{[]string{"hf://datasets/a/b@v1/x.csv"}, "v1", "a/b", []string{"x.csv"}, "v1"},
	} {
		flags := downloadFlags{revision: test.revision}
		repo, files, err := flags.resolve(test.args[0], test.args[1:])
		if err != nil || repo != test.repo || !slices.Equal(files, test.files) || flags.revision != test.want {
			t.Errorf("%v: %s, %v at %q, %v", test.args, repo, files, flags.revision, err)
		}
	}
	for _, args := range [][]string{
		{"hf://a/b"}, {"hf://datasets/a/b@v2"}, {"hf://datasets/a/b/x.csv", "y.csv"},
	} {
		flags := downloadFlags{revision: "v1"}
		if repo, files, err := flags.resolve(args[0], args[1:]); err == nil {
			t.Errorf("%v was taken: %s, %v", args, repo, files)
		}
	}
}
