package query

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// TestPartitionsChangeNoResult runs queries over split and packed partitions, pushed down and not.
func TestPartitionsChangeNoResult(t *testing.T) {
	t.Parallel()
	h := newTestHub(t)
	schema := arrow.NewSchema([]arrow.Field{nullable("id", arrow.PrimitiveTypes.Int64), nullable("word", arrow.BinaryTypes.String)}, nil)
	for file := range 3 {
		rows := batch(t, schema, 1000, func(row int, f arrow.Field) string {
			if f.Name == "id" {
				return fmt.Sprint(file*1000 + row)
			}
			return fmt.Sprintf("w%d", row%7)
		})
		h.write(t, fmt.Sprintf("a/tables/data/train-%05d-of-00003.parquet", file), 100, []arrow.RecordBatch{rows})
		rows.Release()
		var lines strings.Builder
		for row := range 1000 {
			fmt.Fprintf(&lines, `{"id":%d,"word":"w%d"}`+"\n", file*1000+row, row%7)
		}
		path := filepath.Join(h.root, fmt.Sprintf("a/lines/data/train-%05d-of-00003.jsonl", file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, repository := range []string{"a/tables", "a/lines"} {
		for _, options := range []string{
			", max_partition_bytes => '1500'", ", max_partition_bytes => '6kB'", ", min_partition_bytes => '1MB'",
			", min_partition_bytes => '10kB', max_partition_bytes => '100kB'",
		} {
			for _, query := range []string{
				"select count(*) from $",
				"select count(*), min(id), max(id), sum(id) from $",
				"select * from $ limit 7",
				"select id from $ limit 1234",
				"select id from $ where id >= 990 limit 20",
				"select * from $ order by id desc limit 3",
				"select count(*) from $ where word = 'w3' and id between 950 and 2050",
				"select word, count(*) from $ group by word order by word",
				"select id from $",
			} {
				want, _ := h.rows(t, strings.ReplaceAll(query, "$", "hf('"+repository+"')"), true)
				for _, pushed := range []bool{false, true} {
					got, _ := h.rows(t, strings.ReplaceAll(query, "$", "hf('"+repository+"'"+options+")"), pushed)
					if !slices.Equal(got, want) {
						t.Errorf("%s of %s%s, pushed down: %t\n gives %d rows %.200v\n want  %d rows %.200v", query, repository, options, pushed, len(got), got, len(want), want)
					}
				}
			}
		}
	}
}
