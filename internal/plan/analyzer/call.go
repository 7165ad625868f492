package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

const searchPath = "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"

// unresolvedRoutine is the error for a function that does not exist.
func unresolvedRoutine(name string) error {
	quoted := quoteParts([]string{name})
	return fail("UNRESOLVED_ROUTINE", "42883", "Cannot resolve routine %s on search path %s.", quoted, searchPath).
		With("routineName", quoted, "searchPath", searchPath)
}

// call resolves a function call or an operator.
func (s *scope) call(e plan.Call) (typed.Expression, error) {
	e.Name = strings.TrimPrefix(strings.TrimPrefix(e.Name, "system."), "builtin.")
	if rule, ok := special(e.Name); ok && !e.UserDefined {
		return rule(s, e)
	}
	f, ok := function.Lookup(e.Name)
	if !ok || e.UserDefined {
		return nil, unresolvedRoutine(e.Name)
	}
	if len(e.Named) > 0 {
		quoted := quoteParts([]string{e.Name})
		return nil, fail("NAMED_PARAMETERS_NOT_SUPPORTED", "4274K",
			"Named parameters are not supported for function %s; please retry the query with positional arguments to the function call instead.", quoted).
			With("functionName", quoted)
	}
	written, err := s.expandStars(e)
	if err != nil {
		return nil, err
	}
	if e.Name == "percentile_cont" && len(e.OrderWithin) == 1 && len(written) == 1 {
		return s.percentile(e, written[0])
	}
	args, err := s.within(f).arguments(f, written)
	if err != nil {
		return nil, err
	}
	if err := s.checkArguments(f, args); err != nil {
		return nil, err
	}
	resolved, err := f.Resolve(s.a.functionContext(), args)
	if err != nil {
		return nil, s.explain(err, e)
	}
	return s.clauses(f, e, resolved)
}

// within is s for the arguments of a function.
func (s *scope) within(f *function.Function) *scope {
	inner := *s
	inner.windowed = false
	if s.deep && f.Kind == function.Aggregate && !s.windowed && len(s.inputs) == 1 {
		if g := s.inputs[0].aggregation(); g != nil {
			inner.grouped = g.input
		}
	}
	return &inner
}

// resolve calls a function of the table with resolved arguments.
func (s *scope) resolve(name string, args ...typed.Expression) (typed.Expression, error) {
	return s.a.resolve(name, args...)
}

func (a *analyzer) resolve(name string, args ...typed.Expression) (typed.Expression, error) {
	f, ok := function.Lookup(name)
	if !ok {
		return nil, unresolvedRoutine(name)
	}
	return f.Resolve(a.functionContext(), args)
}

// arguments resolves a call's arguments from left to right, each lambda with the parameter types the function gives it.
func (s *scope) arguments(f *function.Function, written []plan.Expression) ([]typed.Expression, error) {
	args := make([]typed.Expression, len(written))
	for i, e := range written {
		if _, ok := e.(plan.Lambda); ok {
			if f.Lambda == nil {
				return nil, fail("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", "42K0D",
					"Invalid lambda function call. A lambda function should only be used in a higher order function. However, its class is %s, which is not a higher order function.", f.Name).
					With("class", f.Name)
			}
			continue
		}
		var err error
		if args[i], err = s.expression(e); err != nil {
			return nil, err
		}
	}
	for i, e := range written {
		lambda, ok := e.(plan.Lambda)
		if !ok || f.Lambda == nil {
			continue
		}
		var err error
		if args[i], err = s.lambdaArgument(f, args, i, lambda); err != nil {
			return nil, err
		}
	}
	return args, nil
}

func (s *scope) lambdaArgument(f *function.Function, args []typed.Expression, i int, written plan.Lambda) (typed.Expression, error) {
	for j, name := range written.Parameters {
		if slices.ContainsFunc(written.Parameters[:j], func(n string) bool { return s.a.same(n, name) }) {
			var repeated []string
			for _, n := range written.Parameters {
				if s.a.same(n, name) {
					repeated = append(repeated, "`"+n+"`")
				}
			}
			list := strings.Join(repeated, ", ")
			return nil, fail("INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES", "42K0D",
				"Invalid lambda function call. The lambda function has duplicate arguments %s. Please, consider to rename the argument names or set \"spark.sql.caseSensitive\" to \"true\".", list).
				With("args", list, "caseSensitiveConfig", `"spark.sql.caseSensitive"`)
		}
	}
	parameters, err := f.Lambda(s.a.functionContext(), args, i, len(written.Parameters))
	if err != nil {
		return nil, err
	}
	if len(parameters) != len(written.Parameters) {
		return nil, fail("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", "42K0D",
			"Invalid lambda function call. A higher order function expects %d arguments, but got %d.", len(written.Parameters), len(parameters)).
			With("expectedNumArgs", itoa(len(written.Parameters)), "actualNumArgs", itoa(len(parameters)))
	}
	for j := range parameters {
		parameters[j].ID, parameters[j].Name = s.a.id(), written.Parameters[j]
	}
	body, err := s.withLambda(parameters).expression(written.Body)
	if err != nil {
		return nil, err
	}
	return typed.Lambda{Parameters: parameters, Body: body}, nil
}

// checkArguments refuses aggregates inside aggregates.
func (s *scope) checkArguments(f *function.Function, args []typed.Expression) error {
	if f.Kind != function.Aggregate || s.windowed {
		return nil
	}
	for _, arg := range args {
		if hasAggregate(arg) {
			return fail("NESTED_AGGREGATE_FUNCTION", "42607",
				"It is not allowed to use an aggregate function in the argument of another aggregate function. Please use the inner aggregate function in a sub-query.")
		}
	}
	return nil
}

