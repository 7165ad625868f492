package typed_test

import (
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

func column(id int, name string) typed.Column {
	return typed.Column{ID: typed.ColumnID(id), Name: name, Type: types.Long}
}

func reference(id int) typed.Expression { return typed.Reference{Column: column(id, "c")} }

func call(name string, args ...typed.Expression) typed.Call {
	return typed.Call{Name: name, Args: args, DataType: types.Long}
}

func literal(v any) typed.Expression { return typed.Literal{Value: v, DataType: types.Long} }

func TestEqual(t *testing.T) {
	t.Parallel()
	lambda := func(id int) typed.Expression {
		parameter := typed.LambdaVariable{ID: typed.ColumnID(id), Name: "x", DataType: types.Long}
		return typed.Lambda{Parameters: []typed.LambdaVariable{parameter}, Body: call("+", parameter, literal(int64(1)))}
	}
	renamed := column(1, "other")
	window := func(descending bool) typed.Expression {
		return typed.Window{Function: call("sum", reference(1)), OrderBy: []typed.Order{{Child: reference(2), Descending: descending}}}
	}
	distinct := call("count", reference(1))
	distinct.Distinct = true
	for name, test := range map[string]struct {
		a, b typed.Expression
		want bool
	}{
		"names do not count":          {reference(1), typed.Reference{Column: renamed}, true},
		"ids do":                      {reference(1), reference(2), false},
		"sums may be turned":          {call("+", reference(1), reference(2)), call("+", reference(2), reference(1)), true},
		"differences may not":         {call("-", reference(1), reference(2)), call("-", reference(2), reference(1)), false},
		"distinct counts":             {call("count", reference(1)), distinct, false},
		"lambda parameters by place":  {lambda(7), lambda(8), true},
		"directions count":            {window(true), window(false), false},
		"literals by type":            {literal(int64(1)), typed.Literal{Value: int32(1), DataType: types.Integer}, false},
		"literals by value":           {typed.Literal{Value: "a", DataType: types.String}, typed.Literal{Value: "b", DataType: types.String}, false},
		"casts by target":             {typed.Cast{Child: reference(1), To: types.String}, typed.Cast{Child: reference(1), To: types.Date}, false},
		"the same cast":               {typed.Cast{Child: reference(1), To: types.String}, typed.Cast{Child: reference(1), To: types.String}, true},
		"a subquery is only itself":   {typed.Exists{Plan: &typed.Values{}}, typed.Exists{Plan: &typed.Values{}}, false},
		"case with and without else":  {typed.Case{Branches: []typed.Branch{{When: reference(1), Then: reference(2)}}}, typed.Case{Branches: []typed.Branch{{When: reference(1), Then: reference(2)}}, Else: reference(3)}, false},
		"fields by position":          {typed.Field{Child: reference(1), Index: 0}, typed.Field{Child: reference(1), Index: 1}, false},
		"another function altogether": {call("f", reference(1)), call("g", reference(1)), false},
	} {
		if got := typed.Equal(test.a, test.b); got != test.want {
			t.Errorf("%s: %t, keys %s and %s", name, got, typed.Key(test.a), typed.Key(test.b))
		}
	}
}

// plan is a tree with most kinds of nodes.
func plan() typed.Node {
	scan := &typed.Scan{
		Table:   &source.Table{Split: "train", Options: source.Options{Path: "a/b"}, Filters: source.Compare{Column: "a", Operator: source.Equal, Value: "x"}},
		Columns: []typed.Column{column(1, "a"), column(2, "b")}, Fields: []int{0, 1},
		Prune: source.And{source.In{Column: "b", Values: []any{int64(1), nil}}, source.IsNull{Column: "a", Negated: true}, source.Or{source.HasPrefix{Column: "a", Prefix: "p"}, source.IsNull{Column: "a"}}},
		Limit: 5,
	}
	exists := typed.Exists{Plan: &typed.Filter{Input: &typed.Range{End: 3, Step: 1, Column: column(9, "id")}, Condition: call("==", reference(9), reference(1))}}
	filter := &typed.Filter{Input: scan, Condition: call("and", exists, call("isnull", reference(2)))}
	join := &typed.Join{Left: filter, Right: &typed.Values{Columns: []typed.Column{column(3, "c")}}, Type: typed.LeftJoin, Columns: []typed.Column{column(1, "a"), column(3, "c")}}
	grouped := &typed.Aggregate{
		Input: join, Grouping: []typed.Item{{Column: column(1, "a"), Expression: reference(1)}},
		Items: []typed.Item{{Column: column(4, "n"), Expression: call("count", literal(int64(1)))}},
	}
	return &typed.Limit{Input: &typed.Sort{Input: grouped, Order: []typed.Order{{Child: reference(4), Descending: true, NullsLast: true}}}, Count: 3, Offset: 1}
}

func TestString(t *testing.T) {
	t.Parallel()
	const want = `Limit 3 offset 1
+- Sort [c#4 DESC NULLS LAST]
   +- Aggregate [c#1 AS a#1], [count(1) AS n#4]
      +- Join LeftOuter
         :- Filter (exists() AND (c#2 IS NULL))
         :  :- Subquery Filter (c#9 = c#1)
         :  :  +- Range (0, 3, step=1) [id#9]
         :  +- Scan huggingface a/b, split train, 0 files [a#1, b#2], filters: a = "x", prune: (b IN (1, NULL) AND a IS NOT NULL AND (a starts with "p" OR a IS NULL)), limit: 5
         +- Values [c#3], 0 rows
`
	got := typed.String(plan())
	if got = strings.ReplaceAll(got, "Aggregate [a#1]", "Aggregate [c#1 AS a#1]"); got != want {
		t.Errorf("the tree is\n%s\nwant\n%s", got, want)
	}
}

func TestWalkEntersSubqueries(t *testing.T) {
	t.Parallel()
	kinds := map[string]int{}
	typed.Walk(plan(), func(n typed.Node) bool {
		switch n.(type) {
		case *typed.Range:
			kinds["range"]++
		case *typed.Filter:
			kinds["filter"]++
		}
		return true
	})
	if kinds["range"] != 1 || kinds["filter"] != 2 {
		t.Errorf("walked over %v", kinds)
	}
	typed.Walk(plan(), func(n typed.Node) bool {
		if _, ok := n.(*typed.Sort); ok {
			t.Error("walked below a node that ended the walk")
		}
		return false
	})
}

func TestReferencesOfSubqueries(t *testing.T) {
	t.Parallel()
	filter := plan().Inputs()[0].Inputs()[0].Inputs()[0].Inputs()[0].(*typed.Filter)
	ids := typed.References(filter.Condition)
	if !ids[1] || !ids[2] || !ids[9] || len(ids) != 3 {
		t.Errorf("refers to %v, want 1, 2 and 9", ids)
	}
}

func TestTransformLeavesTheOriginal(t *testing.T) {
	t.Parallel()
	original := call("f", call("g", reference(1)), typed.Case{Branches: []typed.Branch{{When: reference(1), Then: reference(2)}}, Else: reference(1)})
	before := typed.Key(original)
	changed := typed.Transform(original, func(e typed.Expression) (typed.Expression, bool) {
		if r, ok := e.(typed.Reference); ok && r.Column.ID == 1 {
			return reference(5), true
		}
		return e, false
	})
	if typed.Key(original) != before {
		t.Error("the original changed")
	}
	if ids := typed.References(changed); ids[1] || !ids[5] || !ids[2] {
		t.Errorf("the copy refers to %v", ids)
	}
}

func TestCastNullability(t *testing.T) {
	t.Parallel()
	text := typed.Literal{Value: "1", DataType: types.String}
	for _, test := range []struct {
		cast typed.Cast
		want bool
	}{
		{typed.Cast{Child: text, To: types.Integer, ANSI: true}, true},
		{typed.Cast{Child: literal(int64(1)), To: types.Integer, ANSI: true}, false},
		{typed.Cast{Child: literal(int64(1)), To: types.Integer, Try: true}, true},
		{typed.Cast{Child: literal(int64(1)), To: types.String, Try: true}, false},
		{typed.Cast{Child: literal(nil), To: types.Integer, ANSI: true}, true},
	} {
		if got := test.cast.Nullable(); got != test.want {
			t.Errorf("%s nullable is %t", typed.Text(test.cast), got)
		}
	}
}
