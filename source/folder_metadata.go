package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/sample"
)

// metadataFormats are the formats of metadata files by their extension.
var metadataFormats = map[string]struct {
	format     string
	parameters map[string]any
}{
	".csv":     {format: "csv"},
	".jsonl":   {format: "json", parameters: map[string]any{"on_mixed_types": nil}},
	".parquet": {format: "parquet"},
}

// readMetadataColumns looks at the first metadata file with rows of each split; they must agree.
func (l *folderLayout) readMetadataColumns(ctx context.Context) error {
	var first folderFile
	extension := ""
	for _, split := range l.splits {
		for _, file := range split.metadata {
			own := path.Ext(file.name())
			if _, ok := metadataFormats[own]; !ok {
				return fmt.Errorf("metadata file %s: metadata files are .csv, .jsonl or .parquet", file.name())
			}
			if extension == "" {
				extension = own
			}
			if own != extension {
				return fmt.Errorf("found metadata files with different extensions: %s and %s", extension, own)
			}
		}
	}
	for _, split := range l.splits {
		for i, file := range split.metadata {
			schema, rows, err := l.metadataSchema(ctx, file)
			if err != nil {
				return err
			}
			if !rows && i < len(split.metadata)-1 {
				continue
			}
			if l.metadataColumns == nil {
				first, l.metadataColumns = file, schema
			} else if !sameColumns(l.metadataColumns, schema) {
				return fmt.Errorf("the metadata files %s and %s have different columns: %s and %s", first.name(), file.name(),
					columnList(l.metadataColumns), columnList(schema))
			}
			break
		}
	}
	linked, err := linkSchema(l.metadataColumns, l.format.kind)
	if err != nil {
		return fmt.Errorf("metadata file %s: %w", first.name(), err)
	}
	l.linked = linked
	return nil
}

func sameColumns(a, b *arrow.Schema) bool {
	return arrow.NewSchema(a.Fields(), nil).Equal(arrow.NewSchema(b.Fields(), nil))
}

func columnList(s *arrow.Schema) string {
	parts := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		parts[i] = f.Name + ": " + dataset.TypeName(f.Type)
	}
	return strings.Join(parts, ", ")
}

// metadataSchema tells the columns of a metadata file, and whether it has rows.
func (l *folderLayout) metadataSchema(ctx context.Context, file folderFile) (*arrow.Schema, bool, error) {
	p, s, err := metadataPartition(ctx, l.services, l.subset.partition(file.File), &FolderPart{Member: file.member})
	if err != nil {
		return nil, false, err
	}
	if p.Size == 0 {
		return nil, false, fmt.Errorf("metadata file %s is empty", file.name())
	}
	format, err := formatOf(p.Format)
	if err != nil {
		return nil, false, err
	}
	resolution := *l.subset.Resolution
	resolution.Format, resolution.Features, resolution.ConfigFeatures = p.Format, nil, nil
	one := dataset.File{Path: p.Path, Size: p.Size, Hash: p.Hash, Commit: p.Commit, Repository: p.Repository}
	resolution.Splits = []dataset.Split{{Name: l.subset.Split, Files: []dataset.File{one}}}
	schema, err := format.Schema(ctx, s, Subset{Endpoint: l.subset.Endpoint, Resolution: &resolution, Split: l.subset.Split, Parameters: p.Parameters})
	if err != nil {
		return nil, false, fmt.Errorf("metadata file %s: %w", file.name(), err)
	}
	return l.announcedTypes(schema), p.Format == "parquet" || schema.NumFields() > 0, nil
}

// announcedTypes gives the columns of a metadata file the types that the README announces for them, so that they are read as such.
func (l *folderLayout) announcedTypes(schema *arrow.Schema) *arrow.Schema {
	features := l.subset.Resolution.ConfigFeatures
	if features == nil {
		return schema
	}
	announced := features.ArrowSchema()
	fields := append([]arrow.Field(nil), schema.Fields()...)
	for i, f := range fields {
		if want, ok := announced.FieldsByName(f.Name); ok && !hasMedia(want[0].Type) {
			fields[i] = want[0]
		}
	}
	return arrow.NewSchema(fields, nil)
}

func hasMedia(t arrow.DataType) bool {
	if sample.IsMedia(t) {
		return true
	}
	switch t := t.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			if hasMedia(f.Type) {
				return true
			}
		}
	case arrow.ListLikeType:
		return hasMedia(t.Elem())
	}
	return false
}

var errNoFileNames = errors.New("`file_name`, `*_file_name`, `file_names` or `*_file_names` must be present as dictionary key in metadata files")

// linkSchema puts files in the place of their names.
func linkSchema(schema *arrow.Schema, kind folderKind) (*arrow.Schema, error) {
	fields, found, err := linkFields(schema.Fields(), kind)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errNoFileNames
	}
	return arrow.NewSchema(fields, nil), nil
}

func linkFields(fields []arrow.Field, kind folderKind) (out []arrow.Field, found bool, err error) {
	names := map[string]bool{}
	for _, f := range fields {
		linked, here := linkField(f, kind)
		if !here {
			if linked.Type, here, err = linkType(f.Type, kind); err != nil {
				return nil, false, err
			}
		}
		if names[linked.Name] {
			return nil, false, fmt.Errorf("two columns would be called %q: columns that name files lose the ending _file_name", linked.Name)
		}
		names[linked.Name] = true
		out = append(out, linked)
		found = found || here
	}
	return out, found, nil
}

