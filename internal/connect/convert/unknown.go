package convert

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/hfspark/hfspark/internal/sparkerror"
)

// CheckKnown refuses a message that holds, at any depth, a field or an enum value that this version of the protocol does
// not define: a newer client means something by it that would be lost.
func CheckKnown(message proto.Message) error {
	if message == nil || !message.ProtoReflect().IsValid() {
		return nil
	}
	return checkMessage(message.ProtoReflect())
}

func checkMessage(message protoreflect.Message) error {
	if unknown := message.GetUnknown(); len(unknown) > 0 {
		number, _, _ := protowire.ConsumeField(unknown)
		return sparkerror.Unsupported(fmt.Sprintf("field %d of message %s", number, message.Descriptor().FullName()),
			"The client is newer than this server; use a PySpark version up to 4.3.")
	}
	var err error
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		err = checkField(field, value)
		return err == nil
	})
	return err
}

func checkField(field protoreflect.FieldDescriptor, value protoreflect.Value) error {
	switch {
	case field.IsMap():
		if field.MapValue().Message() == nil {
			return nil
		}
		var err error
		value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
			err = checkMessage(v.Message())
			return err == nil
		})
		return err
	case field.IsList():
		list := value.List()
		for i := range list.Len() {
			if err := checkSingle(field, list.Get(i)); err != nil {
				return err
			}
		}
		return nil
	}
	return checkSingle(field, value)
}

func checkSingle(field protoreflect.FieldDescriptor, value protoreflect.Value) error {
	if field.Message() != nil {
		return checkMessage(value.Message())
	}
	if enum := field.Enum(); enum != nil && enum.Values().ByNumber(value.Enum()) == nil {
		return sparkerror.Unsupported(fmt.Sprintf("value %d of %s", value.Enum(), enum.FullName()),
			"The client is newer than this server; use a PySpark version up to 4.3.")
	}
	return nil
}
