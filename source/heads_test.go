package source

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/hub/localhub"
)

// textArchive is an archive of n samples with members of some size.
func textArchive(t *testing.T, n, size int) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range n {
		err := w.WriteHeader(&tar.Header{Name: fmt.Sprintf("%04d.txt", i), Mode: 0o644, Size: int64(size)})
		if err == nil {
			_, err = io.WriteString(w, strings.Repeat("x", size))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBytesAreFetchedOnce plans and reads: together that fetches each byte once, and a second time no more than what was too much to be
// kept.
func TestBytesAreFetchedOnce(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("some text ", 30)
	for name, test := range map[string]struct {
		file, content string
		memory        int64
		options       map[string]string
	}{
		"CSV":             {file: "train.csv", content: "a,b\n" + numbered("%d,"+long+"\n", 12_000)},
		"packed":          {file: "train.csv.gz", content: string(zipped("a,b\n" + numbered("%d,"+long+"\n", 12_000)))},
		"JSON Lines":      {file: "train.jsonl", content: numbered(`{"a": %d, "b": "`+long+"\"}\n", 3_000)},
		"one request":     {file: "train.jsonl", content: numbered(`{"a": %d}`+"\n", 100)},
		"lines":           {file: "train.jsonl", content: numbered(`{"a": %d, "b": "`+long+"\"}\n", 3_000), options: map[string]string{"max_partition_bytes": "2000kB"}},
		"archive":         {file: "train.tar", content: textArchive(t, 40, 40_000)},
		"too little room": {file: "train.jsonl", content: numbered(`{"a": %d, "b": "`+long+"\"}\n", 9_000), memory: 16 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := localhub.Start(t.Context(), localhub.Options{
				Root: writeRepo(t, map[string]string{test.file: test.content}), Listen: "127.0.0.1:0", StorageListen: "127.0.0.1:0",
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			}()
			options := map[string]string{"path": "user/repo"}
			for key, value := range test.options {
				options[key] = value
			}
			s := newCounted(t, server.URL(), Config{Memory: test.memory})
			size := int64(len(test.content))
			table := mustTable(t, s.Source, options)
			first := rowsOf(t, s.Source, table)
			fetched := s.stats().BytesFetched
			// A part of a file looks one byte back, and has its last line to the end.
			slack := int64(len(table.Partitions)-1) * (lineTail + 1)
			if test.memory > 0 {
				slack = size
			}
			if fetched < size || fetched > size+slack {
				t.Errorf("%d bytes were fetched of a file of %d", fetched, size)
			}
			again := mustTable(t, s.Source, options)
			if diff := cmp.Diff(first, rowsOf(t, s.Source, again)); diff != "" {
				t.Error(diff)
			}
			if more := s.stats().BytesFetched - fetched; more > fetched {
				t.Errorf("%d bytes were fetched again", more)
			}
			alone := newCounted(t, server.URL(), Config{})
			if diff := cmp.Diff(first, rowsOf(t, alone.Source, &Table{Partitions: []Partition{travelled(t, table.Partitions[0])}, Schema: table.Schema})); len(table.Partitions) == 1 && diff != "" {
				t.Error("read elsewhere:", diff)
			}
		})
	}
}

func TestHeadsAreBounded(t *testing.T) {
	t.Parallel()
	h := newHeads(100)
	key := func(i int) headKey { return headKey{"scope", hub.File{Path: fmt.Sprint(i)}} }
	for i := range 5 {
		h.put(key(i), make([]byte, 30))
		h.get(key(0))
	}
	for i, want := range []bool{true, false, false, true, true} {
		if got := h.get(key(i)) != nil; got != want {
			t.Errorf("beginning %d is kept: %t", i, got)
		}
	}
	h.put(key(4), make([]byte, 40))
	h.put(key(6), make([]byte, 101))
	if h.used != 100 || h.get(key(6)) != nil || len(h.get(key(4))) != 40 || h.get(headKey{"another", key(4).file}) != nil {
		t.Errorf("%d bytes in %d beginnings", h.used, len(h.kept))
	}
}
