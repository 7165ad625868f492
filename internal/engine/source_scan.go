package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/source"
)

// sourceScan reads a table of the data source.
//
// In order, one thread of DuckDB takes the rows, while decoders in goroutines of their own run ahead of it. Otherwise each
// thread takes the next piece that has arrived and decodes it itself.
type sourceScan struct {
	table   *scanTable
	wanted  []int // for each vector of DuckDB the column, or -1
	request source.Request
	place   map[int]int // of a column in the request
	places  []int32     // for each vector the place of its column, or -1
	slices  slicePlan
	window  int // how many partitions are read at once

	ctx      context.Context //nolint:containedctx // the life of the scan, ended by Close
	cancel   context.CancelCauseFunc
	feed     *feed
	ahead    *ahead // nil unless in order
	decoders sync.WaitGroup
}

// openPartitions is how many partitions are read at once for each thread, twice as many where the Hub is distant and all of them are
// needed: files that begin together end together, and the next ones are to be on their way by then. maxPartitions is how many small
// ones are.
const (
	openPartitions  = 2
	maxPartitions   = 32
	openPartitioned = 64 << 20 // bytes of the partitions that are read at once
)

// preparing is a Source that fetches what must be known of a partition before its rows can be asked for.
type preparing interface {
	Prepare(ctx context.Context, p source.Partition, token string, r source.Request)
	Distant(p source.Partition, token string) bool
}

// prepare has a partition prepared whose turn comes later, if there is one and all are needed.
func (s *sourceScan) prepare(partition int) {
	table := s.table.spec.table
	from, ok := s.table.run.engine.config.Source.(preparing)
	if ok && s.table.spec.whole && partition < len(table.Partitions) {
		s.decoders.Go(func() { from.Prepare(s.ctx, table.Partitions[partition], table.Token(), s.request) })
	}
}

// window is how many partitions are read at once.
func (t *scanTable) window() int {
	window := min(openPartitions*t.spec.threads, 8)
	partitions := t.spec.table.Partitions
	if !t.spec.whole || len(partitions) == 0 {
		return window
	}
	var size int64
	for _, p := range partitions {
		size += p.DataSize()
	}
	if from, ok := t.run.engine.config.Source.(preparing); ok && from.Distant(partitions[0], t.spec.table.Token()) {
		window *= 2
	}
	small := openPartitioned / max(1, size/int64(len(partitions)))
	return int(min(max(small, int64(window)), maxPartitions))
}

func newSourceScan(t *scanTable, wanted []int) *sourceScan {
	s := &sourceScan{table: t, wanted: wanted, place: make(map[int]int)}
	table := t.spec.table
	s.request = source.Request{Filters: table.Filters, Prune: t.spec.prune, Limit: t.spec.limit, Extremes: t.spec.extremes, Counts: t.spec.counts, Sparing: !t.spec.whole}
	s.slices = slicePlan{filters: table.Filters, schema: table.AllColumns()}
	places := make(map[string]int, len(wanted)) // in the request
	for _, c := range wanted {
		if c < 0 {
			s.places = append(s.places, -1)
			continue
		}
		field := table.Schema.Field(t.spec.fields[c])
		at, again := places[field.Name]
		s.use(field.Name, again, t.spec.members[t.spec.columns[c].ID])
		if !again {
			at = len(s.request.Columns)
			places[field.Name] = at
			s.request.Columns = append(s.request.Columns, field.Name)
			s.slices.columns = append(s.slices.columns, sliceColumn{field.Name, field.Type, t.spec.columns[c].Type})
		}
		s.place[c] = at
		if t.spec.present[t.spec.columns[c].ID] {
			s.request.Present = append(s.request.Present, field.Name)
		}
		s.request.Decode = s.request.Decode || loses(field.Type, false)
		if t.spec.paths[t.spec.columns[c].ID] {
			s.request.PathsOnly = append(s.request.PathsOnly, field.Name)
		}
		s.places = append(s.places, int32(at))
	}
	s.request.Decode = s.request.Decode || s.slices.unclear()
	s.slices.pruneBy(t.spec.prune)
	s.ctx, s.cancel = context.WithCancelCause(t.run.ctx)
	threads := t.spec.threads
	s.window = t.window()
	if t.spec.limit > 0 { // Few rows are wanted: most likely the first partition has them.
		s.window, threads = 1, 1
	}
	s.feed = newFeed(s.ctx, len(table.Partitions), s.window, t.spec, s.read, t.run.engine.relieve)
	t.enter(s)
	if t.spec.ordered {
		s.ahead = newAhead(s.ctx, t.run.engine.config.DecodeAhead, threads, !t.spec.whole)
		s.decoders.Go(s.dispatch)
	}
	return s
}

