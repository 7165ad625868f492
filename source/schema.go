package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// Schema is an Arrow schema that marshals to JSON, as its base64 IPC stream.
type Schema struct{ *arrow.Schema }

// MarshalJSON implements json.Marshaler.
func (s Schema) MarshalJSON() ([]byte, error) {
	if s.Schema == nil {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(s.Schema))
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write the schema of a partition: %w", err)
	}
	return json.Marshal(b.Bytes())
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Schema) UnmarshalJSON(text []byte) (err error) {
	var raw []byte
	if err := json.Unmarshal(text, &raw); err != nil {
		return fmt.Errorf("read the schema of a partition: %w", err)
	}
	if raw == nil {
		s.Schema = nil
		return nil
	}
	// The IPC reader trusts its input in places: what a partition holds came through a scheduler and may be damaged.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("read the schema of a partition: %v", p)
		}
	}()
	r, err := ipc.NewReader(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("read the schema of a partition: %w", err)
	}
	defer r.Release()
	if r.Schema() == nil {
		return errors.New("read the schema of a partition: it holds none")
	}
	s.Schema = r.Schema()
	return nil
}

// field is the column of that name, of which there must be one.
func (p Partition) field(name string) (arrow.Field, error) {
	if p.Schema.Schema == nil {
		return arrow.Field{}, fmt.Errorf("read %s: the partition has no schema", p.Path)
	}
	switch at := p.Schema.FieldIndices(name); len(at) {
	case 0:
		return arrow.Field{}, fmt.Errorf("read %s: the subset has no column %q", p.Path, name)
	case 1:
		return p.Schema.Field(at[0]), nil
	}
	return arrow.Field{}, fmt.Errorf("read %s: the subset has several columns %q, which cannot be told apart; rename them, or read the others with the option columns",
		p.Path, name)
}
