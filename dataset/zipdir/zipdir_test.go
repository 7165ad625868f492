package zipdir_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/dataset/zipdir"
)

func archive(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, name := range names {
		method := zip.Deflate
		if i%2 == 1 {
			method = zip.Store
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "/") {
			if _, err := io.WriteString(f, strings.Repeat(name+"\n", 100)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fetcher reads from memory, and counts requests.
func fetcher(content []byte, requests *int) zipdir.Fetch {
	return func(_ context.Context, offset, length int64) (io.ReadCloser, error) {
		*requests++
		if offset < 0 || length < 0 || offset+length > int64(len(content)) {
			return nil, fmt.Errorf("the range %d+%d is not in the file", offset, length)
		}
		return io.NopCloser(bytes.NewReader(content[offset : offset+length])), nil
	}
}

func TestReadAndOpen(t *testing.T) {
	t.Parallel()
	content := archive(t, "b/", "b/2.txt", "b/1.txt", "a.txt", "z.txt", "b/c/x.txt", ".hidden", "__MACOSX/x", "b/.y", "ü/1")
	for _, prefix := range []string{"", "#!/bin/sh\n"} {
		all := append([]byte(prefix), content...)
		requests := 0
		fetch := fetcher(all, &requests)
		entries, err := zipdir.Read(t.Context(), int64(len(all)), fetch)
		if err != nil {
			t.Fatal(err)
		}
		if requests != 1 || len(entries) != 9 {
			t.Errorf("%d entries by %d requests", len(entries), requests)
		}
		var names []string
		for _, e := range zipdir.Walk(entries) {
			names = append(names, e.Name)
			want := strings.Repeat(e.Name+"\n", 100)
			requests = 0
			got, err := e.Bytes(t.Context(), int64(len(all)), fetch)
			if err != nil || string(got) != want || requests != 1 {
				t.Errorf("%s: %d bytes by %d requests, %v", e.Name, len(got), requests, err)
			}
			r, err := e.Open(t.Context(), int64(len(all)), fetch)
			if err != nil {
				t.Fatal(err)
			}
			got, err = io.ReadAll(r)
			if err := errors.Join(err, r.Close()); err != nil || string(got) != want {
				t.Errorf("%s: %d bytes, %v", e.Name, len(got), err)
			}
		}
		if diff := cmp.Diff([]string{"a.txt", "z.txt", "b/1.txt", "b/2.txt", "b/c/x.txt", "ü/1"}, names); diff != "" {
			t.Error(diff)
		}
	}
}

func TestOldNames(t *testing.T) {
	t.Parallel()
	content := archive(t, "\x81.txt", "é.txt")
	requests := 0
	entries, err := zipdir.Read(t.Context(), int64(len(content)), fetcher(content, &requests))
	if err != nil || len(entries) != 2 || entries[0].Name != "ü.txt" || entries[1].Name != "é.txt" {
		t.Errorf("%+v, %v", entries, err)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	good := archive(t, "a.txt", "b.txt")
	at := bytes.LastIndex(good, []byte("PK\x01\x02"))
	change := func(at int, with string) []byte {
		out := bytes.Clone(good)
		copy(out[at:], with)
		return out
	}
	for name, content := range map[string][]byte{
		"empty":         {},
		"text":          []byte("no zip at all"),
		"cut off":       good[:len(good)-30],
		"path tricks":   archive(t, "a/../../b"),
		"absolute":      archive(t, "/etc/passwd"),
		"overlapping":   change(at+42, "\x00\x00\x00\x00"),
		"encrypted":     change(at+8, "\x01"),
		"method":        change(at+10, "\x63"),
		"far":           change(at+42, "\xf0\xff\xff\x7f"),
		"huge":          change(at+24, "\xf0\xff\xff\x7f"),
		"many members":  change(len(good)-12, "\xff\xff"),
		"bad directory": change(len(good)-6, "\xff\xff\xff\x00"),
	} {
		requests := 0
		if _, err := zipdir.Read(t.Context(), int64(len(content)), fetcher(content, &requests)); !errors.Is(err, zipdir.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	requests := 0
	content := change(bytes.Index(good, []byte("a.txt"))+8, "\xff\xff\xff")
	entries, err := zipdir.Read(t.Context(), int64(len(content)), fetcher(content, &requests))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entries[0].Bytes(t.Context(), int64(len(content)), fetcher(content, &requests)); !errors.Is(err, zipdir.ErrFormat) {
		t.Errorf("damaged content: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(archive(f, "a.txt", "b/c.txt"))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, content []byte) {
		requests := 0
		fetch := fetcher(content, &requests)
		entries, err := zipdir.Read(t.Context(), int64(len(content)), fetch)
		if err != nil {
			return
		}
		for _, e := range zipdir.Walk(entries) {
			if _, err := e.Bytes(t.Context(), int64(len(content)), fetch); err == nil && e.Size > 1<<20+int64(len(content))*1100 {
				t.Errorf("%s grew to %d bytes", e.Name, e.Size)
			}
		}
	})
}
