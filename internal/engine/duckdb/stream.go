package duckdb

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// holdFunction is the name in SQL of the function that keeps the chunks of a query.
const holdFunction = "hf_hold"

// RegisterStreams makes Connection.Stream usable on all connections of the database.
func (d *Database) RegisterStreams(c *Connection) error {
	f := bindings.CreateScalarFunction()
	defer bindings.DestroyScalarFunction(&f)
	bindings.ScalarFunctionSetName(f, holdFunction)
	address := bindings.CreateLogicalType(bindings.TypeUBigInt)
	defer bindings.DestroyLogicalType(&address)
	bindings.ScalarFunctionAddParameter(f, address)
	anything := bindings.CreateLogicalType(bindings.TypeAny)
	defer bindings.DestroyLogicalType(&anything)
	bindings.ScalarFunctionSetVarargs(f, anything)
	bindings.ScalarFunctionSetReturnType(f, address)
	bindings.ScalarFunctionSetVolatile(f)
	bindings.ScalarFunctionSetSpecialHandling(f)
	bindings.ScalarFunctionSetFunction(f, C.hfs_hold_pointer())
	if bindings.RegisterScalarFunction(c.conn, f) != bindings.StateSuccess {
		return fmt.Errorf("DuckDB does not take the function %s", holdFunction)
	}
	return nil
}

// Stream is the result of a query whose chunks are kept where DuckDB made them, rather than copied into a result: the texts
// of a Parquet file stay in the pages that were decoded.
type Stream struct {
	rows   *Rows
	stream *C.hfs_stream
	ctx    context.Context //nolint:containedctx // the life of the query: it is interrupted when it ends
	stop   func() bool
	ended  chan struct{} // closed when interrupting must end
	gone   chan struct{} // closed when it has
}

// Referring prints a column of texts or binary values for a Stream. DuckDB makes a flat vector of one with a dictionary by copying every
// value, but that of an expression with branches by referring to what the branches have.
func Referring(column string) string { return "coalesce(" + column + ", NULL)" }

// Stream starts "SELECT columns rest", where columns are names and rest begins with FROM. It is interrupted when ctx ends.
// The stream must be closed.
func (c *Connection) Stream(ctx context.Context, columns, rest string) (*Stream, error) {
	s := &Stream{ctx: ctx, stream: C.hfs_stream_new(), ended: make(chan struct{}), gone: make(chan struct{})}
	if s.stream == nil {
		return nil, errors.New("there is no memory for a query")
	}
	address := uintptr(unsafe.Pointer(s.stream.holder))
	var err error
	s.rows, err = c.Query(ctx, fmt.Sprintf("SELECT %s(%d::UBIGINT, %s) %s", holdFunction, address, columns, rest))
	if err != nil {
		C.hfs_stream_free(s.stream)
		return nil, err
	}
	s.stop = context.AfterFunc(ctx, func() {
		defer close(s.gone)
		c.interruptUntil(s.ended)
	})
	if err := s.start(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stream) start() error {
	s.rows.started = true
	if bindings.ExecutePending(s.rows.pending, &s.rows.result) != bindings.StateSuccess {
		if err := s.ctx.Err(); err != nil {
			return context.Cause(s.ctx)
		}
		return resultError(&s.rows.result)
	}
	C.hfs_stream_result(s.stream, unsafe.Pointer(&s.rows.result))
	return nil
}

// Next returns the next chunk, or io.EOF.
func (s *Stream) Next() (Held, error) {
	held := C.hfs_stream_next(s.stream)
	if held == nil {
		if err := s.Err(); err != nil {
			return Held{}, err
		}
		return Held{}, io.EOF
	}
	return Held{held}, nil
}

// Err is why the stream ended, when that was not with the last row. It is to be called at the end only.
func (s *Stream) Err() error {
	switch {
	case s.ctx.Err() != nil:
		return context.Cause(s.ctx)
	case bindings.ResultError(&s.rows.result) != "":
		return resultError(&s.rows.result)
	case s.stream.failure != nil:
		return errors.New(C.GoString(s.stream.failure))
	}
	s.rows.complete = true
	return nil
}

// Rows is the number of rows that were taken so far.
func (s *Stream) Rows() int64 { return int64(s.stream.rows) }

// Close ends the query. Chunks that were taken stay usable.
func (s *Stream) Close() {
	close(s.ended)
	if !s.stop() {
		<-s.gone
	}
	s.rows.Close()
	C.hfs_stream_free(s.stream)
}

// Held is a chunk of a Stream.
type Held struct{ held *C.hfs_held }

// Rows is the number of rows.
func (h Held) Rows() int { return int(h.held.rows) }

// Vector is the column at position i. It is valid as long as the chunk, even where another vector refers to it.
func (h Held) Vector(i int) Vector {
	columns := unsafe.Slice(h.held.vectors, h.held.columns)
	return Vector{bindings.Vector{Ptr: columns[i]}}
}

// Close frees the chunk.
func (h *Held) Close() {
	C.hfs_held_free(h.held)
	h.held = nil
}
