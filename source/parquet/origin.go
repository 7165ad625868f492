package parquet

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	flatbuffers "github.com/google/flatbuffers/go"
)

// origin is the schema under ARROW:schema without what Parquet decoders do not restore, or nil when there is none that can
// be used: the file's own types then decide, as without it.
func (f *Footer) origin() (schema *arrow.Schema) {
	text, ok := f.Metadata(arrowSchemaKey)
	if !ok {
		return nil
	}
	// Reading damaged flat buffers panics.
	defer func() {
		if recover() != nil {
			schema = nil
		}
	}()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		if raw, err = base64.RawStdEncoding.DecodeString(text); err != nil {
			return nil
		}
	}
	if !boundedSchema(raw) {
		return nil
	}
	r, err := ipc.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	defer r.Release()
	if len(r.Schema().Fields()) != len(f.columns) {
		return nil
	}
	fields := make([]arrow.Field, 0, len(f.columns))
	for i, field := range r.Schema().Fields() {
		if field.Name != f.columns[i].name {
			return nil
		}
		fields = append(fields, PlainField(field))
	}
	kept := r.Schema().Metadata()
	return arrow.NewSchema(fields, &kept)
}

// The slots of the tables of Arrow's Message.fbs and Schema.fbs that are looked at.
const (
	messageHeaderType flatbuffers.VOffsetT = 6
	messageHeader     flatbuffers.VOffsetT = 8
	messageBodyLength flatbuffers.VOffsetT = 10
	messageMetadata   flatbuffers.VOffsetT = 12
	schemaFields      flatbuffers.VOffsetT = 6
	schemaMetadata    flatbuffers.VOffsetT = 8
	schemaFeatures    flatbuffers.VOffsetT = 10
	fieldTypeType     flatbuffers.VOffsetT = 8
	fieldChildren     flatbuffers.VOffsetT = 14
	fieldMetadata     flatbuffers.VOffsetT = 16

	headerTypeSchema = 1
	typeUnion        = 14
)

// boundedSchema says whether an encapsulated Arrow message is a schema whose lists are not longer than the message: Arrow's
// reader would allocate whatever they claim. It may panic where offsets lead out of the message.
func boundedSchema(raw []byte) bool {
	const continuation = 0xffffffff
	if len(raw) >= 4 && binary.LittleEndian.Uint32(raw) == continuation {
		raw = raw[4:]
	}
	if len(raw) < 8 || uint64(binary.LittleEndian.Uint32(raw)) > uint64(len(raw)-4) {
		return false
	}
	m := &messageCheck{left: len(raw)}
	buf := raw[4:]
	message := flatbuffers.Table{Bytes: buf, Pos: flatbuffers.GetUOffsetT(buf)}
	header := flatbuffers.UOffsetT(message.Offset(messageHeader))
	if message.GetByteSlot(messageHeaderType, 0) != headerTypeSchema || header == 0 ||
		message.GetInt64Slot(messageBodyLength, 0) != 0 || !m.list(message, messageMetadata, 1) {
		return false
	}
	var schema flatbuffers.Table
	message.Union(&schema, header)
	return m.list(schema, schemaMetadata, 1) && m.list(schema, schemaFeatures, 1) && m.fields(schema, schemaFields, 0)
}

// messageCheck counts what has been visited: entries may be shared, so that a short message can describe a huge tree.
type messageCheck struct {
	left int
}

// list says whether the vector in the slot, if there is one, fits in the message.
func (m *messageCheck) list(t flatbuffers.Table, slot flatbuffers.VOffsetT, element int) bool {
	o := flatbuffers.UOffsetT(t.Offset(slot))
	if o == 0 {
		return true
	}
	m.left -= t.VectorLen(o) * element
	return t.VectorLen(o) >= 0 && m.left >= 0
}

func (m *messageCheck) fields(t flatbuffers.Table, slot flatbuffers.VOffsetT, depth int) bool {
	if depth > maxSchemaDepth || !m.list(t, slot, 1) {
		return false
	}
	o := flatbuffers.UOffsetT(t.Offset(slot))
	if o == 0 {
		return true
	}
	for i := range t.VectorLen(o) {
		at := t.Vector(o) + flatbuffers.UOffsetT(i)*flatbuffers.SizeUOffsetT
		field := flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(at)}
		if field.GetByteSlot(fieldTypeType, 0) == typeUnion || !m.list(field, fieldMetadata, 1) ||
			!m.fields(field, fieldChildren, depth+1) {
			return false
		}
	}
	return true
}
