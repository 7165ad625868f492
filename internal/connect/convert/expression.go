package convert

import (
	"strings"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func (c *converter) expression(e *pb.Expression) (plan.Expression, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	switch kind := e.GetExprType().(type) {
	case nil:
		return nil, notSet(&pb.Expression{}, "expr_type")
	case *pb.Expression_Literal_:
		return Literal(kind.Literal)
	case *pb.Expression_UnresolvedAttribute_:
		return attribute(kind.UnresolvedAttribute)
	case *pb.Expression_UnresolvedFunction_:
		return c.function(kind.UnresolvedFunction)
	case *pb.Expression_CallFunction:
		return c.callFunction(kind.CallFunction)
	case *pb.Expression_ExpressionString_:
		return parseExpression(kind.ExpressionString.GetExpression())
	case *pb.Expression_UnresolvedStar_:
		return star(kind.UnresolvedStar)
	case *pb.Expression_Alias_:
		return c.alias(kind.Alias)
	case *pb.Expression_Cast_:
		return c.cast(kind.Cast)
	case *pb.Expression_UnresolvedRegex_:
		regex := plan.Regex{Pattern: kind.UnresolvedRegex.GetColName()}
		if kind.UnresolvedRegex.PlanId != nil {
			regex.PlanID = planID(kind.UnresolvedRegex.GetPlanId())
		}
		return regex, nil
	case *pb.Expression_SortOrder_:
		return c.sortOrder(kind.SortOrder)
	case *pb.Expression_LambdaFunction_:
		return c.lambda(kind.LambdaFunction)
	case *pb.Expression_Window_:
		return c.window(kind.Window)
	case *pb.Expression_UnresolvedExtractValue_:
		return c.extractValue(kind.UnresolvedExtractValue)
	case *pb.Expression_UpdateFields_:
		return c.updateFields(kind.UpdateFields)
	case *pb.Expression_UnresolvedNamedLambdaVariable_:
		return plan.LambdaVariable{Name: variableName(kind.UnresolvedNamedLambdaVariable)}, nil
	case *pb.Expression_SubqueryExpression:
		return c.subquery(kind.SubqueryExpression)
	case *pb.Expression_CommonInlineUserDefinedFunction:
		return nil, sparkerror.Unsupported("the user-defined function "+kind.CommonInlineUserDefinedFunction.GetFunctionName(),
			"Use the functions of pyspark.sql.functions, or collect the rows and apply it in the client.")
	case *pb.Expression_NamedArgumentExpression:
		return nil, invalid("the named argument %s stands outside a function call.", kind.NamedArgumentExpression.GetKey())
	}
	return nil, sparkerror.Unsupported("the expression "+setField(e, "expr_type"), "")
}

func (c *converter) expressions(list []*pb.Expression) ([]plan.Expression, error) {
	if len(list) == 0 {
		return nil, nil
	}
	converted := make([]plan.Expression, len(list))
	for i, e := range list {
		var err error
		if converted[i], err = c.expression(e); err != nil {
			return nil, err
		}
	}
	return converted, nil
}

func attribute(a *pb.Expression_UnresolvedAttribute) (plan.Expression, error) {
	if a.GetIsMetadataColumn() {
		return nil, sparkerror.Unsupported("the metadata column "+a.GetUnparsedIdentifier(), "")
	}
	parts, err := parseIdentifier(a.GetUnparsedIdentifier())
	if err != nil {
		return nil, err
	}
	converted := plan.Attribute{Parts: parts}
	if a.PlanId != nil {
		converted.PlanID = planID(a.GetPlanId())
	}
	return converted, nil
}

// star converts * and name.*; the target on the wire ends in ".*".
func star(s *pb.Expression_UnresolvedStar) (plan.Expression, error) {
	var converted plan.Star
	if s.PlanId != nil {
		converted.PlanID = planID(s.GetPlanId())
	}
	if s.UnparsedTarget == nil {
		return converted, nil
	}
	name, ok := strings.CutSuffix(s.GetUnparsedTarget(), ".*")
	if !ok {
		return nil, invalid("the target of a star, %q, does not end in \".*\".", s.GetUnparsedTarget())
	}
	parts, err := parseIdentifier(name)
	if err != nil {
		return nil, err
	}
	converted.Target = parts
	return converted, nil
}

func (c *converter) function(f *pb.Expression_UnresolvedFunction) (plan.Expression, error) {
	if f.GetFunctionName() == "" {
		return nil, missing("function_name", f)
	}
	call := plan.Call{
		Name:        strings.ToLower(f.GetFunctionName()),
		Distinct:    f.GetIsDistinct(),
		UserDefined: f.GetIsUserDefinedFunction(),
	}
	return c.arguments(call, f.GetArguments())
}

// callFunction converts a call by a name that may be quoted and qualified, as call_function makes.
func (c *converter) callFunction(f *pb.CallFunction) (plan.Expression, error) {
	parts, err := parseIdentifier(f.GetFunctionName())
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, missing("function_name", f)
	}
	qualifier := strings.ToLower(strings.Join(parts[:len(parts)-1], "."))
	switch qualifier {
	case "", "builtin", "system.builtin", "session", "system.session":
	default:
		return nil, sparkerror.New(sparkerror.AnalysisException, "UNRESOLVED_ROUTINE", "42883",
			"Cannot resolve routine %s on search path [`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`].",
			sparkerror.QuoteName(strings.Join(parts, "."))).
			With("routineName", sparkerror.QuoteName(strings.Join(parts, ".")),
				"searchPath", "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]")
	}
	return c.arguments(plan.Call{Name: strings.ToLower(parts[len(parts)-1])}, f.GetArguments())
}

