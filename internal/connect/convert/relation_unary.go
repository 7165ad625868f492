package convert

import (
	"fmt"
	"sort"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func (c *converter) project(p *pb.Project, input plan.Relation) (plan.Relation, error) {
	items, err := c.expressions(p.GetExpressions())
	return plan.Project{Input: input, Items: items}, err
}

func (c *converter) filter(f *pb.Filter, input plan.Relation) (plan.Relation, error) {
	condition, err := c.expression(f.GetCondition())
	return plan.Filter{Input: input, Condition: condition}, err
}

func (c *converter) sort(s *pb.Sort, input plan.Relation) (plan.Relation, error) {
	order, err := c.sortOrders(s.GetOrder())
	return plan.Sort{Input: input, Order: order, Local: s.IsGlobal != nil && !s.GetIsGlobal()}, err
}

func (c *converter) limit(l *pb.Limit, input plan.Relation) (plan.Relation, error) {
	return plan.Limit{Input: input, Count: integer(l.GetLimit())}, nil
}

func (c *converter) offset(o *pb.Offset, input plan.Relation) (plan.Relation, error) {
	return plan.Offset{Input: input, Count: integer(o.GetOffset())}, nil
}

func integer(n int32) plan.Literal { return plan.Literal{Value: n, Type: types.Integer} }

func (c *converter) tail(t *pb.Tail, input plan.Relation) (plan.Relation, error) {
	if t.GetLimit() < 0 {
		return nil, sparkerror.New(sparkerror.AnalysisException, "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "42K0E",
			`The limit like expression "%d" is invalid. The tail expression must be equal to or greater than 0, but got %d.`,
			t.GetLimit(), t.GetLimit()).With("name", "tail", "expr", fmt.Sprintf(`"%d"`, t.GetLimit()), "v", fmt.Sprint(t.GetLimit()))
	}
	return plan.Tail{Input: input, Count: int64(t.GetLimit())}, nil
}

func (c *converter) aggregate(a *pb.Aggregate, input plan.Relation) (plan.Relation, error) {
	kinds := map[pb.Aggregate_GroupType]plan.GroupKind{
		pb.Aggregate_GROUP_TYPE_GROUPBY:       plan.GroupBy,
		pb.Aggregate_GROUP_TYPE_ROLLUP:        plan.Rollup,
		pb.Aggregate_GROUP_TYPE_CUBE:          plan.Cube,
		pb.Aggregate_GROUP_TYPE_GROUPING_SETS: plan.GroupingSets,
		pb.Aggregate_GROUP_TYPE_PIVOT:         plan.GroupBy,
	}
	kind, ok := kinds[a.GetGroupType()]
	if !ok {
		return nil, missing("group_type", a)
	}
	grouping, err := c.expressions(a.GetGroupingExpressions())
	if err != nil {
		return nil, err
	}
	items, err := c.expressions(a.GetAggregateExpressions())
	if err != nil {
		return nil, err
	}
	converted := plan.Aggregate{Input: input, Kind: kind, Grouping: grouping, Items: items, AddGrouping: true}
	if pivot := a.GetGroupType() == pb.Aggregate_GROUP_TYPE_PIVOT; pivot != (a.GetPivot() != nil) {
		return nil, invalid("an aggregate of type %s and its pivot do not fit together.", a.GetGroupType())
	}
	if a.GetPivot() != nil {
		if converted.Pivot, err = c.pivot(a.GetPivot()); err != nil {
			return nil, err
		}
	}
	if len(a.GetGroupingSets()) > 0 && kind != plan.GroupingSets {
		return nil, invalid("an aggregate of type %s has grouping sets.", a.GetGroupType())
	}
	for _, set := range a.GetGroupingSets() {
		s, err := c.expressions(set.GetGroupingSet())
		if err != nil {
			return nil, err
		}
		converted.Sets = append(converted.Sets, s)
	}
	return converted, nil
}

func (c *converter) pivot(p *pb.Aggregate_Pivot) (*plan.Pivot, error) {
	column, err := c.expression(p.GetCol())
	if err != nil {
		return nil, err
	}
	pivot := &plan.Pivot{Column: column}
	for _, v := range p.GetValues() {
		value, err := Literal(v)
		if err != nil {
			return nil, err
		}
		pivot.Values = append(pivot.Values, value)
	}
	return pivot, nil
}

// sample does not look at deterministic_order: rows come in the same order each time.
func (c *converter) sample(s *pb.Sample, input plan.Relation) (plan.Relation, error) {
	if s.GetLowerBound() < 0 || s.GetUpperBound() < s.GetLowerBound() || s.GetUpperBound() > 1 && !s.GetWithReplacement() {
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "",
			"requirement failed: Sampling fraction (%v) must be on interval [0, 1] without replacement", s.GetUpperBound()-s.GetLowerBound())
	}
	return plan.Sample{
		Input: input, Lower: s.GetLowerBound(), Upper: s.GetUpperBound(), WithReplacement: s.GetWithReplacement(), Seed: s.Seed,
	}, nil
}

