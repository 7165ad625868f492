package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCommit(t *testing.T) {
	t.Parallel()
	r := created(t)
	attributes := string(GitAttributes())
	if diff := cmp.Diff(map[string]string{".gitattributes": attributes}, contents(t, r, "main")); diff != "" {
		t.Error(diff)
	}
	first := commit(t, r, add(t, r, "README.md", "hello\n"), add(t, r, "data/a.bin", "large"), add(t, r, "data/deep/er/x", ""), add(t, r, "data.txt", "d"))
	second := commit(t, r, add(t, r, "README.md", "bye\n"), remove("data/deep"), add(t, r, "big.txt", strings.Repeat("big ", 3<<20)), add(t, r, "ü/ñ ", "umlaut"))
	third := commit(t, r, Operation{Kind: DeleteFolder, Path: "data"}, add(t, r, "data", "now a file"), remove("big.txt"))
	want := map[string]map[string]string{
		first: {".gitattributes": attributes, "README.md": "hello\n", "data/a.bin": "large", "data/deep/er/x": "", "data.txt": "d"},
		second: {
			".gitattributes": attributes, "README.md": "bye\n", "data/a.bin": "large", "data.txt": "d", "big.txt": strings.Repeat("big ", 3<<20),
			"ü/ñ ": "umlaut",
		},
		third: {".gitattributes": attributes, "README.md": "bye\n", "data": "now a file", "data.txt": "d", "ü/ñ ": "umlaut"},
	}
	for sha, files := range want {
		if diff := cmp.Diff(files, contents(t, r, sha)); diff != "" {
			t.Error(diff)
		}
	}
	fsck(t, r.folder())
	for sha := range want {
		s, err := r.Snapshot(sha)
		if err != nil {
			t.Fatal(err)
		}
		var listed []string
		for e, err := range s.Entries() {
			if err != nil {
				t.Fatal(err)
			}
			kind, mode := "blob", modeFile
			if e.Directory {
				kind, mode = "tree", "040000"
			}
			listed = append(listed, fmt.Sprintf("%s %s %s\t%s", mode, kind, e.OID, e.Path))
		}
		if diff := cmp.Diff(gitRun(t, r.folder(), "-c", "core.quotePath=false", "ls-tree", "-r", "-t", sha), strings.Join(listed, "\n")); diff != "" {
			t.Error(diff)
		}
	}
	if got := gitRun(t, r.folder(), "cat-file", "-p", first+":data/a.bin"); got+"\n" != string(pointer(hashOf("large"), 5)) {
		t.Error(got)
	}
	if got := gitRun(t, r.folder(), "log", "--format=%H %an <%ae> %s"); got != fmt.Sprintf(
		"%s alice <alice@localhost> change\n%s alice <alice@localhost> change\n%s alice <alice@localhost> change\n%s alice <alice@localhost> initial commit",
		third, second, first, gitRun(t, r.folder(), "rev-list", "--max-parents=0", "main")) {
		t.Error(got)
	}
}