// linkField changes a field that names files by its own name.
func linkField(f arrow.Field, kind folderKind) (arrow.Field, bool) {
	media := dataset.FeatureType{Kind: dataset.KindMedia, Class: kind.class}
	if name, ok := fileColumn(f.Name, "file_name", kind.column); ok && isStringType(f.Type) {
		return arrow.Field{Name: name, Type: media.ArrowType(), Nullable: true}, true
	}
	if name, ok := fileColumn(f.Name, "file_names", kind.column+"s"); ok {
		if list, isList := f.Type.(*arrow.ListType); isList && isStringType(list.Elem()) {
			return arrow.Field{Name: name, Type: arrow.ListOf(media.ArrowType()), Nullable: true}, true
		}
	}
	return f, false
}

// fileColumn tells which column a column of file names becomes.
func fileColumn(name, ending, whole string) (string, bool) {
	if name == ending {
		return whole, true
	}
	return strings.CutSuffix(name, "_"+ending)
}

func isStringType(t arrow.DataType) bool {
	return t.ID() == arrow.STRING || t.ID() == arrow.LARGE_STRING
}

func linkType(t arrow.DataType, kind folderKind) (arrow.DataType, bool, error) {
	switch t := t.(type) {
	case *arrow.StructType:
		fields, found, err := linkFields(t.Fields(), kind)
		return arrow.StructOf(fields...), found, err
	case *arrow.ListType:
		element := t.ElemField()
		var found bool
		var err error
		element.Type, found, err = linkType(t.Elem(), kind)
		return arrow.ListOfField(element), found, err
	}
	return t, false, nil
}

// metadataPartition is a metadata file as a partition of its own format, and what to read it with.
func metadataPartition(ctx context.Context, s Services, p Partition, part *FolderPart) (Partition, Services, error) {
	p.Schema, p.Folder = part.Columns, nil
	if part.Member == nil {
		f := metadataFormats[path.Ext(p.Path)]
		p.Format, p.Parameters = f.format, f.parameters
		return p, s, nil
	}
	f := metadataFormats[path.Ext(part.Member.Name)]
	if part.Member.Size > maxMember {
		return p, s, tooLarge(p.Path, archiveMember{part.Member.Name, part.Member.Size})
	}
	content, err := part.Member.Bytes(ctx, p.Size, zipFetch(s, p))
	if err != nil {
		return p, s, fmt.Errorf("data file %s: %w", p.Path, err)
	}
	p.Path, p.Size, p.Hash, p.Format, p.Parameters = p.Path+"/"+part.Member.Name, int64(len(content)), "", f.format, f.parameters
	s.Files = fileInMemory{content}
	return p, s, nil
}

// fileInMemory is a file in memory, under any name.
type fileInMemory struct{ content []byte }

// Range implements Files.
func (o fileInMemory) Range(_ context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	end := int64(len(o.content))
	if length >= 0 {
		end = offset + length
	}
	if offset < 0 || offset > end || end > int64(len(o.content)) {
		return nil, fmt.Errorf("read %s: bytes %d to %d of %d", f.Path, offset, end, len(o.content))
	}
	return io.NopCloser(bytes.NewReader(o.content[offset:end])), nil
}

// metadataPartitions cuts the rows of metadata files into partitions.
func (l *folderLayout) metadataPartitions(ctx context.Context, schema *arrow.Schema, split *folderSplit) ([]Partition, error) {
	var total int64
	for _, f := range split.files {
		total += f.size()
	}
	var out []Partition
	var rows int64
	for _, file := range split.metadata {
		part := FolderPart{Member: file.member, Columns: Schema{l.metadataColumns}}
		p := l.subset.partition(file.File)
		count, err := countMetadata(ctx, l.services, p, &part)
		if err != nil {
			return nil, err
		}
		p.Schema = Schema{schema}
		step := max(folderFiles, (count+folderParts-1)/folderParts)
		for first := int64(0); first < count; first += step {
			one := part
			one.First, one.Rows = first, min(step, count-first)
			p.Folder = &one
			out = append(out, p)
		}
		rows += count
	}
	// How large the files are that a row names is not known; all of them together tell enough for plans.
	for i := range out {
		out[i].Folder.Bytes = total / max(rows, 1) * out[i].Folder.Rows
	}
	return packMetadata(out), nil
}

// packMetadata puts small metadata files together: a partition is as many rows, and as many bytes, as it is of files without metadata.
func packMetadata(parts []Partition) []Partition {
	var out []Partition
	var rows, bytes int64
	for _, p := range parts {
		if len(out) == 0 || rows+p.Folder.Rows > folderFiles || bytes+p.Folder.Bytes > folderBytes {
			out = append(out, p)
			rows, bytes = p.Folder.Rows, p.Folder.Bytes
			continue
		}
		to := &out[len(out)-1]
		part := FilePart{Path: p.Path, Size: p.Size, Hash: p.Hash, Folder: p.Folder}
		if p.Repository != to.Repository {
			part.Repository = p.Repository
		}
		if p.Commit != to.Commit {
			part.Commit = p.Commit
		}
		to.Length, to.More = to.DataSize()+p.DataSize(), append(to.More, part)
		rows, bytes = rows+p.Folder.Rows, bytes+p.Folder.Bytes
	}
	return out
}

func countMetadata(ctx context.Context, s Services, p Partition, part *FolderPart) (rows int64, err error) {
	p, s, err = metadataPartition(ctx, s, p, part)
	if err != nil {
		return 0, err
	}
	format, err := formatOf(p.Format)
	if err != nil {
		return 0, err
	}
	s.Progress = &Counters{}
	reader, err := format.Open(ctx, s, p, Request{Decode: true})
	if err != nil {
		return 0, fmt.Errorf("metadata file %s: %w", p.Path, err)
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		piece, err := reader.Next(ctx)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return 0, fmt.Errorf("metadata file %s: %w", p.Path, err)
		}
		rows += piece.Rows
		piece.Release()
	}
}
