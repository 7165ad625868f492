package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/parquet"
	"github.com/hfspark/hfspark/source/predicate"
)

// parquetFormat reads Parquet files.
type parquetFormat struct{}

// Parameters implements Format. The parameter batch_size of the datasets library is accepted: it decides where batches are
// cut, and no row depends on it. Features are those of the subset, which the resolution has read.
func (parquetFormat) Parameters(given map[string]any) (map[string]any, error) {
	p := newParameters("Parquet", given)
	p.only([]string{"batch_size", "on_bad_files", "features", "columns", "filters"})
	p.must("on_bad_files", "a file that cannot be read is an error; leave it out with data_files", "error")
	for _, name := range []string{"columns", "filters"} {
		p.must(name, "set the option "+name+" when reading instead")
	}
	return nil, p.err
}

// Schema implements Format. Without announced features it is that of the first file of the first split.
func (parquetFormat) Schema(ctx context.Context, s Services, subset Subset) (*arrow.Schema, error) {
	if features := subset.Resolution.Features; features != nil {
		return features.ArrowSchema(), nil
	}
	if len(subset.Resolution.Splits) == 0 || len(subset.Resolution.Splits[0].Files) == 0 {
		return nil, errors.New("the schema is that of the first data file, and the first split has none; set data_files")
	}
	f := subset.Resolution.Splits[0].Files[0]
	footer, err := s.footers().Read(ctx, s.parquetFile(subset.File(f), f.Hash))
	if err != nil {
		return nil, err
	}
	schema, err := footer.Schema()
	if err != nil {
		return nil, err
	}
	return withFeatures(schema), nil
}

// withFeatures replaces the fields for which the writer's schema metadata have a feature of the same Arrow type, so that class
// labels keep their names. The metadata are dropped then.
func withFeatures(schema *arrow.Schema) *arrow.Schema {
	fields := slices.Clone(schema.Fields())
	if features := writtenFeatures(schema); features != nil {
		announced := features.ArrowSchema()
		for i, f := range fields {
			if same, ok := announced.FieldsByName(f.Name); ok && arrow.TypeEqual(same[0].Type, f.Type) {
				fields[i] = same[0]
			}
		}
	}
	return arrow.NewSchema(fields, nil)
}

// writtenFeatures are the features under the key huggingface, or nil where there are none that can be read: they add to the
// types of the file, which are known without them.
func writtenFeatures(schema *arrow.Schema) *dataset.Features {
	text, ok := schema.Metadata().GetValue("huggingface")
	if !ok {
		return nil
	}
	var written struct {
		Info struct {
			Features json.RawMessage `json:"features"`
		} `json:"info"`
	}
	if json.Unmarshal([]byte(text), &written) != nil || written.Info.Features == nil {
		return nil
	}
	features, err := dataset.FeaturesFromJSON(written.Info.Features)
	if err != nil {
		return nil
	}
	return features
}

func (s Services) footers() *parquet.Footers {
	if s.Footers != nil {
		return s.Footers
	}
	return parquet.NewFooters(0)
}

// scoped is a content hash within what the user of a read may see; "" stays "".
func (s Services) scoped(hash string) string {
	if hash == "" {
		return ""
	}
	return s.scope + hash
}

func (s Services) parquetFile(f hub.File, hash string) parquet.File {
	return parquet.File{
		Name: f.Repo.ID + "/" + f.Path, Size: f.Size, Hash: s.scoped(hash), Link: s.Link,
		Range: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
			return s.Files.Range(ctx, f, offset, length)
		},
	}
}

// Open implements Format.
func (parquetFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	needed := neededColumns(r)
	for _, name := range needed {
		if _, err := p.field(name); err != nil {
			return nil, err
		}
	}
	return &parquetReader{
		services: s, partition: p, request: r, needed: needed,
		file: s.parquetFile(p.File(), p.Hash),
	}, nil
}

// neededColumns are the columns of a request, and those of its filters.
func neededColumns(r Request) []string {
	needed := slices.Clone(r.Columns)
	for _, name := range predicate.Columns(r.Filters) {
		if !slices.Contains(needed, name) {
			needed = append(needed, name)
		}
	}
	return needed
}

