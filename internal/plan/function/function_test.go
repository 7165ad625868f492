package function

import (
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// TestTable checks that each row of the table is whole.
func TestTable(t *testing.T) {
	t.Parallel()
	for name, f := range table {
		switch {
		case f.Resolve == nil:
			t.Errorf("%q cannot be resolved", name)
		case (f.Kind == Aggregate || f.Kind == Window) && f.Over == nil:
			t.Errorf("%q has no SQL", name)
		case f.Kind == Generator && (f.Columns == nil || f.SQL == nil):
			t.Errorf("%q has no columns or no SQL", name)
		case name != strings.ToLower(name):
			t.Errorf("%q is not in lower case", name)
		}
	}
	if len(Names()) < 400 {
		t.Errorf("there are only %d names", len(Names()))
	}
}

// TestNamesOnce checks that no name stands for two functions.
func TestNamesOnce(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, family := range families() {
		for _, r := range family {
			for _, name := range strings.Fields(r.names) {
				if other, ok := seen[name]; ok {
					t.Errorf("%q is a name of %s and of %s", name, other, r.names)
				}
				seen[name] = r.names
			}
		}
	}
}

// TestOddArguments resolves every function with arguments of all kinds and numbers: none may panic, and errors are Spark's.
func TestOddArguments(t *testing.T) {
	t.Parallel()
	list := types.Array{Element: types.Integer, ContainsNull: true}
	pair := types.Struct{Fields: []types.Field{{Name: "a", Type: types.String}, {Name: "b", Type: types.Integer}}}
	kinds := []types.DataType{
		types.Null, types.Boolean, types.Integer, types.Long, types.Double,
		types.Decimal{Precision: 10, Scale: 2},
		types.String, types.Binary, types.Date,
		types.Timestamp, types.DayTimeInterval, list,
		types.Map{Key: types.String, Value: types.Integer},
		pair,
		types.Array{Element: pair},
	}
	var all []typed.Expression
	for i, kind := range kinds {
		all = append(all,
			typed.Reference{Column: typed.Column{ID: typed.ColumnID(i), Name: "c", Type: kind, Nullable: true}},
			typed.Literal{DataType: kind})
	}
	all = append(all, textLiteral("x"), intLiteral(1))
	for name, f := range table {
		for count := range 5 {
			for i := range all {
				args := make([]typed.Expression, count)
				texts := make([]string, count)
				for j := range args {
					args[j] = all[(i+j*7)%len(all)]
					texts[j] = "c"
				}
				if count == 0 && i > 0 {
					break
				}
				checkCall(t, name, f, args)
			}
		}
	}
}

func checkCall(t *testing.T, name string, f *Function, args []typed.Expression) {
	t.Helper()
	for _, ansi := range []bool{true, false} {
		e, err := f.Resolve(Context{ANSI: ansi, TimeZone: "UTC"}, args)
		if err != nil {
			if _, ok := sparkerror.As(err); !ok {
				t.Fatalf("%q: %v is not an error of Spark's", name, err)
			}
			continue
		}
		if e.Type() == nil {
			t.Fatalf("%q has no type", name)
		}
		call, ok := e.(typed.Call)
		if !ok {
			continue
		}
		target, ok := Lookup(call.Name)
		if !ok {
			t.Fatalf("%q is resolved to %q, which is not in the table", name, call.Name)
		}
		texts := make([]string, len(call.Args))
		for i := range texts {
			texts[i] = "c"
		}
		var text string
		if target.Over != nil {
			text, err = target.Over(call, texts, nil, Suffix{Filter: "x", Over: "OVER ()"})
		} else {
			text, err = target.SQL(call, texts)
		}
		if _, refused := sparkerror.As(err); err == nil && text == "" || err != nil && !refused {
			t.Fatalf("%q prints %q, %v", name, text, err)
		}
		Text(call)
	}
}

func TestFieldName(t *testing.T) {
	t.Parallel()
	s := types.Struct{Fields: []types.Field{{Name: "a"}, {Name: "A"}, {Name: ""}, {Name: "b\x00c"}, {Name: `q"`}}}
	for i, want := range []string{"a", "A#2", "#3", "bc#4", `q"`} {
		if got := FieldName(s, i); got != want {
			t.Errorf("field %d is %q, want %q", i, got, want)
		}
	}
}

func TestLiteralSQL(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]typed.Literal{
		"CAST(NULL AS INTEGER[])":                 {DataType: types.Array{Element: types.Integer}},
		"'it''s'":                                 {Value: "it's", DataType: types.String},
		"('a' || chr(0) || 'b')":                  {Value: "a\x00b", DataType: types.String},
		"CAST(-9223372036854775808 AS BIGINT)":    {Value: int64(-1 << 63), DataType: types.Long},
		"CAST('2020-01-01' AS DATE)":              {Value: int32(18262), DataType: types.Date},
		"make_timestamptz(CAST(-1 AS BIGINT))":    {Value: int64(-1), DataType: types.Timestamp},
		"CAST('00:00:01.000000' AS TIME)":         {Value: int64(1_000_000), DataType: types.Time},
		"from_hex('00FF')":                        {Value: []byte{0, 255}, DataType: types.Binary},
		"{'a': CAST(1 AS INTEGER), 'A#2': 'x'}":   {Value: []any{int32(1), "x"}, DataType: types.Struct{Fields: []types.Field{{Name: "a", Type: types.Integer}, {Name: "A", Type: types.String}}}},
		"CAST([CAST(1 AS INTEGER)] AS INTEGER[])": {Value: []any{int32(1)}, DataType: types.Array{Element: types.Integer}},
	} {
		if got, err := LiteralSQL(l); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	for _, l := range []typed.Literal{{Value: "\xff", DataType: types.String}, {Value: struct{}{}, DataType: types.String}, {Value: 1, DataType: types.Array{Element: types.Integer}}} {
		if got, err := LiteralSQL(l); err == nil {
			t.Errorf("%v is printed as %s", l, got)
		}
	}
}
