package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

func nullable(name string, t arrow.DataType) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true}
}

// same runs a query with and without push-down, and returns the bytes that were fetched with it.
func (h *testHub) same(t *testing.T, text string) int64 {
	t.Helper()
	want, _ := h.rows(t, text, false)
	got, bytes := h.rows(t, text, true)
	if !strings.Contains(strings.ToLower(text), "order by") && !strings.Contains(strings.ToLower(text), "limit") {
		slices.Sort(want)
		slices.Sort(got)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\n gives %d rows %.300v\n want  %d rows %.300v", text, len(got), got, len(want), want)
	}
	return bytes
}

func TestMembersAreReadAlone(t *testing.T) {
	t.Parallel()
	h := newTestHub(t)
	schema := arrow.NewSchema([]arrow.Field{
		nullable("id", arrow.PrimitiveTypes.Int64),
		nullable("image", arrow.StructOf(nullable("bytes", arrow.BinaryTypes.String), nullable("path", arrow.BinaryTypes.String),
			nullable("size", arrow.StructOf(nullable("w", arrow.PrimitiveTypes.Int32), nullable("h", arrow.PrimitiveTypes.Int32))))),
		nullable("turns", arrow.ListOf(arrow.StructOf(nullable("role", arrow.BinaryTypes.String), nullable("value", arrow.BinaryTypes.String)))),
	}, nil)
	rows := batch(t, schema, 900, func(row int, f arrow.Field) string {
		if row%7 == 3 {
			return ""
		}
		switch f.Name {
		case "id":
			return fmt.Sprint(row)
		case "image":
			if row%5 == 2 {
				return `{"bytes": null, "path": null, "size": null}`
			}
			return fmt.Sprintf(`{"bytes": "%s", "path": "p%d", "size": {"w": %d, "h": null}}`, strings.Repeat(fmt.Sprint(row*7919), 40), row, row)
		}
		turn := fmt.Sprintf(`{"role": "human", "value": "%s"}`, strings.Repeat(fmt.Sprint(row*104729), 30))
		return "[" + strings.TrimSuffix(strings.Repeat(turn+`, {"role": null, "value": null},`, row%3), ",") + "]"
	})
	h.write(t, "a/nested/data/train-00000-of-00002.parquet", 200, []arrow.RecordBatch{rows})
	h.write(t, "a/nested/data/train-00001-of-00002.parquet", 900, []arrow.RecordBatch{rows})
	all := h.same(t, "select * from hf('a/nested')")
	for query, share := range map[string]int64{
		"select image.path from $":                                                             20,
		"select image.path is null, image.size.w from $":                                       20,
		"select id, image.size from $ where image.size.w > 100":                                20,
		"select image from $":                                                                  70,
		"select turns.role from $":                                                             20,
		"select get(turns, 0).role, id from $ where id < 50":                                   20,
		"select t.role, count(*) from (select explode(turns) t from $) group by t.role":        20,
		"select count(*) from $ lateral view explode(turns) x as t":                            60,
		"select count(*) from $ where image is null":                                           70,
		"select count(*), count(image.path) from $":                                            20,
		"select a.image.path, b.image.size.w from $ a join $ b on a.image.path = b.image.path": 40,
		"select transform(turns, t -> upper(t.role)) from $":                                   20,
		"select image.path from (select image from $ union all select image from $)":           40,
		"select image.size.w from $ order by image.path desc limit 5":                          20,
		"select struct(image.path, image.size) from $":                                         20,
	} {
		if bytes := h.same(t, strings.ReplaceAll(query, "$", "hf('a/nested')")); bytes*100 > all*share {
			t.Errorf("%s fetches %d bytes, more than %d %% of %d", query, bytes, share, all)
		}
	}
}
