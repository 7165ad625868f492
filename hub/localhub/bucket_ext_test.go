package localhub_test

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

func TestReadAsBucket(t *testing.T) {
	t.Parallel()
	s := serve(t, localhub.Options{})
	c := client(t, s, hub.Options{})
	bucket := hub.Bucket(repo.ID)
	info, err := c.Info(t.Context(), bucket, "")
	if err != nil || info.ID != repo.ID || info.SHA != "" {
		t.Fatal(info, err)
	}
	list := func(path string, recursive bool) (paths []string, err error) {
		for e, err := range c.List(t.Context(), bucket, "", path, recursive) {
			if err != nil {
				return paths, err
			}
			paths = append(paths, string(e.Type)+" "+e.Path)
		}
		return paths, nil
	}
	for _, one := range []struct {
		path      string
		recursive bool
		want      []string
	}{
		{"", true, []string{"file README.md", "file a b/ü#?%.csv", "file big.parquet"}},
		{"", false, []string{"file README.md", "directory a b", "file big.parquet"}},
		{"a b", true, []string{"file a b/ü#?%.csv"}},
	} {
		got, err := list(one.path, one.recursive)
		if diff := cmp.Diff(one.want, got); diff != "" || err != nil {
			t.Errorf("%q %t: %v %s", one.path, one.recursive, err, diff)
		}
	}
	if _, err := list("a", true); !errors.Is(err, hub.ErrEntryNotFound) {
		t.Errorf("a directory that only begins so: %v", err)
	}
	entries, err := c.PathsInfo(t.Context(), bucket, "", []string{"big.parquet", "none", "a b/ü#?%.csv"})
	if err != nil || len(entries) != 2 || entries[0].ContentHash() == "" {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		f := hub.File{Repo: bucket, Path: e.Path, Size: e.Size, ETag: e.ContentHash()}
		r, err := c.Range(t.Context(), f, 2, e.Size-2)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil || int64(len(content)) != e.Size-2 {
			t.Errorf("%s: %d bytes, %v", e.Path, len(content), err)
		}
		f.ETag = "0" + f.ETag[1:]
		if f.ETag == e.ContentHash() {
			f.ETag = "1" + f.ETag[1:]
		}
		if _, err := c.Range(t.Context(), f, 0, 1); !errors.Is(err, hub.ErrChanged) {
			t.Errorf("%s with another hash: %v", e.Path, err)
		}
	}
	if _, err := c.Info(t.Context(), hub.Bucket("acme/none"), ""); !errors.Is(err, hub.ErrRepositoryNotFound) {
		t.Error(err)
	}
	if _, err := list("none", true); !errors.Is(err, hub.ErrEntryNotFound) {
		t.Error(err)
	}
	for range c.List(t.Context(), hub.Bucket("acme/gated"), "", "", true) {
		_, err := c.PathsInfo(t.Context(), hub.Bucket("acme/gated"), "", []string{"x.parquet"})
		if !errors.Is(err, hub.ErrGated) {
			t.Errorf("a gated bucket: %v", err)
		}
	}
	if _, err := c.Stat(t.Context(), hub.File{Repo: bucket, Path: "big.parquet"}); err == nil {
		t.Error("Stat takes a bucket")
	}
}
