package engine

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

func TestNodes(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	id, name := column(1, "id", types.Long), column(2, "name", types.String)
	id2, name2 := column(3, "id", types.Long), column(4, "name", types.String)
	people := func() typed.Node {
		return local(t, []typed.Column{id, name}, `{"id":1,"name":"a"}`, `{"id":2,"name":"b"}`, `{"id":3,"name":"a"}`, `{"id":null,"name":null}`)
	}
	others := func() typed.Node {
		return local(t, []typed.Column{id2, name2}, `{"id":2,"name":"x"}`, `{"id":3,"name":"y"}`, `{"id":3,"name":"z"}`, `{"id":null,"name":"n"}`)
	}
	same := call("=", types.Boolean, ref(id), ref(id2))
	joined := []typed.Column{id, name, id2, name2}
	found := column(8, "found", types.String)
	total := column(9, "n", types.Long)
	byID := []typed.Order{{Child: ref(id)}}
	tests := []struct {
		name string
		plan typed.Node
		want []string
	}{
		{"local", people(), []string{"1 a", "2 b", "3 a", "(null) (null)"}},
		{"range", &typed.Range{Start: 5, End: -5, Step: -4, Column: id}, []string{"5", "1", "-3"}},
		{"empty range", &typed.Range{Start: 5, End: 5, Step: 1, Column: id}, nil},
		{"values", &typed.Values{Rows: [][]typed.Expression{{long(1), text("x'y")}, {long(2), text("")}}, Columns: []typed.Column{id, name}}, []string{"1 x'y", "2 "}},
		{"no values", &typed.Values{Columns: []typed.Column{id, name}}, nil},
		{"project", &typed.Project{Input: people(), Items: []typed.Item{{Column: name2, Expression: ref(name)}, {Column: id2, Expression: long(7)}}}, []string{"a 7", "b 7", "a 7", "(null) 7"}},
		{"project over project", &typed.Project{
			Input: &typed.Project{Input: people(), Items: []typed.Item{{Column: name2, Expression: ref(name)}}},
			Items: []typed.Item{{Column: name, Expression: ref(name2)}},
		}, []string{"a", "b", "a", "(null)"}},
		{"filter", &typed.Filter{Input: people(), Condition: call("=", types.Boolean, ref(name), text("a"))}, []string{"1 a", "3 a"}},
		{"sort", &typed.Sort{Input: people(), Order: []typed.Order{{Child: ref(name), Descending: true, NullsLast: true}, {Child: ref(id)}}}, []string{"2 b", "1 a", "3 a", "(null) (null)"}},
		{"sort by a constant", &typed.Sort{Input: people(), Order: []typed.Order{{Child: long(2)}}}, []string{"1 a", "2 b", "3 a", "(null) (null)"}},
		{"limit", &typed.Limit{Input: people(), Count: 2}, []string{"1 a", "2 b"}},
		{"limit 0", &typed.Limit{Input: people(), Count: 0}, nil},
		{"offset", &typed.Limit{Input: people(), Count: -1, Offset: 3}, []string{"(null) (null)"}},
		{"limit of a limit", &typed.Limit{Input: &typed.Limit{Input: people(), Count: 3, Offset: 1}, Count: 1, Offset: 1}, []string{"3 a"}},
		{"limit of a sort", &typed.Limit{Input: &typed.Sort{Input: people(), Order: []typed.Order{{Child: ref(id), Descending: true, NullsLast: true}}}, Count: 2}, []string{"3 a", "2 b"}},
		{"tail", &typed.Tail{Input: people(), Count: 2}, []string{"3 a", "(null) (null)"}},
		{"inner join", &typed.Sort{Input: &typed.Join{Left: people(), Right: others(), Condition: same, Columns: joined}, Order: append(byID, typed.Order{Child: ref(name2)})}, []string{"2 b 2 x", "3 a 3 y", "3 a 3 z"}},
		{"left join", &typed.Sort{Input: &typed.Join{Left: people(), Right: others(), Type: typed.LeftJoin, Condition: same, Columns: joined}, Order: append(byID, typed.Order{Child: ref(name2)})}, []string{"(null) (null) (null) (null)", "1 a (null) (null)", "2 b 2 x", "3 a 3 y", "3 a 3 z"}},
		{"semi join", &typed.Sort{Input: &typed.Join{Left: people(), Right: others(), Type: typed.LeftSemiJoin, Condition: same, Columns: joined[:2]}, Order: byID}, []string{"2 b", "3 a"}},
		{"anti join", &typed.Sort{Input: &typed.Join{Left: people(), Right: others(), Type: typed.LeftAntiJoin, Condition: same, Columns: joined[:2]}, Order: byID}, []string{"(null) (null)", "1 a"}},
		{"full join", &typed.Aggregate{Input: &typed.Join{Left: people(), Right: others(), Type: typed.FullJoin, Condition: same, Columns: joined}, Items: []typed.Item{{Column: total, Expression: call("count", types.Long, long(1))}}}, []string{"6"}},
		{"cross join", &typed.Aggregate{Input: &typed.Join{Left: people(), Right: others(), Type: typed.CrossJoin, Columns: joined}, Items: []typed.Item{{Column: total, Expression: call("count", types.Long, long(1))}}}, []string{"16"}},
		{"lateral join", &typed.Sort{Order: append(byID, typed.Order{Child: ref(found)}), Input: &typed.Join{Left: people(), Right: &typed.Project{Input: &typed.Filter{Input: others(), Condition: same}, Items: []typed.Item{{Column: found, Expression: ref(name2)}}}, Lateral: true, Type: typed.LeftJoin, Columns: []typed.Column{id, name, found}}}, []string{"(null) (null) (null)", "1 a (null)", "2 b x", "3 a y", "3 a z"}},
		{"union all", &typed.SetOperation{Left: people(), Right: others(), All: true, Columns: []typed.Column{column(20, "a", types.Long), column(21, "b", types.String)}}, []string{"1 a", "2 b", "3 a", "(null) (null)", "2 x", "3 y", "3 z", "(null) n"}},
		{"group", &typed.Sort{Input: &typed.Aggregate{
			Input: people(), Grouping: []typed.Item{{Column: name2, Expression: ref(name)}},
			Items: []typed.Item{{Column: name2, Expression: ref(name2)}, {Column: total, Expression: call("count", types.Long, long(1))}},
		}, Order: []typed.Order{{Child: ref(name2)}}}, []string{"(null) 1", "a 2", "b 1"}},
		{"group without aggregates", &typed.Aggregate{Input: people(), Items: []typed.Item{{Column: total, Expression: long(4)}}}, []string{"4"}},
		{"distinct", &typed.Sort{Input: &typed.Distinct{Input: &typed.Project{Input: people(), Items: []typed.Item{{Column: name2, Expression: ref(name)}}}}, Order: []typed.Order{{Child: ref(name2)}}}, []string{"(null)", "a", "b"}},
		{"deduplicate", &typed.Sort{Input: &typed.Deduplicate{Input: people(), Keys: []typed.Column{name}}, Order: byID}, []string{"(null) (null)", "1 a", "2 b"}},
		{"in subquery", &typed.Filter{Input: people(), Condition: typed.InSubquery{Values: []typed.Expression{ref(id)}, Plan: &typed.Project{Input: others(), Items: []typed.Item{{Column: total, Expression: ref(id2)}}}}}, []string{"2 b", "3 a"}},
		{"exists", &typed.Filter{Input: people(), Condition: typed.Exists{Plan: &typed.Filter{Input: others(), Condition: same}}}, []string{"2 b", "3 a"}},
		{"scalar subquery", &typed.Project{Input: &typed.Range{End: 1, Step: 1, Column: column(30, "r", types.Long)}, Items: []typed.Item{{Column: column(31, "m", types.Long), Expression: typed.ScalarSubquery{Plan: &typed.Limit{Input: &typed.Project{Input: people(), Items: []typed.Item{{Column: id2, Expression: ref(id)}}}, Count: 1}}}}}, []string{"1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := mustRun(t, e, test.plan)
			wantLines(t, got, test.want...)
		})
	}
}

