package engine

import (
	"errors"
	"io"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquet"
)

// A query costs DuckDB about as much as decoding some hundred kilobytes, so that slices of up to smallSlice bytes are decoded
// together: up to batchSize bytes and batchSlices slices at a time, and towards the end fewer, for all threads to end together. They are
// in memory in any case.
const (
	smallSlice  = parquet.DefaultSliceSize / 2
	batchSize   = 6 * parquet.DefaultSliceSize
	batchSlices = 32
	batchLeast  = 4 // slices, however few partitions are left
)

// alike is a slice that can be decoded together with others.
type alike interface {
	// Size is about the number of its bytes.
	Size() int64
	// Layout is equal for slices with the same columns, stored as the same types.
	Layout() string
}

// batch takes the next piece and, where all rows are needed, those that have arrived and can be decoded with it. It waits for the
// first only.
func (w *sourceWorker) batch() ([]*source.Piece, error) {
	first := w.later
	w.later = delivery{}
	if first.piece == nil && first.err == nil {
		first.piece, first.err = w.scan.feed.take()
	}
	if first.err != nil {
		return nil, first.err
	}
	pieces := []*source.Piece{first.piece}
	slice, ok := first.piece.Slice.(alike)
	if !ok || first.piece.Keep != nil || slice.Size() > smallSlice || !w.scan.table.spec.whole {
		return pieces, nil
	}
	size := slice.Size()
	most := min(max(w.scan.feed.left()/(2*w.scan.table.spec.threads), batchLeast), batchSlices)
	for len(pieces) < most && size < batchSize {
		next, ok := w.scan.feed.ready()
		if !ok {
			break
		}
		if next.err == nil {
			other, ok := next.piece.Slice.(alike)
			if ok && next.piece.Keep == nil && other.Size() <= smallSlice && size+other.Size() <= batchSize && other.Layout() == slice.Layout() {
				pieces = append(pieces, next.piece)
				size += other.Size()
				continue
			}
		}
		w.later = next
		break
	}
	return pieces, nil
}

// blame tells what an error of DuckDB says of the data files that slices were cut from. Of several, it decodes each once more.
func (s *sourceScan) blame(pieces []*source.Piece, err error) error {
	if len(pieces) == 1 {
		return damaged(pieces[0], err)
	}
	var duck *duckdb.Error
	if !errors.As(err, &duck) {
		return err
	}
	for _, piece := range pieces {
		if cause := s.try(piece); cause != nil {
			return cause
		}
	}
	return err
}

// try decodes a slice for nothing but the error that it ends in.
func (s *sourceScan) try(piece *source.Piece) error {
	decoding, err := s.open([]*source.Piece{piece})
	if err != nil {
		return err
	}
	defer decoding.close()
	for {
		chunk, err := decoding.rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(piece, err)
		}
		chunk.Close()
	}
}
