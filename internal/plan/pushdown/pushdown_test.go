package pushdown_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sqltext"
	"github.com/hfspark/hfspark/source"
)

// tables gives every path the same columns, but a/nested.
type tables struct{}

func (tables) Table(_ context.Context, _ string, _ map[string]string, paths []string) (*source.Table, error) {
	fields := []arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		{Name: "n", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "x", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
		{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "ok", Type: arrow.FixedWidthTypes.Boolean, Nullable: true},
		{Name: "day", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		{Name: "list", Type: arrow.ListOf(arrow.PrimitiveTypes.Int64), Nullable: true},
	}
	if paths[0] == "a/nested" {
		fields = nestedFields()
	}
	return &source.Table{Schema: arrow.NewSchema(fields, nil), Split: "train", Options: source.Options{Path: paths[0]}}, nil
}

func optimize(t *testing.T, query string) (before, after typed.Node) {
	t.Helper()
	relation, err := sqltext.ParseQuery(strings.ReplaceAll(query, "$", "hf('a/b')"), sqltext.Parameters{})
	if err != nil {
		t.Fatal(err)
	}
	before, err = analyzer.Analyze(t.Context(), relation, analyzer.Options{ANSI: true, TimeZone: "UTC", Tables: tables{}})
	if err != nil {
		t.Fatal(err)
	}
	return before, pushdown.Optimize(before)
}

var columnID = regexp.MustCompile(`#\d+`)

// scans prints what is left of each scan, in the order of the tree.
func scans(n typed.Node) string {
	var lines []string
	for line := range strings.Lines(columnID.ReplaceAllString(typed.String(n), "")) {
		if _, scan, ok := strings.Cut(line, "Scan huggingface a/b, split train, 0 files "); ok {
			lines = append(lines, strings.TrimSpace(scan))
		}
	}
	return strings.Join(lines, "; ")
}

func TestScans(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"select * from $":                            "[id, n, x, text, ok, day, list]",
		"select n from $":                            "[n]",
		"select count(*) from $":                     "[]",
		"select text, count(*) from $ group by text": "[text]",
		"select count(*) from (select text from $)":  "[]",
		"select count(*) from (select text from $ union all select text from $)":                                                         "[]; []",
		"select text from (select * from $ union all select * from $)":                                                                   "[text]; [text]",
		"select text from (select id, text from $ union select id, text from $)":                                                         "[id, text]; [id, text]",
		"select a.n from $ a join $ b on a.id = b.id":                                                                                    "[id, n]; [id]",
		"select a.n from $ a join $ b on a.id = b.id where a.id = 7":                                                                     "[id, n], prune: id = 7; [id], prune: id = 7",
		"select a.n from $ a join $ b on a.id = b.id where a.id > b.n and b.id in (7, 8)":                                                "[id, n], prune: id IN (7, 8); [id, n], prune: id IN (7, 8)",
		"select a.n from $ a left join $ b on a.id = b.id where a.id = 7":                                                                "[id, n], prune: id = 7; [id], prune: id = 7",
		"select a.n from $ a left join $ b on a.id = b.id and a.id = 7":                                                                  "[id, n]; [id], prune: id = 7",
		"select a.n from $ a left join $ b on a.id = b.id where b.id = 7":                                                                "[id, n], prune: id = 7; [id], prune: id = 7",
		"select b.n from $ a right join $ b on a.id = b.id where b.id = 7":                                                               "[id], prune: id = 7; [id, n], prune: id = 7",
		"select a.n from $ a full join $ b on a.id = b.id where a.id = 7":                                                                "[id, n], prune: id = 7; [id], prune: id = 7",
		"select a.n from $ a left anti join $ b on a.id = b.id where a.id = 7":                                                           "[id, n], prune: id = 7; [id], prune: id = 7",
		"select a.n from $ a join $ b on a.x = b.x where a.x = 0.0D":                                                                     "[n, x], prune: x = 0; [x]",
		"select a.n from $ a join $ b on a.list = b.list where a.n = 1":                                                                  "[n, list], prune: n = 1; [list]",
		"select a.n from $ a left semi join $ b on a.id = b.id":                                                                          "[id, n]; [id]",
		"select id, v from (select *, explode(list) v from $)":                                                                           "[id, list]",
		"select count(*) from $ lateral view explode(list) as v":                                                                         "[list]",
		"select n from (select n, row_number() over (order by text) r, id from $)":                                                       "[n]",
		"select n from $ where exists (select 1 from $ b where b.id = 1)":                                                                "[id], prune: id = 1; [n]",
		"select n from $ a where exists (select * from $ b where b.id = a.id)":                                                           "[id]; [id, n]",
		"select (select max(id) from $) m":                                                                                               "[id], min and max alone",
		"select n from $ order by text":                                                                                                  "[n, text]",
		"select distinct n from (select n, id from $)":                                                                                   "[n]",
		"select n from $ where id = 5":                                                                                                   "[id, n], prune: id = 5",
		"select n from $ where 5 < id":                                                                                                   "[id, n], prune: id > 5",
		"select id from $ where n = 5L":                                                                                                  "[id, n], prune: n = 5",
		"select id from $ where n > 1 and n <= 3 or text = 'x'":                                                                          `[id, n, text], prune: ((n > 1 AND n <= 3) OR text = "x")`,
		"select id from $ where n > 1 or length(text) = 2":                                                                               "[id, n, text]",
		"select id from $ where n > 1 and length(text) = 2":                                                                              "[id, n, text], prune: n > 1",
		"select id from $ where not (n > 1 and text is null)":                                                                            "[id, n, text], prune: (n <= 1 OR text IS NOT NULL)",
		"select id from $ where n not in (1, 2)":                                                                                         "[id, n], prune: n NOT IN (1, 2)",
		"select id from $ where n not in (1, null)":                                                                                      "[id, n], prune: false",
		"select id from $ where n in (1, null, 3)":                                                                                       "[id, n], prune: n IN (1, 3)",
		"select id from $ where n between 1 and 2":                                                                                       "[id, n], prune: (n >= 1 AND n <= 2)",
		"select id from $ where n <=> null":                                                                                              "[id, n], prune: n IS NULL",
		"select id from $ where text like 'ab%'":                                                                                         `[id, text], prune: text starts with "ab"`,
		"select id from $ where text like 'a\\\\_b%c_'":                                                                                  `[id, text], prune: text starts with "a_b"`,
		"select id from $ where text like 'abc'":                                                                                         `[id, text], prune: text = "abc"`,
		"select id from $ where text like '%abc'":                                                                                        "[id, text]",
		"select id from $ where startswith(text, 'ab')":                                                                                  `[id, text], prune: text starts with "ab"`,
		"select id from $ where ok":                                                                                                      "[id, ok], prune: ok = true",
		"select id from $ where not ok":                                                                                                  "[id, ok], prune: ok = false",
		"select id from $ where x = 5":                                                                                                   "[id, x], prune: x = 5",
		"select id from $ where x < 1.5":                                                                                                 "[id, x], prune: x < 1.5",
		"select id from $ where x > 5":                                                                                                   "[id, x], prune: x > 5",
		"select id from $ where not (x < 5)":                                                                                             "[id, x], prune: x >= 5",
		"select id from $ where day = date'2020-01-02'":                                                                                  "[id, day], prune: day = 2020-01-02",
		"select id from $ where day >= '2020-01-02'":                                                                                     "[id, day], prune: day >= 2020-01-02",
		"select id from $ where n = '7'":                                                                                                 "[id, n], prune: n = 7",
		"select id from $ where cast(text as int) = 7":                                                                                   "[id, text]",
		"select k from (select id as k, n + 1 as m from $) where k = 1 and m = 2":                                                        "[id, n], prune: (id = 1 AND (n = 1 OR n > 2147483646))",
		"select k from (select id as k from $ limit 5) where k = 1":                                                                      "[id], limit: 5",
		"select * from (select id, row_number() over (order by n) r from $) where id = 1":                                                "[id, n]",
		"select * from (select id, monotonically_increasing_id() r from $) where id = 1":                                                 "[id]",
		"select text, c from (select text, count(*) c from $ group by text) where text = 'a'":                                            `[text], prune: text = "a"`,
		"select text, count(*) from $ group by text having text > 'a' and count(*) > 1":                                                  `[text], prune: text > "a"`,
		"select text from (select text, count(*) from $ group by rollup(text)) where text = 'a'":                                         "[text]",
		"select a.id from $ a join $ b on a.id = b.id and b.n = 1 where a.n = 2":                                                         "[id, n], prune: n = 2; [id, n], prune: n = 1",
		"select a.id from $ a left join $ b on a.id = b.id and b.n = 1 and a.n = 3 where a.x = 2":                                        "[id, n, x], prune: x = 2; [id, n], prune: n = 1",
		"select a.id from $ a left join $ b on a.id = b.id where b.n = 1":                                                                "[id]; [id, n], prune: n = 1",
		"select b.id from $ a right join $ b on a.id = b.id and a.n = 1 where b.n = 2":                                                   "[id, n], prune: n = 1; [id, n], prune: n = 2",
		"select a.id from $ a full join $ b on a.id = b.id and a.n = 1 where a.n = 2":                                                    "[id, n], prune: n = 2; [id]",
		"select a.id from $ a left anti join $ b on a.id = b.id and b.n = 1 and a.n = 2":                                                 "[id, n]; [id, n], prune: n = 1",
		"select t from (select text as t from $ union all select upper(text) from $) where t='a'":                                        `[text], prune: text = "a"; [text]`,
		"select id, v from $ lateral view explode(list) as v where id = 1 and v = 2":                                                     "[id, list], prune: id = 1",
		"select id from (select distinct id, n from $) where n = 1":                                                                      "[id, n], prune: n = 1",
		"select id from $ limit 10":                                                                                                      "[id], limit: 10",
		"select id + 1 from $ limit 10 offset 5":                                                                                         "[id], limit: 15",
		"select id from (select id from $ limit 5) limit 10":                                                                             "[id], limit: 5",
		"select id from $ where n = 1 limit 10":                                                                                          "[id, n], prune: n = 1",
		"select id from $ order by id limit 10":                                                                                          "[id]",
		"select count(*) from $ limit 10":                                                                                                "[]",
		"select id, row_number() over (order by n) from $ limit 10":                                                                      "[id, n]",
		"select id from $ union all select id from $ limit 10":                                                                           "[id], limit: 10; [id], limit: 10",
		"select id from $ limit 0":                                                                                                       "",
		"select a.n from $ a left join $ b on a.id = b.id where b.n is null":                                                             "[id, n]; [id, n]",
		"select a.n from $ a left join $ b on a.id = b.id where coalesce(b.n, 1) = 1":                                                    "[id, n]; [id, n]",
		"select a.n from $ a left join $ b on a.id = b.id where b.n <=> 1":                                                               "[id, n]; [id, n]",
		"select a.n from $ a left join $ b on a.id = b.id where b.n + 1 > 1 and b.id < 5":                                                "[id, n], prune: id < 5; [id, n], prune: ((n > 0 OR n > 2147483646) AND id < 5)",
		"select a.n from $ a full join $ b on a.id = b.id where a.n = 1 and b.n = 2":                                                     "[id, n], prune: n = 1; [id, n], prune: n = 2",
		"select a.n from $ a full join $ b on a.id = b.id where b.n = 2":                                                                 "[id, n]; [id, n], prune: n = 2",
		"select a.n from $ a full join $ b on a.id = b.id where a.n = 1 or b.n = 2":                                                      "[id, n]; [id, n]",
		"select * from (select text, n, sum(n) over (partition by text) s from $) where text='a'":                                        `[n, text], prune: text = "a"`,
		"select * from (select text, n, sum(n) over (partition by text) s from $) where n = 1":                                           "[n, text]",
		"select * from (select text, n, sum(n) over (partition by text) s from $) where s = 1":                                           "[n, text]",
		"select * from (select x, sum(n) over (partition by x) s from $) where x = 1":                                                    "[n, x]",
		"select * from (select n, id, sum(n) over (partition by n) s, max(n) over (partition by id, n) m from $) where n = 1 and id = 2": "[id, n], prune: n = 1",
		"select id from (select id from $ where monotonically_increasing_id() < 9) where id = 1":                                         "[id]",
		"select id from (select id from $ where rand(3) < 0.9) where id = 1":                                                             "[id]",
		"select id from (select id from $ where rand() < 0.9) where id = 1":                                                              "[id], prune: id = 1",
		"select id from $ where n < 2.5":                                                                                                 "[id, n], prune: n < 2.5",
		"select id from $ where n < 2.0":                                                                                                 "[id, n], prune: n < 2",
		"select id from $ where id < 2.5D":                                                                                               "[id], prune: id < 2.5",
		"select id from $ where n < double('nan')":                                                                                       "[id, n]",
		"select id from $ where n = 2 + 3":                                                                                               "[id, n], prune: n = 5",
		"select id from $ where not (n <=> 2)":                                                                                           "[id, n], prune: (n != 2 OR n IS NULL)",
		"select id from $ where (n > 5) is true":                                                                                         "[id, n], prune: n > 5",
		"select id from $ where (n > 5) is false":                                                                                        "[id, n], prune: n <= 5",
		"select id from $ where (n > 5) is not true":                                                                                     "[id, n], prune: (n <= 5 OR n IS NULL)",
		"select id from $ where (n > 5) = true":                                                                                          "[id, n], prune: n > 5",
		"select id from $ where (n > 5) != true":                                                                                         "[id, n], prune: n <= 5",
		"select id from $ where ok is true":                                                                                              "[id, ok], prune: ok = true",
		"select id from $ where coalesce(n > 5, false)":                                                                                  "[id, n], prune: n > 5",
		"select id from $ where coalesce(n > 5, true)":                                                                                   "[id, n], prune: (n > 5 OR n IS NULL)",
		"select id from $ where if(n > 5, true, false)":                                                                                  "[id, n], prune: n > 5",
		"select id from $ where case when n > 5 then true end":                                                                           "[id, n], prune: n > 5",
		"select id from $ where case when n > 5 then true else ok end":                                                                   "[id, n, ok], prune: (n > 5 OR ((n <= 5 OR n IS NULL) AND ok = true))",
		"select id from $ where left(text, 3) = 'abc'":                                                                                   `[id, text], prune: text starts with "abc"`,
		"select id from $ where substring(text, 1, 2) in ('ab', 'cd')":                                                                   `[id, text], prune: (text starts with "ab" OR text starts with "cd")`,
		"select id from $ where substring(text, 2, 2) = 'ab'":                                                                            "[id, text]",
		"select id from $ where year(day) = 2020":                                                                                        "[id, day], prune: (day >= 2020-01-01 AND day < 2021-01-01)",
		"select id from $ where year(day) > 2020":                                                                                        "[id, day], prune: day >= 2021-01-01",
		"select id from $ where day < timestamp'2020-01-02 03:00:00'":                                                                    "[id, day], prune: day <= 2020-01-03",
		"select id from $ where day >= timestamp'2020-01-02 03:00:00'":                                                                   "[id, day], prune: day >= 2020-01-01",
		"select id from $ where day = timestamp_ntz'2020-01-02 00:00:00'":                                                                "[id, day], prune: (day <= 2020-01-02 AND day >= 2020-01-02)",
		"select id from $ where text rlike '^ab[cd]'":                                                                                    `[id, text], prune: text starts with "ab"`,
		"select id from $ where text rlike '^abc*'":                                                                                      `[id, text], prune: text starts with "ab"`,
		"select id from $ where text rlike '^a+b'":                                                                                       `[id, text], prune: text starts with "a"`,
		"select id from $ where text rlike '^ab|c'":                                                                                      "[id, text]",
		"select id from $ where text rlike 'ab'":                                                                                         "[id, text]",
		"select id from $ where coalesce(n, 0) = 5":                                                                                      "[id, n], prune: n = 5",
		"select id from $ where coalesce(n, 0) < 5":                                                                                      "[id, n], prune: (n < 5 OR n IS NULL)",
		"select id from $ where n + 1 = 6":                                                                                               "[id, n], prune: (n = 5 OR n > 2147483646)",
		"select id from $ where 10 - n > 6":                                                                                              "[id, n], prune: (n < 4 OR n < -2147483637)",
		"select id from $ where cast(id as int) = 5":                                                                                     "[id], prune: (id = 5 OR (id > 2147483647 OR id < -2147483648))",
		"select id from $ where try_cast(id as int) = 5":                                                                                 "[id], prune: id = 5",
		"select id from $ where cast(id as string) = '5'":                                                                                "[id], prune: id = 5",
		"select id from $ where cast(id as string) = '05'":                                                                               "[id], prune: false",
		"select id from $ where case when n < 3 then 'a' when n < 6 then 'b' else 'c' end = 'b'":                                         "[id, n], prune: ((n >= 3 OR n IS NULL) AND n < 6)",
		"select id from $ where case when n < 3 then 'a' else 'b' end = 'b'":                                                             "[id, n], prune: (n >= 3 OR n IS NULL)",
		"select id from $ where case when n < 3 then id else 0 end > 9":                                                                  "[id, n], prune: (n < 3 AND id > 9)",
		"select id from $ where not coalesce(n > 5, false)":                                                                              "[id, n], prune: (n <= 5 OR n IS NULL)",
		"select id from $ where trunc(day, 'month') = date'2020-02-01'":                                                                  "[id, day], prune: (day >= 2020-02-01 AND day <= 2020-03-04)",
		"select id from $ where trunc(day, 'year') < date'2020-01-01'":                                                                   "[id, day], prune: day <= 2021-01-02",
		"select id from $ where false":                                                                                                   "[id], prune: false",
		"select id from $ where n = 1 and null":                                                                                          "[id, n], prune: false",
		"select count(id), min(n) from $":                                                                                                "[id, n], counts, min and max alone",
		"select count(*), min(n) from $":                                                                                                 "[n], counts, min and max alone",
		"select count(distinct n) from $":                                                                                                "[n]",
		"select count(id, n) from $":                                                                                                     "[id, n]",
		"select count(id) filter (where n > 1) from $":                                                                                   "[id, n]",
		"select count(id) from $ where n > 1":                                                                                            "[id, n], prune: n > 1",
		"select count(id) from (select id from $ limit 5)":                                                                               "[id], limit: 5",
		"select id from (select * from $) tablesample (10 percent) where id = 1":                                                         "[id]",
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			before, after := optimize(t, query)
			if got := scans(after); got != want {
				t.Errorf("scans are\n%s, want\n%s in\n%s", got, want, typed.String(after))
			}
			if !types.Equal(typed.Schema(before), typed.Schema(after)) {
				t.Errorf("the schema changed from %s to %s", typed.Schema(before).SQL(), typed.Schema(after).SQL())
			}
			checkReferences(t, after)
		})
	}
}

