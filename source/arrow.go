package source

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/hfspark/hfspark/internal/arrowcheck"
	"github.com/hfspark/hfspark/source/parquet"
)

// arrowFormat reads Arrow IPC files and streams (datasets, packaged_modules/arrow/arrow.py). Both are read from beginning to end: a
// file is a stream between two marks, with a table of its messages that is not needed.
type arrowFormat struct{}

// Parameters implements Format.
func (arrowFormat) Parameters(given map[string]any) (map[string]any, error) {
	p := newParameters("Arrow", given)
	p.only(nil)
	return given, p.err
}

// Schema implements Format. Without announced features it is that of the first file.
func (arrowFormat) Schema(ctx context.Context, s Services, subset Subset) (_ *arrow.Schema, err error) {
	if features := subset.Resolution.Features; features != nil {
		return features.ArrowSchema(), nil
	}
	for _, split := range subset.Resolution.Splits {
		if len(split.Files) == 0 {
			continue
		}
		stream, err := openArrowStream(ctx, s, subset.partition(split.Files[0]))
		if err != nil {
			return nil, err
		}
		schema := plainSchema(stream.reader.Schema())
		return withFeatures(schema), stream.close()
	}
	return nil, emptySplit(subset)
}

// plainSchema gives fields the types of the features that the datasets library makes of them: everything nullable, dictionaries as
// their values, extensions as what they are stored as, and views and runs as the values that they show.
func plainSchema(schema *arrow.Schema) *arrow.Schema {
	fields := make([]arrow.Field, schema.NumFields())
	for i, f := range schema.Fields() {
		fields[i] = parquet.PlainField(f)
	}
	metadata := schema.Metadata()
	return arrow.NewSchema(fields, &metadata)
}

// Open implements Format.
func (arrowFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	reader := &arrowReader{services: s, partition: p, request: r, left: -1}
	if r.Limit > 0 && r.Filters == nil {
		reader.left = r.Limit
	}
	var fields []arrow.Field
	for _, name := range neededColumns(r) {
		field, err := p.field(name)
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
	}
	reader.needed, reader.wanted = arrow.NewSchema(fields, nil), arrow.NewSchema(fields[:len(r.Columns)], nil)
	reader.ctx, reader.cancel = context.WithCancel(ctx)
	return reader, nil
}

// arrowReader reads one file, a piece a record batch.
type arrowReader struct {
	services       Services
	partition      Partition
	request        Request
	needed, wanted *arrow.Schema // the columns of the request and of its filters; those of the request
	ctx            context.Context
	cancel         context.CancelFunc
	stream         *arrowStream
	left           int64 // rows that the limit still allows; negative is no limit
	closed         bool
	failed         error
}

// Next implements Reader.
func (r *arrowReader) Next(ctx context.Context) (*Piece, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	stop := context.AfterFunc(ctx, r.cancel)
	defer stop()
	for !r.closed && r.left != 0 {
		piece, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			r.failed = err
			return nil, err
		}
		if piece != nil {
			r.services.Progress.AddRows(piece.Rows)
			return piece, nil
		}
	}
	return nil, errors.Join(r.Close(), io.EOF)
}

func (r *arrowReader) next() (*Piece, error) {
	if r.stream == nil {
		stream, err := openArrowStream(r.ctx, r.services, r.partition)
		if err != nil {
			return nil, err
		}
		r.stream = stream
		for _, f := range stream.reader.Schema().Fields() {
			if !r.partition.Schema.HasField(f.Name) {
				return nil, fmt.Errorf("data file %s has a column %q, which the subset does not have; its columns are %s",
					r.partition.Path, f.Name, quoteList(fieldNames(r.partition.Schema.Schema), ", "))
			}
		}
	}
	record, err := r.stream.next()
	if err != nil {
		return nil, err
	}
	defer record.Release()
	columns := make([]arrow.Array, 0, r.needed.NumFields())
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for _, f := range r.needed.Fields() {
		column, err := convertColumn(r.ctx, record, f)
		if err != nil {
			return nil, fmt.Errorf("data file %s, row %d and following: %w", r.partition.Path, r.stream.rows-record.NumRows()+1, err)
		}
		columns = append(columns, column)
	}
	batch := array.NewRecordBatch(r.needed, columns, record.NumRows())
	defer batch.Release()
	kept, err := filterBatch(r.ctx, batch, r.request.Filters)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.partition.Path, err)
	}
	defer kept.Release()
	rows := kept.NumRows()
	if r.left >= 0 {
		rows = min(rows, r.left)
		r.left -= rows
	}
	switch {
	case rows == 0:
		return nil, nil
	case len(r.request.Columns) == 0:
		return NewPiece(nil, nil, rows, nil), nil
	}
	out := array.NewRecordBatch(r.wanted, kept.Columns()[:r.wanted.NumFields()], kept.NumRows())
	if rows < out.NumRows() {
		defer out.Release()
		out = out.NewSlice(0, rows)
	}
	return NewPiece(out, nil, rows, nil), nil
}