func TestBatchesKeepToTheirBounds(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	columns := []typed.Column{column(1, "id", types.Long), column(2, "name", types.String)}
	data := numbered(t, columns, 25000)
	tests := []struct {
		query Query
		want  string
	}{
		{Query{}, "[10000 10000 5000]"},
		{Query{BatchRows: 12345}, "[12345 12345 310]"},
		{Query{BatchRows: 30000}, "[25000]"},
	}
	for _, test := range tests {
		test.query.Plan = data
		result, err := e.Run(t.Context(), test.query)
		if err != nil {
			t.Fatal(err)
		}
		var sizes []int64
		next := int64(0)
		for {
			batch, err := result.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, batch.NumRows())
			for i := range int(batch.NumRows()) {
				if got := batch.Column(0).(*array.Int64).Value(i); got != next {
					t.Fatalf("row %d has number %d", next, got)
				}
				if got, want := batch.Column(1).(*array.String).Value(i), fmt.Sprintf("text %d", next); got != want {
					t.Fatalf("row %d has text %q", next, got)
				}
				next++
			}
			batch.Release()
		}
		if got := fmt.Sprint(sizes); got != test.want {
			t.Errorf("batches of %s rows, want %s", got, test.want)
		}
		if err := result.Close(); err != nil {
			t.Error(err)
		}
	}
	result, err := e.Run(t.Context(), Query{Plan: data, BatchBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	batch, err := result.Next()
	if err != nil || batch.NumRows() != 1 {
		t.Errorf("a batch of %v rows, %v; want one row, since one is more than the bytes allow", batch, err)
	}
	if err := result.Close(); err != nil {
		t.Error(err)
	}
}
