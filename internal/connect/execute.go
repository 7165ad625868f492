package connect

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// ExecutePlan implements the service: it starts an operation and streams its responses.
func (s *Server) ExecutePlan(r *pb.ExecutePlanRequest, stream pb.SparkConnectService_ExecutePlanServer) error {
	session, done, err := s.sessions.open(r)
	if err != nil {
		return err
	}
	defer done()
	o, err := s.start(session, r)
	if err != nil {
		return session.fail(stream.Context(), err)
	}
	c, err := o.attach("")
	if err != nil {
		return session.fail(stream.Context(), err)
	}
	return s.stream(stream, session, c)
}

// ReattachExecute implements the service: it goes on with the stream of an operation.
func (s *Server) ReattachExecute(r *pb.ReattachExecuteRequest, stream pb.SparkConnectService_ReattachExecuteServer) error {
	session, done, err := s.sessions.existing(r)
	if err != nil {
		return err
	}
	defer done()
	o, err := session.operation(r.GetOperationId())
	if err != nil {
		return session.fail(stream.Context(), err)
	}
	if !o.reattachable {
		return session.fail(stream.Context(), invalidCursor("NOT_REATTACHABLE", "The cursor is not reattachable."))
	}
	c, err := o.attach(r.GetLastResponseId())
	if err != nil {
		return session.fail(stream.Context(), err)
	}
	return s.stream(stream, session, c)
}

// ReleaseExecute implements the service: it forgets responses that a client has read.
func (s *Server) ReleaseExecute(ctx context.Context, r *pb.ReleaseExecuteRequest) (*pb.ReleaseExecuteResponse, error) {
	session, done, err := s.sessions.existing(released{r})
	if err != nil {
		return nil, err
	}
	defer done()
	response := &pb.ReleaseExecuteResponse{SessionId: session.id, ServerSideSessionId: session.serverID}
	o, err := session.operation(r.GetOperationId())
	if err != nil {
		return response, nil // it is gone, which is what the client wants
	}
	id := o.id
	response.OperationId = &id
	switch release := r.GetRelease().(type) {
	case *pb.ReleaseExecuteRequest_ReleaseAll_:
		o.cancel(errCanceled)
		session.forget(o)
	case *pb.ReleaseExecuteRequest_ReleaseUntil_:
		o.release(release.ReleaseUntil.GetResponseId())
	default:
		return nil, session.fail(ctx, invalidRequest("ReleaseExecute tells neither what to release nor all"))
	}
	return response, nil
}

// released keeps ReleaseExecute from comparing the realisation of the session, as Spark does not do it there either.
type released struct{ r *pb.ReleaseExecuteRequest }

// GetSessionId implements request.
func (r released) GetSessionId() string { return r.r.GetSessionId() }

// GetUserContext implements request.
func (r released) GetUserContext() *pb.UserContext { return r.r.GetUserContext() }

func invalidRequest(format string, args ...any) error {
	return sparkerror.New(sparkerror.IllegalArgumentException, "", "", "The request is not valid: %s.", fmt.Sprintf(format, args...))
}

// start makes and starts the operation of a request. A request that was sent before is the same operation.
func (s *Server) start(session *session, r *pb.ExecutePlanRequest) (*operation, error) {
	id := r.GetOperationId()
	if id == "" {
		id = uuid.NewString()
	} else if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return nil, invalidHandle("FORMAT", id)
	}
	if err := checkTags(r.GetTags()); err != nil {
		return nil, err
	}
	serialized, err := proto.MarshalOptions{Deterministic: true}.Marshal(r.GetPlan())
	if err != nil {
		return nil, err
	}
	fingerprint := sha256.Sum256(serialized)

	session.mu.Lock()
	defer session.mu.Unlock()
	if o, ok := session.operations[id]; ok {
		if o.fingerprint != fingerprint || !o.reattachable {
			return nil, invalidHandle("OPERATION_ALREADY_EXISTS", id)
		}
		return o, nil
	}
	if session.ended.has(id) {
		return nil, invalidHandle("OPERATION_ABANDONED", id)
	}
	if session.ctx.Err() != nil {
		return nil, context.Cause(session.ctx)
	}
	o := newOperation(session, id, fingerprint, bufferLimits{unsent: s.config.BufferBytes, sent: s.config.RetryBytes})
	o.tags = r.GetTags()
	if err := o.applyOptions(r.GetRequestOptions()); err != nil {
		return nil, err
	}
	session.operations[id] = o
	session.work.Go(func() { s.run(session, o, r.GetPlan()) })
	return o, nil
}

func checkTags(tags []string) error {
	for _, tag := range tags {
		if tag == "" {
			return sparkerror.New(sparkerror.IllegalArgumentException, "", "", "Spark Connect tag cannot be an empty string.")
		}
		if strings.Contains(tag, ",") {
			return sparkerror.New(sparkerror.IllegalArgumentException, "", "", "Spark Connect tag cannot contain ','.")
		}
	}
	return nil
}

func (o *operation) applyOptions(options []*pb.ExecutePlanRequest_RequestOption) error {
	for _, option := range options {
		switch kind := option.GetRequestOption().(type) {
		case *pb.ExecutePlanRequest_RequestOption_ReattachOptions:
			o.reattachable = kind.ReattachOptions.GetReattachable()
		case *pb.ExecutePlanRequest_RequestOption_ResultChunkingOptions:
			o.chunks = chunking{
				allowed: kind.ResultChunkingOptions.GetAllowArrowBatchChunking(),
				size:    kind.ResultChunkingOptions.GetPreferredArrowChunkSize(),
			}
		case *pb.ExecutePlanRequest_RequestOption_Extension:
			return sparkerror.Unsupported("the request option "+kind.Extension.GetTypeUrl(), "")
		}
	}
	return nil
}

