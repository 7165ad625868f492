package function

import (
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// row is a row of the table as it is written down: what most functions need, from which build makes a Function.
type row struct {
	names    string // the canonical name and its aliases, between spaces
	kind     Kind
	in       []want // what the arguments may be
	optional int    // how many of in, from the right, may be missing
	repeat   bool   // whether the last of in may be repeated
	// defaults stand in for missing optional arguments, so that a resolved call has them all; optional ones without a default
	// are left out.
	defaults []typed.Expression
	// check refuses what in cannot tell, after the casts.
	check func(ctx Context, name string, args []typed.Expression) error
	// unify brings arguments to a common type before in looks at them.
	unify func(ctx Context, name string, args []typed.Expression) ([]typed.Expression, error)
	out   func(args []typed.Expression) types.DataType
	null  func(ctx Context, args []typed.Expression) bool // nil: when any argument is
	sql   func(call typed.Call, args []string) (string, error)
	// resolve replaces all of the above but sql.
	resolve func(ctx Context, name string, args []typed.Expression) (typed.Expression, error)
	lambda  func(ctx Context, args []typed.Expression, index, count int) ([]typed.LambdaVariable, error)
	over    func(call typed.Call, args, order []string, s Suffix) (string, error)
	columns func(call typed.Call) []typed.Column
	pretty  func(name string, args []string) string
	// Clauses that an aggregate or window function takes.
	orderWithin, ignoreNulls, noDistinct bool
}

// function makes the table's entry of a row.
func (r row) function() *Function {
	names := strings.Fields(r.names)
	f := &Function{
		Name: names[0], Aliases: names[1:], Kind: r.kind, Lambda: r.lambda, SQL: r.sql, Over: r.over, Columns: r.columns,
		Pretty: r.pretty, OrderWithin: r.orderWithin, IgnoreNulls: r.ignoreNulls, NoDistinct: r.noDistinct,
	}
	f.Resolve = func(ctx Context, args []typed.Expression) (typed.Expression, error) {
		if r.resolve != nil {
			return r.resolve(ctx, f.Name, args)
		}
		if r.out == nil {
			return nil, sparkerror.Unsupported("a call of an internal function", "")
		}
		return r.call(ctx, f.Name, args)
	}
	return f
}

// call resolves a call by the columns of the row.
func (r row) call(ctx Context, name string, args []typed.Expression) (typed.Expression, error) {
	if err := r.count(name, len(args)); err != nil {
		return nil, err
	}
	args = append([]typed.Expression(nil), args...)
	for i := len(args); i < len(r.in); i++ {
		if at := i - (len(r.in) - len(r.defaults)); at >= 0 {
			args = append(args, r.defaults[at])
		}
	}
	var err error
	if r.unify != nil {
		if args, err = r.unify(ctx, name, args); err != nil {
			return nil, err
		}
	}
	for i, a := range args {
		if _, lambda := a.(typed.Lambda); lambda {
			continue
		}
		w := r.in[min(i, len(r.in)-1)]
		to, ok := w.to(ctx, a.Type())
		if !ok {
			return nil, unexpectedType(name, args, i, w.name)
		}
		args[i] = convert(ctx, a, to)
	}
	if r.check != nil {
		if err := r.check(ctx, name, args); err != nil {
			return nil, err
		}
	}
	null := anyNullable(args)
	if r.null != nil {
		null = r.null(ctx, args)
	}
	return typed.Call{Name: name, Args: args, DataType: r.out(args), Null: null, ANSI: ctx.ANSI}, nil
}

func (r row) count(name string, got int) error {
	most, least := len(r.in), len(r.in)-r.optional
	switch {
	case r.repeat && got < least:
		return wrongCount(name, "> "+strconv.Itoa(least-1), got)
	case r.repeat:
		return nil
	case got < least || got > most:
		expected := make([]string, 0, most-least+1)
		for n := least; n <= most; n++ {
			expected = append(expected, strconv.Itoa(n))
		}
		if len(expected) > 1 {
			return wrongCount(name, "["+strings.Join(expected, ", ")+"]", got)
		}
		return wrongCount(name, expected[0], got)
	}
	return nil
}

// want tells which types an argument may have, and to which it is cast.
type want struct {
	name string // as errors call it
	to   func(ctx Context, t types.DataType) (types.DataType, bool)
}

// only takes one type, and what is implicitly cast to it.
func only(t types.DataType) want {
	return want{`"` + t.SQL() + `"`, func(ctx Context, from types.DataType) (types.DataType, bool) {
		return types.Implicit(from, t, ctx.ANSI)
	}}
}

// either takes any of a list of types as it is, and else what is implicitly cast to the first that will do.
func either(list ...types.DataType) want {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = `"` + t.SQL() + `"`
	}
	return want{"(" + strings.Join(names, " or ") + ")", func(ctx Context, from types.DataType) (types.DataType, bool) {
		for _, t := range list {
			if types.EqualIgnoringNulls(from, t) {
				return from, true
			}
		}
		for _, t := range list {
			if to, ok := types.Implicit(from, t, ctx.ANSI); ok {
				return to, true
			}
		}
		return nil, false
	}}
}

