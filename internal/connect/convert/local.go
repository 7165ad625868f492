package convert

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"

	"github.com/hfspark/hfspark/internal/arrowcheck"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// localRelation converts rows that came inside the plan.
func localRelation(l *pb.LocalRelation) (plan.Relation, error) {
	converted := plan.LocalData{}
	if l.GetSchema() != "" {
		schema, err := ParseSchema(l.GetSchema())
		if err != nil {
			return nil, err
		}
		converted.Schema = &schema
	}
	if l.Data == nil {
		if converted.Schema == nil {
			return nil, invalid("a local relation has neither rows nor a schema.")
		}
		return converted, nil
	}
	records, err := readRecords(l.GetData())
	if err != nil {
		return nil, err
	}
	converted.Records = records
	return converted, nil
}

// readRecords reads an Arrow IPC stream; the mark of its end may be missing, as some clients leave it out. A stream without
// record batches becomes one empty record, so that its schema is kept.
func readRecords(data []byte) (records []arrow.RecordBatch, err error) {
	defer func() {
		if r := recover(); r != nil { // the reader trusts the lengths that the stream tells
			records, err = nil, badArrow(fmt.Errorf("%v", r))
		}
	}()
	if err := arrowcheck.Stream(data); err != nil {
		return nil, badArrow(err)
	}
	size := int64(len(data)) // no part of the stream is larger than the whole
	reader, err := ipc.NewReader(bytes.NewReader(data), ipc.WithMetadataSizeLimit(size), ipc.WithBodySizeLimit(size),
		ipc.WithAllocator(&arrowcheck.Allocator{Allocator: memory.DefaultAllocator, Left: arrowcheck.Expansion * (size + 1024)}))
	if err != nil {
		return nil, badArrow(err)
	}
	defer reader.Release()
	for reader.Next() {
		record := reader.RecordBatch()
		if err := arrowcheck.Validate(record); err != nil {
			return nil, badArrow(err)
		}
		record.Retain()
		records = append(records, record)
	}
	if err := reader.Err(); err != nil && !errors.Is(err, io.EOF) {
		return nil, badArrow(err)
	}
	if len(records) == 0 {
		records = append(records, emptyRecord(reader.Schema()))
	}
	return records, nil
}

func badArrow(err error) error {
	e := invalid("the rows of a local relation are not a valid Arrow IPC stream: %v.", err)
	e.Err = err
	return e
}

// cachedLocalRelation converts a LocalRelation that the client uploaded before.
func (c *converter) cachedLocalRelation(l *pb.CachedLocalRelation) (plan.Relation, error) {
	data, err := c.artifact(l.GetHash())
	if err != nil {
		return nil, err
	}
	var relation pb.LocalRelation
	if err := proto.Unmarshal(data, &relation); err != nil {
		return nil, invalid("the artifact cache/%s is not a local relation: %v.", l.GetHash(), err)
	}
	if err := CheckKnown(&relation); err != nil {
		return nil, err
	}
	return localRelation(&relation)
}

// chunkedRelation converts rows that were uploaded in chunks, each an Arrow IPC stream of its own.
func (c *converter) chunkedRelation(l *pb.ChunkedCachedLocalRelation) (plan.Relation, error) {
	converted := plan.LocalData{}
	if l.SchemaHash != nil {
		text, err := c.artifact(l.GetSchemaHash())
		if err != nil {
			return nil, err
		}
		schema, err := ParseSchema(string(text))
		if err != nil {
			return nil, err
		}
		converted.Schema = &schema
	}
	if len(l.GetDataHashes()) == 0 && converted.Schema == nil {
		return nil, invalid("a cached local relation has neither rows nor a schema.")
	}
	for _, hash := range l.GetDataHashes() {
		data, err := c.artifact(hash)
		if err != nil {
			return nil, err
		}
		records, err := readRecords(data)
		if err != nil {
			return nil, err
		}
		if len(converted.Records) > 0 && !converted.Records[0].Schema().Equal(records[0].Schema()) {
			return nil, invalid("the chunks of a cached local relation have different schemas.")
		}
		converted.Records = append(converted.Records, records...)
	}
	return converted, nil
}

func (c *converter) artifact(hash string) ([]byte, error) {
	if c.options.Artifact == nil {
		return nil, sparkerror.Unsupported("a cached local relation in this place", "")
	}
	return c.options.Artifact(hash)
}

func emptyRecord(schema *arrow.Schema) arrow.RecordBatch {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	return builder.NewRecordBatch()
}
