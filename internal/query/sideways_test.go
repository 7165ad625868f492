package query

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
)

// sideHub has a large table a/large, whose files and row groups hold ids in order, and a small one, a/small.
func sideHub(t *testing.T) *testHub {
	t.Helper()
	h := newTestHub(t)
	large := arrow.NewSchema([]arrow.Field{
		nullable("id", arrow.PrimitiveTypes.Int64), nullable("key", arrow.BinaryTypes.String), nullable("day", arrow.FixedWidthTypes.Date32),
		nullable("pair", arrow.StructOf(nullable("a", arrow.PrimitiveTypes.Int32))), nullable("tags", arrow.ListOf(arrow.PrimitiveTypes.Int64)),
		nullable("x", arrow.PrimitiveTypes.Float64), nullable("y", arrow.PrimitiveTypes.Float32), nullable("text", arrow.BinaryTypes.String),
	}, nil)
	random := rand.New(rand.NewPCG(9, 9))
	for file := range 4 {
		rows := batch(t, large, 4000, func(row int, f arrow.Field) string {
			id := file*4000 + row
			switch {
			case f.Name != "text" && row%97 == 13:
				return ""
			case f.Name == "key":
				return fmt.Sprintf("k%06d", id)
			case f.Name == "day":
				return fmt.Sprintf("20%02d-01-01", id/400)
			case f.Name == "pair":
				return fmt.Sprintf(`{"a": %d}`, id)
			case f.Name == "tags":
				return fmt.Sprintf("[%d, %d]", id, random.Int64())
			case f.Name == "x" && row%50 == 7:
				return "NaN"
			case f.Name == "text":
				return fmt.Sprintf("%016x%016x%016x%016x", random.Int64(), random.Int64(), random.Int64(), random.Int64())
			}
			return fmt.Sprint(id)
		})
		h.write(t, fmt.Sprintf("a/large/data/train-%05d-of-00004.parquet", file), 1000, []arrow.RecordBatch{rows},
			parquet.WithPageIndexEnabled(true), parquet.WithDataPageSize(4<<10), parquet.WithBatchSize(50), parquet.WithDictionaryDefault(false))
	}
	small := arrow.NewSchema([]arrow.Field{
		nullable("id", arrow.PrimitiveTypes.Int64), nullable("n", arrow.PrimitiveTypes.Int32), nullable("name", arrow.BinaryTypes.String),
		nullable("x", arrow.PrimitiveTypes.Float64),
	}, nil)
	rows := batch(t, small, 6, func(row int, f arrow.Field) string {
		if row == 5 {
			return ""
		}
		return fmt.Sprint(77 + 3*row)
	})
	h.write(t, "a/small/data/train-00000-of-00001.parquet", 1000, []arrow.RecordBatch{rows})
	return h
}

