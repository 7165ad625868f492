package connect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/hfspark/hfspark/internal/connect/conf"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/connect/convert"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// execution runs the plan of one operation.
type execution struct {
	server    *Server
	session   *session
	operation *operation
	ctx       context.Context //nolint:containedctx // the operation's
}

// plan runs a relation for its rows or a command for its effect.
func (e *execution) plan(p *pb.Plan) error {
	unpacked, err := convert.Plan(p, e.session.maxPlanSize())
	if err != nil {
		return err
	}
	switch kind := unpacked.GetOpType().(type) {
	case *pb.Plan_Root:
		err = e.relation(kind.Root)
	case *pb.Plan_Command:
		err = e.command(kind.Command)
	}
	if err != nil {
		return err
	}
	if !e.operation.reattachable {
		return nil
	}
	return e.operation.emit(&pb.ExecutePlanResponse{
		ResponseType: &pb.ExecutePlanResponse_ResultComplete_{ResultComplete: &pb.ExecutePlanResponse_ResultComplete{}},
	})
}

// relation sends the rows of a relation.
func (e *execution) relation(r *pb.Relation) error {
	switch kind := r.GetRelType().(type) {
	case *pb.Relation_ShowString:
		return e.showString(kind.ShowString)
	case *pb.Relation_HtmlString:
		return e.htmlString(kind.HtmlString)
	}
	relation, err := e.session.convert(e.ctx, r)
	if err != nil {
		return err
	}
	node, err := e.session.prepare(e.ctx, relation)
	if err != nil {
		return err
	}
	return e.send(node)
}

// batchBytes is about how large a batch is: far below what a message may have, so that rows arrive early.
const batchBytes = 8 << 20

// query makes a query of a plan with the session's settings.
func (s *session) query(node typed.Node) Query {
	rows := s.conf.Int(conf.RecordsPerBatch)
	if rows <= 0 {
		rows = 1 << 30 // in Spark 0 and less mean no bound
	}
	return Query{Plan: node, TimeZone: s.conf.String(conf.TimeZone), BatchRows: rows, BatchBytes: batchBytes}
}

// send runs a plan and sends its schema and its rows.
func (e *execution) send(node typed.Node) (err error) {
	if e.session.conf.Bool(conf.LargeVarTypes) {
		return sparkerror.Unsupported("the setting "+conf.LargeVarTypes+"=true", "Set it to false: spark.conf.unset(\""+conf.LargeVarTypes+"\").")
	}
	q := e.session.query(node)
	reports := e.progress(&q)
	defer reports.stop()
	rows, err := e.session.engine.Run(e.ctx, q)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	sink, err := e.newSender(rows.Schema(), rows.Output())
	if err != nil {
		return err
	}
	for {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return sink.finish()
		}
		if err != nil {
			return err
		}
		err = sink.batch(batch)
		batch.Release()
		if err != nil {
			return err
		}
	}
}

// sender sends rows as responses.
type sender struct {
	execution *execution
	schema    *arrow.Schema
	options   []ipc.Option
	rows      int64
	batches   int
}

// newSender sends the schema.
func (e *execution) newSender(schema *arrow.Schema, output types.Struct) (*sender, error) {
	t, err := convert.ToProto(output)
	if err != nil {
		return nil, err
	}
	s := &sender{execution: e, schema: schema, options: []ipc.Option{ipc.WithSchema(schema)}}
	switch e.session.conf.String(conf.ArrowCodec) {
	case "zstd":
		s.options = append(s.options, ipc.WithZstd())
	case "lz4":
		s.options = append(s.options, ipc.WithLZ4())
	}
	return s, e.operation.emit(&pb.ExecutePlanResponse{Schema: t})
}

// batch sends one record batch as an Arrow IPC stream of its own, cut into chunks where it is large and the client wants
// that.
func (s *sender) batch(batch arrow.RecordBatch) error {
	data, err := encode(batch, s.options)
	if err != nil {
		return err
	}
	chunks, err := s.execution.operation.chunks.split(data)
	if err != nil {
		return err
	}
	rows, start := batch.NumRows(), s.rows
	for i, chunk := range chunks {
		message := &pb.ExecutePlanResponse_ArrowBatch{RowCount: rows, Data: chunk, StartOffset: &start}
		if s.execution.operation.chunks.allowed {
			index, count := int64(i), int64(len(chunks))
			message.ChunkIndex, message.NumChunksInBatch = &index, &count
		}
		err := s.execution.operation.emit(&pb.ExecutePlanResponse{
			ResponseType: &pb.ExecutePlanResponse_ArrowBatch_{ArrowBatch: message},
		})
		if err != nil {
			return err
		}
	}
	s.rows += rows
	s.batches++
	return nil
}

// finish sends an empty batch where there were no rows: clients count on one.
func (s *sender) finish() error {
	if s.batches > 0 {
		return nil
	}
	empty := emptyBatch(s.schema)
	defer empty.Release()
	return s.batch(empty)
}

