package analyzer

import (
	"math/big"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// window resolves function OVER (…).
func (s *scope) window(e plan.Window) (typed.Expression, error) {
	if e.Name != "" {
		return nil, fail("INVALID_SQL_SYNTAX.UNRESOLVED_WINDOW_REFERENCE", "42000",
			"Invalid SQL syntax: Cannot resolve window reference `%s`.", e.Name).With("windowName", "`"+e.Name+"`")
	}
	windowed := *s
	windowed.windowed = true
	resolved, err := windowed.expression(e.Function)
	if err != nil {
		return nil, err
	}
	call, ok := resolved.(typed.Call)
	f, known := function.Lookup(call.Name)
	if !ok || !known || f.Kind != function.Aggregate && f.Kind != function.Window {
		text := `"` + s.pretty(e.Function) + `"`
		return nil, fail("UNSUPPORTED_EXPR_FOR_WINDOW", "42P20", "Expression %s not supported within a window function.", text).With("sqlExpr", text)
	}
	w := typed.Window{Function: call}
	if w.PartitionBy, err = s.expressions(e.PartitionBy); err != nil {
		return nil, err
	}
	if w.OrderBy, err = s.orders(e.OrderBy); err != nil {
		return nil, err
	}
	if f.Kind == function.Window && len(w.OrderBy) == 0 && call.Name != "lag" && call.Name != "lead" && call.Name != "nth_value" {
		name, expr := f.Name, s.pretty(e.Function)
		return nil, fail("WINDOW_FUNCTION_FRAME_NOT_ORDERED", "42601",
			"Window function %s requires the window to be ordered. You need to add an ORDER BY clause. For example: SELECT %s OVER (PARTITION BY window_partition ORDER BY window_ordering) FROM table.", name, expr).
			With("wf_name", name, "wf_expr", expr)
	}
	if call.Distinct {
		return nil, sparkerror.New(sparkerror.AnalysisException, "DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "0A000",
			"Distinct window functions are not supported: %q.", s.pretty(e)).With("windowExpr", `"`+s.pretty(e)+`"`)
	}
	if e.Frame != nil {
		if w.Frame, err = s.frame(*e.Frame, e, w.OrderBy); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (s *scope) frame(f plan.Frame, e plan.Window, order []typed.Order) (*typed.Frame, error) {
	valued := f.Lower.Kind == plan.Value || f.Upper.Kind == plan.Value
	_, text, _ := strings.Cut(s.pretty(e), " OVER ")
	switch {
	case !f.Rows && len(order) == 0 && (valued || f.Lower.Kind == plan.CurrentRow || f.Upper.Kind == plan.CurrentRow):
		return nil, mismatch("RANGE_FRAME_WITHOUT_ORDER", text, "A range window frame cannot be used in an unordered window specification.")
	case !f.Rows && valued && len(order) > 1:
		return nil, mismatch("RANGE_FRAME_MULTI_ORDER", text, "A range window frame with value boundaries cannot be used in a window specification with multiple order by expressions: %s.", orderText(order)).
			With("orderSpec", orderText(order))
	}
	lower, err := s.bound(f, f.Lower, "lower", order, typed.UnboundedPreceding)
	if err != nil {
		return nil, err
	}
	upper, err := s.bound(f, f.Upper, "upper", order, typed.UnboundedFollowing)
	if err != nil {
		return nil, err
	}
	if after(lower, upper) {
		at := max(strings.Index(text, "ROWS BETWEEN"), strings.Index(text, "RANGE BETWEEN"), 0)
		return nil, mismatch("SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON", strings.TrimSuffix(text[at:], ")"),
			"The lower bound of a window frame must be %s to the upper bound.", "less than or equal").With("comparison", "less than or equal")
	}
	return &typed.Frame{Rows: f.Rows, Lower: lower, Upper: upper}, nil
}

// place is the place of a kind of bound between the first and the last row.
var place = map[typed.BoundKind]int{
	typed.UnboundedPreceding: 0, typed.Preceding: 1, typed.CurrentRow: 2, typed.Following: 3, typed.UnboundedFollowing: 4,
}

// after reports whether a frame's lower bound comes after its upper bound.
func after(lower, upper typed.Bound) bool {
	if lower.Kind != upper.Kind {
		return place[lower.Kind] > place[upper.Kind]
	}
	x, okX := constant.Fold(lower.Value)
	y, okY := constant.Fold(upper.Value)
	m, isIntX := constant.Integer(x)
	n, isIntY := constant.Integer(y)
	if !okX || !okY || !isIntX || !isIntY {
		return false
	}
	return lower.Kind == typed.Preceding && m < n || lower.Kind == typed.Following && m > n
}

func orderText(order []typed.Order) string {
	texts := make([]string, len(order))
	for i, o := range order {
		texts[i] = typed.Text(o.Child) + " ASC NULLS FIRST"
		if o.Descending {
			texts[i] = typed.Text(o.Child) + " DESC NULLS LAST"
		}
	}
	return strings.Join(texts, ",")
}

// bound resolves one end of a frame; a value counts rows in a ROWS frame, and is a distance in the order key's type else.
func (s *scope) bound(f plan.Frame, b plan.Bound, location string, order []typed.Order, unbounded typed.BoundKind) (typed.Bound, error) {
	switch b.Kind {
	case plan.CurrentRow:
		return typed.Bound{Kind: typed.CurrentRow}, nil
	case plan.Unbounded:
		return typed.Bound{Kind: unbounded}, nil
	}
	resolved, err := s.expression(b.Value)
	if err != nil {
		return typed.Bound{}, err
	}
	value, ok := constant.Fold(resolved)
	if !ok || value.Value == nil {
		return typed.Bound{}, fail("INVALID_SQL_SYNTAX.INVALID_WINDOW_FRAME_BOUND", "42000", "Invalid SQL syntax: Frame bound value must be a literal.")
	}
	if f.Rows && !types.IsIntegral(value.DataType) {
		return typed.Bound{}, mismatch("SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", s.pretty(b.Value),
			"The data type of the %s bound %s does not match the expected data type %q.", location, quotedType(value.DataType), "INT").
			With("location", location, "exprType", quotedType(value.DataType), "expectedType", `"INT"`)
	}
	magnitude, negative, ok := magnitude(value)
	if !ok {
		return typed.Bound{}, sparkerror.Unsupported("a window frame bound of type "+value.DataType.SimpleString(), "Use a number or an interval.")
	}
	bound := typed.Bound{Kind: typed.Following, Value: magnitude}
	if negative {
		bound.Kind = typed.Preceding
	}
	if n, isInt := constant.Integer(magnitude); isInt && n == 0 && types.IsNumeric(value.DataType) {
		return typed.Bound{Kind: typed.CurrentRow}, nil
	}
	if !f.Rows && len(order) == 1 && types.IsNumeric(order[0].Child.Type()) {
		bound.Value = s.castTo(bound.Value, order[0].Child.Type())
	}
	return bound, nil
}

// magnitude splits a constant number or interval into its absolute value and its sign.
func magnitude(l typed.Literal) (typed.Literal, bool, bool) {
	switch v := l.Value.(type) {
	case int8, int16, int32, int64:
		n, _ := constant.Integer(l)
		if n < 0 {
			if _, long := v.(int64); long {
				l.Value = -n
			} else {
				l = typed.Literal{Value: int32(-n), DataType: types.Integer}
			}
			if l.DataType == types.YearMonthInterval {
				l.Value = int32(-n)
			}
		}
		return l, n < 0, true
	case float64:
		if v < 0 {
			l.Value = -v
		}
		return l, v < 0, true
	case float32:
		if v < 0 {
			l.Value = -v
		}
		return l, v < 0, true
	case types.DecimalValue:
		negative := v.Unscaled.Sign() < 0
		l.Value = types.DecimalValue{Unscaled: new(big.Int).Abs(v.Unscaled), Scale: v.Scale}
		return l, negative, true
	}
	return l, false, false
}
