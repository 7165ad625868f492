package convert

import (
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// relation converts a relation, marked with its plan id where it has one.
func (c *converter) relation(r *pb.Relation) (plan.Relation, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	if r.GetRelType() == nil {
		return nil, notSet(&pb.Relation{}, "rel_type")
	}
	converted, err := c.node(r)
	if err != nil {
		return nil, err
	}
	if r.GetCommon().GetPlanId() != 0 || r.GetCommon() != nil && r.GetCommon().PlanId != nil {
		converted = plan.WithID{Input: converted, ID: planID(r.GetCommon().GetPlanId())}
	}
	return converted, nil
}

func (c *converter) node(r *pb.Relation) (plan.Relation, error) {
	switch kind := r.GetRelType().(type) {
	case *pb.Relation_Read:
		return c.read(kind.Read)
	case *pb.Relation_Sql:
		return c.sql(kind.Sql)
	case *pb.Relation_LocalRelation:
		return localRelation(kind.LocalRelation)
	case *pb.Relation_CachedLocalRelation:
		return c.cachedLocalRelation(kind.CachedLocalRelation)
	case *pb.Relation_ChunkedCachedLocalRelation:
		return c.chunkedRelation(kind.ChunkedCachedLocalRelation)
	case *pb.Relation_CachedRemoteRelation:
		if c.options.Remote == nil {
			break
		}
		return c.options.Remote(kind.CachedRemoteRelation.GetRelationId())
	case *pb.Relation_Catalog:
		if c.options.Catalog == nil {
			break
		}
		return c.options.Catalog(kind.Catalog)
	case *pb.Relation_Range:
		return rangeOf(kind.Range)
	case *pb.Relation_UnresolvedTableValuedFunction:
		return c.tableFunction(kind.UnresolvedTableValuedFunction)
	case *pb.Relation_WithRelations:
		return c.withRelations(kind.WithRelations)
	case *pb.Relation_Join:
		return c.join(kind.Join)
	case *pb.Relation_LateralJoin:
		return c.lateralJoin(kind.LateralJoin)
	case *pb.Relation_SetOp:
		return c.setOperation(kind.SetOp)
	case *pb.Relation_ShowString, *pb.Relation_HtmlString:
		return nil, sparkerror.Unsupported("the text of a table as part of a larger plan", "Call show() last.")
	}
	return c.unary(r)
}

// unary converts the relations that have one input.
func (c *converter) unary(r *pb.Relation) (plan.Relation, error) {
	if kind, ok := r.GetRelType().(*pb.Relation_Project); ok && kind.Project.GetInput() == nil {
		items, err := c.expressions(kind.Project.GetExpressions())
		return plan.Project{Input: plan.OneRow{}, Items: items}, err
	}
	convert := c.unaryKind(r)
	if convert == nil {
		return nil, sparkerror.Unsupported("the relation "+setField(r, "rel_type"), advice(r))
	}
	input, err := c.input(r)
	if err != nil {
		return nil, err
	}
	return convert(input)
}

// input converts the field "input" that every relation with one input has.
func (c *converter) input(r *pb.Relation) (plan.Relation, error) {
	m := r.ProtoReflect()
	kind := m.Get(m.WhichOneof(m.Descriptor().Oneofs().ByName("rel_type"))).Message()
	field := kind.Descriptor().Fields().ByName("input")
	if !kind.Has(field) {
		return nil, missing("input", kind.Interface())
	}
	return c.relation(kind.Get(field).Message().Interface().(*pb.Relation))
}

// unaryKind returns what converts a relation once its input is converted, or nil where nothing does.
func (c *converter) unaryKind(r *pb.Relation) func(plan.Relation) (plan.Relation, error) {
	switch kind := r.GetRelType().(type) {
	case *pb.Relation_Project:
		return bind(kind.Project, c.project)
	case *pb.Relation_Filter:
		return bind(kind.Filter, c.filter)
	case *pb.Relation_Sort:
		return bind(kind.Sort, c.sort)
	case *pb.Relation_Limit:
		return bind(kind.Limit, c.limit)
	case *pb.Relation_Offset:
		return bind(kind.Offset, c.offset)
	case *pb.Relation_Tail:
		return bind(kind.Tail, c.tail)
	case *pb.Relation_Aggregate:
		return bind(kind.Aggregate, c.aggregate)
	case *pb.Relation_Sample:
		return bind(kind.Sample, c.sample)
	case *pb.Relation_Deduplicate:
		return bind(kind.Deduplicate, c.deduplicate)
	case *pb.Relation_SubqueryAlias:
		return bind(kind.SubqueryAlias, c.subqueryAlias)
	case *pb.Relation_Repartition:
		return bind(kind.Repartition, c.repartition)
	case *pb.Relation_RepartitionByExpression:
		return bind(kind.RepartitionByExpression, c.repartitionBy)
	case *pb.Relation_ToDf:
		return bind(kind.ToDf, c.toDF)
	case *pb.Relation_WithColumnsRenamed:
		return bind(kind.WithColumnsRenamed, c.withColumnsRenamed)
	case *pb.Relation_WithColumns:
		return bind(kind.WithColumns, c.withColumns)
	case *pb.Relation_Drop:
		return bind(kind.Drop, c.drop)
	case *pb.Relation_Hint:
		return bind(kind.Hint, c.hint)
	case *pb.Relation_Unpivot:
		return bind(kind.Unpivot, c.unpivot)
	case *pb.Relation_ToSchema:
		return bind(kind.ToSchema, c.toSchema)
	case *pb.Relation_FillNa:
		return bind(kind.FillNa, c.fillNulls)
	case *pb.Relation_DropNa:
		return bind(kind.DropNa, c.dropNulls)
	case *pb.Relation_Replace:
		return bind(kind.Replace, c.replaceValues)
	case *pb.Relation_Describe:
		return bind(kind.Describe, c.describe)
	case *pb.Relation_Summary:
		return bind(kind.Summary, c.summary)
	}
	return nil
}

// bind gives a method that converts a message its message.
func bind[M any](message M, convert func(M, plan.Relation) (plan.Relation, error)) func(plan.Relation) (plan.Relation, error) {
	return func(input plan.Relation) (plan.Relation, error) { return convert(message, input) }
}

// advice says what to do instead of a relation that is not supported.
func advice(r *pb.Relation) string {
	switch r.GetRelType().(type) {
	case *pb.Relation_MapPartitions, *pb.Relation_GroupMap, *pb.Relation_CoGroupMap, *pb.Relation_ApplyInPandasWithState,
		*pb.Relation_CommonInlineUserDefinedTableFunction, *pb.Relation_CommonInlineUserDefinedDataSource:
		return "Python functions do not run in this server; collect the rows with toPandas() or toArrow() and apply them in the client."
	case *pb.Relation_CollectMetrics:
		return "Compute the metrics with agg()."
	case *pb.Relation_WithWatermark:
		return "Streaming is not supported."
	case *pb.Relation_ApproxQuantile:
		return "Use the functions percentile or percentile_approx in agg()."
	case *pb.Relation_Cov:
		return "Use the functions covar_samp or covar_pop in agg()."
	case *pb.Relation_Corr:
		return "Use the function corr in agg()."
	case *pb.Relation_Crosstab:
		return "Use groupBy() with pivot()."
	case *pb.Relation_SampleBy:
		return "Use filter() with rand()."
	case *pb.Relation_Parse:
		return "Use the functions from_json and from_csv."
	case *pb.Relation_CachedRemoteRelation:
		return "The checkpoint is not there."
	}
	return ""
}
