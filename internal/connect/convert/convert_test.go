package convert

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func TestUnknownFieldsAreRefusedByName(t *testing.T) {
	t.Parallel()
	relation := numbers(3)
	relation.GetRange().ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 77, protowire.VarintType), 1))
	outer := &pb.Relation{RelType: &pb.Relation_Limit{Limit: &pb.Limit{Input: relation, Limit: 1}}}
	_, err := Relation(outer, Options{})
	e, ok := sparkerror.As(err)
	if !ok || e.Parameters["feature"] != "field 77 of message spark.connect.Range" {
		t.Fatalf("got %v", err)
	}
	number := protowire.AppendVarint(protowire.AppendTag(nil, 6, protowire.VarintType), 99)
	if err := proto.Unmarshal(number, outer.GetLimit()); err != nil {
		t.Fatal(err)
	}
	join := &pb.Relation{RelType: &pb.Relation_Join{Join: &pb.Join{Left: numbers(1), Right: numbers(1), JoinType: 99}}}
	_, err = Relation(join, Options{})
	if e, ok = sparkerror.As(err); !ok || e.Parameters["feature"] != "value 99 of spark.connect.Join.JoinType" {
		t.Fatalf("got %v", err)
	}
}

func TestEveryOtherRelationIsRefusedByName(t *testing.T) {
	t.Parallel()
	converted := make(map[string]bool)
	for _, r := range relations() {
		converted[setField(r, "rel_type")] = true
	}
	converted["cached_local_relation"] = true // its artifact is not there in this test
	fields := (&pb.Relation{}).ProtoReflect().Descriptor().Oneofs().ByName("rel_type").Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if converted[string(field.Name())] {
			continue
		}
		relation := &pb.Relation{}
		relation.ProtoReflect().Set(field, relation.ProtoReflect().NewField(field))
		_, err := Relation(relation, testOptions())
		if e, ok := sparkerror.As(err); !ok || e.Condition != "UNSUPPORTED_FEATURE.HFSPARK" {
			t.Errorf("%s: got %v", field.Name(), err)
		}
	}
}

func TestDeepPlansAreRefused(t *testing.T) {
	t.Parallel()
	relation := numbers(3)
	for range MaxDepth + 1 {
		relation = &pb.Relation{RelType: &pb.Relation_Limit{Limit: &pb.Limit{Input: relation, Limit: 1}}}
	}
	_, err := Relation(relation, Options{})
	if e, ok := sparkerror.As(err); !ok || e.Condition != "CONNECT_INVALID_PLAN.TOO_DEEP" {
		t.Fatalf("got %v", err)
	}
}

func TestSubqueryThatNamesItselfIsRefused(t *testing.T) {
	t.Parallel()
	self := &pb.Expression{ExprType: &pb.Expression_SubqueryExpression{SubqueryExpression: &pb.SubqueryExpression{
		PlanId: 5, SubqueryType: pb.SubqueryExpression_SUBQUERY_TYPE_SCALAR,
	}}}
	filter := &pb.Relation{
		Common:  &pb.RelationCommon{PlanId: proto.Int64(5)},
		RelType: &pb.Relation_Filter{Filter: &pb.Filter{Input: numbers(1), Condition: self}},
	}
	relation := &pb.Relation{RelType: &pb.Relation_WithRelations{WithRelations: &pb.WithRelations{
		Root:       &pb.Relation{RelType: &pb.Relation_Filter{Filter: &pb.Filter{Input: numbers(1), Condition: self}}},
		References: []*pb.Relation{filter},
	}}}
	if _, err := Relation(relation, Options{}); err == nil {
		t.Fatal("accepted")
	}
}

// TestParameters gives arguments in each of the four ways that clients have.
func TestParameters(t *testing.T) {
	t.Parallel()
	five := number(5)
	queries := map[string]*pb.SQL{
		"named":           {Query: "SELECT :x", NamedArguments: map[string]*pb.Expression{"x": five}},
		"positional":      {Query: "SELECT ?", PosArguments: []*pb.Expression{five}},
		"named, old":      {Query: "SELECT :x", Args: map[string]*pb.Expression_Literal{"x": five.GetLiteral()}},
		"positional, old": {Query: "SELECT ?", PosArgs: []*pb.Expression_Literal{five.GetLiteral()}},
	}
	for name, query := range queries {
		converted, err := Relation(&pb.Relation{RelType: &pb.Relation_Sql{Sql: query}}, Options{})
		if err != nil || !strings.Contains(fmt.Sprintf("%+v", converted), "Value:5") {
			t.Errorf("%s: got %+v, %v", name, converted, err)
		}
	}
	both := &pb.SQL{Query: "SELECT :x, ?", NamedArguments: map[string]*pb.Expression{"x": five}, PosArguments: []*pb.Expression{five}}
	if _, err := Relation(&pb.Relation{RelType: &pb.Relation_Sql{Sql: both}}, Options{}); err == nil {
		t.Error("named and positional arguments together are accepted")
	}
}

func FuzzPlan(f *testing.F) {
	for _, r := range relations() {
		data, err := proto.Marshal(&pb.Plan{OpType: &pb.Plan_Root{Root: r}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, e := range expressions() {
		r := &pb.Relation{RelType: &pb.Relation_Filter{Filter: &pb.Filter{Input: numbers(1), Condition: e}}}
		data, err := proto.Marshal(&pb.Plan{OpType: &pb.Plan_Root{Root: r}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		var p pb.Plan
		if proto.Unmarshal(data, &p) != nil {
			return
		}
		unpacked, err := Plan(&p, 1<<20)
		if err != nil {
			return
		}
		if root := unpacked.GetRoot(); root != nil {
			_, _ = Relation(root, testOptions())
		}
	})
}