func (c *converter) deduplicate(d *pb.Deduplicate, input plan.Relation) (plan.Relation, error) {
	if d.GetWithinWatermark() {
		return nil, sparkerror.Unsupported("dropDuplicatesWithinWatermark", "Use dropDuplicates().")
	}
	if d.GetAllColumnsAsKeys() {
		if len(d.GetColumnNames()) > 0 {
			return nil, invalid("a deduplication takes all columns as keys and names some.")
		}
		return plan.Distinct{Input: input}, nil
	}
	if len(d.GetColumnNames()) == 0 {
		return nil, missing("column_names", d)
	}
	return plan.Deduplicate{Input: input, Columns: d.GetColumnNames()}, nil
}

func (c *converter) subqueryAlias(s *pb.SubqueryAlias, input plan.Relation) (plan.Relation, error) {
	if len(s.GetQualifier()) > 0 {
		return nil, sparkerror.Unsupported("a qualified subquery alias", "")
	}
	return plan.SubqueryAlias{Input: input, Name: s.GetAlias()}, nil
}

// repartition does not look at shuffle: with or without it the rows are the same.
func (c *converter) repartition(r *pb.Repartition, input plan.Relation) (plan.Relation, error) {
	if r.GetNumPartitions() <= 0 {
		return nil, partitionCount(r.GetNumPartitions())
	}
	return plan.Repartition{Input: input, Count: int(r.GetNumPartitions())}, nil
}

// repartitionBy converts the expressions so that those which cannot be are refused; on one machine they place no rows.
func (c *converter) repartitionBy(r *pb.RepartitionByExpression, input plan.Relation) (plan.Relation, error) {
	if r.NumPartitions != nil && r.GetNumPartitions() <= 0 {
		return nil, partitionCount(r.GetNumPartitions())
	}
	converted := plan.Repartition{Input: input, Count: int(r.GetNumPartitions())}
	for _, e := range r.GetPartitionExprs() {
		if id := e.GetDirectShufflePartitionId(); id != nil {
			e = id.GetChild()
		}
		by, err := c.expression(e)
		if err != nil {
			return nil, err
		}
		if order, ok := by.(plan.SortOrder); ok {
			by = order.Child
		}
		converted.By = append(converted.By, by)
	}
	return converted, nil
}

func partitionCount(n int32) error {
	return sparkerror.New(sparkerror.IllegalArgumentException, "", "", "requirement failed: Number of partitions (%d) must be positive.", n)
}

func (c *converter) toDF(t *pb.ToDF, input plan.Relation) (plan.Relation, error) {
	return plan.ToDF{Input: input, Names: t.GetColumnNames()}, nil
}

// withColumnsRenamed reads the list of 3.5 and later, or the map of older clients in the order of the names.
func (c *converter) withColumnsRenamed(w *pb.WithColumnsRenamed, input plan.Relation) (plan.Relation, error) {
	converted := plan.WithColumnsRenamed{Input: input}
	for _, r := range w.GetRenames() {
		converted.Renames = append(converted.Renames, plan.Rename{From: r.GetColName(), To: r.GetNewColName()})
	}
	old := w.GetRenameColumnsMap()
	if len(old) > 0 && len(converted.Renames) > 0 {
		return nil, invalid("renames stand both in a list and in a map.")
	}
	for from, to := range old {
		converted.Renames = append(converted.Renames, plan.Rename{From: from, To: to})
	}
	if len(old) > 0 {
		sort.Slice(converted.Renames, func(i, j int) bool { return converted.Renames[i].From < converted.Renames[j].From })
	}
	return converted, nil
}