// checkReferences fails where an expression refers to a column that no input below or query around produces.
func checkReferences(t *testing.T, n typed.Node) {
	t.Helper()
	produced := map[typed.ColumnID]bool{}
	typed.Walk(n, func(n typed.Node) bool {
		for _, c := range n.Output() {
			produced[c.ID] = true
		}
		return true
	})
	typed.Walk(n, func(n typed.Node) bool {
		for _, e := range typed.Expressions(n) {
			for id := range typed.References(e) {
				if !produced[id] {
					t.Errorf("column %d is not produced anywhere", id)
				}
			}
		}
		return true
	})
}

func TestOptimizeLeavesThePlanAsItIs(t *testing.T) {
	t.Parallel()
	before, _ := optimize(t, "select text, n from $ where id = 1 limit 3")
	text := typed.String(before)
	pushdown.Optimize(before)
	if got := typed.String(before); got != text {
		t.Errorf("the plan changed to\n%s from\n%s", got, text)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"select k from (select id as k, n from $)":                "Project [id AS k]",
		"select k + k as m from (select id as k from $)":          "Project [(id + id) AS m]",
		"select k + 1 as m from (select id + 1 as k from $)":      "Project [(k + CAST(1 AS BIGINT)) AS m]",
		"select b from (select a as b from (select id a from $))": "Project [id AS b]",
	} {
		_, after := optimize(t, query)
		first, _, _ := strings.Cut(columnID.ReplaceAllString(typed.String(after), ""), "\n")
		if !strings.EqualFold(strings.ReplaceAll(first, "cast(1 as bigint)", "CAST(1 AS BIGINT)"), want) {
			t.Errorf("%s begins with %s, want %s", query, first, want)
		}
	}
}