// clauses adds DISTINCT, FILTER, IGNORE NULLS and WITHIN GROUP to a resolved call.
func (s *scope) clauses(f *function.Function, e plan.Call, resolved typed.Expression) (typed.Expression, error) {
	if !e.Distinct && e.Filter == nil && !e.IgnoreNulls && len(e.OrderWithin) == 0 {
		return resolved, nil
	}
	call, ok := resolved.(typed.Call)
	if !ok || f.Kind == function.Scalar || f.Kind == function.Generator {
		return nil, s.unsupportedSyntax(f, e)
	}
	if e.Distinct && (f.Kind != function.Aggregate || f.NoDistinct) {
		return nil, withoutSyntax(e.Name, "DISTINCT")
	}
	if e.IgnoreNulls && !f.IgnoreNulls {
		return nil, withoutSyntax(e.Name, "IGNORE NULLS")
	}
	if len(e.OrderWithin) > 0 && !f.OrderWithin {
		return nil, withoutSyntax(e.Name, "WITHIN GROUP (ORDER BY ...)")
	}
	call.Distinct, call.IgnoreNulls = e.Distinct, e.IgnoreNulls
	if e.Filter != nil {
		condition, err := s.within(f).condition(e.Filter)
		if err != nil {
			return nil, err
		}
		if call.Filter = condition; hasAggregate(condition) || hasWindow(condition) {
			return nil, sparkerror.Unsupported("an aggregate or window function inside FILTER (WHERE …)", "Compute it in a subquery.")
		}
	}
	var err error
	call.OrderWithin, err = s.within(f).orders(e.OrderWithin)
	return call, err
}

// percentile resolves percentile_cont(fraction) WITHIN GROUP (ORDER BY value): the function percentile of both.
func (s *scope) percentile(e plan.Call, fraction plan.Expression) (typed.Expression, error) {
	order := e.OrderWithin[0]
	if order.Descending {
		one := plan.Literal{Value: float64(1), Type: types.Double}
		fraction = plan.Call{Name: "-", Args: []plan.Expression{one, fraction}}
	}
	return s.call(plan.Call{Name: "percentile", Args: []plan.Expression{order.Child, fraction}, Distinct: e.Distinct, Filter: e.Filter})
}

func (s *scope) unsupportedSyntax(_ *function.Function, e plan.Call) error {
	switch {
	case e.Distinct:
		return withoutSyntax(e.Name, "DISTINCT")
	case e.Filter != nil:
		return withoutSyntax(e.Name, "FILTER CLAUSE")
	case e.IgnoreNulls:
		return withoutSyntax(e.Name, "IGNORE NULLS")
	}
	return withoutSyntax(e.Name, "WITHIN GROUP (ORDER BY ...)")
}

func withoutSyntax(name, syntax string) error {
	quoted := quoteParts([]string{name})
	return fail("INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX", "42000",
		"Invalid SQL syntax: The function %s does not support %s.", quoted, syntax).With("prettyName", quoted, "syntax", syntax)
}

// explain puts the call as written into a type error that a function raised.
func (s *scope) explain(err error, e plan.Call) error {
	found, ok := sparkerror.As(err)
	if !ok || found.Parameters["sqlExpr"] != "" || len(found.Condition) < 18 || found.Condition[:18] != "DATATYPE_MISMATCH." {
		return err
	}
	return found.With("sqlExpr", `"`+s.pretty(e)+`"`)
}

// isAggregate reports whether e is itself a call of an aggregate function.
func isAggregate(e typed.Expression) bool {
	c, ok := e.(typed.Call)
	if !ok {
		return false
	}
	f, ok := function.Lookup(c.Name)
	return ok && f.Kind == function.Aggregate
}

// hasAggregate reports whether e contains an aggregate function that stands for a value of a group, not of a window.
func hasAggregate(e typed.Expression) bool {
	if w, ok := e.(typed.Window); ok {
		return slices.ContainsFunc(typed.Children(w), hasAggregate)
	}
	return isAggregate(e) || slices.ContainsFunc(typed.Children(e), hasAggregate)
}

func isVolatile(e typed.Expression) bool {
	c, ok := e.(typed.Call)
	return ok && function.Volatile(c.Name)
}

func hasWindow(e typed.Expression) bool {
	return typed.Any(e, func(e typed.Expression) bool { _, ok := e.(typed.Window); return ok })
}

// bareWindowFunction finds a window function that has no OVER.
func bareWindowFunction(e typed.Expression) (typed.Call, bool) {
	if w, ok := e.(typed.Window); ok {
		for _, child := range typed.Children(w) {
			if c, ok := bareWindowFunction(child); ok {
				return c, true
			}
		}
		return typed.Call{}, false
	}
	if c, ok := e.(typed.Call); ok {
		if f, ok := function.Lookup(c.Name); ok && f.Kind == function.Window {
			return c, true
		}
	}
	for _, child := range typed.Children(e) {
		if c, ok := bareWindowFunction(child); ok {
			return c, true
		}
	}
	return typed.Call{}, false
}

// generatorOf returns e as a call of a generator.
func generatorOf(e typed.Expression) (typed.Call, *function.Function, bool) {
	c, ok := e.(typed.Call)
	if !ok {
		return c, nil, false
	}
	f, ok := function.Lookup(c.Name)
	return c, f, ok && f.Kind == function.Generator
}

func hasGenerator(e typed.Expression) bool {
	return typed.Any(e, func(e typed.Expression) bool { _, _, ok := generatorOf(e); return ok })
}

func stringLiteral(s string) typed.Literal { return typed.Literal{Value: s, DataType: types.String} }