func (c *converter) withColumns(w *pb.WithColumns, input plan.Relation) (plan.Relation, error) {
	converted := plan.WithColumns{Input: input}
	for _, a := range w.GetAliases() {
		alias, err := c.alias(a)
		if err != nil {
			return nil, err
		}
		if len(alias.Names) != 1 {
			return nil, invalid("a column of withColumns has %d names.", len(alias.Names))
		}
		converted.Items = append(converted.Items, alias)
	}
	return converted, nil
}

func (c *converter) drop(d *pb.Drop, input plan.Relation) (plan.Relation, error) {
	columns, err := c.expressions(d.GetColumns())
	return plan.Drop{Input: input, Columns: columns, Names: d.GetColumnNames()}, err
}

// hint converts the parameters so that those which cannot be are refused; no hint changes the result.
func (c *converter) hint(h *pb.Hint, input plan.Relation) (plan.Relation, error) {
	if _, err := c.expressions(h.GetParameters()); err != nil {
		return nil, err
	}
	return plan.Hint{Input: input, Name: h.GetName()}, nil
}

func (c *converter) unpivot(u *pb.Unpivot, input plan.Relation) (plan.Relation, error) {
	ids, err := c.expressions(u.GetIds())
	if err != nil {
		return nil, err
	}
	values, err := c.expressions(u.GetValues().GetValues())
	if err != nil {
		return nil, err
	}
	if u.Values != nil && len(values) == 0 {
		return nil, sparkerror.New(sparkerror.AnalysisException, "UNPIVOT_REQUIRES_VALUE_COLUMNS", "42K0A",
			"At least one value column needs to be specified for UNPIVOT, all columns specified as ids.")
	}
	return plan.Unpivot{
		Input: input, IDs: ids, Values: values, Variable: u.GetVariableColumnName(), Value: u.GetValueColumnName(),
	}, nil
}

func (c *converter) toSchema(t *pb.ToSchema, input plan.Relation) (plan.Relation, error) {
	schema, err := DataType(t.GetSchema())
	if err != nil {
		return nil, err
	}
	s, ok := schema.(types.Struct)
	if !ok {
		return nil, invalid("the schema of to() is %s, not a struct.", schema.SQL())
	}
	return plan.ToSchema{Input: input, Schema: s}, nil
}

func (c *converter) fillNulls(f *pb.NAFill, input plan.Relation) (plan.Relation, error) {
	converted := plan.FillNulls{Input: input, Columns: f.GetCols()}
	for _, v := range f.GetValues() {
		value, err := Literal(v)
		if err != nil {
			return nil, err
		}
		converted.Values = append(converted.Values, value)
	}
	switch n := len(converted.Values); {
	case n == 0:
		return nil, missing("values", f)
	case n > 1 && n != len(converted.Columns):
		return nil, invalid("fillna has %d values for %d columns.", n, len(converted.Columns))
	}
	return converted, nil
}

func (c *converter) dropNulls(d *pb.NADrop, input plan.Relation) (plan.Relation, error) {
	converted := plan.DropNulls{Input: input, Columns: d.GetCols()}
	if d.MinNonNulls != nil {
		n := int(d.GetMinNonNulls())
		converted.MinNonNull = &n
	}
	return converted, nil
}

func (c *converter) replaceValues(r *pb.NAReplace, input plan.Relation) (plan.Relation, error) {
	converted := plan.ReplaceValues{Input: input, Columns: r.GetCols()}
	for _, p := range r.GetReplacements() {
		from, err := Literal(p.GetOldValue())
		if err != nil {
			return nil, err
		}
		to, err := Literal(p.GetNewValue())
		if err != nil {
			return nil, err
		}
		converted.Replacements = append(converted.Replacements, plan.Replacement{From: from, To: to})
	}
	return converted, nil
}

func (c *converter) describe(d *pb.StatDescribe, input plan.Relation) (plan.Relation, error) {
	return plan.Describe{Input: input, Columns: d.GetCols()}, nil
}

func (c *converter) summary(s *pb.StatSummary, input plan.Relation) (plan.Relation, error) {
	return plan.Describe{Input: input, Statistics: s.GetStatistics(), Summary: true}, nil
}