func TestCommitRefuses(t *testing.T) {
	t.Parallel()
	r := created(t)
	tip := commit(t, r, add(t, r, "a/b", "x"), add(t, r, "f", "y"))
	other, err := r.store.Create("acme/other", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	add(t, other, "secret.bin", "secret")
	secret := add(t, r, "pointer", string(pointer(hashOf("secret"), 6)))
	large := add(t, r, "x.bin", "large")
	blob := add(t, r, "g", "z").OID
	tests := map[string]struct {
		change Change
		want   error
	}{
		"stale":             {Change{Parent: strings.Repeat("0", 40)}, ErrStaleParent},
		"no branch":         {Change{Ref: "refs/heads/nope"}, ErrRevision},
		"a tag":             {Change{Ref: "refs/tags/main"}, ErrRevision},
		"HEAD":              {Change{Ref: "HEAD"}, ErrRevision},
		"outside":           {Change{Ref: "refs/heads/../../x"}, ErrRevision},
		"missing file":      {Change{Operations: []Operation{remove("nope")}}, ErrNoEntry},
		"missing below":     {Change{Operations: []Operation{remove("f/x")}}, ErrNoEntry},
		"missing folder":    {Change{Operations: []Operation{{Kind: DeleteFolder, Path: "f"}}}, ErrNoEntry},
		"twice":             {Change{Operations: []Operation{remove("f"), remove("f")}}, ErrNoEntry},
		"below a file":      {Change{Operations: []Operation{{Kind: Add, Path: "f/x", OID: blob}}}, ErrConflict},
		"over a folder":     {Change{Operations: []Operation{{Kind: Add, Path: "a", OID: blob}}}, ErrConflict},
		"up":                {Change{Operations: []Operation{{Kind: Add, Path: "../x", OID: blob}}}, ErrBadPath},
		"git":               {Change{Operations: []Operation{{Kind: Add, Path: "a/.GIT/config", OID: blob}}}, ErrBadPath},
		"unknown blob":      {Change{Operations: []Operation{{Kind: Add, Path: "x", OID: strings.Repeat("1", 40)}}}, ErrObjectMissing},
		"a tree":            {Change{Operations: []Operation{{Kind: Add, Path: "x", OID: gitRun(t, r.folder(), "rev-parse", "main:a")}}}, ErrObjectMissing},
		"no blob":           {Change{Operations: []Operation{{Kind: Add, Path: "x", OID: "../../x"}}}, ErrObjectMissing},
		"others' object":    {Change{Operations: []Operation{{Kind: AddLFS, Path: "x", OID: hashOf("secret")}}}, ErrObjectMissing},
		"others' pointer":   {Change{Operations: []Operation{secret}}, ErrObjectMissing},
		"no object":         {Change{Operations: []Operation{{Kind: AddLFS, Path: "x", OID: "../x"}}}, ErrObjectMissing},
		"wrong size":        {Change{Operations: []Operation{{Kind: AddLFS, Path: "x", OID: large.OID, Size: 4}}}, ErrContent},
		"NUL in message":    {Change{Title: "a\x00b"}, ErrBadName},
		"unknown operation": {Change{Operations: []Operation{{Path: "x"}}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.change.Ref == "" {
				tt.change.Ref = MainRef
			}
			_, err := r.Commit(t.Context(), tt.change)
			if err == nil || (tt.want != nil && !errors.Is(err, tt.want)) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			var at *PathError
			if len(tt.change.Operations) > 0 && !errors.As(err, &at) {
				t.Errorf("no path in %v", err)
			}
		})
	}
	if now, err := r.Resolve("main"); err != nil || now != tip {
		t.Errorf("main is at %s, %v", now, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Commit(ctx, Change{Ref: MainRef}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	fsck(t, r.folder())
}

func TestOrderOfOperations(t *testing.T) {
	t.Parallel()
	r := created(t)
	commit(t, r,
		remove(".gitattributes"), add(t, r, "a", "1"), add(t, r, "a", "2"), add(t, r, "b", "x"), remove("b"),
		add(t, r, "d/e/f", "x"), remove("d/e/f"), add(t, r, "d", "file"), add(t, r, "e/f", "1"), remove("e"), add(t, r, "e", "2"))
	if diff := cmp.Diff(map[string]string{"a": "2", "d": "file", "e": "2"}, contents(t, r, "main")); diff != "" {
		t.Error(diff)
	}
	commit(t, r, remove("a"), remove("d"), remove("e"))
	if got := contents(t, r, "main"); len(got) != 0 {
		t.Error(got)
	}
	commit(t, r)
	commit(t, r, add(t, r, "again", "x"))
	if diff := cmp.Diff(map[string]string{"again": "x"}, contents(t, r, "main")); diff != "" {
		t.Error(diff)
	}
	fsck(t, r.folder())
}

func TestSeekInBlobs(t *testing.T) {
	t.Parallel()
	r := created(t)
	var b strings.Builder
	for i := range 2 << 20 {
		fmt.Fprintf(&b, "%08d", i)
	}
	commit(t, r, add(t, r, "big", b.String()), add(t, r, "small", "0123456789"))
	sha, err := r.Resolve("main")
	if err != nil {
		t.Fatal(err)
	}
	s, err := r.Snapshot(sha)
	if err != nil {
		t.Fatal(err)
	}
	for path, whole := range map[string]string{"big": b.String(), "small": "0123456789"} {
		e, err := s.Entry(path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int{5, len(whole) - 4, 0, len(whole), len(whole) / 2} {
			if _, err := f.Seek(int64(at), io.SeekStart); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, min(100, len(whole)-at))
			if _, err := io.ReadFull(f, got); err != nil || string(got) != whole[at:at+len(got)] {
				t.Errorf("%s at %d: %q, %v", path, at, got, err)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
