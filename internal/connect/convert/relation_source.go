package convert

import (
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// defaultFormat is Spark's default of spark.sql.sources.default, the format of a read that tells none.
const defaultFormat = "parquet"

func (c *converter) read(r *pb.Read) (plan.Relation, error) {
	if r.GetIsStreaming() {
		return nil, sparkerror.Unsupported("streaming (readStream)", "Use spark.read.")
	}
	switch kind := r.GetReadType().(type) {
	case *pb.Read_NamedTable_:
		parts, err := parseIdentifier(kind.NamedTable.GetUnparsedIdentifier())
		if err != nil {
			return nil, err
		}
		return plan.NamedTable{Parts: parts, Options: kind.NamedTable.GetOptions()}, nil
	case *pb.Read_DataSource_:
		s := kind.DataSource
		if len(s.GetPredicates()) > 0 {
			return nil, sparkerror.Unsupported("reading with predicates (jdbc)", "Use filter().")
		}
		if s.GetSourceName() != "" {
			return nil, sparkerror.Unsupported("naming a source (name())", "Leave it out.")
		}
		format := s.GetFormat()
		if format == "" {
			format = defaultFormat
		}
		return plan.DataSource{Format: format, Options: s.GetOptions(), Paths: s.GetPaths(), Schema: s.GetSchema()}, nil
	}
	return nil, notSet(r, "read_type")
}

func rangeOf(r *pb.Range) (plan.Relation, error) {
	if r.GetStep() == 0 {
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "", "requirement failed: step (0) cannot be 0")
	}
	if r.NumPartitions != nil && r.GetNumPartitions() <= 0 {
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "", "requirement failed: numSlices (%d) must be positive", r.GetNumPartitions())
	}
	return plan.Range{Start: r.GetStart(), End: r.GetEnd(), Step: r.GetStep(), Partitions: int(r.GetNumPartitions())}, nil
}

func (c *converter) tableFunction(f *pb.UnresolvedTableValuedFunction) (plan.Relation, error) {
	if f.GetFunctionName() == "" {
		return nil, missing("function_name", f)
	}
	call, err := c.arguments(plan.Call{Name: f.GetFunctionName()}, f.GetArguments())
	if err != nil {
		return nil, err
	}
	converted := call.(plan.Call)
	return plan.TableFunction{Name: converted.Name, Args: converted.Args, Named: converted.Named}, nil
}

func (c *converter) join(j *pb.Join) (plan.Relation, error) {
	if j.JoinDataType != nil {
		return nil, sparkerror.Unsupported("joinWith", "Use join().")
	}
	left, right, err := c.pair(j.GetLeft(), j.GetRight())
	if err != nil {
		return nil, err
	}
	t, err := joinType(j.GetJoinType())
	if err != nil {
		return nil, err
	}
	if len(j.GetUsingColumns()) > 0 && j.GetJoinCondition() != nil {
		return nil, invalid("a join has both a condition and columns to use.")
	}
	converted := plan.Join{Left: left, Right: right, Type: t, Using: j.GetUsingColumns()}
	if j.GetJoinCondition() != nil {
		if converted.Condition, err = c.expression(j.GetJoinCondition()); err != nil {
			return nil, err
		}
	}
	return converted, nil
}

func (c *converter) lateralJoin(j *pb.LateralJoin) (plan.Relation, error) {
	left, right, err := c.pair(j.GetLeft(), j.GetRight())
	if err != nil {
		return nil, err
	}
	t, err := joinType(j.GetJoinType())
	if err != nil {
		return nil, err
	}
	switch t {
	case plan.InnerJoin, plan.CrossJoin, plan.LeftJoin:
	default:
		return nil, sparkerror.Unsupported("a lateral join of type "+j.GetJoinType().String(), "Use inner, cross or left.")
	}
	converted := plan.Join{Left: left, Right: right, Type: t, Lateral: true}
	if j.GetJoinCondition() != nil {
		if converted.Condition, err = c.expression(j.GetJoinCondition()); err != nil {
			return nil, err
		}
	}
	return converted, nil
}

func (c *converter) pair(left, right *pb.Relation) (plan.Relation, plan.Relation, error) {
	l, err := c.relation(left)
	if err != nil {
		return nil, nil, err
	}
	r, err := c.relation(right)
	return l, r, err
}

func joinType(t pb.Join_JoinType) (plan.JoinType, error) {
	switch t {
	case pb.Join_JOIN_TYPE_INNER:
		return plan.InnerJoin, nil
	case pb.Join_JOIN_TYPE_CROSS:
		return plan.CrossJoin, nil
	case pb.Join_JOIN_TYPE_LEFT_OUTER:
		return plan.LeftJoin, nil
	case pb.Join_JOIN_TYPE_RIGHT_OUTER:
		return plan.RightJoin, nil
	case pb.Join_JOIN_TYPE_FULL_OUTER:
		return plan.FullJoin, nil
	case pb.Join_JOIN_TYPE_LEFT_SEMI:
		return plan.LeftSemiJoin, nil
	case pb.Join_JOIN_TYPE_LEFT_ANTI:
		return plan.LeftAntiJoin, nil
	}
	return 0, invalid("a join has no type.")
}

