package store

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestObjects(t *testing.T) {
	t.Parallel()
	r := created(t)
	other, err := r.store.Create("acme/other", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	o, hash := r.Objects(), hashOf("large")
	for name, err := range map[string]error{
		"too short":  o.Put(t.Context(), hash, 6, strings.NewReader("large")),
		"too long":   o.Put(t.Context(), hash, 4, strings.NewReader("large")),
		"other hash": o.Put(t.Context(), hash, 5, strings.NewReader("LARGE")),
		"no hash":    o.Put(t.Context(), "../../x", 5, strings.NewReader("large")),
	} {
		if _, ok := o.Has(hash); ok || !errors.Is(err, ErrContent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.Put(ctx, hash, 5, strings.NewReader("large")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, size := range []int64{5, -1, 5} {
		if err := o.Put(t.Context(), hash, size, strings.NewReader("large")); err != nil {
			t.Error(err)
		}
	}
	if size, ok := o.Has(hash); !ok || size != 5 {
		t.Error(size, ok)
	}
	if _, ok := other.Objects().Has(hash); ok {
		t.Error("the other repository has it, too")
	}
	if _, err := other.Objects().Open(hash); !errors.Is(err, ErrObjectMissing) {
		t.Error(err)
	}
	if err := r.Objects().Link(other, hashOf("x")); !errors.Is(err, ErrObjectMissing) {
		t.Error(err)
	}
	if err := other.Objects().Link(r, hash); err != nil {
		t.Error(err)
	}
	if err := o.Remove(hash); err != nil {
		t.Error(err)
	}
	if err := o.Remove(hash); !errors.Is(err, ErrObjectMissing) {
		t.Error(err)
	}
	f, err := other.Objects().Open(hash)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil || string(content) != "large" {
		t.Error(content, err)
	}
	var list []string
	for object, err := range other.Objects().List() {
		if err != nil || object.Size != 5 || object.Added.IsZero() {
			t.Errorf("%+v, %v", object, err)
		}
		list = append(list, object.SHA256)
	}
	if diff := cmp.Diff([]string{hash}, list); diff != "" {
		t.Error(diff)
	}
	if left, err := os.ReadDir(r.store.disk.temporary); err != nil || len(left) > 0 {
		t.Errorf("%d temporary files are left, %v", len(left), err)
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	r := created(t)
	o := r.Objects()
	const content = "aaaabbbbcccc12"
	hash := hashOf(content)
	for _, bad := range [][2]int64{{0, 4}, {4, 0}, {-1, 4}, {1 << 40, 1}} {
		if _, err := o.Begin(hash, bad[0], bad[1]); !errors.Is(err, ErrContent) {
			t.Error(bad, err)
		}
	}
	id, err := o.Begin(hash, int64(len(content)), 4)
	if err != nil {
		t.Fatal(err)
	}
	put := func(number int, text string) (string, error) {
		return o.PutPart(t.Context(), id, number, strings.NewReader(text))
	}
	if _, err := put(1, "xxxx"); err != nil {
		t.Error(err)
	}
	var parts []Part
	for i, text := range []string{"aaaa", "bbbb", "cccc", "12"} {
		etag, err := put(i+1, text)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, Part{Number: i + 1, ETag: etag, Size: int64(len(text))})
	}
	for number, text := range map[int]string{0: "aaaa", 5: "aaaa"} {
		if _, err := put(number, text); !errors.Is(err, ErrUpload) {
			t.Error(number, err)
		}
	}
	again, err := o.Begin(hash, int64(len(content)), 4)
	if err != nil || again != id {
		t.Error(again, err)
	}
	there, err := o.Parts(id)
	if diff := cmp.Diff(parts, there); diff != "" || err != nil {
		t.Error(diff, err)
	}
	other, err := r.store.Create("acme/other", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"other repository": other.Objects().Complete(t.Context(), id, parts),
		"no upload":        o.Complete(t.Context(), strings.Repeat("0", 32), parts),
		"bad id":           o.Complete(t.Context(), "../x", parts),
		"few parts":        o.Complete(t.Context(), id, parts[:3]),
		"twice the same":   o.Complete(t.Context(), id, []Part{parts[0], parts[0], parts[2], parts[3]}),
	} {
		if !errors.Is(err, ErrUpload) && !errors.Is(err, ErrContent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := o.Complete(t.Context(), id, parts); err != nil {
		t.Fatal(err)
	}
	if got, err := o.Open(hash); err != nil {
		t.Error(err)
	} else {
		text, err := io.ReadAll(got)
		if err = errors.Join(err, got.Close()); err != nil || string(text) != content {
			t.Error(text, err)
		}
	}
	if _, err := o.Parts(id); !errors.Is(err, ErrUpload) {
		t.Error(err)
	}
}

func TestMultipartRefuses(t *testing.T) {
	t.Parallel()
	r := created(t)
	o := r.Objects()
	id, err := o.Begin(hashOf("right"), 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	for number, text := range map[int]string{1: "toolong", 2: "w"} {
		if _, err := o.PutPart(t.Context(), id, number, strings.NewReader(text)); !errors.Is(err, ErrContent) {
			t.Error(err)
		}
	}
	var parts []Part
	for i, text := range []string{"wro", "ng"} {
		etag, err := o.PutPart(t.Context(), id, i+1, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, Part{Number: i + 1, ETag: etag})
	}
	if err := o.Complete(t.Context(), id, []Part{parts[1], {Number: 1, ETag: "x"}}); !errors.Is(err, ErrContent) {
		t.Error(err)
	}
	if err := o.Complete(t.Context(), id, parts); !errors.Is(err, ErrContent) {
		t.Error(err)
	}
	if _, err := o.PutPart(t.Context(), id, 1, strings.NewReader("wro")); !errors.Is(err, ErrUpload) {
		t.Error(err)
	}
	old, err := o.Begin(hashOf("old"), 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	young, err := o.Begin(hashOf("young"), 5, 3)
	if err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-2 * uploadLife)
	if err := os.Chtimes(filepath.Join(r.store.uploads.folder, old, uploadData), past, past); err != nil {
		t.Fatal(err)
	}
	if err := r.store.uploads.sweep(time.Now()); err != nil {
		t.Error(err)
	}
	if _, err := o.Parts(old); !errors.Is(err, ErrUpload) {
		t.Error(err)
	}
	if _, err := o.Parts(young); err != nil {
		t.Error(err)
	}
	if err := o.Abort(young); err != nil {
		t.Error(err)
	}
	if err := o.Abort(young); !errors.Is(err, ErrUpload) {
		t.Error(err)
	}
}
