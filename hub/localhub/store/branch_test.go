package store

import (
	"testing"
)

func TestEmptyBranch(t *testing.T) {
	t.Parallel()
	r := created(t)
	if err := r.CreateBranch("blank", "", BranchOptions{Empty: true, Author: "bob"}); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, r, "blank"); len(got) != 0 {
		t.Errorf("it has %v", got)
	}
	sha, err := r.Resolve("blank")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for c, err := range r.Log(sha) {
		if n++; err != nil || c.Author != "bob" {
			t.Errorf("%+v, %v", c, err)
		}
	}
	if n != 1 {
		t.Errorf("%d commits", n)
	}
	if err := r.CreateBranch("blank", "", BranchOptions{Empty: true, Replace: true}); err != nil {
		t.Error(err)
	}
	if _, err := r.Commit(t.Context(), Change{Ref: MainRef, Title: "nothing left", Author: "bob", Operations: []Operation{remove(".gitattributes")}}); err != nil {
		t.Error(err)
	}
	fsck(t, r.folder())
}
