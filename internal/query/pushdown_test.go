package query

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
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
		t.Errorf("%s\n gives %d rows %v\n want  %d rows %v", text, len(got), got[:min(len(got), 5)], len(want), want[:min(len(want), 5)])
	}
	return bytes
}

// fetchesShare runs a query with and without push-down, and checks that it fetches at most so many hundredths of all bytes with it.
func (h *testHub) fetchesShare(t *testing.T, query string, share, all int64) {
	t.Helper()
	if bytes := h.same(t, query); bytes*100 > all*share {
		t.Errorf("%s fetches %d bytes, more than %d %% of %d", query, bytes, share, all)
	}
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
		"select image.path from $":                                                               20,
		"select image.path is null, image.size.w from $":                                         20,
		"select id, image.size from $ where image.size.w > 100":                                  20,
		"select image from $":                                                                    70,
		"select turns.role from $":                                                               20,
		"select get(turns, 0).role, id from $ where id < 50":                                     20,
		"select t.role, count(*) from (select explode(turns) t from $) group by t.role":          20,
		"select count(*) from $ lateral view explode(turns) x as t":                              20,
		"select count(*) from $ where image is null":                                             20,
		"select id from $ where image is not null and id > 3":                                    20,
		"select count(image), count(turns) from $":                                               20,
		"select size(turns), id from $":                                                          20,
		"select exists(turns, t -> t.role = 'human'), forall(turns, t -> t.role is null) from $": 20,
		"select filter(turns, t -> t.role = 'human').role from $":                                20,
		"select id from $ lateral view explode(turns) x as t":                                    20,
		"select id from $ lateral view outer explode(turns) x as t":                              20,
		"select id, image.path from $ where image.size.w between 500 and 510":                    20,
		"select image.bytes from $ where image.size.w = 205":                                     40,
		"select turns from $ where image.path = 'p205'":                                          60,
		"select id from $ where image.size.w is null and id < 20":                                20,
		"select count(*), count(image.path) from $":                                              20,
		"select a.image.path, b.image.size.w from $ a join $ b on a.image.path = b.image.path":   40,
		"select transform(turns, t -> upper(t.role)) from $":                                     20,
		"select image.path from (select image from $ union all select image from $)":             40,
		"select image.size.w from $ order by image.path desc limit 5":                            20,
		"select struct(image.path, image.size) from $":                                           20,
	} {
		h.fetchesShare(t, strings.ReplaceAll(query, "$", "hf('a/nested')"), share, all)
	}
}

