package connect

import (
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

// codec encodes messages as the usual one does, but for batches of rows, whose bytes it sends from where they are.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(grpcproto.Name)} }

// worthwhile is the size of a batch from which not copying it is worth the pieces.
const worthwhile = 16 << 10

// The numbers of the fields that hold the bytes of a batch.
var (
	batchField = fieldNumber(&pb.ExecutePlanResponse{}, "arrow_batch")
	dataField  = fieldNumber(&pb.ExecutePlanResponse_ArrowBatch{}, "data")
)

func fieldNumber(m proto.Message, name protoreflect.Name) protoreflect.FieldNumber {
	return m.ProtoReflect().Descriptor().Fields().ByName(name).Number()
}

// Marshal implements encoding.CodecV2.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	response, ok := v.(*pb.ExecutePlanResponse)
	if !ok || len(response.GetArrowBatch().GetData()) < worthwhile {
		return c.CodecV2.Marshal(v)
	}
	data := response.GetArrowBatch().GetData()
	head, err := marshalWithout(response, batchField)
	if err != nil {
		return nil, err
	}
	inner, err := marshalWithout(response.GetArrowBatch(), dataField)
	if err != nil {
		return nil, err
	}
	inner = protowire.AppendTag(inner, dataField, protowire.BytesType)
	inner = protowire.AppendVarint(inner, uint64(len(data)))
	head = protowire.AppendTag(head, batchField, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(inner)+len(data)))
	// The bytes are not changed any more, and are no pool's.
	return mem.BufferSlice{mem.SliceBuffer(append(head, inner...)), mem.SliceBuffer(data)}, nil
}

// marshalWithout encodes a message without one of its fields.
func marshalWithout(m proto.Message, field protoreflect.FieldNumber) ([]byte, error) {
	from := m.ProtoReflect()
	to := from.New()
	from.Range(func(f protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if f.Number() != field {
			to.Set(f, value)
		}
		return true
	})
	return proto.Marshal(to.Interface())
}