// use asks for members of a column, or with none for all of it; again says that it was asked for before.
func (s *sourceScan) use(column string, again bool, members []source.Member) {
	have, some := s.request.Members[column]
	switch {
	case len(members) == 0, again && !some:
		delete(s.request.Members, column)
	default:
		if s.request.Members == nil {
			s.request.Members = make(map[string][]source.Member)
		}
		s.request.Members[column] = slices.Concat(have, members)
	}
}

func (s *sourceScan) read(ctx context.Context, partition int) (source.Reader, error) {
	table := s.table.spec.table
	s.prepare(partition + s.window)
	reader, err := s.table.run.engine.config.Source.Read(ctx, table.Partitions[partition], table.Token(), s.request)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", table.Partitions[partition].Path, err)
	}
	return reader, nil
}

// Threads implements duckdb.Scan.
func (s *sourceScan) Threads() int {
	if s.ahead != nil {
		return 1
	}
	return s.table.spec.threads
}

// Worker implements duckdb.Scan.
func (s *sourceScan) Worker() (duckdb.Worker, error) {
	return &sourceWorker{scan: s}, nil
}

// Close implements duckdb.Scan.
func (s *sourceScan) Close() {
	defer s.table.leave(s)
	s.cancel(errEnded)
	s.feed.close()
	s.decoders.Wait()
	if s.ahead != nil {
		s.ahead.close()
	}
}

// dispatch gives each piece of an ordered scan a slot and a decoder.
func (s *sourceScan) dispatch() {
	for {
		slot, err := s.ahead.add()
		if err != nil {
			return // Whoever made it fail knows why.
		}
		piece, err := s.feed.take()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			s.ahead.finish(slot, nil)
			s.ahead.end(err)
			return
		}
		s.decoders.Go(func() { s.ahead.finish(slot, s.decodeInto(slot, piece)) })
	}
}

func (s *sourceScan) decodeInto(slot *slot, piece *source.Piece) error {
	if piece.Slice == nil {
		if piece.Records == nil {
			defer piece.Release()
			return s.ahead.put(slot, portion{count: piece.Rows})
		}
		return s.ahead.put(slot, portion{record: piece.Records, release: piece.Release})
	}
	defer piece.Release()
	decoding, err := s.open([]*source.Piece{piece})
	if err != nil {
		return err
	}
	defer decoding.close()
	measures := make([]duckdb.Column, len(s.slices.columns))
	for i, c := range s.slices.columns {
		if measures[i], err = duckdb.NewColumn(c.to, ""); err != nil {
			return err
		}
	}
	for {
		chunk, err := decoding.rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(piece, err)
		}
		p := portion{chunk: &chunk}
		for i, m := range measures {
			p.size += m.Measure(chunk.Vector(i), 0, chunk.Rows())
		}
		if err := s.ahead.put(slot, p); err != nil {
			return err
		}
	}
}

// decoding is slices being decoded on a connection of its own.
type decoding struct {
	scan *sourceScan
	conn *duckdb.Connection
	rows *duckdb.Stream
}

func (s *sourceScan) open(pieces []*source.Piece) (*decoding, error) {
	instance := s.table.run.instance
	conn, err := instance.connection()
	if err != nil {
		return nil, err
	}
	rows, err := s.slices.decode(s.ctx, conn, pieces)
	if err != nil {
		instance.put(conn)
		return nil, s.blame(pieces, err)
	}
	return &decoding{s, conn, rows}, nil
}