// parquetReader reads one file: as slices where its types are those of the subset, else decoded and converted.
type parquetReader struct {
	services  Services
	partition Partition
	request   Request
	needed    []string // the columns of the request, and those of its filters
	file      parquet.File

	scan     *parquet.Scan
	decoder  *recordDecoder    // nil: hand out slices
	counted  bool              // for a bare count or extremes: it has been handed out
	extremes arrow.RecordBatch // rows in place of all, or nil
	done     bool              // counted as read
}

// Next implements Reader.
func (r *parquetReader) Next(ctx context.Context) (*Piece, error) {
	piece, err := r.next(ctx)
	if err == io.EOF {
		r.finish()
	}
	if err == nil {
		r.services.Progress.AddRows(piece.Rows)
	}
	return piece, err
}

func (r *parquetReader) next(ctx context.Context) (*Piece, error) {
	if r.scan == nil {
		if err := r.begin(ctx); err != nil {
			return nil, err
		}
	}
	switch {
	case len(r.needed) == 0 || r.extremes != nil:
		if r.counted {
			return nil, io.EOF
		}
		r.counted = true
		if r.extremes != nil {
			r.extremes.Retain() // The reader's own is released when it is closed.
			return NewPiece(r.extremes, nil, r.extremes.NumRows(), nil), nil
		}
		return NewPiece(nil, nil, r.scan.Rows(), nil), nil
	case r.decoder != nil:
		return r.decoder.next(ctx)
	}
	slice, err := r.scan.Next(ctx)
	if err != nil {
		return nil, err
	}
	piece := NewPiece(nil, slice, slice.Rows(), func() { r.services.closeSlice(slice) })
	piece.Keep = slice.Keep()
	piece.damaged = func(err error) error {
		return asDataError(slice.Damaged(err), r.partition.Repository, r.partition.Path)
	}
	return piece, nil
}

// closeSlice frees a slice. That it failed to vanish changes no result, so that it is only logged.
func (s Services) closeSlice(slice *parquet.Slice) {
	if err := slice.Close(); err != nil {
		s.Logger.Debug("free a slice of a Parquet file", "error", err)
	}
}

// minPageLimit is the size of pages that are read with any budget: writers make pages of 1 MiB, and larger ones for single values.
const minPageLimit = 64 << 20

// begin reads the footer, or a small file with it, and plans the scan.
func (r *parquetReader) begin(ctx context.Context) (err error) {
	options := r.options()
	footers := r.services.footers()
	var footer *parquet.Footer
	var whole *parquet.Whole
	if r.services.whole(r.file, r.request, r.partition, r.needed) {
		footer, whole, err = footers.ReadWhole(ctx, r.file, options)
	} else {
		footer, err = footers.Read(ctx, r.file)
	}
	if err != nil {
		return err
	}
	drift, err := r.plan(ctx, footer, options)
	if err == nil && whole != nil {
		err, whole = r.scan.Use(whole), nil
	}
	if whole != nil {
		err = errors.Join(err, whole.Close())
	}
	if err != nil {
		return err
	}
	if drift || r.request.Decode {
		r.decoder = newRecordDecoder(r)
	}
	return nil
}

// wholeBudget is the least budget in which files are fetched whole: each takes its bytes before its turn has come.
const wholeBudget = 32 * parquet.DefaultSliceSize

// whole says whether a file is fetched whole with its footer, for it is small, all of it is needed, and the budget has room for many.
func (s Services) whole(f parquet.File, r Request, p Partition, needed []string) bool {
	return !r.Extremes && s.Memory.Total() >= wholeBudget && s.footers().Whole(f, parquet.Query{
		Columns: needed, RowGroups: p.RowGroups, Prune: both(r.Filters, r.Prune), Limit: r.Limit, Sparing: r.Sparing, Members: r.Members,
	})
}