// Close implements Reader.
func (r *arrowReader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.cancel()
	r.services.Progress.FileDone()
	if r.stream == nil {
		return nil
	}
	_ = r.stream.close() // Nothing more is read from it; what it says no longer matters.
	return nil
}

// arrowStream reads the record batches of a file.
type arrowStream struct {
	path    string
	body    io.Closer
	input   *arrowMessages
	reader  *ipc.Reader
	rows    int64
	batches int64
}

var arrowMark = []byte("ARROW1")

// openArrowStream opens a file or a stream and reads its schema.
func openArrowStream(ctx context.Context, s Services, p Partition) (stream *arrowStream, err error) {
	body, err := s.Files.Range(ctx, p.File(), 0, -1)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			stream, err = nil, fmt.Errorf("data file %s is not valid Arrow: %v", p.Path, r)
		}
		if err != nil {
			err = errors.Join(err, body.Close())
		}
	}()
	input := &arrowMessages{from: bufio.NewReaderSize(body, 64<<10)}
	head, err := input.from.Peek(8)
	if len(head) == 0 {
		return nil, fmt.Errorf("data file %s is empty, and not an Arrow file or stream: %w", p.Path, notEOF(err))
	}
	if bytes.HasPrefix(head, arrowMark) {
		input.isFile = true
		if _, err := input.from.Discard(len(head)); err != nil {
			return nil, err
		}
	}
	reader, err := ipc.NewReader(input, ipc.WithAllocator(input.allocator()))
	if err != nil {
		return nil, fmt.Errorf("data file %s is not an Arrow file or stream: %w", p.Path, notEOF(err))
	}
	if err := checkNames(reader.Schema().Fields()); err != nil {
		reader.Release()
		return nil, fmt.Errorf("data file %s: %w", p.Path, err)
	}
	return &arrowStream{path: p.Path, body: body, input: input, reader: reader}, nil
}

// checkNames refuses names that are no text: neither Spark nor DuckDB has such columns.
func checkNames(fields []arrow.Field) error {
	for _, f := range fields {
		if !utf8.ValidString(f.Name) {
			return fmt.Errorf("the name of its column %q is not UTF-8", f.Name)
		}
		if nested, ok := f.Type.(arrow.NestedType); ok {
			if err := checkNames(nested.Fields()); err != nil {
				return err
			}
		}
	}
	return nil
}

func notEOF(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// next returns the next record batch, whose buffers have been checked.
func (a *arrowStream) next() (record arrow.RecordBatch, err error) {
	defer func() {
		if r := recover(); r != nil {
			record, err = nil, fmt.Errorf("data file %s, after row %d: not valid Arrow: %v", a.path, a.rows, r)
		}
	}()
	if !a.reader.Next() {
		if err := a.reader.Err(); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("data file %s, after row %d: %w", a.path, a.rows, err)
		}
		if err := a.input.finish(a.batches); err != nil {
			return nil, fmt.Errorf("data file %s, after row %d: %w", a.path, a.rows, err)
		}
		return nil, io.EOF
	}
	record = a.reader.RecordBatch()
	if err := arrowcheck.Validate(record); err != nil {
		return nil, fmt.Errorf("data file %s, after row %d: not valid Arrow: %w", a.path, a.rows, err)
	}
	a.rows += record.NumRows()
	a.batches++
	record.Retain()
	return record, nil
}

