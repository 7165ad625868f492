package connect

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

func TestExecuteSendsSchemaRowsAndEnd(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Engine: &fakeEngine{batchRows: 2}})
	stream, err := c.ExecutePlan(t.Context(), c.reattachable(root(numbers(5))))
	if err != nil {
		t.Fatal(err)
	}
	responses, err := drain(stream)
	if err != nil {
		t.Fatal(err)
	}
	if len(responses) != 5 || responses[0].GetSchema() == nil || responses[4].GetResultComplete() == nil {
		t.Fatalf("got %d responses: %v", len(responses), responses)
	}
	ids := make(map[string]bool)
	var offsets []int64
	for _, r := range responses {
		ids[r.GetResponseId()] = true
		if r.GetSessionId() != c.session || r.GetServerSideSessionId() == "" || r.GetOperationId() == "" {
			t.Errorf("a response lacks an id: %v", r)
		}
		if b := r.GetArrowBatch(); b != nil {
			offsets = append(offsets, b.GetStartOffset())
		}
	}
	if len(ids) != len(responses) || !slices.Equal(offsets, []int64{0, 2, 4}) {
		t.Errorf("ids %v, offsets %v", ids, offsets)
	}
	if rows := decode(t, responses); len(rows) != 5 || rows[4][0] != "4" {
		t.Errorf("rows %v", rows)
	}
}

func TestNoRowsAreOneEmptyBatch(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	responses, err := c.run(root(numbers(0)))
	if err != nil {
		t.Fatal(err)
	}
	if len(responses) != 2 || responses[1].GetArrowBatch() == nil || responses[1].GetArrowBatch().GetRowCount() != 0 {
		t.Fatalf("got %v", responses)
	}
}

