package analyzer

import (
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

var (
	describeStatistics = []string{"count", "mean", "stddev", "min", "max"}
	summaryStatistics  = []string{"count", "mean", "stddev", "min", "25%", "50%", "75%", "max"}
)

// describe computes statistics of the numeric and text columns: one Aggregate, whose single row a generator turns into a row
// for each statistic. All columns are strings.
func (a *analyzer) describe(r plan.Describe, q query) (*relation, error) {
	input, marks, err := a.chosenInput(r.Input, r.Columns, q)
	if err != nil {
		return nil, err
	}
	var columns []typed.Column
	for i, c := range input.columns {
		if marks[i] && (types.IsNumeric(c.Type) || types.IsText(c.Type)) {
			columns = append(columns, c)
		}
	}
	statistics := r.Statistics
	if len(statistics) == 0 {
		if statistics = describeStatistics; r.Summary {
			statistics = summaryStatistics
		}
	}
	g := a.newAggregation(a.scope(q, input), input, groupingKeys{})
	args := []typed.Expression{intLiteral(int32(len(statistics)))}
	for _, statistic := range statistics {
		args = append(args, stringLiteral(statistic))
		for _, c := range columns {
			value, err := a.statistic(statistic, c)
			if err != nil {
				return nil, err
			}
			args = append(args, typed.Reference{Column: g.add(a.castTo(value, types.String))})
		}
	}
	if len(g.node.Items) == 0 {
		g.add(typed.Literal{Value: int32(1), DataType: types.Integer})
	}
	return a.transposed(&relation{node: g.node, columns: g.node.Output(), inputs: []*relation{input}}, args, columns)
}

// transposed stacks the cells of the one row of statistics into rows.
func (a *analyzer) transposed(row *relation, args []typed.Expression, columns []typed.Column) (*relation, error) {
	stack, err := a.resolve("stack", args...)
	if err != nil {
		return nil, err
	}
	call, f, ok := generatorOf(stack)
	if !ok {
		return nil, unresolvedRoutine("stack")
	}
	names := []string{"summary"}
	for _, c := range columns {
		names = append(names, c.Name)
	}
	generated, err := a.generate(row, call, f, "", names)
	if err != nil {
		return nil, err
	}
	made := generated.columns[len(generated.columns)-len(names):]
	for i := range made {
		made[i].Nullable = true
	}
	return barrier(&typed.Project{Input: generated.node, Items: references(made)}, made, generated), nil
}

// statistic is one number about a column; text counts as the numbers it holds.
func (a *analyzer) statistic(name string, c typed.Column) (typed.Expression, error) {
	column := typed.Expression(typed.Reference{Column: c})
	number := column
	if types.IsText(c.Type) {
		number = typed.Cast{Child: column, To: types.Double, Try: true, ANSI: true}
	}
	switch strings.ToLower(name) {
	case "count", "min", "max", "approx_count_distinct":
		return a.resolve(strings.ToLower(name), column)
	case "count_distinct":
		e, err := a.resolve("count", column)
		if call, ok := e.(typed.Call); ok {
			call.Distinct = true
			return call, err
		}
		return e, err
	case "mean":
		return a.resolve("avg", number)
	case "stddev":
		return a.resolve("stddev_samp", number)
	}
	percent, ok := strings.CutSuffix(name, "%")
	fraction, err := strconv.ParseFloat(percent, 64)
	if !ok || err != nil {
		if ok {
			return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "", "Unable to parse %s as a percentile", name)
		}
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "", "%s is not a recognised statistic", name)
	}
	if fraction < 0 || fraction > 100 {
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "", "requirement failed: Percentiles must be in the range [0, 1]")
	}
	return a.resolve("percentile_approx", number, typed.Literal{Value: fraction / 100, DataType: types.Double})
}
