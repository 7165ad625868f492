package source

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/dataset/zipdir"
)

// folderFormat reads folders of images, sounds and the like (datasets, packaged_modules/folder_based_builder): a row is a file, with
// a class label from the name of its directory where that makes sense, or a record of a metadata file that names files.
type folderFormat struct{ kind folderKind }

// folderParameters are the parameters of all folder formats. decode_num_threads is accepted: nothing is decoded here.
var folderParameters = []string{"drop_labels", "drop_metadata", "metadata_filenames", "decode_num_threads"}

// folderOptions are the parameters, read.
type folderOptions struct {
	dropLabels    *bool // nil: labels where there are several and all files lie equally deep
	dropMetadata  bool
	metadataNames []string
}

// Parameters implements Format.
func (f folderFormat) Parameters(given map[string]any) (map[string]any, error) {
	_, err := f.options(given)
	return given, err
}

func (f folderFormat) options(given map[string]any) (folderOptions, error) {
	var o folderOptions
	p := newParameters(f.kind.format, given)
	p.only(append(slices.Clone(folderParameters), "features", "filters"))
	p.must("filters", "set the option filters when reading instead", nil)
	if _, ok := p.values["drop_labels"]; ok && p.values["drop_labels"] != nil {
		o.dropLabels = new(bool)
		p.flag("drop_labels", o.dropLabels)
	}
	p.flag("drop_metadata", &o.dropMetadata)
	p.texts("metadata_filenames", &o.metadataNames)
	if o.metadataNames == nil {
		o.metadataNames = []string{"metadata.csv", "metadata.jsonl", "metadata.parquet"}
	}
	return o, p.err
}

// Schema implements Format.
func (f folderFormat) Schema(ctx context.Context, s Services, subset Subset) (*arrow.Schema, error) {
	schema, _, err := f.Plan(ctx, s, subset)
	return schema, err
}

const (
	// folderFiles and folderBytes bound the files of a partition; one file may be larger.
	folderFiles = 1000
	folderBytes = 128 << 20
	// folderParts is into how many partitions the rows of one metadata file are cut at most, since each of them reads the file.
	folderParts = 32
)

// FolderPart is what a partition of a folder format reads: files, or rows of the metadata file at Partition.Path.
type FolderPart struct {
	Files []FolderFile `json:"files,omitempty"`

	First int64 `json:"first,omitempty"` // row of the metadata file, from 0
	Rows  int64 `json:"rows,omitempty"`
	Bytes int64 `json:"bytes,omitempty"` // about how large the files are that they name
	// Columns are those of the metadata file, whose names differ where they name files.
	Columns Schema `json:"columns,omitzero"`
	// Member is the metadata file in the archive at Partition.Path; nil when it lies there by itself.
	Member *zipdir.Entry `json:"member,omitempty"`
}

// FolderFile is a file that is a row.
type FolderFile struct {
	Path       string        `json:"path"`
	Size       int64         `json:"size"`
	Label      string        `json:"label,omitempty"`
	Labelled   bool          `json:"labelled,omitempty"`
	Member     *zipdir.Entry `json:"member,omitempty"`     // the file in the archive at Path
	Commit     string        `json:"commit,omitempty"`     // when it is not that of the partition
	Repository string        `json:"repository,omitempty"` // when it is not that of the partition
}

// Plan implements planner.
func (f folderFormat) Plan(ctx context.Context, s Services, subset Subset) (*arrow.Schema, []Partition, error) {
	o, err := f.options(subset.Parameters)
	if err != nil {
		return nil, nil, err
	}
	l := folderLayout{format: f, options: o, services: s, subset: subset}
	if err := l.analyze(ctx); err != nil {
		return nil, nil, err
	}
	schema, err := l.schema(ctx)
	if err != nil {
		return nil, nil, err
	}
	partitions, err := l.partitions(ctx, schema)
	return schema, partitions, err
}

// schema announces the columns. Features in the configs entry of the README are taken as they are; those of dataset_info are not,
// as in the library.
func (l *folderLayout) schema(ctx context.Context) (*arrow.Schema, error) {
	if l.addMetadata {
		if err := l.readMetadataColumns(ctx); err != nil {
			return nil, err
		}
	}
	if features := l.subset.Resolution.ConfigFeatures; features != nil {
		return features.ArrowSchema(), nil
	}
	if l.addMetadata {
		return l.linked, nil
	}
	kind := l.format.kind
	features := dataset.Features{Columns: []dataset.Feature{{Name: kind.column, Type: dataset.FeatureType{Kind: dataset.KindMedia, Class: kind.class}}}}
	if l.addLabels {
		label := dataset.FeatureType{Kind: dataset.KindClassLabel, Names: l.labelNames(), NumClasses: len(l.labels)}
		features.Columns = append(features.Columns, dataset.Feature{Name: labelColumn, Type: label})
	}
	return features.ArrowSchema(), nil
}

// labelColumn is the column of class labels.
const labelColumn = "label"

func (l *folderLayout) partitions(ctx context.Context, schema *arrow.Schema) ([]Partition, error) {
	split := l.split()
	if split == nil {
		return nil, nil
	}
	if split.addMetadata {
		return l.metadataPartitions(ctx, schema, split)
	}
	var out []Partition
	var bytes int64
	for i, file := range split.files {
		size := file.size()
		last := len(out) - 1
		if i == 0 || len(out[last].Folder.Files) == folderFiles || bytes+size > folderBytes {
			p := l.subset.partition(file.File)
			p.Schema, p.Size, p.Hash, p.Folder = Schema{schema}, 0, "", &FolderPart{}
			out = append(out, p)
			last, bytes = last+1, 0
		}
		bytes += size
		out[last].Size += size
		one := FolderFile{Path: file.Path, Size: file.File.Size, Member: file.member}
		if split.addLabels {
			one.Label, one.Labelled = l.labelOf(file), true
		}
		if own := l.subset.partition(file.File); own.Commit != out[last].Commit || own.Repository != out[last].Repository {
			one.Commit, one.Repository = own.Commit, own.Repository
		}
		out[last].Folder.Files = append(out[last].Folder.Files, one)
	}
	return out, nil
}

// Open implements Format.
func (f folderFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	if p.Folder == nil {
		return nil, fmt.Errorf("read %s: the partition does not tell which files it has", p.Path)
	}
	return newFolderReader(ctx, s, p, r)
}
