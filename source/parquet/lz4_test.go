package parquet

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pierrec/lz4/v4"
)

// The files have the same rows in the two ways of writing LZ4, and in the codec that took its place.
func TestLZ4(t *testing.T) {
	t.Parallel()
	for name, like := range map[string]string{
		"hadoop_lz4_compressed":        "lz4_raw_compressed",
		"non_hadoop_lz4_compressed":    "lz4_raw_compressed",
		"hadoop_lz4_compressed_larger": "lz4_raw_compressed_larger",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := func(name string) []string {
				data, err := os.ReadFile(filepath.Join(parquetTesting, "data", name+".parquet"))
				if err != nil {
					t.Skip("no parquet-testing data")
				}
				memory := &ledger{}
				table, err := readSlices(t, (&counter{data: data}).file(name), Query{}, Options{Memory: memory, Pool: NewPool(1 << 20)})
				if err != nil {
					t.Fatal(err)
				}
				if memory.held.Load() != 0 {
					t.Errorf("%d bytes are not given back", memory.held.Load())
				}
				return rowTexts(table)
			}
			if got, want := read(name), read(like); !slices.Equal(got, want) {
				t.Errorf("%d rows, want those %d of %s", len(got), len(want), like)
			}
		})
	}
}

// pageOf makes a page of version 2: levels, and values that are compressed in the frame of Hadoop.
func pageOf(t *testing.T, levels, values []byte, compressed bool) []byte {
	t.Helper()
	body := slices.Clone(levels)
	if compressed {
		block := make([]byte, lz4.CompressBlockBound(len(values)))
		n, err := lz4.CompressBlock(values, block, nil)
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
		body = binary.BigEndian.AppendUint32(body, uint32(len(values)))
		body = binary.BigEndian.AppendUint32(body, uint32(n))
		body = append(body, block[:n]...)
	} else {
		body = append(body, values...)
	}
	w := &compactWriter{}
	var last, inner int16
	w.intField(&last, 1, compactI32, 3)
	w.intField(&last, pageRawSize, compactI32, int64(len(levels)+len(values)))
	w.intField(&last, pageSize, compactI32, int64(len(body)))
	w.intField(&last, pageChecksum, compactI32, 12345)
	w.field(&last, pageV2, compactStruct)
	w.intField(&inner, 1, compactI32, 100)
	w.intField(&inner, v2DefinitionLength, compactI32, int64(len(levels)))
	w.intField(&inner, v2RepetitionLength, compactI32, 0)
	if !compressed {
		w.field(&inner, v2Compressed, compactFalse)
	}
	w.stop()
	w.stop()
	return append(w.buf, body...)
}

func TestUncompressPagesOfVersion2(t *testing.T) {
	t.Parallel()
	values := bytes.Repeat([]byte("values "), 100)
	levels := []byte("levels")
	one, two := pageOf(t, levels, values, true), pageOf(t, levels, values, false)
	r := &recoder{codec: codecLZ4}
	first, err := r.chunk(append(slices.Clone(one), two...), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range []int64{0, first} {
		head, err := readPageHead(r.pages[at:])
		if err != nil {
			t.Fatal(err)
		}
		body := r.pages[at+int64(len(head.raw)):][:head.size]
		if head.compressed || head.size != head.rawSize || !bytes.Equal(body, append(slices.Clone(levels), values...)) {
			t.Errorf("page %d: %+v", i, head)
		}
	}
	for name, damaged := range map[string][]byte{
		"cut":   one[:len(one)-3],
		"empty": {0},
		"flip":  append(append(slices.Clone(one[:len(one)-20]), 0xff, 0xff, 0xff), one[len(one)-17:]...),
	} {
		if _, err := (&recoder{codec: codecLZ4}).chunk(damaged, 0); err == nil && !strings.Contains(name, "empty") {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzUncompressPages(f *testing.F) {
	for _, name := range []string{"hadoop_lz4_compressed", "non_hadoop_lz4_compressed"} {
		if data, err := os.ReadFile(filepath.Join(parquetTesting, "data", name+".parquet")); err == nil {
			f.Add(data[4:])
		}
	}
	f.Add([]byte{0})
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = (&recoder{codec: codecLZ4, limit: 1 << 20}).chunk(data, 0)
	})
}