func TestPagesAreReadAlone(t *testing.T) {
	t.Parallel()
	h := newTestHub(t)
	schema := arrow.NewSchema([]arrow.Field{
		nullable("id", arrow.PrimitiveTypes.Int64),
		nullable("key", arrow.BinaryTypes.String),
		nullable("text", arrow.BinaryTypes.String),
		nullable("number", arrow.PrimitiveTypes.Float64),
		nullable("flag", arrow.FixedWidthTypes.Boolean),
		nullable("at", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}),
		nullable("price", &arrow.Decimal128Type{Precision: 20, Scale: 2}),
		nullable("pair", arrow.StructOf(nullable("a", arrow.PrimitiveTypes.Int32), nullable("b", arrow.BinaryTypes.String))),
		nullable("list", arrow.ListOf(arrow.PrimitiveTypes.Int32)),
		nullable("turns", arrow.ListOf(arrow.StructOf(nullable("role", arrow.BinaryTypes.String), nullable("value", arrow.BinaryTypes.String)))),
		{Name: "needed", Type: arrow.PrimitiveTypes.Int32},
		{Name: "required", Type: arrow.BinaryTypes.String},
	}, nil)
	const count = 8000
	random := rand.New(rand.NewPCG(3, 4))
	rows := batch(t, schema, count, func(row int, f arrow.Field) string {
		if f.Nullable && (row/700)%4 == 3 && f.Name != "id" || f.Nullable && row%13 == 5 {
			return ""
		}
		switch f.Name {
		case "id", "needed":
			return fmt.Sprint(row)
		case "key":
			return fmt.Sprintf("k%06d", row)
		case "number":
			return fmt.Sprint(float64(row%3000) / 7)
		case "flag":
			return fmt.Sprint(row%(1+row/1000) == 0)
		case "at":
			return time.UnixMicro(int64(row) * 1_000_000_000).UTC().Format("2006-01-02 15:04:05.000000Z")
		case "price":
			return fmt.Sprintf("%d.25", row%4000)
		case "pair":
			return fmt.Sprintf(`{"a": %d, "b": "b%d"}`, row, random.IntN(1000))
		case "list":
			return "[" + strings.TrimSuffix(strings.Repeat(fmt.Sprint(row)+",", row%4), ",") + "]"
		case "turns":
			turn := fmt.Sprintf(`{"role": "r%d", "value": "%x"},`, row, random.Int64())
			return "[" + strings.TrimSuffix(strings.Repeat(turn, row%3)+strings.Repeat(`{"role": null, "value": "v"},`, row%2), ",") + "]"
		}
		text := make([]byte, 150)
		for i := range text {
			text[i] = byte('a' + random.IntN(26))
		}
		return string(text)
	})
	pages := []parquet.WriterProperty{
		parquet.WithPageIndexEnabled(true), parquet.WithDataPageSize(4 << 10), parquet.WithBatchSize(50),
		parquet.WithDictionaryFor("text", false), parquet.WithDictionaryFor("required", false),
	}
	h.write(t, "a/v1/data/train-00000-of-00001.parquet", 5000, []arrow.RecordBatch{rows}, append(pages, parquet.WithCompression(compress.Codecs.Snappy))...)
	h.write(t, "a/v2/data/train-00000-of-00001.parquet", 3000, []arrow.RecordBatch{rows},
		append(pages, parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithCompression(compress.Codecs.Zstd))...)
	h.write(t, "a/plain/data/train-00000-of-00001.parquet", 8000, []arrow.RecordBatch{rows},
		append(pages, parquet.WithDictionaryDefault(false), parquet.WithCompression(compress.Codecs.Gzip))...)
	for _, name := range []string{"a/v1", "a/v2", "a/plain"} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(7, uint64(len(name))))
			table := "hf('" + name + "')"
			all := h.same(t, "select * from "+table)
			for query, share := range map[string]int64{
				"select * from $ where id = 4321":                                                        25,
				"select id, text from $ where id between 100 and 150 or id > 7990":                       15,
				"select id, text, needed, required from $ where id in (17, 2500, 7000)":                  30,
				"select text from $ where pair.a = 4321":                                                 15,
				"select pair from $ where pair.a between 100 and 110":                                    15,
				"select text from $ where price = 1000.25 and id < 2000":                                 15,
				"select text from $ where price < 3.5 and id < 100":                                      15,
				"select text from $ where id < 20.5":                                                     15,
				"select text from $ where id < 20.5D":                                                    15,
				"select text from $ where at < date'1970-01-03' and id < 300":                            15,
				"select text from $ where to_date(at) = '1970-01-02'":                                    15,
				"select text from $ where left(key, 5) = 'k0012'":                                        15,
				"select text from $ where key = concat('k00', '1234')":                                   15,
				"select text from $ where (id = 5) is true or (id > 7990) = true":                        15,
				"select text from $ where not (id <=> 5) and id < 9":                                     15,
				"select b.text from $ a left join $ b on a.id = b.id where b.id = 77":                    60,
				"select b.text from $ a full join $ b on a.id = b.id where b.id = 77":                    60,
				"select a.text from $ a full join $ b on a.id = b.id where a.id < 7 and b.needed < 5":    60,
				"select id, r from (select id, count(key) over (partition by id) r from $) where id < 9": 15,
				"select text, key from $ where key like 'k0012%'":                                        15,
				"select text from $ where key like 'k0012%' and number is not null":                      15,
				"select count(*), max(text) from $ where id < 60":                                        15,
				"select id, required from $ where at = timestamp'1970-01-02 00:00:00'":                   60,
				"select required, flag from $ where needed >= 7900":                                      15,
				"select id from $ where price is null and id < 4000":                                     15,
				"select text from $ where not (id >= 200)":                                               15,
				"select pair.b, list from $ where id = 77":                                               5,
				"select list from $ where id between 2000 and 2100 or id > 7990":                         5,
				"select turns.value from $ where id between 2000 and 2100 or id > 7990":                  7,
				"select turns, text from $ where id between 2000 and 2100 or id > 7990":                  40,
				"select id, list, turns from $ limit 100":                                                40,
				"select pair, number from $ where id in (1, 4999, 5000, 7999)":                           30,
				"select count(*) from $ where text is null":                                              60,
				"select a.text from $ a join $ b on a.id = b.needed where b.needed = 5":                  60,
				"select a.text, b.id from $ a left join $ b on a.id = b.id where a.id = 70":              60,
				"select a.id from $ a left anti join $ b on a.id = b.id and b.needed > 6000":             60,
				"select b.id from $ a right join $ b on a.id = b.id where b.id > 7950":                   60,
				"select text from $ where id > 100 and id < 90":                                          5,
				"select x.text from (select id + 0 as n, id, text from $) x where x.id = 5":              15,
				"select text from $ where id = 12 limit 3":                                               15,
				"select flag, count(*) from $ where id < 300 group by flag":                              10,
			} {
				h.fetchesShare(t, strings.ReplaceAll(query, "$", table), share, all)
			}
			operators := []string{"=", "<", "<=", ">", ">=", "<>"}
			values := map[string]func() string{
				"id":     func() string { return fmt.Sprint(random.IntN(count)) },
				"needed": func() string { return fmt.Sprint(random.IntN(count)) },
				"key":    func() string { return fmt.Sprintf("'k%06d'", random.IntN(count)) },
				"number": func() string { return fmt.Sprintf("%vD", float64(random.IntN(3000))/7) },
				"price":  func() string { return fmt.Sprintf("%d.25", random.IntN(4000)) },
				"flag":   func() string { return fmt.Sprint(random.IntN(2) == 0) },
				"pair.a": func() string { return fmt.Sprint(random.IntN(count)) },
			}
			columns := slices.Sorted(maps.Keys(values))
			for range 20 {
				var conditions []string
				for range 1 + random.IntN(3) {
					column := columns[random.IntN(len(columns))]
					switch random.IntN(5) {
					case 0:
						conditions = append(conditions, column+" is null")
					case 1:
						conditions = append(conditions, fmt.Sprintf("%s in (%s, %s)", column, values[column](), values[column]()))
					default:
						conditions = append(conditions, column+" "+operators[random.IntN(len(operators))]+" "+values[column]())
					}
				}
				word := []string{" and ", " or "}[random.IntN(2)]
				h.same(t, "select id, key, number, flag, price, pair.b, list, turns, required, needed from "+table+" where "+strings.Join(conditions, word))
			}
		})
	}
}

