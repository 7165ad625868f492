package query

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
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

var toFetch = regexp.MustCompile(`bytes: \d+ listed, \d+ skipped, (\d+) to fetch`)

// told adds up the bytes that an explanation says will be fetched.
func told(t *testing.T, text string) int64 {
	t.Helper()
	var sum int64
	for _, found := range toFetch.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(found[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

func TestWhatIsToldIsFetched(t *testing.T) {
	t.Parallel()
	h := sideHub(t)
	h.text(t, "a/lines/data/train.jsonl", strings.Repeat(`{"n": 3, "name": "x"}`+"\n", 3000))
	h.text(t, "a/cells/data/train.csv", "n,name\n"+strings.Repeat("3,x\n", 3000))
	for _, query := range []string{
		"select * from large", "select text from large", "select text from large where id = 5", "select tags from large where id between 300 and 310 or id = 15000",
		"select text, id from large where key like 'k0030%'", "select text from large where x > 1e9", "select text from large where y < 100", "select * from large where false",
		"select pair.a from large where day = date'2003-01-01'", "select count(*) from large", "select min(id), max(id), count(day) from large",
		"select text from large limit 5", "select * from large limit 1200", "select a.text from large a join large b on a.id = b.id where a.id = 7",
		"select name from lines", "select count(*) from lines where n = 3", "select * from cells",
	} {
		relation, err := SQL(strings.NewReplacer("large", "hf('a/large')", "small", "hf('a/small')", "lines", "hf('a/lines')", "cells", "hf('a/cells')").Replace(query))
		if err != nil {
			t.Fatal(err)
		}
		prepare := func() *Prepared {
			prepared, err := h.runner(t).Prepare(t.Context(), relation, 0)
			if err != nil {
				t.Fatal(err)
			}
			return prepared
		}
		explain := func(p *Prepared) string {
			var text bytes.Buffer
			if err := p.Explain(t.Context(), &text); err != nil {
				t.Fatal(err)
			}
			return text.String()
		}
		text := explain(prepare())
		before := h.sent.Load()
		prepared := prepare()
		rows, err := prepared.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			var b arrow.RecordBatch
			if b, err = rows.Next(); err == nil {
				b.Release()
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		// Where nearly all of a file is wanted it is fetched whole; footers of a table that is read twice are told twice, and
		// what has no rows is not even begun.
		const footer = 5_000
		got, want := h.sent.Load()-before, told(t, text)
		once := !strings.Contains(query, "join") && !strings.Contains(query, "false")
		if less := want - got; less < -footer/20-want/20 || once && less > footer/20 {
			t.Errorf("%s: %d bytes are fetched, %d less than are told:\n%s", query, got, less, text)
		}
		if again := explain(prepared); again != text {
			t.Errorf("after the query the explanation is\n%s, before it was\n%s", again, text)
		}
	}
}
