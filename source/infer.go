package source

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
)

// inferrer announces the columns of a document by its first rows. It also tells whether there are rows.
type inferrer func(ctx context.Context, d document) (schema *arrow.Schema, rows bool, err error)

// inferSplit announces the columns of a subset by the first of the files that has rows, else by the first one. packed and wanted are those
// of inferFirst.
func inferSplit(ctx context.Context, s Services, subset Subset, files []dataset.File, packed bool, wanted int64, infer inferrer) (*arrow.Schema, error) {
	var first *arrow.Schema
	for _, file := range files {
		schema, rows, err := inferFirst(ctx, s, subset.partition(file), packed, wanted, infer)
		if err != nil {
			return nil, err
		}
		if rows {
			return schema, nil
		}
		if first == nil {
			first = schema
		}
	}
	if first == nil {
		return nil, emptySplit(subset)
	}
	return first, nil
}

func emptySplit(subset Subset) error {
	return &dataset.Error{
		Code: dataset.CodeEmpty, Repository: subset.Resolution.Repository, Revision: subset.Resolution.Revision,
		Message: fmt.Sprintf("the split %q of the subset %q has no data files, so that its columns are not known", subset.Split, subset.Resolution.Config),
	}
}

// inferFirst announces the columns by the first document of a data file that has rows, else by its first one; schema is nil when there is
// none. packed says that members of archives may be packed by themselves, and wanted is about how many bytes of a plain file infer reads,
// or 0 where that is not known.
func inferFirst(ctx context.Context, s Services, p Partition, packed bool, wanted int64, infer inferrer) (first *arrow.Schema, rows bool, err error) {
	if kind, _ := compressionOf(p.Path); kind != plainFile { // What is wrong with the name, opening the file will tell.
		wanted = 0
	}
	all, err := documents(ctx, s.keeping(ctx, wanted), p, packed)
	if err != nil {
		return nil, false, err
	}
	for _, d := range all {
		schema, rows, err := infer(ctx, d)
		if err != nil || rows {
			return schema, rows, err
		}
		if first == nil {
			first = schema
		}
	}
	return first, false, nil
}

// splitFiles are the files of the split that is to be read; when it has none, those of the first one with some, whose columns it has.
func splitFiles(subset Subset) []dataset.File {
	var others []dataset.File
	for _, split := range subset.Resolution.Splits {
		switch {
		case split.Name == subset.Split && len(split.Files) > 0:
			return split.Files
		case others == nil && len(split.Files) > 0:
			others = split.Files
		}
	}
	return others
}

// partition is a file as a partition, for reading before there are any.
func (s Subset) partition(file dataset.File) Partition {
	f := s.File(file)
	return Partition{
		Endpoint: s.Endpoint, Repository: f.Repo.ID, Commit: f.Revision, Path: f.Path, Size: f.Size, Hash: file.Hash,
		Format: s.Resolution.Format, Parameters: s.Parameters,
	}
}
