package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/source/predicate"
)

const (
	// folderBatchBytes is about how many bytes of files go into a batch.
	folderBatchBytes = 16 << 20
	// folderGuess is how large a file is taken to be before any of the partition has been fetched.
	folderGuess = 256 << 10
)

// folderReader reads a partition of a folder format: rows first, then the files of those rows that are wanted.
type folderReader struct {
	services  Services
	partition Partition
	request   Request
	rows      folderRows
	fields    []arrow.Field // the columns of the request, then those of conditions
	wanted    int           // how many of the fields the request has
	condition Predicate

	ctx    context.Context //nolint:containedctx // the life of the reader, ended by Close
	cancel context.CancelFunc

	pending arrow.RecordBatch // rows that passed the condition, their files still to be fetched
	at      int64
	numbers []int64 // of the pending rows in the partition
	seen    int64   // rows that came from rows
	left    int64   // rows that the limit still allows; negative is no limit

	fetched, files int64 // bytes and number of the files that were fetched
	failed         error
	closed         bool
}

func newFolderReader(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	f := &folderReader{services: s, partition: p, request: r, left: -1, wanted: len(r.Columns)}
	if r.Limit > 0 {
		f.left = r.Limit
	}
	names := slices.Clone(r.Columns)
	f.condition = both(r.Filters, f.prune(r.Prune))
	for _, name := range Columns(f.condition) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		at := p.Schema.FieldIndices(name)
		if len(at) == 0 {
			return nil, fmt.Errorf("read %s: the subset has no column %q", p.Path, name)
		}
		f.fields = append(f.fields, p.Schema.Field(at[0]))
	}
	for _, name := range Columns(f.condition) {
		if field := p.Schema.Field(p.Schema.FieldIndices(name)[0]); hasMedia(field.Type) {
			return nil, badOption("filters", "the column %q holds files, and rows are chosen before files are fetched", name)
		}
	}
	f.rows = f.open()
	f.ctx, f.cancel = context.WithCancel(ctx)
	return f, nil
}

