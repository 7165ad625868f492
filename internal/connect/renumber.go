package connect

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

// renumbered copies a relation with its plan ids counted in the order in which they appear, and without origins.
func renumbered(r *pb.Relation) proto.Message {
	copied := proto.Clone(r)
	numbers := make(map[int64]int64)
	renumber(copied.ProtoReflect(), numbers)
	return copied
}

func renumber(m protoreflect.Message, numbers map[int64]int64) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Name() == "plan_id" && field.Kind() == protoreflect.Int64Kind:
			number, ok := numbers[value.Int()]
			if !ok {
				number = int64(len(numbers))
				numbers[value.Int()] = number
			}
			m.Set(field, protoreflect.ValueOfInt64(number))
		case field.Name() == "origin":
			m.Clear(field)
		case field.IsMap():
			if field.MapValue().Message() != nil {
				value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
					renumber(v.Message(), numbers)
					return true
				})
			}
		case field.IsList():
			if field.Message() != nil {
				for i := range value.List().Len() {
					renumber(value.List().Get(i).Message(), numbers)
				}
			}
		case field.Message() != nil:
			renumber(value.Message(), numbers)
		}
		return true
	})
}

// localData identifies the local rows of a relation, in the order in which they appear.
func localData(r *pb.Relation) string {
	var b strings.Builder
	_ = protorange.Range(r.ProtoReflect(), func(p protopath.Values) error {
		last := p.Index(-1)
		if message, ok := last.Value.Interface().(protoreflect.Message); ok {
			if local, ok := message.Interface().(*pb.LocalRelation); ok {
				fmt.Fprintf(&b, "%x\n", sha256.Sum256(local.GetData()))
			}
		}
		return nil
	})
	return b.String()
}