// arguments adds a call's arguments, positional and then named.
func (c *converter) arguments(call plan.Call, list []*pb.Expression) (plan.Expression, error) {
	for _, e := range list {
		if named := e.GetNamedArgumentExpression(); named != nil {
			value, err := c.expression(named.GetValue())
			if err != nil {
				return nil, err
			}
			call.Named = append(call.Named, plan.NamedArgument{Name: named.GetKey(), Value: value})
			continue
		}
		if len(call.Named) > 0 {
			return nil, sparkerror.New(sparkerror.AnalysisException, "UNEXPECTED_POSITIONAL_ARGUMENT", "4274K",
				"Cannot invoke routine `%s` because it contains positional argument(s) following the named argument assigned to `%s`; "+
					"please rearrange them so the positional arguments come first and then retry the query again.",
				call.Name, call.Named[len(call.Named)-1].Name).
				With("routineName", "`"+call.Name+"`", "parameterName", "`"+call.Named[len(call.Named)-1].Name+"`")
		}
		value, err := c.expression(e)
		if err != nil {
			return nil, err
		}
		call.Args = append(call.Args, value)
	}
	return call, nil
}

func (c *converter) alias(a *pb.Expression_Alias) (plan.Alias, error) {
	if len(a.GetName()) == 0 {
		return plan.Alias{}, missing("name", a)
	}
	child, err := c.expression(a.GetExpr())
	if err != nil {
		return plan.Alias{}, err
	}
	return plan.Alias{Child: child, Names: a.GetName(), Metadata: a.GetMetadata()}, nil
}

func (c *converter) cast(k *pb.Expression_Cast) (plan.Expression, error) {
	child, err := c.expression(k.GetExpr())
	if err != nil {
		return nil, err
	}
	var to types.DataType
	switch t := k.GetCastToType().(type) {
	case *pb.Expression_Cast_Type:
		to, err = DataType(t.Type)
	case *pb.Expression_Cast_TypeStr:
		to, err = parseType(t.TypeStr)
	default:
		err = notSet(k, "cast_to_type")
	}
	if err != nil {
		return nil, err
	}
	modes := map[pb.Expression_Cast_EvalMode]plan.CastMode{
		pb.Expression_Cast_EVAL_MODE_UNSPECIFIED: plan.CastDefault,
		pb.Expression_Cast_EVAL_MODE_LEGACY:      plan.CastLegacy,
		pb.Expression_Cast_EVAL_MODE_ANSI:        plan.CastANSI,
		pb.Expression_Cast_EVAL_MODE_TRY:         plan.CastTry,
	}
	return plan.Cast{Child: child, To: to, Mode: modes[k.GetEvalMode()]}, nil
}

