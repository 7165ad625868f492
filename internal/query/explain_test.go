package query

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

func TestExplainTellsWhatScansRead(t *testing.T) {
	t.Parallel()
	h := newTestHub(t)
	schema := arrow.NewSchema([]arrow.Field{nullable("id", arrow.PrimitiveTypes.Int64), nullable("text", arrow.BinaryTypes.String)}, nil)
	for file := range 3 {
		rows := batch(t, schema, 1000, func(row int, f arrow.Field) string { return fmt.Sprint(file*1000 + row) })
		h.write(t, fmt.Sprintf("a/b/data/train-%05d-of-00003.parquet", file), 250, []arrow.RecordBatch{rows})
	}
	for query, want := range map[string][]string{
		"select text from $ where id >= 2250 and text is not null": {
			"== Physical Plan ==\nProject [text#2]\n+- Filter ", "   +- Scan huggingface a/b", "prune: (id >= 2250 AND text IS NOT NULL)",
			"files: 3 listed, 2 skipped, 1 to fetch", "row groups: 12 listed, 9 skipped, 3 to fetch", "skipped by: [id >= 2250 (min/max: 9 row groups)]",
		},
		"select id from $ where text is null": {"files: 3 listed, 3 skipped, 0 to fetch", "text IS NULL (null count: 12 row groups)"},
		"select id from $ limit 300":          {"files: 3 listed, 2 skipped, 1 to fetch", "row groups: 4 listed, 2 skipped, 2 to fetch", "limit 300 (row count: 2 row groups)"},
		"select id from hf('a/b', min_partition_bytes => '1gb') where id >= 2250": {
			"files: 3 listed, 2 skipped, 1 to fetch", "row groups: 12 listed, 9 skipped, 3 to fetch",
		},
		"select id from hf('a/b', max_partition_bytes => '5000') where id >= 2250": {
			"files: 3 listed, 2 skipped, 1 to fetch", "row groups: 12 listed, 9 skipped, 3 to fetch",
		},
		"select count(*) from $": {"files: 3 listed, 0 skipped", "row groups: 12 listed, 0 skipped"},
		"select * from $ a join $ b on a.id = b.id where a.id = 7": {
			"Join Inner, (id#1 = id#3)", "[id#3, text#4], prune: id = 7, files: 3 listed, 2 skipped, 1 to fetch, row groups: 12 listed, 11 skipped, 1 to fetch",
		},
	} {
		relation, err := SQL(strings.ReplaceAll(query, "$", "hf('a/b')"))
		if err != nil {
			t.Fatal(err)
		}
		prepared, err := h.Prepare(t.Context(), relation, 0)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if err := prepared.Explain(t.Context(), &text); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(text.String(), w) {
				t.Errorf("%s: the explanation lacks %q:\n%s", query, w, text.String())
			}
		}
	}
}
