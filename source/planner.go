package source

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
)

// planner is a Format that lays out partitions by itself, where they are not one a data file.
type planner interface {
	// Plan announces the columns of a subset, as Schema does, and lists the partitions of the split to read.
	Plan(ctx context.Context, s Services, subset Subset) (*arrow.Schema, []Partition, error)
}

// planSplit announces the columns of a subset and lists the partitions of a split.
func planSplit(ctx context.Context, s Services, format Format, subset Subset, split dataset.Split) (*arrow.Schema, []Partition, error) {
	p, ok := format.(planner)
	if !ok {
		schema, err := format.Schema(ctx, s, subset)
		if err != nil {
			return nil, nil, err
		}
		return schema, partitions(subset, split, schema, s.Progress), nil
	}
	schema, parts, err := p.Plan(ctx, s, subset)
	if err != nil {
		return nil, nil, err
	}
	for i, one := range parts {
		parts[i].counters = s.Progress
		s.Progress.files.Add(int64(max(1, len(one.Folder.Files))))
		size := one.Size
		if one.Folder.Rows > 0 {
			size = one.Folder.Bytes
		}
		s.Progress.listed.Add(size)
	}
	return schema, parts, nil
}
