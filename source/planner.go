package source

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
)

// planner is a Format that lays out partitions by itself, where they are not one a data file.
type planner interface {
	// Plan announces the columns of a subset, as Schema does, and lists the partitions of the split to read.
	Plan(ctx context.Context, s Services, subset Subset) (*arrow.Schema, []Partition, error)
}

// planSplit announces the columns of a subset and lists the partitions of a split.
func planSplit(ctx context.Context, s Services, format Format, subset Subset, split dataset.Split, o Options) (*arrow.Schema, []Partition, error) {
	schema, parts, err := layOut(ctx, s, format, subset, split)
	if err == nil {
		parts, err = resize(ctx, s, format, parts, o)
	}
	if err != nil || o.Nanoseconds == "" {
		return schema, parts, err
	}
	schema = arrow.NewSchema(nanosecondsAsText(schema.Fields()), nil)
	for i := range parts {
		parts[i].Schema = Schema{schema}
	}
	return schema, parts, nil
}

// nanosecondsAsText makes text of times in nanoseconds, and numbers of durations.
func nanosecondsAsText(fields []arrow.Field) []arrow.Field {
	out := slices.Clone(fields)
	for i, f := range fields {
		out[i].Type = nanosecondsType(f.Type)
	}
	return out
}

func nanosecondsType(t arrow.DataType) arrow.DataType {
	switch t := t.(type) {
	case *arrow.TimestampType, *arrow.Time64Type:
		if t.(arrow.TemporalWithUnit).TimeUnit() == arrow.Nanosecond {
			return arrow.BinaryTypes.String
		}
	case *arrow.DurationType:
		if t.Unit == arrow.Nanosecond {
			return arrow.PrimitiveTypes.Int64
		}
	case *arrow.StructType:
		return arrow.StructOf(nanosecondsAsText(t.Fields())...)
	case *arrow.MapType:
		return arrow.MapOfFields(nanosecondsAsText([]arrow.Field{t.KeyField()})[0], nanosecondsAsText([]arrow.Field{t.ItemField()})[0])
	case *arrow.ListType:
		return arrow.ListOfField(nanosecondsAsText([]arrow.Field{t.ElemField()})[0])
	case *arrow.LargeListType:
		return arrow.LargeListOfField(nanosecondsAsText([]arrow.Field{t.ElemField()})[0])
	case *arrow.FixedSizeListType:
		return arrow.FixedSizeListOfField(t.Len(), nanosecondsAsText([]arrow.Field{t.ElemField()})[0])
	}
	return t
}

// layOut announces the columns as the datasets library does, and lists the partitions.
func layOut(ctx context.Context, s Services, format Format, subset Subset, split dataset.Split) (*arrow.Schema, []Partition, error) {
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
	for i := range parts {
		parts[i].counters = s.Progress
		for _, one := range parts[i].files() {
			s.Progress.files.Add(int64(max(1, len(one.Folder.Files))))
			size := one.Size
			if one.Folder.Rows > 0 {
				size = one.Folder.Bytes
			}
			s.Progress.listed.Add(size)
		}
	}
	return schema, parts, nil
}
