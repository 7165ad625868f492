package duckdb

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// Connection is a connection to a Database. One goroutine uses it at a time.
type Connection struct {
	conn     bindings.Connection
	settings map[string]string // the last statement of each Setting
}

// Close closes the connection. Its results must be closed before.
func (c *Connection) Close() { bindings.Disconnect(&c.conn) }

// Exec runs a statement and drops its result. When ctx ends the statement is interrupted and ctx's error returned.
func (c *Connection) Exec(ctx context.Context, query string) error {
	var result bindings.Result
	var state bindings.State
	err := c.guard(ctx, func() { state = bindings.Query(c.conn, query, &result) })
	defer bindings.DestroyResult(&result)
	if err != nil {
		return err
	}
	if state != bindings.StateSuccess {
		return resultError(&result)
	}
	return nil
}

// Setting runs a statement that makes the setting of that name what it says, unless it was the last to do so: even the
// simplest statement takes DuckDB tenths of a millisecond.
func (c *Connection) Setting(ctx context.Context, name, statement string) error {
	if c.settings[name] == statement {
		return nil
	}
	if err := c.Exec(ctx, statement); err != nil {
		return err
	}
	if c.settings == nil {
		c.settings = make(map[string]string)
	}
	c.settings[name] = statement
	return nil
}

// Columns binds a query without running it and returns the names of its columns.
func (c *Connection) Columns(ctx context.Context, query string) ([]string, error) {
	statement, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	defer bindings.DestroyPrepare(&statement)
	names := make([]string, bindings.PreparedStatementColumnCount(statement))
	for i := range names {
		names[i] = bindings.PreparedStatementColumnName(statement, bindings.IdxT(i))
	}
	return names, nil
}

// Query binds a query and starts it. The rows are computed while they are read.
func (c *Connection) Query(ctx context.Context, query string) (*Rows, error) {
	statement, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	rows := &Rows{conn: c, statement: statement}
	//nolint:staticcheck // The streaming interface is marked as deprecated and has no successor that streams.
	if bindings.PendingPreparedStreaming(statement, &rows.pending) != bindings.StateSuccess {
		message := bindings.PendingError(rows.pending)
		err := &Error{Kind: kindOfText(message), Message: message}
		rows.Close()
		return nil, err
	}
	return rows, nil
}

func (c *Connection) prepare(ctx context.Context, query string) (bindings.PreparedStatement, error) {
	// Multiple statements are refused by duckdb_prepare, with a message that says so.
	var statement bindings.PreparedStatement
	var state bindings.State
	err := c.guard(ctx, func() { state = bindings.Prepare(c.conn, query, &statement) })
	if err == nil && state != bindings.StateSuccess {
		err = &Error{Kind: kindOfText(bindings.PrepareError(statement)), Message: bindings.PrepareError(statement)}
	}
	if err != nil {
		bindings.DestroyPrepare(&statement)
	}
	return statement, err
}

// interruptEvery is how often a running call is told to stop until it does: DuckDB forgets an interrupt that comes before
// the call has begun its work.
const interruptEvery = 10 * time.Millisecond

// guard runs call, which blocks in DuckDB, and interrupts it when ctx ends.
func (c *Connection) guard(ctx context.Context, call func()) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if ctx.Done() == nil {
		call()
		return nil
	}
	finished, gone := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(gone)
		c.interruptUntil(finished)
	})
	call()
	close(finished)
	if !stop() {
		<-gone
		return context.Cause(ctx)
	}
	return nil
}

// interruptUntil interrupts what runs on the connection again and again until finished is closed.
func (c *Connection) interruptUntil(finished <-chan struct{}) {
	ticker := time.NewTicker(interruptEvery)
	defer ticker.Stop()
	for {
		bindings.Interrupt(c.conn)
		select {
		case <-finished:
			return
		case <-ticker.C:
		}
	}
}

// Rows is the streaming result of a query.
type Rows struct {
	conn      *Connection
	statement bindings.PreparedStatement
	pending   bindings.PendingResult
	result    bindings.Result
	started   bool
	done      bool
	complete  bool // all rows were read
}

// Next returns the next chunk of rows, or io.EOF. The chunk is valid until it is closed, also after the rows are.
// When ctx ends the query is interrupted and the cause of ctx's end returned.
func (r *Rows) Next(ctx context.Context) (Chunk, error) {
	if r.done {
		return Chunk{}, io.EOF
	}
	if !r.started {
		if err := r.start(ctx); err != nil {
			r.done = true
			return Chunk{}, err
		}
	}
	for {
		var chunk bindings.DataChunk
		err := r.conn.guard(ctx, func() { chunk = bindings.FetchChunk(r.result) })
		if err != nil {
			bindings.DestroyDataChunk(&chunk)
			r.done = true
			return Chunk{}, err
		}
		if chunk.Ptr == nil {
			r.done = true
			if bindings.ResultError(&r.result) != "" {
				return Chunk{}, resultError(&r.result)
			}
			r.complete = true
			return Chunk{}, io.EOF
		}
		if bindings.DataChunkGetSize(chunk) > 0 {
			return Chunk{chunk}, nil
		}
		bindings.DestroyDataChunk(&chunk)
	}
}

func (r *Rows) start(ctx context.Context) error {
	r.started = true
	var state bindings.State
	err := r.conn.guard(ctx, func() { state = bindings.ExecutePending(r.pending, &r.result) })
	if err != nil {
		return err
	}
	if state != bindings.StateSuccess {
		return resultError(&r.result)
	}
	return nil
}

// Close ends the query, waiting for the tasks that run it. Functions in Go that block must be told to return before.
func (r *Rows) Close() {
	r.done = true
	if r.complete {
		r.destroy()
		return
	}
	finished, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		r.conn.interruptUntil(finished)
	}()
	r.destroy()
	// DuckDB keeps a query that was not read to its end, and all its state, until the connection's next one.
	var none bindings.Result
	bindings.Query(r.conn.conn, "SELECT 1", &none)
	bindings.DestroyResult(&none)
	close(finished)
	<-gone
}

func (r *Rows) destroy() {
	bindings.DestroyResult(&r.result)
	bindings.DestroyPending(&r.pending)
	bindings.DestroyPrepare(&r.statement)
}

func resultError(result *bindings.Result) error {
	message := bindings.ResultError(result)
	if message == "" {
		return errors.New("DuckDB failed without a reason")
	}
	// A query that DuckDB's threads saw fail before its rows were asked for says that it has failed, and why in a second line.
	if first, cause, ok := strings.Cut(message, "\nError: "); ok && strings.Contains(first, "closed pending query result") {
		return &Error{Kind: kindOfText(cause), Message: cause}
	}
	return &Error{Kind: kindOf(bindings.ResultErrorType(result)), Message: message}
}

// Chunk is up to VectorSize rows.
type Chunk struct{ chunk bindings.DataChunk }

// Rows is the number of rows.
func (c Chunk) Rows() int { return int(bindings.DataChunkGetSize(c.chunk)) }

// Vector is the column at position i. It is valid as long as the chunk.
func (c Chunk) Vector(i int) Vector {
	return Vector{bindings.DataChunkGetVector(c.chunk, bindings.IdxT(i))}
}

// Close frees the chunk.
func (c *Chunk) Close() { bindings.DestroyDataChunk(&c.chunk) }

// Vector is one column of a chunk.
type Vector struct{ vector bindings.Vector }

// Reference makes v share the values of other, which may then be freed.
func (v Vector) Reference(other Vector) { bindings.VectorReferenceVector(v.vector, other.vector) }