// The wants that several rows share.
var (
	anything  = want{`"ANY"`, func(_ Context, t types.DataType) (types.DataType, bool) { return t, true }}
	boolean   = only(types.Boolean)
	integer   = only(types.Integer)
	long      = only(types.Long)
	double    = only(types.Double)
	text      = only(types.String)
	bytesIn   = only(types.Binary)
	date      = only(types.Date)
	timestamp = only(types.Timestamp)
	numeric   = want{`"NUMERIC"`, toNumeric}
	integral  = want{`"INTEGRAL"`, func(ctx Context, t types.DataType) (types.DataType, bool) {
		switch {
		case types.IsIntegral(t):
			return t, true
		case t == types.Null:
			return types.Long, true
		case types.IsText(t):
			return types.Long, true
		}
		return nil, false
	}}
	textOrBinary = either(types.String, types.Binary)
	array        = want{`"ARRAY"`, func(_ Context, t types.DataType) (types.DataType, bool) {
		if t == types.Null {
			return types.Array{Element: types.Null, ContainsNull: true}, true
		}
		_, ok := t.(types.Array)
		return t, ok
	}}
	mapping = want{`"MAP"`, func(_ Context, t types.DataType) (types.DataType, bool) {
		if t == types.Null {
			return types.Map{Key: types.Null, Value: types.Null, ValueContainsNull: true}, true
		}
		_, ok := t.(types.Map)
		return t, ok
	}}
)

func toNumeric(_ Context, t types.DataType) (types.DataType, bool) {
	switch {
	case types.IsNumeric(t):
		return t, true
	case t == types.Null, types.IsText(t):
		return types.Double, true
	}
	return nil, false
}

// takes lists what the arguments may be.
func takes(w ...want) []want { return w }

// of is a result of one type.
func of(t types.DataType) func([]typed.Expression) types.DataType {
	return func([]typed.Expression) types.DataType { return t }
}

// like is a result of the type of argument i.
func like(i int) func([]typed.Expression) types.DataType {
	return func(args []typed.Expression) types.DataType { return args[i].Type() }
}

// always, never and failing are the nullability of results that do not follow their arguments; failing results are null
// where ANSI mode raises an error.
func always(Context, []typed.Expression) bool { return true }
func never(Context, []typed.Expression) bool  { return false }
func failing(ctx Context, args []typed.Expression) bool {
	return !ctx.ANSI || anyNullable(args)
}

// nullLike is the nullability of argument i.
func nullLike(i int) func(Context, []typed.Expression) bool {
	return func(_ Context, args []typed.Expression) bool { return args[i].Nullable() }
}

func anyNullable(args []typed.Expression) bool {
	for _, a := range args {
		if _, lambda := a.(typed.Lambda); !lambda && a.Nullable() {
			return true
		}
	}
	return false
}

// convert casts an argument implicitly; constants that are null become null constants of the type.
func convert(ctx Context, e typed.Expression, to types.DataType) typed.Expression {
	if types.EqualIgnoringNulls(e.Type(), to) || types.IsText(e.Type()) && types.IsText(to) {
		return e
	}
	if l, ok := e.(typed.Literal); ok && l.Value == nil {
		return typed.Literal{DataType: to}
	}
	return typed.Cast{Child: e, To: to, ANSI: ctx.ANSI}
}

// template prints a call from a text in which $1, $2 … stand for the arguments and $* for all of them, with commas between.
// The text must bind tighter than any operator: a call, or in parentheses.
func template(pattern string) func(typed.Call, []string) (string, error) {
	return func(_ typed.Call, args []string) (string, error) { return fill(pattern, args), nil }
}

func fill(pattern string, args []string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		if c != '$' || i+1 == len(pattern) {
			b.WriteByte(c)
			continue
		}
		next := pattern[i+1]
		switch {
		case next == '*':
			b.WriteString(strings.Join(args, ", "))
			i++
		case next >= '1' && next <= '9' && int(next-'1') < len(args):
			b.WriteString(args[next-'1'])
			i++
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// literal helpers for defaults.
func intLiteral(v int32) typed.Expression { return typed.Literal{Value: v, DataType: types.Integer} }

func textLiteral(v string) typed.Expression { return typed.Literal{Value: v, DataType: types.String} }

func boolLiteral(v bool) typed.Expression { return typed.Literal{Value: v, DataType: types.Boolean} }

// foldable reports whether an expression is made of constants alone.
func foldable(e typed.Expression) bool {
	switch x := e.(type) {
	case typed.Literal:
		return true
	case typed.Cast:
		return foldable(x.Child)
	case typed.Field:
		return foldable(x.Child)
	case typed.Case:
		for _, b := range x.Branches {
			if !foldable(b.When) || !foldable(b.Then) {
				return false
			}
		}
		return x.Else == nil || foldable(x.Else)
	case typed.Call:
		for _, a := range x.Args {
			if _, lambda := a.(typed.Lambda); lambda || !foldable(a) {
				return false
			}
		}
		f, ok := Lookup(x.Name)
		return ok && f.Kind == Scalar && !volatile[x.Name]
	}
	return false
}

// volatile functions give another value for each row or each query.
var volatile = map[string]bool{"rand": true, "randn": true, "uuid": true, "monotonically_increasing_id": true}