func (r *parquetReader) options() parquet.Options {
	options := parquet.Options{Memory: r.services.Memory, Parallelism: r.services.Parallelism, Pool: r.services.Slices, Link: r.services.Link}
	if access := r.services.access; access != nil {
		options.Kept, options.Reuse = r.services.Kept, func(ctx context.Context) bool { return access.allows(ctx, r.partition.File().Repo) }
	}
	if total := r.services.Memory.Total(); total > 0 {
		options.SliceSize = min(parquet.DefaultSliceSize, max(total/32, 1))
		options.PageLimit = max(total/2, minPageLimit)
	}
	return options
}

// plan plans the scan; drift says that the file differs from the subset in a column that is needed.
func (r *parquetReader) plan(ctx context.Context, footer *parquet.Footer, options parquet.Options) (drift bool, err error) {
	if drift, err = r.compareSchema(footer); err != nil {
		return false, err
	}
	query := parquet.Query{
		Columns: r.needed, RowGroups: r.partition.RowGroups, Prune: both(r.request.Filters, r.request.Prune),
		Limit: r.request.Limit, Filtered: r.request.Filters != nil, Sparing: r.request.Sparing,
		Nanoseconds: drift || r.request.Decode,
	}
	if !drift && !r.request.Decode {
		// Who decodes a slice tells rows apart by their numbers, in a column of this name.
		query.Cut = !slices.ContainsFunc(r.needed, func(name string) bool { return strings.EqualFold(name, "file_row_number") })
		query.Members = maps.Clone(r.request.Members)
		for _, name := range predicate.Columns(r.request.Filters) {
			delete(query.Members, name)
		}
	}
	if r.request.Extremes && !drift {
		if r.extremes, err = r.extremeRows(footer); err != nil {
			return false, fmt.Errorf("read Parquet file %s: %w", r.file.Name, err)
		}
		if r.extremes != nil {
			query.Columns = nil
		}
	}
	if r.scan, err = parquet.NewScan(ctx, r.file, footer, query, options); err != nil {
		return false, err
	}
	pruning := r.scan.Pruning()
	r.services.Progress.AddRowGroups(int64(pruning.RowGroups), int64(pruning.RowGroupsSkipped))
	return drift, nil
}

func both(a, b Predicate) Predicate {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return And{a, b}
}

// compareSchema says whether the file differs from the subset in a column that is needed. A column that the subset does not
// have is an error when all columns are wanted, as in the datasets library.
func (r *parquetReader) compareSchema(footer *parquet.Footer) (drift bool, err error) {
	if len(r.needed) == 0 {
		return false, nil
	}
	schema, err := footer.Schema()
	if err != nil {
		return false, err
	}
	subset := r.partition.Schema.Schema
	if len(r.request.Columns) == subset.NumFields() {
		for _, f := range schema.Fields() {
			if len(subset.FieldIndices(f.Name)) == 0 {
				return false, fmt.Errorf("read Parquet file %s: it has a column %q, which the other files of the subset (%s) do not have; "+
					"read the columns that they share with the option columns, or leave the file out with data_files",
					r.file.Name, f.Name, strings.Join(fieldNames(subset), ", "))
			}
		}
	}
	present := false
	for _, name := range r.needed {
		// Who decodes a slice takes a column that it lacks as null; but there must be one that tells the number of rows.
		have, ok := schema.FieldsByName(name)
		if !ok {
			continue
		}
		present = true
		want := subset.Field(subset.FieldIndices(name)[0])
		if !decodesAs(have[0].Type, want.Type) || !footer.Known(name) {
			drift = true
		}
	}
	return drift || !present, nil
}

func fieldNames(s *arrow.Schema) []string {
	names := make([]string, 0, s.NumFields())
	for _, f := range s.Fields() {
		names = append(names, f.Name)
	}
	return names
}

// Close implements Reader.
func (r *parquetReader) Close() error {
	r.finish()
	var errs []error
	if r.extremes != nil {
		r.extremes.Release()
		r.extremes = nil
	}
	if r.decoder != nil {
		errs = append(errs, r.decoder.close())
	}
	if r.scan != nil {
		errs = append(errs, r.scan.Close())
	}
	return errors.Join(errs...)
}

func (r *parquetReader) finish() {
	if !r.done {
		r.done = true
		r.services.Progress.FileDone()
	}
}
