package parquet

import (
	"io"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

func TestMembersAreCutAlone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 11))
	data := writeFile(t, []arrow.RecordBatch{sample(r, 300, 5)}, 100)
	for name, test := range map[string]struct {
		column  string
		members [][]string
		leaves  []string
		typ     string
	}{
		"a field":                 {"image", [][]string{{"path"}}, []string{"path"}, "struct<path: utf8 nullable>"},
		"all fields":              {"image", [][]string{{"path"}, {"bytes"}}, []string{"bytes", "path"}, "struct<bytes: binary nullable, path: utf8 nullable>"},
		"no such field":           {"image", [][]string{{"width"}}, []string{"bytes", "path"}, "struct<bytes: binary nullable, path: utf8 nullable>"},
		"below a field":           {"image", [][]string{{"path", "length"}}, []string{"path"}, "struct<path: utf8 nullable>"},
		"a field of each element": {"turns", [][]string{{"value"}}, []string{"value"}, "list<element: struct<value: utf8 nullable>, nullable>"},
		"of a list of texts":      {"tags", [][]string{{"x"}}, []string{"element"}, "list<element: utf8, nullable>"},
		"of a plain column":       {"id", [][]string{{"x"}}, []string{"id"}, "int64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counted := &counter{data: data}
			f := counted.file("f")
			footer, err := NewFooters(0).Read(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			scan, err := NewScan(t.Context(), f, footer, Query{Columns: []string{test.column}, Members: map[string][][]string{test.column: test.members}}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer scan.Close()
			var want int64
			for _, leaf := range scan.plan.selection.columns[0].leaves {
				if path := footer.leaves[leaf].path; len(test.leaves) == 0 || path[len(path)-1] != test.leaves[0] {
					t.Fatalf("leaf %v is cut", path)
				}
				test.leaves = test.leaves[1:]
				for g := range footer.groups {
					chunk, err := footer.chunk(g, leaf)
					if err != nil {
						t.Fatal(err)
					}
					want += chunk.size
				}
			}
			if scan.Bytes() != want {
				t.Errorf("%d bytes are fetched for chunks of %d", scan.Bytes(), want)
			}
			var rows int64
			for {
				slice, err := scan.Next(t.Context())
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				batches, err := decode(t.Context(), slice)
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range batches {
					rows += b.NumRows()
					if got := b.Schema().Field(0).Type.String(); got != test.typ {
						t.Errorf("the type is %s, want %s", got, test.typ)
					}
				}
				if err := slice.Close(); err != nil {
					t.Error(err)
				}
			}
			if rows != 300 {
				t.Errorf("%d rows", rows)
			}
		})
	}
}