func TestReattachGoesOnAfterTheLastResponse(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Engine: &fakeEngine{batchRows: 1}})
	request := c.reattachable(root(numbers(10)))
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := c.ExecutePlan(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	var responses []*pb.ExecutePlanResponse
	for range 4 {
		r, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		responses = append(responses, r)
	}
	cancel() // the connection is cut
	last := responses[3].GetResponseId()
	again := &pb.ReattachExecuteRequest{SessionId: c.session, UserContext: c.user, OperationId: request.GetOperationId(), LastResponseId: &last}
	second, err := c.ReattachExecute(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	rest, err := drain(second)
	if err != nil {
		t.Fatal(err)
	}
	responses = append(responses, rest...)
	if rows := decode(t, responses); len(rows) != 10 || rows[9][0] != "9" {
		t.Fatalf("rows %v", rows)
	}
	if responses[len(responses)-1].GetResultComplete() == nil {
		t.Fatal("the stream did not end")
	}

	again.LastResponseId = proto.String(uuid.NewString())
	expect(t, reattachError(c, again), "INVALID_CURSOR.POSITION_NOT_FOUND")
	release := &pb.ReleaseExecuteRequest{
		SessionId: c.session, UserContext: c.user, OperationId: request.GetOperationId(),
		Release: &pb.ReleaseExecuteRequest_ReleaseUntil_{ReleaseUntil: &pb.ReleaseExecuteRequest_ReleaseUntil{ResponseId: responses[6].GetResponseId()}},
	}
	if _, err := c.ReleaseExecute(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	again.LastResponseId = proto.String(responses[2].GetResponseId())
	expect(t, reattachError(c, again), "INVALID_CURSOR.POSITION_NOT_AVAILABLE")
	release.Release = &pb.ReleaseExecuteRequest_ReleaseAll_{ReleaseAll: &pb.ReleaseExecuteRequest_ReleaseAll{}}
	if _, err := c.ReleaseExecute(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	expect(t, reattachError(c, again), "INVALID_HANDLE.OPERATION_ABANDONED")
	again.OperationId = uuid.NewString()
	expect(t, reattachError(c, again), "INVALID_HANDLE.OPERATION_NOT_FOUND")
}

func reattachError(c *client, r *pb.ReattachExecuteRequest) error {
	stream, err := c.ReattachExecute(c.t.Context(), r)
	if err != nil {
		return err
	}
	_, err = drain(stream)
	return err
}

func TestStreamsTakeTurns(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Engine: &fakeEngine{batchRows: 1}, StreamBytes: 1})
	request := c.reattachable(root(numbers(3)))
	stream, err := c.ExecutePlan(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	all, err := drain(stream)
	if err != nil {
		t.Fatal(err)
	}
	turns := 1
	for all[len(all)-1].GetResultComplete() == nil {
		last := all[len(all)-1].GetResponseId()
		stream, err := c.ReattachExecute(t.Context(), &pb.ReattachExecuteRequest{
			SessionId: c.session, UserContext: c.user, OperationId: request.GetOperationId(), LastResponseId: &last,
		})
		if err != nil {
			t.Fatal(err)
		}
		more, err := drain(stream)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, more...)
		turns++
	}
	if turns < 5 || len(decode(t, all)) != 3 {
		t.Errorf("%d turns, %d responses", turns, len(all))
	}
}

func TestASecondStreamCutsTheFirst(t *testing.T) {
	t.Parallel()
	engine := &fakeEngine{before: func(ctx context.Context, _ Query, batch int) error {
		if batch > 0 {
			<-ctx.Done()
		}
		return ctx.Err()
	}}
	c := serve(t, Config{Engine: engine})
	request := c.reattachable(root(numbers(3)))
	first, err := c.ExecutePlan(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := first.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	second, err := c.ExecutePlan(t.Context(), request) // the same request is the same operation
	if err != nil {
		t.Fatal(err)
	}
	if r, err := second.Recv(); err != nil || r.GetSchema() == nil {
		t.Fatalf("got %v, %v", r, err)
	}
	_, err = first.Recv()
	expect(t, err, "INVALID_CURSOR.DISCONNECTED")

	other := c.reattachable(root(numbers(4)))
	other.OperationId = request.OperationId
	third, err := c.ExecutePlan(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	_, err = third.Recv()
	expect(t, err, "INVALID_HANDLE.OPERATION_ALREADY_EXISTS")
}

// TestNothingRunsFarAhead checks that rows are not computed while nobody reads them.
func TestNothingRunsFarAhead(t *testing.T) {
	t.Parallel()
	engine := &fakeEngine{batchRows: 1000}
	c := serve(t, Config{Engine: engine, BufferBytes: 100_000})
	request := c.reattachable(root(numbers(1_000_000)))
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := c.ExecutePlan(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	o := waitDetached(t, c, request.GetOperationId())
	o.mu.Lock()
	unsent := o.unsent
	o.mu.Unlock()
	if unsent > 110_000 || engine.produced() > 500 {
		t.Errorf("%d bytes wait unread, %d batches were computed", unsent, engine.produced())
	}
	stream, err = c.ReattachExecute(t.Context(), &pb.ReattachExecuteRequest{
		SessionId: c.session, UserContext: c.user, OperationId: request.GetOperationId(),
	})
	if err != nil {
		t.Fatal(err)
	}
	responses, err := drain(stream)
	if err != nil {
		t.Fatal(err)
	}
	if rows := decode(t, responses); len(rows) != 1_000_000 {
		t.Errorf("%d rows", len(rows))
	}
}

// waitDetached waits until nobody reads an operation any more.
func waitDetached(t *testing.T, c *client, id string) *operation {
	t.Helper()
	s := c.server.sessions.live[key{user: "tester", id: c.session}]
	o, err := s.operation(id)
	if err != nil {
		t.Fatal(err)
	}
	for {
		o.mu.Lock()
		attached, wait := o.attached, o.changed
		o.mu.Unlock()
		if !attached {
			return o
		}
		select {
		case <-wait:
		case <-time.After(10 * time.Millisecond): // a detached stream tells nobody
		case <-t.Context().Done():
			t.Fatal("the stream stays")
		}
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	started := make(chan struct{}, 1)
	engine := &fakeEngine{before: func(ctx context.Context, _ Query, _ int) error {
		started <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}}
	c := serve(t, Config{Engine: engine})
	for _, kind := range []string{"all", "tag", "id"} {
		request := c.reattachable(root(numbers(3)))
		request.Tags = []string{"mine"}
		stream, err := c.ExecutePlan(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		<-started
		status := &pb.GetStatusRequest{
			SessionId: c.session, UserContext: c.user,
			OperationStatus: &pb.GetStatusRequest_OperationStatusRequest{OperationIds: []string{request.GetOperationId()}},
		}
		answer, err := c.GetStatus(t.Context(), status)
		if err != nil || answer.GetOperationStatuses()[0].GetState() != pb.GetStatusResponse_OperationStatus_OPERATION_STATE_RUNNING {
			t.Fatalf("%s: %v, %v", kind, answer, err)
		}
		interrupt := &pb.InterruptRequest{SessionId: c.session, UserContext: c.user}
		switch kind {
		case "all":
			interrupt.InterruptType = pb.InterruptRequest_INTERRUPT_TYPE_ALL
		case "tag":
			interrupt.InterruptType = pb.InterruptRequest_INTERRUPT_TYPE_TAG
			interrupt.Interrupt = &pb.InterruptRequest_OperationTag{OperationTag: "mine"}
		case "id":
			interrupt.InterruptType = pb.InterruptRequest_INTERRUPT_TYPE_OPERATION_ID
			interrupt.Interrupt = &pb.InterruptRequest_OperationId{OperationId: request.GetOperationId()}
		}
		done, err := c.Interrupt(t.Context(), interrupt)
		if err != nil || !slices.Equal(done.GetInterruptedIds(), []string{request.GetOperationId()}) {
			t.Fatalf("%s: %v, %v", kind, done, err)
		}
		_, err = drain(stream)
		expect(t, err, "OPERATION_CANCELED")
		answer, err = c.GetStatus(t.Context(), status)
		if err != nil || answer.GetOperationStatuses()[0].GetState() != pb.GetStatusResponse_OperationStatus_OPERATION_STATE_CANCELLED {
			t.Fatalf("%s: %v, %v", kind, answer, err)
		}
	}
}

func TestProgressIsReported(t *testing.T) {
	t.Parallel()
	engine := &fakeEngine{}
	seen := make(chan struct{})
	engine.before = func(ctx context.Context, q Query, _ int) error {
		q.Progress(Progress{Files: 4, FilesDone: 1, BytesFetched: 100})
		select {
		case <-seen:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	c := serve(t, Config{Engine: engine})
	if _, err := c.sql("SET spark.connect.progress.reportInterval=100ms"); err != nil {
		t.Fatal(err)
	}
	stream, err := c.ExecutePlan(t.Context(), c.request(root(numbers(3))))
	if err != nil {
		t.Fatal(err)
	}
	for {
		r, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		p := r.GetExecutionProgress()
		if p == nil {
			continue
		}
		stage := p.GetStages()[0]
		if stage.GetNumTasks() != 4 || stage.GetNumCompletedTasks() != 1 || stage.GetInputBytesRead() != 100 {
			t.Errorf("got %v", p)
		}
		break
	}
	close(seen)
	if _, err := drain(stream); err != nil {
		t.Fatal(err)
	}
}

func TestLargeBatchesAreCut(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	request := c.request(root(numbers(10_000)))
	request.RequestOptions = []*pb.ExecutePlanRequest_RequestOption{{
		RequestOption: &pb.ExecutePlanRequest_RequestOption_ResultChunkingOptions{ResultChunkingOptions: &pb.ResultChunkingOptions{
			AllowArrowBatchChunking: true, PreferredArrowChunkSize: proto.Int64(4096),
		}},
	}}
	stream, err := c.ExecutePlan(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	responses, err := drain(stream)
	if err != nil {
		t.Fatal(err)
	}
	if len(responses) < 10 {
		t.Errorf("only %d responses", len(responses))
	}
	if rows := decode(t, responses); len(rows) != 10_000 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestAPanicIsOneError(t *testing.T) {
	t.Parallel()
	engine := &fakeEngine{before: func(context.Context, Query, int) error { panic("token hf_abcdefghijklmnop") }}
	c := serve(t, Config{Engine: engine})
	_, err := c.run(root(numbers(3)))
	expect(t, err, "INTERNAL_ERROR")
	if text := err.Error(); errors.Is(err, context.Canceled) || containsSecret(text) {
		t.Errorf("the error shows a token: %v", err)
	}
	if _, err := c.sql("SET x=1"); err != nil {
		t.Fatalf("the server does not go on: %v", err)
	}
}