func TestSmallSidesPruneLargeOnes(t *testing.T) {
	t.Parallel()
	h := sideHub(t)
	fill := strings.NewReplacer("large", "hf('a/large')", "small", "hf('a/small')").Replace
	all := h.same(t, fill("select * from large"))
	for query, share := range map[string]int64{
		"select l.text, s.name from large l join small s on l.id = s.id":                                                          10,
		"select l.text, s.name from small s join large l on l.id = s.n":                                                           10,
		"select l.text from large l join small s on l.key = concat('k', lpad(s.name, 6, '0')) and l.id > 3":                       10,
		"select l.text, s.name from small s left join large l on l.id = s.id":                                                     10,
		"select l.text, s.name from large l left join small s on l.id = s.id":                                                     100,
		"select l.text, s.name from large l right join small s on l.id = s.id":                                                    10,
		"select l.text, s.name from large l full join small s on l.id = s.id":                                                     100,
		"select l.text from large l left semi join small s on l.id = s.id":                                                        10,
		"select l.id from large l left anti join small s on l.id = s.id":                                                          100,
		"select s.id from small s left anti join large l on l.id = s.id":                                                          10,
		"select text from large where id in (select id from small)":                                                               10,
		"select text from large where id in (select id from small where name = 'none')":                                           5,
		"select text from large where id not in (select id from small where id is not null)":                                      100,
		"select text from large where (id, pair.a) in (select id, n from small)":                                                  10,
		"select text from large l where exists (select 1 from small s where s.id = l.id and s.n < 80)":                            10,
		"select id from large l where not exists (select 1 from small s where s.id = l.id)":                                       100,
		"select text from large where id = (select max(id) from small)":                                                           10,
		"select text from large where id > (select max(id) - 5 from large)":                                                       12,
		"select text from large where id = (select id from small where id < 0)":                                                   5,
		"select text from large where day = (select date'2003-01-01')":                                                            15,
		"select text from large l join (values (7L), (8L), (null)) v(k) on l.id = v.k":                                            5,
		"select text from large where pair.a in (select n from small)":                                                            10,
		"select tags from large where id in (select id from small)":                                                               10,
		"select a.text, b.key, s.name from large a join large b on a.id = b.id join small s on s.id = b.id":                       40,
		"select count(*) from large where id in (select id + 1 from small)":                                                       5,
		"select l.text from large l join small s on l.x = s.x":                                                                    100,
		"select l.text from (select id + 0 k, text from large union all select id, text from large) l join small s on l.k = s.id": 20,
		"select l.text from large l join range(3) r on l.id = r.id":                                                               5,
		"select l.text from large l join (select distinct id from small order by id limit 2) s on l.id = s.id":                    5,
		"select c, text from large l join (select id, count(*) c from small group by id) s on l.id = s.id":                        10,
		"select text from large where x > 15990D":                                                                                 100,
		"select text from large where y > 15990":                                                                                  20,
		"select text from large where y >= 15990 and y is not null and id > 3":                                                    20,
		"select text from large where not (y <= 15990D) or id = 5":                                                                20,
		"select text from large where coalesce(id, -1) = 500 or key rlike '^k00100'":                                              10,
		"select text from large where id + 1 = 500":                                                                               5,
		"select text from large where id is null or id between 5 and 9":                                                           100,
	} {
		h.fetchesShare(t, fill(query), share, all)
	}
}

func TestFewRowsAreFetchedForLimits(t *testing.T) {
	t.Parallel()
	h := sideHub(t)
	all := h.same(t, "select * from hf('a/large')")
	for query, share := range map[string]int64{
		"select text from $ limit 5":                        5,
		"select * from $ limit 5":                           12,
		"select id, tags from $ limit 1001":                 10,
		"select text from $ where length(text) > 3 limit 5": 25,
		"select text from $ where id >= 0 limit 5":          25,
		"select text from $ where id % 10 = 3 limit 5":      25,
	} {
		h.fetchesShare(t, strings.ReplaceAll(query, "$", "hf('a/large')"), share, all)
	}
}

func TestFirstRowsOfAnOrderAreReadAlone(t *testing.T) {
	t.Parallel()
	h := sideHub(t)
	all := h.same(t, "select * from hf('a/large')")
	for query, share := range map[string]int64{
		"select text from $ order by id desc, text limit 3":                            15,
		"select text from $ order by id desc, text limit 3 offset 4":                   15,
		"select id, text from $ order by key desc nulls first, text limit 500":         100,
		"select text, k from (select id k, text from $) order by k desc, text limit 3": 15,
		"select text from $ order by day desc nulls last, text limit 10":               20,
		"select text from $ order by id nulls last, text limit 3":                      15,
		"select text, id from $ order by id, text limit 3":                             100,
		"select text from $ where length(text) > 1 order by id desc, text limit 3":     100,
		"select text from $ order by x desc, text limit 3":                             100,
		"select text from $ order by id + 1 desc, text limit 3":                        100,
		"select text from $ order by id desc, text limit 100000":                       100,
	} {
		h.fetchesShare(t, strings.ReplaceAll(query, "$", "hf('a/large')"), share, all)
	}
}