// emptyBatch is a batch without rows.
func emptyBatch(schema *arrow.Schema) arrow.RecordBatch {
	builder := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer builder.Release()
	return builder.NewRecordBatch()
}

// encode writes a batch as a complete Arrow IPC stream.
func encode(batch arrow.RecordBatch, options []ipc.Option) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(encodedSize(batch))
	writer := ipc.NewWriter(&b, options...)
	if err := writer.Write(batch); err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// encodedSize is about how many bytes a batch has in an IPC stream, and seldom less.
func encodedSize(batch arrow.RecordBatch) int {
	size := 4096
	for _, column := range batch.Columns() {
		size += dataSize(column.Data())
	}
	return size
}

func dataSize(data arrow.ArrayData) int {
	size := 256 // what describes it, and padding
	for _, b := range data.Buffers() {
		if b != nil {
			size += b.Len()
		}
	}
	for _, child := range data.Children() {
		size += dataSize(child)
	}
	return size
}

// The sizes of chunks, as in Spark: what a client may ask for at least, and what fits into a message in any case.
const (
	minChunk = 1024
	maxChunk = maxMessage / 10 * 9
)

// split cuts the bytes of a batch into chunks that fit into messages.
func (c chunking) split(data []byte) ([][]byte, error) {
	size := maxChunk
	if c.allowed && c.size > 0 {
		size = int(min(max(c.size, minChunk), maxChunk))
	}
	if len(data) <= size {
		return [][]byte{data}, nil
	}
	if !c.allowed {
		return nil, sparkerror.New(sparkerror.SparkException, "RESULT_TOO_LARGE", "54000",
			"A row or batch of %d bytes does not fit into a message of %d bytes, and this client takes no chunks. "+
				"Select fewer columns or use PySpark 4.1 or later.", len(data), maxMessage)
	}
	var chunks [][]byte
	for len(data) > size {
		chunks = append(chunks, data[:size])
		data = data[size:]
	}
	return append(chunks, data), nil
}

// reports sends how far a query is, until it is stopped.
type reports struct {
	done chan struct{}
	work sync.WaitGroup
}

// progress makes the query's reads report how far they are, and sends that to the client as often as the session says.
func (e *execution) progress(q *Query) *reports { return e.reports(q, progressResponse) }

// reports is progress with a response of the caller's.
func (e *execution) reports(q *Query, response func(Progress) *pb.ExecutePlanResponse) *reports {
	r := &reports{done: make(chan struct{})}
	interval := e.session.conf.Duration(conf.ProgressInterval, time.Millisecond)
	if interval <= 0 {
		return r
	}
	var mu sync.Mutex
	var latest Progress
	q.Progress = func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		latest = p
	}
	r.work.Go(func() {
		ticker := time.NewTicker(max(interval, progressFloor))
		defer ticker.Stop()
		for {
			select {
			case <-r.done:
				return
			case <-e.ctx.Done():
				return
			case <-ticker.C:
			}
			mu.Lock()
			p := latest
			mu.Unlock()
			if e.operation.tryEmit(response(p)) != nil {
				return
			}
		}
	})
	return r
}

func (r *reports) stop() {
	close(r.done)
	r.work.Wait()
}

// progressResponse shows a query as one stage whose tasks are the data files it reads.
func progressResponse(p Progress) *pb.ExecutePlanResponse {
	tasks := int64(max(p.Files, 1))
	done := int64(p.FilesDone)
	return &pb.ExecutePlanResponse{ResponseType: &pb.ExecutePlanResponse_ExecutionProgress_{
		ExecutionProgress: &pb.ExecutePlanResponse_ExecutionProgress{
			Stages: []*pb.ExecutePlanResponse_ExecutionProgress_StageInfo{{
				NumTasks: tasks, NumCompletedTasks: done, InputBytesRead: p.BytesFetched, Done: done == tasks,
			}},
			NumInflightTasks: min(tasks-done, 1),
		},
	}}
}

// collect runs a plan and returns its rows, which the caller releases.
func (e *execution) collect(relation plan.Relation) (batches []arrow.RecordBatch, schema *arrow.Schema, output types.Struct, err error) {
	node, err := e.session.prepare(e.ctx, relation)
	if err != nil {
		return nil, nil, types.Struct{}, err
	}
	q := e.session.query(node)
	reports := e.progress(&q)
	defer reports.stop()
	rows, err := e.session.engine.Run(e.ctx, q)
	if err != nil {
		return nil, nil, types.Struct{}, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return batches, rows.Schema(), rows.Output(), nil
		}
		if err != nil {
			release(batches)
			return nil, nil, types.Struct{}, err
		}
		batches = append(batches, batch)
	}
}

func release(batches []arrow.RecordBatch) {
	for _, b := range batches {
		b.Release()
	}
}