func TestExtremesComeFromFooters(t *testing.T) {
	t.Parallel()
	h := newTestHub(t)
	schema := arrow.NewSchema([]arrow.Field{
		nullable("id", arrow.PrimitiveTypes.Int64), nullable("small", arrow.PrimitiveTypes.Uint8), nullable("day", arrow.FixedWidthTypes.Date32),
		nullable("at", &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}), nullable("seconds", &arrow.TimestampType{Unit: arrow.Second}),
		nullable("number", arrow.PrimitiveTypes.Float64), nullable("text", arrow.BinaryTypes.String), nullable("none", arrow.PrimitiveTypes.Int32),
		nullable("pair", arrow.StructOf(nullable("a", arrow.PrimitiveTypes.Int32))),
	}, nil)
	for file := range 3 {
		rows := batch(t, schema, 5000, func(row int, f arrow.Field) string {
			at := time.Unix(int64(file*5000+(row*37)%5000), 0).UTC()
			switch {
			case f.Name == "none", file == 1 && f.Name == "small", row%11 == 3:
				return ""
			case f.Name == "number" && row == 77:
				return "NaN"
			case f.Name == "small":
				return fmt.Sprint(row % 251)
			case f.Name == "day":
				return at.AddDate(0, 0, row%900).Format(time.DateOnly)
			case f.Name == "at":
				return at.Format("2006-01-02 15:04:05Z")
			case f.Name == "seconds":
				return at.Format("2006-01-02 15:04:05")
			case f.Name == "pair":
				return fmt.Sprintf(`{"a": %d}`, row)
			}
			return fmt.Sprint(file*5000 + (row*37)%5000 - 6000)
		})
		h.write(t, fmt.Sprintf("a/b/data/train-%05d-of-00003.parquet", file), 1000, []arrow.RecordBatch{rows})
	}
	const footers = 40_000
	for query, fetched := range map[string]int64{
		"select min(id), max(id) from $":                                                                                           footers,
		"select max(id) - min(id), max(day), min(small) from $":                                                                    footers,
		"select min(at), max(at), max(none), 1 from $":                                                                             footers,
		"select (select max(id) from $) as m":                                                                                      footers,
		"select max(i) from (select id as i, text from $)":                                                                         footers,
		"select min(small), max(small) from $ having max(small) > 3":                                                               footers,
		"select min(seconds), max(number), min(text), max(text) from $":                                                            1 << 30,
		"select min(id), count(*) from $":                                                                                          footers,
		"select min(id), count(1) from $":                                                                                          footers,
		"select count(id), count(text), count(none), count(number) from $":                                                         footers,
		"select count(*), count(small), max(id), min(day), count(seconds) from $":                                                  footers,
		"select count(id) from (select id from $ union all select id from $)":                                                      2 * footers,
		"select max(id), min(day), count(*) from (select id, day from $ union all select id, day from $ union all select 1, null)": 2 * footers,
		"select count(distinct small), count(id) from $":                                                                           1 << 30,
		"select count(id), count(pair) from $":                                                                                     1 << 30,
		"select count(id) from $ where id < 100":                                                                                   1 << 30,
		"select min(id), sum(id) from $":                                                                                           1 << 30,
		"select min(id), max(number) from $":                                                                                       1 << 30,
		"select max(id) from $ where id < 100":                                                                                     1 << 30,
		"select max(id) filter (where id < 100) from $":                                                                            1 << 30,
		"select max(id + 1), max(pair.a) from $":                                                                                   1 << 30,
		"select small, max(id) from $ group by small":                                                                              1 << 30,
		"select max(id) from (select id from $ limit 10)":                                                                          1 << 30,
		"select max(a.id) from $ a join $ b on a.id = b.id":                                                                        1 << 30,
		"select max(id) from (select id from $ union all select 1 from $)":                                                         1 << 30,
		"select max(id), min(id) from hf('a/b', filters => '[(\"id\", \"<\", 5)]')":                                                1 << 30,

		// A filter may name columns that the option columns leaves out.
		`select max(text), count(*) from hf('a/b', columns => '["text"]', filters => '[("id", "<", 5)]')`: 1 << 30,
	} {
		if bytes := h.same(t, strings.ReplaceAll(query, "$", "hf('a/b')")); bytes > fetched {
			t.Errorf("%s fetches %d bytes, more than %d", query, bytes, fetched)
		}
	}
}