// run executes a plan; whatever happens, the operation comes to an end.
func (s *Server) run(session *session, o *operation, p *pb.Plan) {
	err := func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = s.panicked("operation", r)
			}
		}()
		e := &execution{server: s, session: session, operation: o, ctx: o.ctx}
		return e.plan(p)
	}()
	if err != nil {
		err = session.fail(o.ctx, err)
		s.config.Logger.Debug("operation failed", "operation", o.id, "error", err)
	}
	o.finish(err)
}

// errTurn is why a stream ends that has lasted long enough; its client reattaches.
var errTurn = errors.New("the stream has lasted long enough")

// stream sends an operation's responses until it ends, or until the client should come again.
func (s *Server) stream(stream grpc.ServerStreamingServer[pb.ExecutePlanResponse], session *session, c *cursor) error {
	o := c.operation
	defer c.detach()
	ctx := stream.Context()
	if o.reattachable {
		timed, cancel := context.WithTimeoutCause(ctx, s.config.StreamDuration, errTurn)
		defer cancel()
		ctx = timed
	} else {
		// Nobody can come back for this operation: it ends with its stream.
		defer session.forget(o)
		defer o.cancel(errCanceled)
	}
	for sent := int64(0); ; {
		next, err := c.read(ctx)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, errTurn):
			return nil
		case err != nil:
			return err
		}
		if err := stream.Send(next.response); err != nil {
			return err
		}
		c.advance()
		sent += next.size
		if o.reattachable && sent >= s.config.StreamBytes {
			return nil
		}
	}
}

// Interrupt implements the service: it cancels operations.
func (s *Server) Interrupt(ctx context.Context, r *pb.InterruptRequest) (*pb.InterruptResponse, error) {
	session, done, err := s.sessions.open(r)
	if err != nil {
		return nil, err
	}
	defer done()
	matches, err := interrupted(r)
	if err != nil {
		return nil, session.fail(ctx, err)
	}
	session.mu.Lock()
	operations := session.operationsLocked()
	session.mu.Unlock()
	response := &pb.InterruptResponse{SessionId: session.id, ServerSideSessionId: session.serverID}
	for _, o := range operations {
		if matches(o) && !o.isFinished() {
			o.cancel(errCanceled)
			response.InterruptedIds = append(response.InterruptedIds, o.id)
		}
	}
	return response, nil
}

// interrupted tells which operations a request means.
func interrupted(r *pb.InterruptRequest) (func(*operation) bool, error) {
	switch r.GetInterruptType() {
	case pb.InterruptRequest_INTERRUPT_TYPE_ALL:
		return func(*operation) bool { return true }, nil
	case pb.InterruptRequest_INTERRUPT_TYPE_TAG:
		tag := r.GetOperationTag()
		if tag == "" {
			return nil, interruptLacks("TAG", "operation_tag")
		}
		return func(o *operation) bool {
			for _, t := range o.tags {
				if t == tag {
					return true
				}
			}
			return false
		}, nil
	case pb.InterruptRequest_INTERRUPT_TYPE_OPERATION_ID:
		if r.GetOperationId() == "" {
			return nil, interruptLacks("OPERATION_ID", "operation_id")
		}
		return func(o *operation) bool { return o.id == r.GetOperationId() }, nil
	}
	return nil, sparkerror.New(sparkerror.SparkSQLException, "UNSUPPORTED_FEATURE.INTERRUPT_TYPE", "0A000",
		"The feature is not supported: Unsupported interrupt type: %s.", r.GetInterruptType()).
		With("interruptType", r.GetInterruptType().String())
}

// interruptLacks says that an interrupt does not name what its type needs.
func interruptLacks(kind, parameter string) error {
	short := strings.TrimPrefix(parameter, "operation_")
	return sparkerror.New(sparkerror.SparkSQLException, "INVALID_PARAMETER_VALUE.INTERRUPT_TYPE_"+kind+"_REQUIRES_"+strings.ToUpper(short), "22023",
		"The value of parameter(s) %s in interrupt is invalid: INTERRUPT_TYPE_%s requested, but no %s provided.", parameter, kind, parameter).
		With("parameter", parameter, "functionName", "interrupt")
}

// GetStatus implements the service: it tells how far operations are.
func (s *Server) GetStatus(ctx context.Context, r *pb.GetStatusRequest) (*pb.GetStatusResponse, error) {
	session, done, err := s.sessions.existing(r)
	if err != nil {
		return nil, err
	}
	defer done()
	if len(r.GetExtensions())+len(r.GetOperationStatus().GetExtensions()) > 0 {
		return nil, session.fail(ctx, sparkerror.Unsupported("an extension of GetStatus", ""))
	}
	response := &pb.GetStatusResponse{SessionId: session.id, ServerSideSessionId: session.serverID}
	if r.GetOperationStatus() == nil {
		return response, nil
	}
	session.mu.Lock()
	defer session.mu.Unlock()
	add := func(id string, at state) {
		response.OperationStatuses = append(response.OperationStatuses,
			&pb.GetStatusResponse_OperationStatus{OperationId: id, State: at})
	}
	ids := r.GetOperationStatus().GetOperationIds()
	if len(ids) == 0 {
		for _, o := range session.operationsLocked() {
			add(o.id, o.state())
		}
	}
	for _, id := range ids {
		if o, ok := session.operations[id]; ok {
			add(id, o.state())
			continue
		}
		add(id, pb.GetStatusResponse_OperationStatus_OPERATION_STATE_UNKNOWN)
	}
	return response, nil
}

// progressFloor is the shortest time between two reports of progress.
const progressFloor = 100 * time.Millisecond