func (d *decoding) close() {
	d.rows.Close()
	d.scan.table.run.instance.put(d.conn)
}

// reference makes vectors share the values of a decoded chunk.
func (s *sourceScan) reference(vectors []duckdb.Vector, chunk duckdb.Held) int {
	for i, v := range vectors {
		if s.places[i] >= 0 {
			v.Reference(chunk.Vector(int(s.places[i])))
		}
	}
	return chunk.Rows()
}

// sourceWorker is one thread's part in a scan.
type sourceWorker struct {
	scan     *sourceScan
	pieces   []*source.Piece // not in order: those that are read together
	later    delivery        // not in order: what came after pieces, if anything, and could not be read with them
	decoding *decoding       // of pieces
	portion  portion         // in order
	cursor   recordCursor    // of a record of either
	count    int64           // rows of a bare count still to be given
}

// Close implements duckdb.Worker.
func (w *sourceWorker) Close() {
	w.drop()
	if w.later.piece != nil {
		w.later.piece.Release()
	}
	w.later = delivery{}
}

// drop frees what the worker is busy with.
func (w *sourceWorker) drop() {
	if w.decoding != nil {
		w.decoding.close()
		w.decoding = nil
	}
	for _, piece := range w.pieces {
		piece.Release()
	}
	w.pieces = nil
	w.portion.free()
	w.portion = portion{}
	w.cursor = recordCursor{}
}

// Next implements duckdb.Worker.
func (w *sourceWorker) Next(vectors []duckdb.Vector) (duckdb.Step, error) {
	step, err := w.next(vectors)
	if errors.Is(err, io.EOF) {
		return duckdb.Step{}, nil
	}
	if err != nil {
		return duckdb.Step{}, w.scan.table.run.fail(err)
	}
	w.scan.table.rows.Add(int64(step.Rows))
	return step, nil
}

func (w *sourceWorker) next(vectors []duckdb.Vector) (duckdb.Step, error) {
	s := w.scan
	for {
		switch {
		case s.ctx.Err() != nil:
			return duckdb.Step{}, context.Cause(s.ctx)
		case w.count > 0:
			rows := min(w.count, duckdb.VectorSize)
			w.count -= rows
			// A piece that is a bare count has none of the columns that were asked for, if any were.
			for _, v := range vectors {
				v.WriteNulls(int(rows), 0)
			}
			return duckdb.Step{Rows: int(rows)}, nil
		case !w.cursor.done():
			rows, err := w.cursor.emit(vectors, s.wanted, s.table.spec.columns, func(c int) int { return s.place[c] })
			return duckdb.Step{Rows: rows}, err
		case w.decoding != nil: // DuckDB has taken its rows.
			s.table.rows.Add(w.decoding.rows.Rows())
			if err := w.decoding.rows.Err(); err != nil {
				return duckdb.Step{}, s.blame(w.pieces, err)
			}
		}
		w.drop()
		rows, err := w.advance(vectors)
		if err != nil {
			return duckdb.Step{}, err
		}
		if w.decoding != nil {
			return duckdb.Step{Stream: w.decoding.rows, Places: s.places}, nil
		}
		if rows > 0 {
			return duckdb.Step{Rows: rows}, nil
		}
	}
}

// advance takes the next portion or piece. It returns rows when they are at hand already.
func (w *sourceWorker) advance(vectors []duckdb.Vector) (int, error) {
	s := w.scan
	if s.ahead != nil {
		p, err := s.ahead.take()
		if err != nil {
			return 0, err
		}
		w.portion = p
		w.count, w.cursor = p.count, recordCursor{record: p.record}
		if p.chunk != nil {
			return s.reference(vectors, *p.chunk), nil
		}
		return 0, nil
	}
	pieces, err := w.batch()
	if err != nil {
		return 0, err
	}
	w.pieces = pieces
	switch piece := pieces[0]; {
	case piece.Slice != nil:
		w.decoding, err = s.open(pieces)
	case piece.Records != nil:
		w.cursor = recordCursor{record: piece.Records}
	default:
		w.count = piece.Rows
	}
	return 0, err
}
