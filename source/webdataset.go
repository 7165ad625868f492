package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/sample"
)

// webDatasetFormat reads tar archives in which neighbouring files with one name before the first dot are a row, a column each
// (datasets, packaged_modules/webdataset).
type webDatasetFormat struct{}

const (
	keyColumn = "__key__"
	urlColumn = "__url__"
	// webDatasetExamples is how many rows of the first archive decide the columns.
	webDatasetExamples = 5
)

// Parameters implements Format.
func (webDatasetFormat) Parameters(given map[string]any) (map[string]any, error) {
	p := newParameters("WebDataset", given)
	p.only(nil)
	return given, p.err
}

// Schema implements Format. Like the library it looks at the first archive of the last split.
func (webDatasetFormat) Schema(ctx context.Context, s Services, subset Subset) (*arrow.Schema, error) {
	if features := subset.Resolution.Features; features != nil {
		return features.ArrowSchema(), nil
	}
	splits := subset.Resolution.Splits
	if len(splits) == 0 || len(splits[len(splits)-1].Files) == 0 {
		return nil, emptySplit(subset)
	}
	return inferWebDataset(ctx, s, subset.partition(splits[len(splits)-1].Files[0]))
}

func inferWebDataset(ctx context.Context, s Services, p Partition) (_ *arrow.Schema, err error) {
	samples, err := openSamples(ctx, s.keeping(ctx, 0), p, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, samples.Close()) }()
	var first *webSample
	var fields []arrow.Field
	for range webDatasetExamples {
		one, err := samples.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = one
			fields = first.fields(samples.last())
		} else if !sameFields(first.names, one.names) {
			return nil, fmt.Errorf("data file %s: the TAR archives of the dataset should be in WebDataset format, but the files in the archive "+
				"don't share the same prefix or the same types: the sample %q has the files %s, and %q has %s",
				p.Path, first.key, quoteList(first.names, ", "), one.key, quoteList(one.names, ", "))
		}
		if err := one.widen(fields); err != nil {
			return nil, fmt.Errorf("data file %s, sample %q, %w", p.Path, one.key, err)
		}
	}
	if first == nil {
		return nil, fmt.Errorf("data file %s holds no samples, and the columns are those of its first ones", p.Path)
	}
	return arrow.NewSchema(fields, nil), nil
}

func sameFields(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// webSample is a row: files with one key.
type webSample struct {
	key    string
	names  []string // of the files, without the key
	values map[string]sample.Value
}

// fields are the columns of a sample with types still to be told. In the last sample of an archive the library has the key and the
// address first.
func (w *webSample) fields(last bool) []arrow.Field {
	text := func(name string) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	var out []arrow.Field
	for _, name := range w.names {
		t := arrow.Null
		if isMediaField(name) {
			t = dataset.FeatureType{Kind: dataset.KindMedia}.ArrowType()
		}
		out = append(out, arrow.Field{Name: name, Type: t, Nullable: true})
	}
	if last {
		return append([]arrow.Field{text(keyColumn), text(urlColumn)}, out...)
	}
	return append(out, text(keyColumn), text(urlColumn))
}

// widen gives the columns types that hold the values of the sample as well.
func (w *webSample) widen(fields []arrow.Field) error {
	for i, f := range fields {
		v, ok := w.values[f.Name]
		if !ok || sample.IsMedia(f.Type) && isMediaField(f.Name) {
			continue
		}
		t, err := sample.Infer(v)
		if err == nil {
			t, err = sample.Merge(f.Type, t)
		}
		if err != nil {
			return fmt.Errorf("file %q: %w: the first %d samples decide the type of a column", f.Name, err, webDatasetExamples)
		}
		fields[i].Type = t
	}
	return nil
}

// Open implements Format.
func (webDatasetFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	return newRowReader(ctx, s, p, r, func(ctx context.Context, needed *arrow.Schema) (rowSource, error) {
		samples, err := openSamples(ctx, s, p, func(name string) bool { return needed.HasField(name) })
		if err != nil {
			return nil, err
		}
		return &webRows{samples: samples, fields: needed.Fields(), all: p.Schema.Schema, logger: s.Logger}, nil
	})
}

// samples goes through the rows of an archive.
type samples struct {
	archive archiveMembers
	path    string
	url     string
	wanted  func(field string) bool // whose contents to read; nil: those that decoders need, for their types
	pending *archiveMember          // the first file of the next sample
	read    int64                   // bytes of contents
	ended   bool
}

func openSamples(ctx context.Context, s Services, p Partition, wanted func(string) bool) (*samples, error) {
	archive, err := openArchive(ctx, s, p)
	if err != nil {
		return nil, err
	}
	return &samples{archive: archive, path: p.Path, url: p.URL(), wanted: wanted}, nil
}

// URL is the address of the data file as the datasets library writes it.
func (p Partition) URL() string { return fileURL(p.Repository, p.Commit, p.Path) }

func fileURL(repository, commit, path string) string {
	if repo := hub.RepoNamed(repository); repo.Type == hub.RepoBucket {
		return "hf://" + repo.Name() + "/" + path
	}
	return "hf://datasets/" + repository + "@" + commit + "/" + path
}

// Close implements io.Closer.
func (s *samples) Close() error { return s.archive.Close() }

// last tells whether the sample that next returned was the last one.
func (s *samples) last() bool { return s.ended }

// advance moves to the next file that belongs to a sample.
func (s *samples) advance() (key, field string, err error) {
	for {
		if s.pending == nil {
			m, err := s.archive.next()
			if err != nil {
				return "", "", err
			}
			s.pending = &m
		}
		key, field, ok := sampleName(s.pending.name)
		if ok {
			return key, field, nil
		}
		s.pending = nil
	}
}

// sampleName splits the name of a file into the key of its sample and the name of its column.
func sampleName(name string) (key, field string, ok bool) {
	base := path.Base(name)
	if strings.HasSuffix(name, "/") || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "__") {
		return "", "", false
	}
	stem, field, ok := strings.Cut(base, ".")
	if !ok || stem == "" {
		return "", "", false
	}
	return name[:len(name)-len(field)-1], field, true
}

