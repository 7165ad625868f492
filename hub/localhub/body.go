package localhub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
	"unicode/utf8"
)

// How slowly a request body may come: a piece of it at least every bodyIdle, and after bodyGrace at least bodyRate bytes a second on
// average. A client that is slower holds a connection, not much memory, but they are bounded too.
const (
	bodyIdle  = 30 * time.Second // unless the options say otherwise
	bodyGrace = time.Minute
	bodyRate  = 1 << 10
)

// body is the body of a request: of bounded length, and not slower than it may be.
type body struct {
	e     *exchange
	limit int64
	read  int64
	begin time.Time
	ended bool
}

// body returns the request's body, of at most limit bytes. Its errors are answers.
func (e *exchange) body(limit int64) *body {
	return &body{e: e, limit: limit, begin: time.Now()}
}

func tooLarge(limit int64) *failure {
	return &failure{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("The request is too large: at most %d bytes are taken", limit)}
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	switch {
	case b.ended:
		return 0, io.EOF
	case b.read == 0 && b.e.r.ContentLength > b.limit:
		return 0, tooLarge(b.limit)
	case b.e.fault.uncut(b.read) == 0:
		return 0, b.e.abort(errors.New("a fault that tests asked for"))
	}
	p = p[:min(int64(len(p)), b.limit-b.read+1, b.e.fault.uncut(b.read), flowPiece)]
	connection := http.NewResponseController(b.e.w)
	_ = connection.SetReadDeadline(b.deadline()) // It fails on connections that know no deadlines, which only tests have.
	n, err := b.e.r.Body.Read(p)
	b.read += int64(n)
	b.e.received = b.read
	if b.read > b.limit {
		return 0, tooLarge(b.limit)
	}
	if err != nil {
		return n, b.end(connection, err)
	}
	return n, b.e.server.flow.wait(b.e.r.Context(), n)
}

// deadline is when the next piece must be there.
func (b *body) deadline() time.Time {
	onAverage := b.begin.Add(bodyGrace + time.Duration(b.read/bodyRate)*time.Second)
	if idle := time.Now().Add(b.e.server.bodyIdle); idle.Before(onAverage) {
		return idle
	}
	return onAverage
}

// end tells why there is no more of the body.
func (b *body) end(connection *http.ResponseController, err error) error {
	b.ended = true
	if errors.Is(err, io.EOF) {
		_ = connection.SetReadDeadline(time.Time{}) // It would hit the connection's next request.
		return io.EOF
	}
	b.e.w.Header().Set("Connection", "close")
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &failure{status: http.StatusRequestTimeout, message: "The request body comes too slowly"}
	}
	return badRequest("the request body broke off after %d bytes: %v", b.read, err)
}

// maxDrain is how much of a body is read that nobody wants any more. Clients that are still sending do not see an answer, but
// a broken connection.
const (
	maxDrain  = 64 << 20
	drainTime = 5 * time.Second
)

// drain reads what is left of a body before a refusal is sent.
func (e *exchange) drain() {
	if e.r.ContentLength == 0 {
		return
	}
	connection := http.NewResponseController(e.w)
	_ = connection.SetReadDeadline(time.Now().Add(drainTime))
	if _, err := io.CopyN(io.Discard, e.r.Body, maxDrain); !errors.Is(err, io.EOF) {
		e.w.Header().Set("Connection", "close")
	}
	_ = connection.SetReadDeadline(time.Time{})
}

// maxJSON bounds JSON in requests, unless an endpoint says otherwise.
const maxJSON = 1 << 20

// json reads the request as JSON. Members that are not known are passed over, as the Hub does. An empty body reads as {}.
func (e *exchange) json(limit int64, into any) error {
	text, err := io.ReadAll(e.body(limit))
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	if !utf8.Valid(text) {
		return badRequest("the request is not UTF-8")
	}
	if err := json.Unmarshal(text, into); err != nil {
		return badRequest("the request is not the JSON that is expected: %v", err)
	}
	return nil
}

// DefaultPartSize is the size in bytes of the parts of an upload, unless the options say otherwise.
const DefaultPartSize = 16 << 20
