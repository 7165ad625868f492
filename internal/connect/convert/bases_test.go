package convert

import (
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

// relations are small valid relations, one of each kind that is converted.
func relations() []*pb.Relation {
	in := numbers(3)
	integer := &pb.DataType{Kind: &pb.DataType_Integer_{Integer: &pb.DataType_Integer{}}}
	schema := &pb.DataType{Kind: &pb.DataType_Struct_{Struct: &pb.DataType_Struct{
		Fields: []*pb.DataType_StructField{{Name: "a", DataType: integer, Nullable: true}},
	}}}
	return []*pb.Relation{
		in,
		{RelType: &pb.Relation_Read{Read: &pb.Read{ReadType: &pb.Read_NamedTable_{NamedTable: &pb.Read_NamedTable{UnparsedIdentifier: "t"}}}}},
		{RelType: &pb.Relation_Project{Project: &pb.Project{Input: in, Expressions: []*pb.Expression{column("id")}}}},
		{RelType: &pb.Relation_Filter{Filter: &pb.Filter{Input: in, Condition: column("id")}}},
		{RelType: &pb.Relation_Join{Join: &pb.Join{Left: in, Right: in, JoinType: pb.Join_JOIN_TYPE_INNER}}},
		{RelType: &pb.Relation_LateralJoin{LateralJoin: &pb.LateralJoin{Left: in, Right: in, JoinType: pb.Join_JOIN_TYPE_INNER}}},
		{RelType: &pb.Relation_SetOp{SetOp: &pb.SetOperation{
			LeftInput: in, RightInput: in, SetOpType: pb.SetOperation_SET_OP_TYPE_UNION,
		}}},
		{RelType: &pb.Relation_Sort{Sort: &pb.Sort{Input: in, Order: []*pb.Expression_SortOrder{{Child: column("id")}}}}},
		{RelType: &pb.Relation_Limit{Limit: &pb.Limit{Input: in, Limit: 1}}},
		{RelType: &pb.Relation_Offset{Offset: &pb.Offset{Input: in, Offset: 1}}},
		{RelType: &pb.Relation_Tail{Tail: &pb.Tail{Input: in, Limit: 1}}},
		{RelType: &pb.Relation_Aggregate{Aggregate: &pb.Aggregate{
			Input: in, GroupType: pb.Aggregate_GROUP_TYPE_GROUPBY, GroupingExpressions: []*pb.Expression{column("id")},
		}}},
		{RelType: &pb.Relation_Sql{Sql: &pb.SQL{Query: "SELECT 1"}}},
		{RelType: &pb.Relation_LocalRelation{LocalRelation: &pb.LocalRelation{Schema: proto.String("a int")}}},
		{RelType: &pb.Relation_ChunkedCachedLocalRelation{
			ChunkedCachedLocalRelation: &pb.ChunkedCachedLocalRelation{SchemaHash: proto.String("schema")},
		}},
		{RelType: &pb.Relation_CachedRemoteRelation{CachedRemoteRelation: &pb.CachedRemoteRelation{RelationId: "r"}}},
		{RelType: &pb.Relation_Sample{Sample: &pb.Sample{Input: in, UpperBound: 0.5}}},
		{RelType: &pb.Relation_Deduplicate{Deduplicate: &pb.Deduplicate{Input: in, ColumnNames: []string{"id"}}}},
		{RelType: &pb.Relation_SubqueryAlias{SubqueryAlias: &pb.SubqueryAlias{Input: in, Alias: "t"}}},
		{RelType: &pb.Relation_Repartition{Repartition: &pb.Repartition{Input: in, NumPartitions: 2}}},
		{RelType: &pb.Relation_RepartitionByExpression{
			RepartitionByExpression: &pb.RepartitionByExpression{Input: in, PartitionExprs: []*pb.Expression{column("id")}},
		}},
		{RelType: &pb.Relation_ToDf{ToDf: &pb.ToDF{Input: in, ColumnNames: []string{"a"}}}},
		{RelType: &pb.Relation_WithColumnsRenamed{WithColumnsRenamed: &pb.WithColumnsRenamed{Input: in}}},
		{RelType: &pb.Relation_WithColumns{WithColumns: &pb.WithColumns{
			Input: in, Aliases: []*pb.Expression_Alias{{Expr: number(1), Name: []string{"a"}}},
		}}},
		{RelType: &pb.Relation_Drop{Drop: &pb.Drop{Input: in, ColumnNames: []string{"a"}}}},
		{RelType: &pb.Relation_Hint{Hint: &pb.Hint{Input: in, Name: "broadcast"}}},
		{RelType: &pb.Relation_Unpivot{Unpivot: &pb.Unpivot{
			Input: in, Ids: []*pb.Expression{column("id")}, VariableColumnName: "k", ValueColumnName: "v",
		}}},
		{RelType: &pb.Relation_ToSchema{ToSchema: &pb.ToSchema{Input: in, Schema: schema}}},
		{RelType: &pb.Relation_UnresolvedTableValuedFunction{
			UnresolvedTableValuedFunction: &pb.UnresolvedTableValuedFunction{FunctionName: "range", Arguments: []*pb.Expression{number(1)}},
		}},
		{RelType: &pb.Relation_WithRelations{WithRelations: &pb.WithRelations{Root: in, References: []*pb.Relation{
			{RelType: &pb.Relation_SubqueryAlias{SubqueryAlias: &pb.SubqueryAlias{Input: in, Alias: "t"}}},
		}}}},
		{RelType: &pb.Relation_FillNa{FillNa: &pb.NAFill{Input: in, Values: []*pb.Expression_Literal{number(1).GetLiteral()}}}},
		{RelType: &pb.Relation_DropNa{DropNa: &pb.NADrop{Input: in}}},
		{RelType: &pb.Relation_Replace{Replace: &pb.NAReplace{Input: in}}},
		{RelType: &pb.Relation_Describe{Describe: &pb.StatDescribe{Input: in}}},
		{RelType: &pb.Relation_Summary{Summary: &pb.StatSummary{Input: in}}},
		{RelType: &pb.Relation_Catalog{Catalog: &pb.Catalog{CatType: &pb.Catalog_CurrentDatabase{CurrentDatabase: &pb.CurrentDatabase{}}}}},
	}
}

// expressions are small valid expressions, one of each kind that is converted.
func expressions() []*pb.Expression {
	integer := &pb.DataType{Kind: &pb.DataType_Integer_{Integer: &pb.DataType_Integer{}}}
	return []*pb.Expression{
		number(1),
		column("a"),
		{ExprType: &pb.Expression_UnresolvedFunction_{UnresolvedFunction: &pb.Expression_UnresolvedFunction{FunctionName: "sum"}}},
		{ExprType: &pb.Expression_CallFunction{CallFunction: &pb.CallFunction{FunctionName: "sum"}}},
		{ExprType: &pb.Expression_ExpressionString_{ExpressionString: &pb.Expression_ExpressionString{Expression: "a"}}},
		{ExprType: &pb.Expression_UnresolvedStar_{UnresolvedStar: &pb.Expression_UnresolvedStar{}}},
		{ExprType: &pb.Expression_UnresolvedRegex_{UnresolvedRegex: &pb.Expression_UnresolvedRegex{ColName: "`a.*`"}}},
		{ExprType: &pb.Expression_Alias_{Alias: &pb.Expression_Alias{Expr: number(1), Name: []string{"a"}}}},
		{ExprType: &pb.Expression_Cast_{Cast: &pb.Expression_Cast{
			Expr: number(1), CastToType: &pb.Expression_Cast_Type{Type: integer},
		}}},
		{ExprType: &pb.Expression_SortOrder_{SortOrder: &pb.Expression_SortOrder{
			Child: column("a"), Direction: pb.Expression_SortOrder_SORT_DIRECTION_ASCENDING,
			NullOrdering: pb.Expression_SortOrder_SORT_NULLS_FIRST,
		}}},
		{ExprType: &pb.Expression_LambdaFunction_{LambdaFunction: &pb.Expression_LambdaFunction{
			Function:  number(1),
			Arguments: []*pb.Expression_UnresolvedNamedLambdaVariable{{NameParts: []string{"x"}}},
		}}},
		{ExprType: &pb.Expression_UnresolvedNamedLambdaVariable_{
			UnresolvedNamedLambdaVariable: &pb.Expression_UnresolvedNamedLambdaVariable{NameParts: []string{"x"}},
		}},
		{ExprType: &pb.Expression_Window_{Window: &pb.Expression_Window{WindowFunction: number(1)}}},
		{ExprType: &pb.Expression_UnresolvedExtractValue_{
			UnresolvedExtractValue: &pb.Expression_UnresolvedExtractValue{Child: column("a"), Extraction: number(1)},
		}},
		{ExprType: &pb.Expression_UpdateFields_{
			UpdateFields: &pb.Expression_UpdateFields{StructExpression: column("a"), FieldName: "b"},
		}},
	}
}