func (c *converter) setOperation(s *pb.SetOperation) (plan.Relation, error) {
	left, right, err := c.pair(s.GetLeftInput(), s.GetRightInput())
	if err != nil {
		return nil, err
	}
	converted := plan.SetOperation{
		Left: left, Right: right, All: s.GetIsAll(), ByName: s.GetByName(), AllowMissingColumns: s.GetAllowMissingColumns(),
	}
	switch s.GetSetOpType() {
	case pb.SetOperation_SET_OP_TYPE_UNION:
		converted.Operator = plan.Union
	case pb.SetOperation_SET_OP_TYPE_INTERSECT:
		converted.Operator = plan.Intersect
	case pb.SetOperation_SET_OP_TYPE_EXCEPT:
		converted.Operator = plan.Except
	default:
		return nil, missing("set_op_type", s)
	}
	if converted.ByName && converted.Operator != plan.Union {
		return nil, invalid("%s does not match columns by name.", s.GetSetOpType())
	}
	if converted.AllowMissingColumns && !converted.ByName {
		return nil, invalid("a union that allows missing columns must be by name.")
	}
	return converted, nil
}

// withRelations gives the root its references: those that are aliases by name, all of them by plan id.
func (c *converter) withRelations(w *pb.WithRelations) (plan.Relation, error) {
	named, scope, err := c.references(w)
	if err != nil {
		return nil, err
	}
	c.scopes = append(c.scopes, scope)
	root, err := c.relation(w.GetRoot())
	c.scopes = c.scopes[:len(c.scopes)-1]
	if err != nil || len(named) == 0 {
		return root, err
	}
	return plan.With{Input: root, Named: named}, nil
}

// references converts the references that have a name, and notes those that have a plan id.
func (c *converter) references(w *pb.WithRelations) ([]plan.NamedRelation, map[int64]*reference, error) {
	scope := make(map[int64]*reference)
	var named []plan.NamedRelation
	for _, r := range w.GetReferences() {
		if r.GetCommon() != nil && r.GetCommon().PlanId != nil {
			scope[r.GetCommon().GetPlanId()] = &reference{relation: r, scope: len(c.scopes)}
		}
		alias := r.GetSubqueryAlias()
		if alias == nil {
			if r.GetCommon() == nil || r.GetCommon().PlanId == nil {
				return nil, nil, invalid("a reference has neither a name nor a plan id.")
			}
			continue
		}
		if len(alias.GetQualifier()) > 0 {
			return nil, nil, sparkerror.Unsupported("a qualified subquery alias", "")
		}
		converted, err := c.relation(alias.GetInput())
		if err != nil {
			return nil, nil, err
		}
		named = append(named, plan.NamedRelation{Name: alias.GetAlias(), Plan: converted})
	}
	return named, scope, nil
}

// subquery converts an expression that names a relation among the references of the WithRelations around it.
func (c *converter) subquery(s *pb.SubqueryExpression) (plan.Expression, error) {
	var converted plan.Subquery
	switch s.GetSubqueryType() {
	case pb.SubqueryExpression_SUBQUERY_TYPE_SCALAR:
		converted.Kind = plan.ScalarSubquery
	case pb.SubqueryExpression_SUBQUERY_TYPE_EXISTS:
		converted.Kind = plan.ExistsSubquery
	case pb.SubqueryExpression_SUBQUERY_TYPE_IN:
		converted.Kind = plan.InSubquery
	default:
		return nil, sparkerror.Unsupported("a subquery of type "+s.GetSubqueryType().String(), "")
	}
	if s.TableArgOptions != nil {
		return nil, sparkerror.Unsupported("a table argument", "")
	}
	var err error
	if converted.Values, err = c.expressions(s.GetInSubqueryValues()); err != nil {
		return nil, err
	}
	for i := len(c.scopes) - 1; i >= 0; i-- {
		if r, ok := c.scopes[i][s.GetPlanId()]; ok {
			converted.Plan, err = c.referenced(r)
			return converted, err
		}
	}
	return nil, invalid("a subquery names the plan %d, which is not among the references.", s.GetPlanId())
}

// referenced converts a reference once, with the references that were in scope where it stands.
func (c *converter) referenced(r *reference) (plan.Relation, error) {
	if r.converted != nil {
		return r.converted, nil
	}
	if r.open {
		return nil, invalid("the plan %d refers to itself.", r.relation.GetCommon().GetPlanId())
	}
	r.open = true
	defer func() { r.open = false }()
	// A reference may use those beside it too: PySpark collects the references of nested subqueries in one list.
	outer := c.scopes
	c.scopes = outer[:min(r.scope+1, len(outer))]
	defer func() { c.scopes = outer }()
	converted, err := c.relation(r.relation)
	if err != nil {
		return nil, err
	}
	r.converted = converted
	return converted, nil
}
