package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

const (
	// batchRows is the most rows of a batch that a text format makes.
	batchRows = 16 << 10
	// batchBytes is about how many bytes of text go into a batch.
	batchBytes = 8 << 20
	// textMemory is what a reader of a text format takes of the memory budget, when it is free: its buffers and one batch.
	textMemory = 16 << 20
)

// rowSource reads the rows of a text file.
type rowSource interface {
	// read appends up to most rows to the builders and tells how many; it may stop earlier, but not at none. After the last row
	// the error is io.EOF, which may come with rows.
	read(ctx context.Context, most int, to *array.RecordBuilder) (int, error)
	close() error
}

// rowReader makes a Reader of a rowSource: it filters rows and picks columns.
type rowReader struct {
	services  Services
	partition Partition
	request   Request
	needed    *arrow.Schema // the columns of the request, then those that only its filters read
	wanted    *arrow.Schema
	open      func(ctx context.Context, needed *arrow.Schema) (rowSource, error)

	ctx    context.Context
	cancel context.CancelFunc
	source rowSource
	build  *array.RecordBuilder
	sizes  textSizes
	left   int64 // rows that the limit still allows; negative is no limit
	held   int64
	done   bool
	closed bool
	failed error // what ended reading before the end
}

func newRowReader(ctx context.Context, s Services, p Partition, r Request,
	open func(ctx context.Context, needed *arrow.Schema) (rowSource, error),
) (*rowReader, error) {
	reader := &rowReader{services: s, partition: p, request: r, open: open, left: -1}
	if r.Limit > 0 {
		reader.left = r.Limit
	}
	names := slices.Clone(r.Columns)
	for _, name := range Columns(r.Filters) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	fields := make([]arrow.Field, len(names))
	for i, name := range names {
		indices := p.Schema.FieldIndices(name)
		if len(indices) == 0 {
			return nil, fmt.Errorf("read %s: the subset has no column %q", p.Path, name)
		}
		fields[i] = p.Schema.Field(indices[0])
	}
	reader.needed = arrow.NewSchema(fields, nil)
	reader.wanted = arrow.NewSchema(fields[:len(r.Columns)], nil)
	reader.ctx, reader.cancel = context.WithCancel(ctx)
	return reader, nil
}

// Next implements Reader.
func (r *rowReader) Next(ctx context.Context) (*Piece, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	if r.closed {
		return nil, io.EOF
	}
	stop := context.AfterFunc(ctx, r.cancel)
	defer stop()
	for !r.done && r.left != 0 {
		piece, err := r.next()
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
	r.finish()
	return nil, io.EOF
}

// next reads one batch; the piece is nil when no row of it is left.
func (r *rowReader) next() (*Piece, error) {
	if r.source == nil {
		if held, ok := r.services.Memory.TryAcquire(textMemory); ok {
			r.held = held
		}
		source, err := r.open(r.ctx, r.needed)
		if err != nil {
			return nil, err
		}
		r.source = source
		r.build = array.NewRecordBuilder(allocator, r.needed)
		if blocks, ok := source.(*blockRows); ok {
			blocks.start(r.ctx, r.pack)
		}
	}
	most := batchRows
	if r.left > 0 && r.request.Filters == nil {
		most = int(min(int64(most), r.left))
	}
	if blocks, ok := r.source.(*blockRows); ok {
		packed, err := blocks.next(r.ctx)
		if errors.Is(err, io.EOF) {
			r.done = true
			return nil, nil
		}
		if !errors.Is(err, errOneByOne) {
			return r.deliver(packed), err
		}
	}
	if most == batchRows {
		r.sizes.reserve(r.build, 1)
	}
	rows, err := r.source.read(r.ctx, most, r.build)
	if errors.Is(err, io.EOF) {
		r.done = true
	} else if err != nil {
		return nil, err
	}
	packed, err := r.pack(r.build, rows)
	r.sizes.measure(packed.batch, 1)
	return r.deliver(packed), err
}

// pack makes a batch of the rows in builders: of those that filters leave, and of the columns that are asked for.
func (r *rowReader) pack(build *array.RecordBuilder, rows int) (packedRows, error) {
	if rows == 0 {
		return packedRows{}, nil
	}
	if r.needed.NumFields() == 0 {
		return packedRows{rows: int64(rows)}, nil
	}
	batch := build.NewRecordBatch()
	defer batch.Release()
	kept, err := filterBatch(r.ctx, batch, r.request.Filters)
	if err != nil {
		return packedRows{}, fmt.Errorf("read %s: %w", r.partition.Path, err)
	}
	defer kept.Release()
	if kept.NumRows() == 0 || len(r.request.Columns) == 0 {
		return packedRows{rows: kept.NumRows()}, nil
	}
	return packedRows{array.NewRecordBatch(r.wanted, kept.Columns()[:len(r.request.Columns)], kept.NumRows()), kept.NumRows()}, nil
}

// deliver makes a piece of rows; it is nil when there are none.
func (r *rowReader) deliver(packed packedRows) *Piece {
	if packed.rows == 0 {
		return nil
	}
	if r.left > 0 {
		r.left = max(r.left-packed.rows, 0)
	}
	return NewPiece(packed.batch, nil, packed.rows, nil)
}

// finish gives back what the reader holds, once.
func (r *rowReader) finish() {
	if r.closed {
		return
	}
	r.closed, r.done = true, true
	r.cancel()
	if r.source != nil {
		_ = r.source.close() // Nothing more is read from it; what it says no longer matters.
		r.build.Release()
	}
	if r.held > 0 {
		r.services.Memory.Release(r.held)
	}
	r.services.Progress.FileDone()
}

// Close implements Reader.
func (r *rowReader) Close() error {
	r.finish()
	return nil
}

// allocator makes the arrays of the text formats.
var allocator = memory.DefaultAllocator