// next reads a sample; after the last the error is io.EOF.
func (s *samples) next() (*webSample, error) {
	key, field, err := s.advance()
	if err != nil {
		return nil, err
	}
	one := &webSample{key: key, values: map[string]sample.Value{}}
	for err == nil && key == one.key {
		if slices.Contains(one.names, field) {
			return nil, fmt.Errorf("data file %s: the sample %q has the file %q twice", s.path, key, field)
		}
		one.names = append(one.names, field)
		if err := s.value(one, field); err != nil {
			return nil, fmt.Errorf("data file %s, sample %q, file %q: %w", s.path, key, field, err)
		}
		s.pending = nil
		key, field, err = s.advance()
	}
	if errors.Is(err, io.EOF) {
		s.ended = true
		err = nil
	}
	return one, err
}

// value reads the content of the file at hand, if it is wanted.
func (s *samples) value(one *webSample, field string) error {
	decode := decoderOfField(field)
	if s.wanted == nil && (decode == nil || isTorchField(field)) {
		one.values[field] = []byte(nil) // Bytes, whatever they are.
		return nil
	}
	if s.wanted != nil && !s.wanted(field) {
		return nil
	}
	content, err := s.archive.content()
	if err != nil {
		return err
	}
	s.read += int64(len(content))
	if content, err = unpackMember(s.pending.name, content); err != nil {
		return err
	}
	if decode == nil {
		if isMediaField(field) {
			file := &sample.Struct{}
			file.Set("bytes", content)
			file.Set("path", one.key+"."+field)
			one.values[field] = file
		} else {
			one.values[field] = content
		}
		return nil
	}
	v, err := decode(content)
	if err == nil {
		one.values[field] = v
	}
	return err
}

// webRows reads the rows of an archive into builders.
type webRows struct {
	samples *samples
	fields  []arrow.Field
	all     *arrow.Schema
	logger  interface{ Warn(msg string, args ...any) }
	warned  bool
}

func (w *webRows) read(ctx context.Context, most int, to *array.RecordBuilder) (int, error) {
	start := w.samples.read
	for row := range most {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		one, err := w.samples.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				w.warnOfDoubt()
				return row, io.EOF
			}
			return 0, err
		}
		if err := w.append(one, to); err != nil {
			return 0, fmt.Errorf("data file %s, sample %q, %w", w.samples.path, one.key, err)
		}
		if w.samples.read-start > batchBytes {
			return row + 1, nil
		}
	}
	return most, nil
}

// warnOfDoubt tells of an archive that ends as whole ones do not.
func (w *webRows) warnOfDoubt() {
	if t, ok := w.samples.archive.(*tarMembers); ok {
		if doubt := t.doubt(); doubt != "" {
			w.logger.Warn(doubt, "file", w.samples.path, "last_member", t.member.name)
		}
	}
}

func (w *webRows) append(one *webSample, to *array.RecordBuilder) error {
	one.values[keyColumn], one.values[urlColumn] = one.key, w.samples.url
	for i, f := range w.fields {
		v := one.values[f.Name]
		if content, ok := v.([]byte); ok && sample.IsMedia(f.Type) {
			// Announced as an image or the like, though its name does not say so.
			file := &sample.Struct{}
			file.Set("bytes", content)
			v = file
		}
		if err := sample.Append(f, to.Field(i), v); err != nil {
			return fmt.Errorf("file %q: %w: the first samples, or what the subset announces, decide the columns", f.Name, err)
		}
	}
	if w.warned {
		return nil
	}
	for _, name := range one.names {
		if !w.all.HasField(name) {
			w.warned = true
			w.logger.Warn("a sample has a file that the first samples do not have; such files are left out, as in the datasets library",
				"file", w.samples.path, "sample", one.key, "left_out", name)
		}
	}
	return nil
}

func (w *webRows) close() error { return w.samples.Close() }