func (a *arrowStream) close() error {
	a.reader.Release()
	return a.body.Close()
}

const (
	maxArrowMetadata = 64 << 20
	maxArrowBody     = 1 << 30
)

// arrowMessages passes the messages of a stream on, each after a look at its lengths.
type arrowMessages struct {
	from    *bufio.Reader
	isFile  bool
	message bytes.Buffer // what is left of the message at hand
	bounded *arrowcheck.Allocator
	ended   bool // the mark of the end has been read
}

// allocator bounds what the reader may allocate by what the messages hold.
func (m *arrowMessages) allocator() *arrowcheck.Allocator {
	m.bounded = &arrowcheck.Allocator{Allocator: allocator, Left: 1 << 20}
	return m.bounded
}

// Read implements io.Reader.
func (m *arrowMessages) Read(p []byte) (int, error) {
	if m.message.Len() == 0 && !m.ended {
		if err := m.load(); err != nil {
			return 0, err
		}
	}
	return m.message.Read(p)
}

// load reads the next message.
func (m *arrowMessages) load() error {
	m.message.Reset()
	var prefix [8]byte
	n, err := io.ReadFull(m.from, prefix[:4])
	if n == 0 && errors.Is(err, io.EOF) {
		m.ended = true
		if m.isFile {
			return errors.New("it ends before its footer: it may be cut off")
		}
		return io.EOF
	}
	if err != nil {
		return cutOff(err)
	}
	used := 4
	if binary.LittleEndian.Uint32(prefix[:]) == 0xFFFFFFFF {
		if _, err := io.ReadFull(m.from, prefix[4:]); err != nil {
			return cutOff(err)
		}
		used = 8
	}
	m.message.Write(prefix[:used])
	length := int64(binary.LittleEndian.Uint32(prefix[used-4:]))
	if length == 0 {
		m.ended = true
		return nil
	}
	if length > maxArrowMetadata {
		return fmt.Errorf("it is not Arrow, or damaged: a message would have %d bytes of metadata", length)
	}
	if _, err := io.CopyN(&m.message, m.from, length); err != nil {
		return cutOff(err)
	}
	body, err := arrowcheck.Message(m.message.Bytes()[used:])
	if err != nil {
		return err
	}
	if body < 0 || body > maxArrowBody {
		return fmt.Errorf("a message has %d bytes; %d are the most that are read at once", body, int64(maxArrowBody))
	}
	if _, err := io.CopyN(&m.message, m.from, body); err != nil {
		return cutOff(err)
	}
	m.bounded.Left = max(m.bounded.Left, arrowcheck.Expansion*(length+body+1024))
	return nil
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle of a message: it may be cut off")
	}
	return err
}

// maxArrowFooter bounds the footer of a file, in bytes: more than two million record batches.
const maxArrowFooter = 64 << 20

// finish checks that a file is complete: it ends with the mark that it began with, and its footer lists so many record batches.
func (m *arrowMessages) finish(batches int64) error {
	if !m.isFile {
		return nil
	}
	footer, err := io.ReadAll(io.LimitReader(m.from, maxArrowFooter+1))
	if err != nil {
		return err
	}
	if len(footer) > maxArrowFooter {
		return fmt.Errorf("its footer has more than %d MiB", maxArrowFooter>>20)
	}
	const lengthSize = 4
	footer, marked := bytes.CutSuffix(footer, arrowMark)
	if !marked || len(footer) < lengthSize {
		return errors.New("its footer is not complete: it may be cut off")
	}
	body := footer[:len(footer)-lengthSize]
	length := int64(binary.LittleEndian.Uint32(footer[len(body):]))
	if length > int64(len(body)) {
		return fmt.Errorf("its footer would have %d bytes, and %d are there: it is damaged", length, len(body))
	}
	listed, err := arrowcheck.Footer(body[int64(len(body))-length:])
	if err != nil {
		return err
	}
	if listed != batches {
		return fmt.Errorf("its footer lists %d record batches, and %d are there: it is damaged", listed, batches)
	}
	return nil
}
