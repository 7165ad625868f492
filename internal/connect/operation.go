package connect

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

// state is how far an operation is, in the words of GetStatus.
type state = pb.GetStatusResponse_OperationStatus_OperationState

// operation is one execution of a plan. One goroutine produces its responses; they are kept until a client has released
// them, so that a client whose connection was cut can read on where it was.
type operation struct {
	id           string
	tags         []string
	fingerprint  [sha256.Size]byte // of the plan, to tell a repeated request from another one with the same id
	reattachable bool
	chunks       chunking
	started      time.Time
	limits       bufferLimits
	header       *pb.ExecutePlanResponse // what every response begins with

	ctx    context.Context //nolint:containedctx // it outlives the request that started the operation
	cancel context.CancelCauseFunc

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced whenever something below changes
	responses []*kept       // those kept, in order; the first is number first
	first     int
	sent      int   // how many responses were sent at least once
	unsent    int64 // bytes of those not sent yet
	held      int64 // bytes of those sent and kept
	finished  bool
	err       error // how it failed
	reader    int   // counts the streams; only the last one may read
	attached  bool
	detached  time.Time // since when nobody reads
	indexes   *recentMap[string, int]
}

// kept is a response that is kept.
type kept struct {
	response *pb.ExecutePlanResponse
	size     int64
}

// bufferLimits bound what an operation keeps, in bytes.
type bufferLimits struct {
	unsent int64 // produced ahead of the client
	sent   int64 // kept for a client that comes back (spark.connect.execute.reattachable.observerRetryBufferSize)
}

// maxIndexes is how many ids of responses an operation remembers beyond those it keeps.
const maxIndexes = 10_000

// chunking is how the client wants large batches to be split.
type chunking struct {
	allowed bool
	size    int64
}

func newOperation(s *session, id string, fingerprint [sha256.Size]byte, limits bufferLimits) *operation {
	o := &operation{
		id: id, fingerprint: fingerprint, started: time.Now(), limits: limits,
		header:  &pb.ExecutePlanResponse{SessionId: s.id, ServerSideSessionId: s.serverID, OperationId: id},
		changed: make(chan struct{}), detached: time.Now(), indexes: newRecentMap[string, int](maxIndexes),
	}
	o.ctx, o.cancel = context.WithCancelCause(s.ctx)
	return o
}

// notify wakes everyone who waits for a change. The caller holds mu.
func (o *operation) notify() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// emit adds a response. It waits while too much is unread, and fails when the operation is cancelled.
func (o *operation) emit(response *pb.ExecutePlanResponse) error {
	proto.Merge(response, o.header)
	response.ResponseId = uuid.NewString()
	size := int64(proto.Size(response))
	o.mu.Lock()
	for o.unsent > 0 && o.unsent+size > o.limits.unsent && o.ctx.Err() == nil {
		wait := o.changed
		o.mu.Unlock()
		select {
		case <-wait:
		case <-o.ctx.Done():
		}
		o.mu.Lock()
	}
	defer o.mu.Unlock()
	if o.ctx.Err() != nil {
		return context.Cause(o.ctx)
	}
	o.indexes.put(response.GetResponseId(), o.first+len(o.responses))
	o.responses = append(o.responses, &kept{response: response, size: size})
	o.unsent += size
	o.notify()
	return nil
}

// tryEmit adds a response that may as well be left out, such as one about progress: only when all others are read.
func (o *operation) tryEmit(response *pb.ExecutePlanResponse) error {
	o.mu.Lock()
	idle := o.unsent == 0 && !o.finished
	o.mu.Unlock()
	if !idle {
		return nil
	}
	return o.emit(response)
}

// finish ends the stream of responses, with an error if it failed.
func (o *operation) finish(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.finished = true
	o.err = err
	o.cancel(nil)
	o.notify()
}

func (o *operation) isFinished() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.finished
}

