package connect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/uuid"
	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is a client of a server under test, in a session of its own.
type client struct {
	pb.SparkConnectServiceClient
	t       *testing.T
	server  *Server
	session string
	user    *pb.UserContext
}

// serve starts a server and connects to it through memory.
func serve(t *testing.T, config Config) *client {
	t.Helper()
	if config.Engine == nil {
		config.Engine = &fakeEngine{}
	}
	config.TempDir = t.TempDir()
	server := NewServer(config)
	listener := bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	connection, err := grpc.NewClient("passthrough:///memory",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &client{
		SparkConnectServiceClient: pb.NewSparkConnectServiceClient(connection), t: t, server: server,
		session: uuid.NewString(), user: &pb.UserContext{UserId: "tester"},
	}
}

// other is a client of the same server in another session.
func (c *client) other() *client {
	o := *c
	o.session = uuid.NewString()
	return &o
}

func (c *client) request(p *pb.Plan) *pb.ExecutePlanRequest {
	return &pb.ExecutePlanRequest{SessionId: c.session, UserContext: c.user, Plan: p}
}

// reattachable is a request for an operation that the client can come back for.
func (c *client) reattachable(p *pb.Plan) *pb.ExecutePlanRequest {
	r := c.request(p)
	id := uuid.NewString()
	r.OperationId = &id
	r.RequestOptions = []*pb.ExecutePlanRequest_RequestOption{{
		RequestOption: &pb.ExecutePlanRequest_RequestOption_ReattachOptions{ReattachOptions: &pb.ReattachOptions{Reattachable: true}},
	}}
	return r
}

// run executes a plan and returns all responses.
func (c *client) run(p *pb.Plan) ([]*pb.ExecutePlanResponse, error) {
	stream, err := c.ExecutePlan(c.t.Context(), c.request(p))
	if err != nil {
		return nil, err
	}
	return drain(stream)
}

func drain(stream grpc.ServerStreamingClient[pb.ExecutePlanResponse]) ([]*pb.ExecutePlanResponse, error) {
	var all []*pb.ExecutePlanResponse
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, response)
	}
}

// rows executes a plan and returns its rows as text.
func (c *client) rows(p *pb.Plan) ([][]string, error) {
	responses, err := c.run(p)
	if err != nil {
		return nil, err
	}
	return decode(c.t, responses), nil
}

func decode(t *testing.T, responses []*pb.ExecutePlanResponse) [][]string {
	t.Helper()
	var rows [][]string
	var data []byte
	for _, r := range responses {
		batch := r.GetArrowBatch()
		if batch == nil {
			continue
		}
		data = append(data, batch.GetData()...)
		if n := batch.GetNumChunksInBatch(); n > 0 && batch.GetChunkIndex() < n-1 {
			continue
		}
		reader, err := ipc.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		data = nil
		for reader.Next() {
			record := reader.RecordBatch()
			for i := range int(record.NumRows()) {
				row := make([]string, record.NumCols())
				for j := range row {
					row[j] = record.Column(j).ValueStr(i)
				}
				rows = append(rows, row)
			}
		}
		reader.Release()
	}
	return rows
}

// sql executes a SQL command and returns the relation that comes back.
func (c *client) sql(text string) (*pb.Relation, error) {
	responses, err := c.run(&pb.Plan{OpType: &pb.Plan_Command{Command: &pb.Command{CommandType: &pb.Command_SqlCommand{
		SqlCommand: &pb.SqlCommand{Input: sqlRelation(text)},
	}}}})
	if err != nil {
		return nil, err
	}
	return responses[0].GetSqlCommandResult().GetRelation(), nil
}

// sqlRows executes a statement and returns the rows of its result.
func (c *client) sqlRows(text string) ([][]string, error) {
	relation, err := c.sql(text)
	if err != nil {
		return nil, err
	}
	return c.rows(root(relation))
}

func sqlRelation(text string) *pb.Relation {
	return &pb.Relation{RelType: &pb.Relation_Sql{Sql: &pb.SQL{Query: text}}}
}

func root(r *pb.Relation) *pb.Plan { return &pb.Plan{OpType: &pb.Plan_Root{Root: r}} }

func numbers(end int64) *pb.Relation {
	return &pb.Relation{
		Common:  &pb.RelationCommon{PlanId: proto.Int64(0)},
		RelType: &pb.Relation_Range{Range: &pb.Range{End: end, Step: 1}},
	}
}

// errorInfo returns what a client reads of an error.
func errorInfo(t *testing.T, err error) *errdetails.ErrorInfo {
	t.Helper()
	s, ok := status.FromError(err)
	if !ok || err == nil {
		t.Fatalf("no gRPC error: %v", err)
	}
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info
		}
	}
	t.Fatalf("no ErrorInfo in %v", err)
	return nil
}

// expect fails the test unless err has the condition.
func expect(t *testing.T, err error, condition string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", condition)
	}
	if got := errorInfo(t, err).GetMetadata()["errorClass"]; got != condition {
		t.Fatalf("got %q (%v), want %s", got, err, condition)
	}
}

// fakeEngine runs ranges and local rows, and whatever stands in the way.
type fakeEngine struct {
	batchRows int64 // rows of a range's batches; 0 means all in one
	// before is called before each batch.
	before func(ctx context.Context, q Query, batch int) error

	mu      sync.Mutex
	batches int
}

// produced is how many batches were computed so far.
func (f *fakeEngine) produced() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.batches
}

// Run implements Engine.
func (f *fakeEngine) Run(ctx context.Context, q Query) (Rows, error) {
	output := typed.Schema(q.Plan)
	rows := &fakeRows{engine: f, ctx: ctx, query: q, output: output, schema: types.ToArrow(output, "UTC")}
	typed.Walk(q.Plan, func(n typed.Node) bool {
		switch n := n.(type) {
		case *typed.Range:
			rows.left = max(n.End-n.Start, 0)
		case *typed.LocalData:
			rows.records = n.Records
		}
		return true
	})
	if l, ok := q.Plan.(*typed.Limit); ok && l.Count >= 0 {
		rows.left = min(rows.left, l.Count)
	}
	return rows, nil
}

type fakeRows struct {
	engine     *fakeEngine
	ctx        context.Context
	query      Query
	output     types.Struct
	schema     *arrow.Schema
	records    []arrow.RecordBatch
	next, left int64
	batch      int
}

func (r *fakeRows) Schema() *arrow.Schema { return r.schema }

func (r *fakeRows) Output() types.Struct { return r.output }

func (r *fakeRows) Close() error { return nil }

func (r *fakeRows) Next() (arrow.RecordBatch, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	if r.engine.before != nil {
		if err := r.engine.before(r.ctx, r.query, r.batch); err != nil {
			return nil, err
		}
	}
	r.batch++
	if len(r.records) > 0 {
		record := r.records[0]
		r.records = r.records[1:]
		record.Retain()
		return record, nil
	}
	if r.left == 0 {
		return nil, io.EOF
	}
	n := r.left
	if r.engine.batchRows > 0 {
		n = min(n, r.engine.batchRows)
	}
	r.engine.mu.Lock()
	r.engine.batches++
	r.engine.mu.Unlock()
	builder := array.NewRecordBuilder(memory.DefaultAllocator, r.schema)
	defer builder.Release()
	for range n {
		builder.Field(0).(*array.Int64Builder).Append(r.next)
		r.next++
	}
	r.left -= n
	return builder.NewRecordBatch(), nil
}
