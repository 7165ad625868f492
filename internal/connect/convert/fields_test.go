package convert

import (
	"fmt"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
)

// passedOver are the fields that have no effect on purpose: they say where an element was written, or ask for something
// that cannot change the rows.
var passedOver = map[protoreflect.FullName]bool{
	"spark.connect.RelationCommon.source_info":                true,
	"spark.connect.RelationCommon.origin":                     true,
	"spark.connect.ExpressionCommon.origin":                   true,
	"spark.connect.Expression.common":                         true,
	"spark.connect.Expression.UnresolvedFunction.is_internal": true,
	"spark.connect.Sample.deterministic_order":                true,
	"spark.connect.Repartition.shuffle":                       true,
	"spark.connect.Hint.parameters":                           true,
	// A query may leave arguments unused; TestParameters sees to them.
	"spark.connect.SQL.args":            true,
	"spark.connect.SQL.pos_args":        true,
	"spark.connect.SQL.named_arguments": true,
	"spark.connect.SQL.pos_arguments":   true,
}

// TestEveryFieldCounts sets each field of each message in turn: the result must change, or the message be refused. A field
// that the conversion forgets shows up here.
func TestEveryFieldCounts(t *testing.T) {
	t.Parallel()
	for _, base := range relations() {
		if base.GetCatalog() != nil {
			continue // its fields are cases, which the catalog's own tests cover
		}
		t.Run(setField(base, "rel_type"), func(t *testing.T) {
			t.Parallel()
			checkFields(t, base, func(m proto.Message) (any, error) { return Relation(m.(*pb.Relation), testOptions()) })
		})
	}
	for _, base := range expressions() {
		t.Run(setField(base, "expr_type"), func(t *testing.T) {
			t.Parallel()
			checkFields(t, base, func(m proto.Message) (any, error) { return Expression(m.(*pb.Expression), testOptions()) })
		})
	}
}

func checkFields(t *testing.T, base proto.Message, convert func(proto.Message) (any, error)) {
	t.Helper()
	want, err := convert(base)
	if err != nil {
		t.Fatalf("the base message is refused: %v", err)
	}
	// The base itself holds one message of interest, in its oneof.
	m := base.ProtoReflect()
	kind := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	fields := m.Get(kind).Message().Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if passedOver[field.FullName()] {
			continue
		}
		counts := false // some value other than the base's has an effect
		for _, change := range changes(field) {
			changed := proto.Clone(base)
			change(changed.ProtoReflect().Mutable(kind).Message())
			got, err := convert(changed)
			counts = counts || err != nil || !reflect.DeepEqual(got, want)
		}
		if !counts {
			t.Errorf("%s is dropped", field.FullName())
		}
	}
}

// changes are ways to set a field to something other than its default.
func changes(field protoreflect.FieldDescriptor) []func(protoreflect.Message) {
	set := func(v protoreflect.Value) func(protoreflect.Message) {
		return func(m protoreflect.Message) { m.Set(field, v) }
	}
	switch {
	case field.IsMap():
		return []func(protoreflect.Message){func(m protoreflect.Message) {
			value := protoreflect.ValueOfString("changed")
			if field.MapValue().Message() != nil {
				value = sample(m.NewField(field).Map().NewValue().Message())
			}
			m.Mutable(field).Map().Set(protoreflect.ValueOfString("changed").MapKey(), value)
		}}
	case field.IsList():
		return []func(protoreflect.Message){func(m protoreflect.Message) {
			list := m.Mutable(field).List()
			if field.Message() != nil {
				list.Append(sample(list.NewElement().Message()))
				return
			}
			for _, v := range scalars(field) {
				list.Append(v)
			}
		}}
	case field.Message() != nil:
		return []func(protoreflect.Message){func(m protoreflect.Message) {
			m.Set(field, sample(m.NewField(field).Message()))
		}}
	}
	var list []func(protoreflect.Message)
	for _, v := range scalars(field) {
		list = append(list, set(v))
	}
	return list
}

func scalars(field protoreflect.FieldDescriptor) []protoreflect.Value {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return []protoreflect.Value{protoreflect.ValueOfBool(true), protoreflect.ValueOfBool(false)}
	case protoreflect.StringKind:
		return []protoreflect.Value{protoreflect.ValueOfString("changed")}
	case protoreflect.BytesKind:
		return []protoreflect.Value{protoreflect.ValueOfBytes([]byte("changed"))}
	case protoreflect.Int32Kind:
		return []protoreflect.Value{protoreflect.ValueOfInt32(7)}
	case protoreflect.Int64Kind:
		return []protoreflect.Value{protoreflect.ValueOfInt64(7)}
	case protoreflect.DoubleKind:
		return []protoreflect.Value{protoreflect.ValueOfFloat64(0.25)}
	case protoreflect.FloatKind:
		return []protoreflect.Value{protoreflect.ValueOfFloat32(0.25)}
	case protoreflect.EnumKind:
		var list []protoreflect.Value
		for i := range field.Enum().Values().Len() {
			list = append(list, protoreflect.ValueOfEnum(field.Enum().Values().Get(i).Number()))
		}
		return list
	}
	panic(fmt.Sprintf("no sample of %s", field.Kind()))
}

// sample makes a message that differs from what the bases hold.
func sample(empty protoreflect.Message) protoreflect.Value {
	var m proto.Message
	switch empty.Interface().(type) {
	case *pb.Expression:
		m = number(77)
	case *pb.Expression_Literal:
		m = number(77).GetLiteral()
	case *pb.Relation:
		m = numbers(77)
	case *pb.Expression_SortOrder:
		m = &pb.Expression_SortOrder{Child: number(77)}
	case *pb.Expression_Alias:
		m = &pb.Expression_Alias{Expr: number(77), Name: []string{"x"}}
	case *pb.DataType:
		m = &pb.DataType{Kind: &pb.DataType_Float_{Float: &pb.DataType_Float{}}}
	default:
		fields := empty.Descriptor().Fields()
		for i := range fields.Len() {
			for _, change := range changes(fields.Get(i)) {
				change(empty)
			}
		}
		m = empty.Interface()
	}
	return protoreflect.ValueOfMessage(m.ProtoReflect())
}

func testOptions() Options {
	return Options{
		Artifact: func(hash string) ([]byte, error) {
			if hash == "schema" {
				return []byte("a int"), nil
			}
			return nil, fmt.Errorf("no artifact %s", hash)
		},
		Remote:  func(id string) (plan.Relation, error) { return plan.SubqueryAlias{Name: id, Input: plan.OneRow{}}, nil },
		Catalog: func(c *pb.Catalog) (plan.Relation, error) { return plan.SubqueryAlias{Name: c.String()}, nil },
	}
}

func number(n int32) *pb.Expression {
	return &pb.Expression{ExprType: &pb.Expression_Literal_{Literal: &pb.Expression_Literal{
		LiteralType: &pb.Expression_Literal_Integer{Integer: n},
	}}}
}

func column(name string) *pb.Expression {
	return &pb.Expression{ExprType: &pb.Expression_UnresolvedAttribute_{
		UnresolvedAttribute: &pb.Expression_UnresolvedAttribute{UnparsedIdentifier: name},
	}}
}

func numbers(end int64) *pb.Relation {
	return &pb.Relation{RelType: &pb.Relation_Range{Range: &pb.Range{End: end, Step: 1}}}
}
