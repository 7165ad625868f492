package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// errStalled says that nothing came for longer than the timeout.
var errStalled = errors.New("no data for too long")

// watchdog cancels a request on which nothing has moved for too long.
type watchdog struct {
	limit  time.Duration
	ctx    context.Context //nolint:containedctx // It is the request's own, kept to ask why it ended.
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	timer    *time.Timer
	answered bool // the server has begun to answer: what is still sent of the request no longer counts
}

// newWatchdog begins to watch the request of ctx.
func newWatchdog(ctx context.Context, cancel context.CancelCauseFunc, limit time.Duration) *watchdog {
	d := &watchdog{limit: limit, ctx: ctx, cancel: cancel}
	d.timer = time.AfterFunc(limit, func() { cancel(errStalled) })
	return d
}

func (d *watchdog) barked() bool { return errors.Is(context.Cause(d.ctx), errStalled) }

// stop ends the watch and the request.
func (d *watchdog) stop() {
	d.timer.Stop()
	d.cancel(nil)
}

// sending notes that a piece of the request was sent.
func (d *watchdog) sending() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.answered {
		d.timer.Reset(d.limit)
	}
}

// rest stops the clock once an answer has begun; it runs again while the answer's body is read.
func (d *watchdog) rest() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answered = true
	d.timer.Stop()
}

// watchedBody is a response body whose reads may not stall.
type watchedBody struct {
	body io.ReadCloser
	dog  *watchdog
}

// Read implements [io.Reader].
func (b *watchedBody) Read(p []byte) (int, error) {
	b.dog.timer.Reset(b.dog.limit)
	n, err := b.body.Read(p)
	b.dog.timer.Stop()
	if err != nil && err != io.EOF && b.dog.barked() {
		err = fmt.Errorf("%w (%s)", errStalled, b.dog.limit)
	}
	return n, err
}

// Close implements [io.Closer].
func (b *watchedBody) Close() error {
	b.dog.stop()
	return b.body.Close()
}

// sentBody is the streamed body of one request. It remembers why reading it failed: the transport's own error hides that.
type sentBody struct {
	body io.ReadCloser
	dog  *watchdog

	mu  sync.Mutex
	err error
}

// attach makes a stream the body of a request.
func (b *sentBody) attach(req *http.Request, s *stream) error {
	body, err := s.open()
	if err != nil {
		return err
	}
	b.body, req.ContentLength = body, s.length
	if s.length == 0 {
		req.Body = http.NoBody // A length of 0 with a body would mean an unknown one.
		return body.Close()
	}
	req.Body = b
	// The transport asks for the body again when a kept connection turns out to be closed before anything was sent on it.
	req.GetBody = func() (io.ReadCloser, error) {
		again, err := s.open()
		if err != nil {
			b.fail(err)
			return nil, err
		}
		return &sentBody{body: again, dog: b.dog}, nil
	}
	return nil
}

// Read implements [io.Reader].
func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err != nil && err != io.EOF {
		b.fail(err)
	}
	b.dog.sending()
	return n, err
}

// Close implements [io.Closer].
func (b *sentBody) Close() error { return b.body.Close() }

func (b *sentBody) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// failure returns why the body could not be read; nil when that is not what went wrong.
func (b *sentBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
