package sqltext

import (
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
)

func column(parts ...string) plan.Attribute { return plan.Attribute{Parts: parts} }

func integer(n int32) plan.Literal { return plan.Literal{Value: n, Type: types.Integer} }

func table(name string) plan.NamedTable { return plan.NamedTable{Parts: []string{name}} }

func all() []plan.Expression { return []plan.Expression{plan.Star{}} }

func TestParseQuery(t *testing.T) {
	t.Parallel()
	a, b := column("a"), column("b")
	one := plan.Project{Input: plan.OneRow{}, Items: []plan.Expression{integer(1)}}
	two := plan.Project{Input: plan.OneRow{}, Items: []plan.Expression{integer(2)}}
	three := plan.Project{Input: plan.OneRow{}, Items: []plan.Expression{integer(3)}}
	star := func(input plan.Relation) plan.Relation { return plan.Project{Input: input, Items: all()} }
	for text, want := range map[string]plan.Relation{
		"SELECT 1": one,
		"SELECT a, count(*) n FROM t WHERE b GROUP BY a HAVING n > 1 ORDER BY n DESC, a LIMIT 3 OFFSET 2": plan.Limit{
			Count: integer(3), Input: plan.Offset{
				Count: integer(2), Input: plan.Sort{
					Order: []plan.SortOrder{{Child: column("n"), Descending: true, NullsLast: true}, {Child: a}},
					Input: plan.Aggregate{
						Input: plan.Filter{Input: table("t"), Condition: b}, Grouping: []plan.Expression{a},
						Items:  []plan.Expression{a, plan.Alias{Child: call("count", integer(1)), Names: []string{"n"}}},
						Having: call(">", column("n"), integer(1)),
					},
				},
			},
		},
		"SELECT DISTINCT a FROM t": plan.Distinct{Input: plan.Project{Input: table("t"), Items: []plan.Expression{a}}},
		"SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3": plan.SetOperation{
			Left: one, All: true, Right: plan.SetOperation{Left: two, Right: three, Operator: plan.Intersect},
		},
		"SELECT 1 EXCEPT SELECT 2 UNION SELECT 3": plan.SetOperation{
			Left: plan.SetOperation{Left: one, Right: two, Operator: plan.Except}, Right: three,
		},
		"SELECT 1 UNION (SELECT 2 UNION ALL SELECT 3)": plan.SetOperation{
			Left: one, Right: plan.SetOperation{Left: two, Right: three, All: true},
		},
		"SELECT * FROM t x LEFT JOIN db.u ON x.a = u.a": star(plan.Join{
			Left: plan.SubqueryAlias{Input: table("t"), Name: "x"}, Right: plan.NamedTable{Parts: []string{"db", "u"}}, Type: plan.LeftJoin,
			Condition: call("==", column("x", "a"), column("u", "a")),
		}),
		"SELECT * FROM t, u SEMI JOIN v USING (a)": star(plan.Join{
			Left: table("t"), Right: plan.Join{Left: table("u"), Right: table("v"), Type: plan.LeftSemiJoin, Using: []string{"a"}},
		}),
		"SELECT * FROM t NATURAL FULL JOIN u CROSS JOIN v": star(plan.Join{
			Left: plan.Join{Left: table("t"), Right: table("u"), Type: plan.FullJoin, Natural: true}, Right: table("v"), Type: plan.CrossJoin,
		}),
		"SELECT * FROM t LEFT JOIN LATERAL (SELECT a) u": star(plan.Join{
			Left: table("t"), Type: plan.LeftJoin, Lateral: true,
			Right: plan.SubqueryAlias{Input: plan.Project{Input: plan.OneRow{}, Items: []plan.Expression{a}}, Name: "u"},
		}),
		"SELECT * FROM (SELECT 1) AS t (x)": star(plan.SubqueryAlias{Input: one, Name: "t", Columns: []string{"x"}}),
		"VALUES (1, a), (2, b)":             plan.Values{Rows: [][]plan.Expression{{integer(1), a}, {integer(2), b}}},
		"VALUES (named_struct('a', 1))":     plan.Values{Rows: [][]plan.Expression{{call("named_struct", text("a"), integer(1))}}},
		"VALUES ((1, a)), struct(2, b)":     plan.Values{Rows: [][]plan.Expression{{integer(1), a}, {integer(2), b}}},
		"SELECT * FROM VALUES 1, 2 v":       star(plan.SubqueryAlias{Input: plan.Values{Rows: [][]plan.Expression{{integer(1)}, {integer(2)}}}, Name: "v"}),
		"SELECT * FROM hf('x/y', config => '7M') d": star(plan.SubqueryAlias{Name: "d", Input: plan.TableFunction{
			Name: "hf", Args: []plan.Expression{text("x/y")}, Named: []plan.NamedArgument{{Name: "config", Value: text("7M")}},
		}}),
		"SELECT * FROM t LATERAL VIEW OUTER explode(a) e AS x, y": star(plan.Generate{
			Input: table("t"), Generator: call("explode", a), Outer: true, Alias: "e", Columns: []string{"x", "y"},
		}),
		"FROM t SELECT a": plan.Project{Input: table("t"), Items: []plan.Expression{a}},
		"TABLE t":         table("t"),
		"WITH q (x) AS (SELECT 1) TABLE q": plan.With{
			Input: table("q"), Named: []plan.NamedRelation{{Name: "q", Columns: []string{"x"}, Plan: one}},
		},
		"SELECT a FROM t GROUP BY a WITH ROLLUP": plan.Aggregate{
			Input: table("t"), Kind: plan.Rollup, Grouping: []plan.Expression{a}, Items: []plan.Expression{a},
		},
		"SELECT a FROM t GROUP BY CUBE(a, b)": plan.Aggregate{
			Input: table("t"), Kind: plan.Cube, Grouping: []plan.Expression{a, b}, Items: []plan.Expression{a},
		},
		"SELECT a FROM t GROUP BY GROUPING SETS ((a, b), a, ())": plan.Aggregate{
			Input: table("t"), Kind: plan.GroupingSets, Grouping: []plan.Expression{a, b}, Sets: [][]plan.Expression{{a, b}, {a}, nil},
			Items: []plan.Expression{a},
		},
		"SELECT a FROM t GROUP BY a, ROLLUP(b)": plan.Aggregate{
			Input: table("t"), Kind: plan.GroupingSets, Grouping: []plan.Expression{a, b}, Sets: [][]plan.Expression{{a, b}, {a}},
			Items: []plan.Expression{a},
		},
		"SELECT sum(a) OVER w FROM t WINDOW v AS (PARTITION BY b), w AS v ORDER BY 1": plan.Sort{
			Order: []plan.SortOrder{{Child: integer(1)}},
			Input: plan.Project{Input: table("t"), Items: []plan.Expression{plan.Window{Function: call("sum", a), PartitionBy: []plan.Expression{b}}}},
		},
		"SELECT /*+ BROADCAST(t), COALESCE(1) */ a FROM t": plan.Hint{Name: "BROADCAST", Input: plan.Hint{
			Name: "COALESCE", Input: plan.Project{Input: table("t"), Items: []plan.Expression{a}},
		}},
		"SELECT * FROM t TABLESAMPLE (25 PERCENT) s":      star(plan.SubqueryAlias{Input: plan.Sample{Input: table("t"), Upper: 0.25}, Name: "s"}),
		"SELECT * FROM t TABLESAMPLE (5 ROWS)":            star(plan.Limit{Input: table("t"), Count: integer(5)}),
		"SELECT * FROM t TABLESAMPLE (BUCKET 1 OUT OF 4)": star(plan.Sample{Input: table("t"), Upper: 0.25}),
		"SELECT * FROM t PIVOT (sum(a) FOR b IN (1 AS x, 2))": star(plan.Aggregate{
			Input: table("t"), Items: []plan.Expression{call("sum", a)}, AddGrouping: true,
			Pivot: &plan.Pivot{Column: b, Values: []plan.Expression{plan.Alias{Child: integer(1), Names: []string{"x"}}, integer(2)}, Implicit: true},
		}),
		"SELECT * FROM t UNPIVOT INCLUDE NULLS (v FOR n IN (a, b AS c))": star(plan.Unpivot{
			Input: table("t"), Values: []plan.Expression{a, plan.Alias{Child: b, Names: []string{"c"}}}, Variable: "n", Value: "v", OtherIDs: true,
		}),
		"SELECT a FROM t DISTRIBUTE BY a SORT BY b": plan.Sort{
			Local: true, Order: []plan.SortOrder{{Child: b}},
			Input: plan.Repartition{Input: plan.Project{Input: table("t"), Items: []plan.Expression{a}}, By: []plan.Expression{a}},
		},
	} {
		got, err := ParseQuery(text, Parameters{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", text, got, want)
		}
	}
}

func TestParseExpression(t *testing.T) {
	t.Parallel()
	a, b, c := column("a"), column("b"), column("c")
	x, y := plan.LambdaVariable{Name: "x"}, plan.LambdaVariable{Name: "y"}
	for text, want := range map[string]plan.Expression{
		"a AND b OR NOT c":              call("or", call("and", a, b), call("not", c)),
		"NOT a = b":                     call("not", call("==", a, b)),
		"a + b * -c":                    call("+", a, call("*", b, call("-", c))),
		"a - -1":                        call("-", a, integer(-1)),
		"a -1":                          call("-", a, integer(1)),
		"a | b & c ^ a":                 call("|", a, call("^", call("&", b, c), a)),
		"a << 1 + b":                    call("<<", a, call("+", integer(1), b)),
		"a || b = c":                    call("==", call("concat", a, b), c),
		"a <> b":                        call("not", call("==", a, b)),
		"a BETWEEN b AND c AND b":       call("and", call("between", a, b, c), b),
		"a NOT IN (1, b)":               call("not", call("in", a, integer(1), b)),
		"a LIKE 'x' ESCAPE '/'":         call("like", a, text("x"), text("/")),
		"a LIKE ALL ('x', b)":           call("and", call("like", a, text("x")), call("like", a, b)),
		"a NOT LIKE ANY ('x', b)":       call("or", call("not", call("like", a, text("x"))), call("not", call("like", a, b))),
		"a IS NOT NULL":                 call("isnotnull", a),
		"a IS NOT TRUE":                 call("not", call("<=>", a, plan.Literal{Value: true, Type: types.Boolean})),
		"a IS DISTINCT FROM b":          call("not", call("<=>", a, b)),
		"a.b.c":                         column("a", "b", "c"),
		"a[0].b":                        plan.ExtractValue{Child: plan.ExtractValue{Child: a, Key: integer(0)}, Key: text("b")},
		"a::INT::STRING":                plan.Cast{Child: plan.Cast{Child: a, To: types.Integer}, To: types.String},
		"TRY_CAST(a AS DATE)":           plan.Cast{Child: a, To: types.Date, Mode: plan.CastTry},
		"CASE a WHEN 1 THEN b END":      call("when", call("==", a, integer(1)), b),
		"CASE WHEN a THEN b ELSE c END": call("when", a, b, c),
		"(a, 1)":                        plan.Call{Name: "named_struct", Args: []plan.Expression{text("a"), a, text("col2"), integer(1)}, Row: true},
		"struct(a AS b)":                call("struct", plan.Alias{Child: a, Names: []string{"b"}}),
		"f(a, x -> x + b)":              call("f", a, plan.Lambda{Parameters: []string{"x"}, Body: call("+", x, b)}),
		"f((x, y) -> x.a[y])": call("f", plan.Lambda{
			Parameters: []string{"x", "y"}, Body: plan.ExtractValue{Child: plan.ExtractValue{Child: x, Key: text("a")}, Key: y},
		}),
		"first(a) IGNORE NULLS":       plan.Call{Name: "first", Args: []plan.Expression{a}, IgnoreNulls: true},
		"count(DISTINCT a, b)":        plan.Call{Name: "count", Args: []plan.Expression{a, b}, Distinct: true},
		"sum(a) FILTER (WHERE b)":     plan.Call{Name: "sum", Args: []plan.Expression{a}, Filter: b},
		"EXTRACT(YEAR FROM a)":        call("extract", text("YEAR"), a),
		"TRIM(LEADING 'x' FROM a)":    call("ltrim", text("x"), a),
		"POSITION(a IN b)":            call("locate", a, b),
		"SUBSTRING(a FROM 1 FOR 2)":   call("substring", a, integer(1), integer(2)),
		"OVERLAY(a PLACING b FROM 1)": call("overlay", a, b, integer(1)),
		"DATEADD(DAY, 1, a)":          call("timestampadd", text("DAY"), integer(1), a),
		"date_add(a, 1)":              call("date_add", a, integer(1)),
		"t.* EXCEPT (a, b.c)":         plan.Star{Target: []string{"t"}, Except: [][]string{{"a"}, {"b", "c"}}},
		"explode(a) AS (b, c)":        plan.Alias{Child: call("explode", a), Names: []string{"b", "c"}},
		"IDENTIFIER('a' || '.b')":     column("a", "b"),
		"sum(a) OVER (PARTITION BY b ORDER BY c DESC ROWS 1 PRECEDING)": plan.Window{
			Function: call("sum", a), PartitionBy: []plan.Expression{b},
			OrderBy: []plan.SortOrder{{Child: c, Descending: true, NullsLast: true}},
			Frame:   &plan.Frame{Rows: true, Lower: plan.Bound{Kind: plan.Value, Value: call("-", integer(1))}},
		},
		"sum(a) OVER (RANGE BETWEEN UNBOUNDED PRECEDING AND b FOLLOWING)": plan.Window{
			Function: call("sum", a),
			Frame:    &plan.Frame{Lower: plan.Bound{Kind: plan.Unbounded}, Upper: plan.Bound{Kind: plan.Value, Value: b}},
		},
	} {
		got, err := ParseExpression(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", text, got, want)
		}
	}
}

func TestLiterals(t *testing.T) {
	t.Parallel()
	decimal := func(unscaled int64, precision, scale int) plan.Literal {
		return plan.Literal{
			Value: types.DecimalValue{Unscaled: big.NewInt(unscaled), Scale: scale}, Type: types.Decimal{Precision: precision, Scale: scale},
		}
	}
	for text, want := range map[string]plan.Expression{
		"-2147483648":                           integer(-2147483648),
		"2147483648":                            plan.Literal{Value: int64(2147483648), Type: types.Long},
		"3L":                                    plan.Literal{Value: int64(3), Type: types.Long},
		"3S":                                    plan.Literal{Value: int16(3), Type: types.Short},
		"-128Y":                                 plan.Literal{Value: int8(-128), Type: types.Byte},
		"1.5":                                   decimal(15, 2, 1),
		"0.05":                                  decimal(5, 2, 2),
		"-1.50BD":                               decimal(-150, 3, 2),
		"1.5e3BD":                               decimal(1500, 4, 0),
		"1e3":                                   plan.Literal{Value: 1000.0, Type: types.Double},
		"1.5D":                                  plan.Literal{Value: 1.5, Type: types.Double},
		"1.5F":                                  plan.Literal{Value: float32(1.5), Type: types.Float},
		"X'1f'":                                 plan.Literal{Value: []byte{0x1F}, Type: types.Binary},
		"X'f'":                                  plan.Literal{Value: []byte{0x0F}, Type: types.Binary},
		`'it''s \'\\' "\t\u0041"`:               plan.Literal{Value: "it's '\\\tA", Type: types.String},
		`'\%\_\101\q'`:                          plan.Literal{Value: `\%\_Aq`, Type: types.String},
		`r'\n'`:                                 plan.Literal{Value: `\n`, Type: types.String},
		"DATE '1970-01-02'":                     plan.Literal{Value: int32(1), Type: types.Date},
		"DATE '1969'":                           plan.Literal{Value: int32(-365), Type: types.Date},
		"TIME '00:00:01.5'":                     plan.Literal{Value: int64(1_500_000), Type: types.Time},
		"TIMESTAMP '1970-01-01T01:00:00+01:00'": plan.Literal{Value: int64(0), Type: types.Timestamp},
		"TIMESTAMP '1970-01-01 00:00:01 UTC'":   plan.Literal{Value: int64(1_000_000), Type: types.Timestamp},
		"TIMESTAMP_NTZ '1970-01-01 00:00:01'":   plan.Literal{Value: int64(1_000_000), Type: types.TimestampNTZ},
		"TIMESTAMP '1970-1-1 0:0:1.120'": plan.Cast{
			Child: plan.Literal{Value: "1970-01-01 00:00:01.12", Type: types.String}, To: types.Timestamp, Mode: plan.CastANSI,
		},
		"INTERVAL '1-2' YEAR TO MONTH":           plan.Literal{Value: int32(14), Type: types.YearMonthInterval, Text: "INTERVAL '1-2' YEAR TO MONTH"},
		"INTERVAL -1 MONTH":                      plan.Literal{Value: int32(-1), Type: types.YearMonthInterval, Text: "INTERVAL '-1' MONTH"},
		"INTERVAL 1 DAY 2 HOURS":                 plan.Literal{Value: int64(26 * 3600e6), Type: types.DayTimeInterval, Text: "INTERVAL '1 02' DAY TO HOUR"},
		"INTERVAL '-1 02:03:04.5' DAY TO SECOND": plan.Literal{Value: int64(-93784500000), Type: types.DayTimeInterval, Text: "INTERVAL '-1 02:03:04.5' DAY TO SECOND"},
		"INTERVAL '1 week -2 days 3 hours'":      plan.Literal{Value: int64(123 * 3600e6), Type: types.DayTimeInterval, Text: "INTERVAL '5 03' DAY TO HOUR"},
		"INTERVAL '5' MILLISECONDS":              plan.Literal{Value: int64(5000), Type: types.DayTimeInterval, Text: "INTERVAL '00.005' SECOND"},
	} {
		got, err := ParseExpression(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	named := Parameters{Named: map[string]plan.Expression{"x": text("v")}}
	positional := Parameters{Positional: []plan.Expression{integer(1), integer(2)}}
	for _, test := range []struct {
		text       string
		parameters Parameters
		want       []plan.Expression
		fails      string
	}{
		{text: "SELECT :x, : x", parameters: named, want: []plan.Expression{text("v"), text("v")}},
		{text: "SELECT ?, ?", parameters: positional, want: []plan.Expression{integer(1), integer(2)}},
		{text: "SELECT IDENTIFIER(:x)", parameters: named, want: []plan.Expression{column("v")}},
		{text: "SELECT :y", parameters: named, fails: "unbound parameter: y"},
		{text: "SELECT ?, ?, ?", parameters: positional, fails: "unbound parameter: _13"},
	} {
		got, err := ParseQuery(test.text, test.parameters)
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: got %v, want %q in it", test.text, err, test.fails)
			}
			continue
		}
		want := plan.Project{Input: plan.OneRow{}, Items: test.want}
		if err != nil || !reflect.DeepEqual(got, plan.Relation(want)) {
			t.Errorf("%s: got %+v, %v", test.text, got, err)
		}
	}
}