// prune keeps of the conditions of a query those that mean the same for single rows as for the query: on columns whose values
// compare alike everywhere. Rows for which they are not true do not matter, so that their files need not be fetched.
func (f *folderReader) prune(p Predicate) Predicate {
	members, ok := p.(And)
	if !ok && p != nil {
		members = And{p}
	}
	var kept And
	for _, m := range members {
		plain := true
		predicate.Walk(m, func(leaf Predicate) {
			at := f.partition.Schema.FieldIndices(predicate.Column(leaf))
			plain = plain && len(at) > 0 && comparesPlainly(f.partition.Schema.Field(at[0]).Type) && checkLeaf(leaf, f.partition.Schema.Field(at[0]).Type)
		})
		if plain {
			kept = append(kept, m)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

func comparesPlainly(t arrow.DataType) bool {
	return arrow.IsInteger(t.ID()) || t.ID() == arrow.BOOL || isStringType(t)
}

func checkLeaf(leaf Predicate, t arrow.DataType) bool {
	switch leaf := leaf.(type) {
	case Compare:
		return predicate.Check(t, leaf.Value) == nil
	case In:
		return !slices.ContainsFunc(leaf.Values, func(v any) bool { return v != nil && predicate.Check(t, v) != nil })
	case IsNull:
		return true
	case HasPrefix:
		return isStringType(t)
	}
	return false
}

func (f *folderReader) open() folderRows {
	p := f.partition
	if p.Folder.Columns.Schema == nil {
		return &fileRows{partition: p, column: folderOf(p.Format).column, fields: f.fields}
	}
	rows := &metadataRows{services: f.services, partition: p, fields: f.fields, skip: p.Folder.First, left: p.Folder.Rows}
	if p.Folder.Member != nil {
		rows.archive = &archiveIndex{}
	}
	kind := folderOf(p.Format)
	rows.names = make([]string, len(f.fields))
	for i, field := range f.fields {
		for _, source := range p.Folder.Columns.Fields() {
			if linked, _ := linkField(source, kind); linked.Name == field.Name {
				rows.names[i] = source.Name
			}
		}
	}
	return rows
}

// Next implements Reader.
func (f *folderReader) Next(ctx context.Context) (*Piece, error) {
	if f.failed != nil {
		return nil, f.failed
	}
	if f.closed {
		return nil, io.EOF
	}
	stop := context.AfterFunc(ctx, f.cancel)
	defer stop()
	piece, err := f.next()
	if err == nil {
		f.services.Progress.AddRows(piece.Rows)
		return piece, nil
	}
	if errors.Is(err, io.EOF) {
		if err := f.finish(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	f.failed = err
	return nil, err
}

func (f *folderReader) next() (*Piece, error) {
	if len(f.fields) == 0 {
		return f.count()
	}
	if f.left == 0 {
		return nil, io.EOF
	}
	for f.pending == nil || f.at == f.pending.NumRows() {
		if err := f.advance(); err != nil {
			return nil, err
		}
	}
	return f.emit()
}

// count hands out the number of rows, for which nothing need be read.
func (f *folderReader) count() (*Piece, error) {
	rows := f.partition.Folder.Rows
	if f.partition.Folder.Columns.Schema == nil {
		rows = int64(len(f.partition.Folder.Files))
	}
	if f.seen > 0 || rows == 0 {
		return nil, io.EOF
	}
	f.seen = rows
	return NewPiece(nil, nil, rows, nil), nil
}

// advance reads rows and leaves out those that the condition leaves out.
func (f *folderReader) advance() error {
	batch, err := f.rows.next(f.ctx, batchRows)
	if err != nil {
		return err
	}
	defer batch.Release()
	first := f.partition.Folder.First + f.seen
	f.seen += batch.NumRows()
	kept := array.NewInt64Builder(allocator)
	defer kept.Release()
	f.numbers = f.numbers[:0]
	var selected []bool
	if f.condition != nil {
		if selected, err = predicate.Select(f.condition, batch); err != nil {
			return fmt.Errorf("read %s: %w", f.partition.Path, err)
		}
	}
	for i := range batch.NumRows() {
		if selected == nil || selected[i] {
			kept.Append(i)
			f.numbers = append(f.numbers, first+i)
		}
	}
	indices := kept.NewInt64Array()
	defer indices.Release()
	f.drop()
	// Taken even where all rows are kept: their arrays then begin at their first row.
	f.pending, err = takeRows(f.ctx, batch, indices)
	return err
}

func (f *folderReader) drop() {
	if f.pending != nil {
		f.pending.Release()
	}
	f.pending, f.at = nil, 0
}

// emit fetches the files of the next rows, as many as a batch may hold.
func (f *folderReader) emit() (*Piece, error) {
	links, rows, err := f.links()
	if err != nil {
		return nil, err
	}
	files := &linkedFiles{links: links.found}
	var held int64
	if len(links.order) > 0 {
		if held, err = f.services.Memory.Acquire(f.ctx, links.bytes); err != nil {
			return nil, err
		}
	}
	release := func() { f.services.Memory.Release(held) }
	if files.contents, err = f.fetch(links); err != nil {
		release()
		return nil, err
	}
	columns := make([]arrow.Array, 0, f.wanted)
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	indices := array.NewInt64Builder(allocator)
	defer indices.Release()
	for i := range rows {
		indices.Append(f.at + i)
	}
	positions := indices.NewInt64Array()
	defer positions.Release()
	batch, err := takeRows(f.ctx, f.pending, positions)
	if err != nil {
		release()
		return nil, err
	}
	defer batch.Release()
	for i, field := range f.fields[:f.wanted] {
		column, err := files.array(batch.Column(i), field.Type)
		if err != nil {
			release()
			return nil, fmt.Errorf("read %s: column %q: %w", f.partition.Path, field.Name, err)
		}
		columns = append(columns, column)
	}
	f.at += rows
	if f.left > 0 {
		f.left = max(f.left-rows, 0)
	}
	if f.wanted == 0 {
		release()
		return NewPiece(nil, nil, rows, nil), nil
	}
	return NewPiece(array.NewRecordBatch(arrow.NewSchema(f.fields[:f.wanted], nil), columns, rows), nil, rows, release), nil
}

// neededLinks are the files of rows.
type neededLinks struct {
	found map[string]*mediaLink
	order []*mediaLink // those to fetch, each once
	bytes int64        // how large those are, as far as it is known
	row   map[string]int64
	where map[string]string // the column
}

// links finds the files of the next rows, and tells how many rows make a batch.
func (f *folderReader) links() (neededLinks, int64, error) {
	out := neededLinks{found: map[string]*mediaLink{}, row: map[string]int64{}, where: map[string]string{}}
	most := f.pending.NumRows() - f.at
	if f.left > 0 {
		most = min(most, f.left)
	}
	rows := int64(0)
	for rows < most && (rows == 0 || out.bytes < folderBatchBytes) {
		for i, field := range f.fields[:f.wanted] {
			if !hasMedia(field.Type) {
				continue
			}
			at := int(f.at + rows)
			err := linkTexts(f.pending.Column(i), field.Type, at, at+1, func(row int, text string) error {
				return f.link(&out, field.Name, f.numbers[row], text)
			})
			if err != nil {
				return out, 0, err
			}
		}
		rows++
	}
	return out, rows, nil
}

func (f *folderReader) link(out *neededLinks, column string, row int64, text string) error {
	link, known := out.found[text]
	if !known {
		var err error
		if link, err = f.rows.link(text); err != nil {
			return f.rowError(row, column, err)
		}
		out.found[text] = link
	}
	if _, wanted := out.row[text]; wanted || link == nil || slices.Contains(f.request.PathsOnly, column) {
		return nil
	}
	out.order = append(out.order, link)
	out.row[text], out.where[text] = row, column
	if link.size >= 0 {
		out.bytes += link.size
		return nil
	}
	guess := int64(folderGuess)
	if f.files > 0 {
		guess = f.fetched / f.files
	}
	out.bytes += max(guess, 1)
	return nil
}

func (f *folderReader) rowError(row int64, column string, err error) error {
	if f.partition.Folder.Columns.Schema == nil {
		return fmt.Errorf("data file %s: %w", f.partition.Folder.Files[row].Path, err)
	}
	return fmt.Errorf("metadata file %s, row %d: column %q: %w", f.metadataName(), row+1, column, err)
}

func (f *folderReader) metadataName() string {
	if m := f.partition.Folder.Member; m != nil {
		return f.partition.Path + "/" + m.Name
	}
	return f.partition.Path
}

// fetch reads the files, or returns nil when no bytes are asked for.
func (f *folderReader) fetch(links neededLinks) (map[string][]byte, error) {
	if len(links.order) == 0 {
		return nil, nil
	}
	contents, err := fetchAll(f.ctx, f.services, links.order)
	if err != nil {
		var failed *linkError
		if !errors.As(err, &failed) {
			return nil, err
		}
		text := failed.link.key
		if errors.Is(failed.err, errNoFile) && f.partition.Folder.Columns.Schema != nil {
			return nil, fmt.Errorf("metadata file %s, row %d: column %q names %q, and %w", f.metadataName(), links.row[text]+1, links.where[text], text, failed.err)
		}
		return nil, f.rowError(links.row[text], links.where[text], failed.err)
	}
	out := make(map[string][]byte, len(contents))
	for i, content := range contents {
		out[links.order[i].key] = content
		f.fetched += int64(len(content))
		f.files++
	}
	return out, nil
}

// finish frees what the reader holds, once.
func (f *folderReader) finish() error {
	if f.closed {
		return nil
	}
	f.closed = true
	f.cancel()
	f.drop()
	for range max(1, len(f.partition.Folder.Files)) {
		f.services.Progress.FileDone()
	}
	return f.rows.close()
}

// Close implements Reader.
func (f *folderReader) Close() error { return f.finish() }
