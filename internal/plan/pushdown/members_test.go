package pushdown_test

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/typed"
)

func nestedFields() []arrow.Field {
	nullable := func(name string, t arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: t, Nullable: true}
	}
	text := arrow.BinaryTypes.String
	return []arrow.Field{
		nullable("id", arrow.PrimitiveTypes.Int64),
		nullable("image", arrow.StructOf(nullable("bytes", arrow.BinaryTypes.Binary), nullable("path", text),
			nullable("size", arrow.StructOf(nullable("w", arrow.PrimitiveTypes.Int32), nullable("h", arrow.PrimitiveTypes.Int32))))),
		nullable("turns", arrow.ListOf(arrow.StructOf(nullable("from", text), nullable("value", text)))),
		nullable("odd", arrow.StructOf(nullable("a", text), nullable("A", text))),
		nullable("map", arrow.MapOf(text, arrow.StructOf(nullable("a", text), nullable("b", text)))),
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"select image.path from $":                                                        "[image<path>]",
		"select image.* from $":                                                           "[image<bytes, path, size>]",
		"select image from $":                                                             "[image]",
		"select image.path, image from $":                                                 "[image]",
		"select image.size.w, image.path from $":                                          "[image<path, size.w>]",
		"select image.size.w, image.size from $":                                          "[image<size, size.w>]",
		"select image.path from $ where image.size.h > 3 order by image.size.w":           "[image<path, size.h, size.w>], prune: image.size.h > 3",
		"select i.path from (select image as i, id from $) where id > 1":                  "[id, image<path>], prune: id > 1",
		"select s.w from (select image.size as s from $)":                                 "[image<size.w>]",
		"select count(*) from $ where image is not null":                                  "[image<size.w>], prune: image IS NOT NULL",
		"select count(*) from $ where image.path is not null":                             "[image<path>], prune: image.path IS NOT NULL",
		"select image.path, count(*) from $ group by image.path":                          "[image<path>]",
		"select distinct image.path from $":                                               "[image<path>]",
		"select i.path from (select distinct image as i from $)":                          "[image]",
		"select image.path from (select image from $ union all select image from $)":      "[image<path>]; [image<path>]",
		"select image.path from (select image from $ union select image from $)":          "[image]; [image]",
		"select a.image.path from $ a join $ b on a.image.size.w = b.image.size.h":        "[image<path, size.w>]; [image<size.h>]",
		"select id from $ a where exists (select 1 from $ b where b.image.path = 'x')":    `[image<path>], prune: image.path = "x"; [id]`,
		"select id from $ a where exists (select 1 from $ b where b.id = a.image.size.w)": "[id]; [id, image<size.w>]",
		"select (select max(image.path) from $) m":                                        "[image<path>]",
		"select turns.value from $":                                                       "[turns<value>]",
		"select turns[0].value from $":                                                    "[turns<value>]",
		"select element_at(turns, -1).from from $":                                        "[turns<from>]",
		"select t.value from $ lateral view explode(turns) x as t":                        "[turns<value>]",
		"select id, t from $ lateral view explode(turns) x as t":                          "[id, turns]",
		"select id from $ lateral view explode(turns) x as t":                             "[id, turns<from>]",
		"select t.value from (select explode(turns) t from $) where t.from = 'human'":     "[turns<from, value>]",
		"select transform(turns, t -> upper(t.value)) from $":                             "[turns<value>]",
		"select count(image) from $":                                                      "[image<size.w>], counts, min and max alone",
		"select count(distinct image) from $":                                             "[image]",
		"select count(*) from $ where odd is null":                                        "[odd], prune: odd IS NULL",
		"select image.size.w from $ where image is null":                                  "[image<size.w>], prune: image IS NULL",
		"select exists(turns, t -> t.from = 'x') from $":                                  "[turns<from>]",
		"select forall(turns, t -> t.from = 'x') from $":                                  "[turns<from>]",
		"select exists(turns, t -> t is null) from $":                                     "[turns<from>]",
		"select exists(turns, t -> t = turns[0]) from $":                                  "[turns]",
		"select filter(turns, t -> t.from = 'x').from from $":                             "[turns<from>]",
		"select filter(turns, t -> t.from = 'x')[0].value from $":                         "[turns<from, value>]",
		"select transform(turns, t -> 1) from $":                                          "[turns<from>]",
		"select size(turns) from $":                                                       "[turns<from>]",
		"select filter(turns, t -> t.from = 'x') from $":                                  "[turns]",
		"select map['k'].a from $":                                                        "[map]",
		"select max(image).path from $":                                                   "[image]",
		"select first(image.path) over (order by image.size.w) from $":                    "[image<path, size.w>]",
		"select image.path from $ limit 3":                                                "[image<path>], limit: 3",
	} {
		_, after := optimize(t, strings.ReplaceAll(query, "$", "hf('a/nested')"))
		var lines []string
		for line := range strings.Lines(columnID.ReplaceAllString(typed.String(after), "")) {
			if _, scan, ok := strings.Cut(line, "Scan huggingface a/nested, split train, 0 files "); ok {
				lines = append(lines, strings.TrimSpace(scan))
			}
		}
		if got := strings.Join(lines, "; "); got != want {
			t.Errorf("%s\n reads %s\n want  %s", query, got, want)
		}
	}
}