// state tells how far the operation is.
func (o *operation) state() state {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !o.finished && o.ctx.Err() != nil:
		return pb.GetStatusResponse_OperationStatus_OPERATION_STATE_TERMINATING
	case !o.finished:
		return pb.GetStatusResponse_OperationStatus_OPERATION_STATE_RUNNING
	case o.err == nil:
		return pb.GetStatusResponse_OperationStatus_OPERATION_STATE_SUCCEEDED
	case errors.Is(context.Cause(o.ctx), errCanceled):
		return pb.GetStatusResponse_OperationStatus_OPERATION_STATE_CANCELLED
	}
	return pb.GetStatusResponse_OperationStatus_OPERATION_STATE_FAILED
}

// detachedFor tells for how long nobody has read the operation's stream.
func (o *operation) detachedFor(now time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.attached {
		return 0
	}
	return now.Sub(o.detached)
}

// cursor is a client's place in an operation's stream.
type cursor struct {
	operation *operation
	reader    int
	next      int
}

// attach begins to read after the response called last, or from the start where last is empty. The stream that read before
// is cut off.
func (o *operation) attach(last string) (*cursor, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := 0
	if last != "" {
		index, ok := o.indexes.get(last)
		if !ok {
			return nil, invalidCursor("POSITION_NOT_FOUND", "The cursor position id %s is not found.", last).With("responseId", last)
		}
		next = index + 1
	}
	if next < o.first {
		return nil, invalidCursor("POSITION_NOT_AVAILABLE", "The cursor position id %s is no longer available at index %d.", last, next+1).
			With("responseId", last, "index", strconv.Itoa(next+1))
	}
	o.reader++
	o.attached = true
	o.notify()
	return &cursor{operation: o, reader: o.reader, next: next}, nil
}

// detach ends a stream's reading, unless another one has taken over.
func (c *cursor) detach() {
	o := c.operation
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.reader == c.reader {
		o.attached = false
		o.detached = time.Now()
	}
}

// read waits for the next response. It returns io.EOF after the last, and the operation's error when it failed.
func (c *cursor) read(ctx context.Context) (*kept, error) {
	o := c.operation
	for {
		o.mu.Lock()
		wait := o.changed
		switch {
		case o.reader != c.reader:
			o.mu.Unlock()
			return nil, errDisconnected
		case c.next-o.first < len(o.responses):
			response := o.responses[c.next-o.first]
			o.mu.Unlock()
			return response, nil
		case o.finished:
			err := o.err
			o.mu.Unlock()
			if err == nil {
				err = io.EOF
			}
			return nil, err
		}
		o.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

var errDisconnected = invalidCursor("DISCONNECTED", "The cursor has been disconnected by the server.")

// advance notes that the response just read was sent.
func (c *cursor) advance() {
	o := c.operation
	o.mu.Lock()
	defer o.mu.Unlock()
	at := c.next
	c.next++
	if at >= o.sent {
		o.sent = at + 1
		if i := at - o.first; i >= 0 && i < len(o.responses) {
			o.unsent -= o.responses[i].size
			o.held += o.responses[i].size
		}
	}
	limit := o.limits.sent
	if !o.reattachable {
		limit = 0
	}
	for o.held > limit && o.first < o.sent && len(o.responses) > 0 && (o.first < at || !o.reattachable) {
		o.dropFirst()
	}
	o.notify()
}

// dropFirst forgets the oldest response kept. The caller holds mu.
func (o *operation) dropFirst() {
	size := o.responses[0].size
	if o.first < o.sent {
		o.held -= size
	} else {
		o.unsent -= size
		o.sent = o.first + 1
	}
	o.responses[0] = nil
	o.responses = o.responses[1:]
	o.first++
}

// release forgets the responses up to the one called id.
func (o *operation) release(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	index, ok := o.indexes.get(id)
	if !ok {
		return
	}
	for o.first <= index && len(o.responses) > 0 {
		o.dropFirst()
	}
	o.notify()
}