// sortOrder fills in what is not told as Spark does: ascending, with nulls as if they were the smallest values.
func (c *converter) sortOrder(s *pb.Expression_SortOrder) (plan.SortOrder, error) {
	child, err := c.expression(s.GetChild())
	if err != nil {
		return plan.SortOrder{}, err
	}
	order := plan.SortOrder{Child: child, Descending: s.GetDirection() == pb.Expression_SortOrder_SORT_DIRECTION_DESCENDING}
	switch s.GetNullOrdering() {
	case pb.Expression_SortOrder_SORT_NULLS_FIRST:
	case pb.Expression_SortOrder_SORT_NULLS_LAST:
		order.NullsLast = true
	default:
		order.NullsLast = order.Descending
	}
	return order, nil
}

func (c *converter) sortOrders(list []*pb.Expression_SortOrder) ([]plan.SortOrder, error) {
	orders := make([]plan.SortOrder, len(list))
	for i, s := range list {
		var err error
		if orders[i], err = c.sortOrder(s); err != nil {
			return nil, err
		}
	}
	return orders, nil
}

func (c *converter) lambda(l *pb.Expression_LambdaFunction) (plan.Expression, error) {
	if len(l.GetArguments()) == 0 {
		return nil, missing("arguments", l)
	}
	body, err := c.expression(l.GetFunction())
	if err != nil {
		return nil, err
	}
	converted := plan.Lambda{Body: body}
	for _, a := range l.GetArguments() {
		converted.Parameters = append(converted.Parameters, variableName(a))
	}
	return converted, nil
}

func variableName(v *pb.Expression_UnresolvedNamedLambdaVariable) string {
	return strings.Join(v.GetNameParts(), ".")
}

func (c *converter) window(w *pb.Expression_Window) (plan.Expression, error) {
	function, err := c.expression(w.GetWindowFunction())
	if err != nil {
		return nil, err
	}
	partition, err := c.expressions(w.GetPartitionSpec())
	if err != nil {
		return nil, err
	}
	order, err := c.sortOrders(w.GetOrderSpec())
	if err != nil {
		return nil, err
	}
	frame, err := c.frame(w.GetFrameSpec())
	if err != nil {
		return nil, err
	}
	return plan.Window{Function: function, PartitionBy: partition, OrderBy: order, Frame: frame}, nil
}

func (c *converter) frame(f *pb.Expression_Window_WindowFrame) (*plan.Frame, error) {
	if f == nil {
		return nil, nil
	}
	frame := plan.Frame{Rows: f.GetFrameType() == pb.Expression_Window_WindowFrame_FRAME_TYPE_ROW}
	if f.GetFrameType() == pb.Expression_Window_WindowFrame_FRAME_TYPE_UNDEFINED {
		return nil, missing("frame_type", f)
	}
	var err error
	if frame.Lower, err = c.bound(f.GetLower()); err != nil {
		return nil, err
	}
	if frame.Upper, err = c.bound(f.GetUpper()); err != nil {
		return nil, err
	}
	return &frame, nil
}

func (c *converter) bound(b *pb.Expression_Window_WindowFrame_FrameBoundary) (plan.Bound, error) {
	switch kind := b.GetBoundary().(type) {
	case *pb.Expression_Window_WindowFrame_FrameBoundary_CurrentRow:
		if kind.CurrentRow {
			return plan.Bound{Kind: plan.CurrentRow}, nil
		}
	case *pb.Expression_Window_WindowFrame_FrameBoundary_Unbounded:
		if kind.Unbounded {
			return plan.Bound{Kind: plan.Unbounded}, nil
		}
	case *pb.Expression_Window_WindowFrame_FrameBoundary_Value:
		value, err := c.expression(kind.Value)
		return plan.Bound{Kind: plan.Value, Value: value}, err
	}
	return plan.Bound{}, invalid("a window frame has no boundary.")
}

func (c *converter) extractValue(e *pb.Expression_UnresolvedExtractValue) (plan.Expression, error) {
	child, err := c.expression(e.GetChild())
	if err != nil {
		return nil, err
	}
	key, err := c.expression(e.GetExtraction())
	return plan.ExtractValue{Child: child, Key: key}, err
}

func (c *converter) updateFields(u *pb.Expression_UpdateFields) (plan.Expression, error) {
	child, err := c.expression(u.GetStructExpression())
	if err != nil {
		return nil, err
	}
	converted := plan.UpdateFields{Child: child, Field: u.GetFieldName()}
	if u.GetValueExpression() != nil {
		if converted.Value, err = c.expression(u.GetValueExpression()); err != nil {
			return nil, err
		}
	}
	return converted, nil
}
