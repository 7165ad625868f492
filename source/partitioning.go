package source

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// splitter is a Format whose data files can be read in parts.
type splitter interface {
	// Split cuts the partition of a whole data file into ones of about size bytes, in the order of their rows; each row is in exactly one.
	// It returns nil for a file that can only be read whole.
	Split(ctx context.Context, s Services, p Partition, size int64) ([]Partition, error)
}

// resize splits and packs the partitions of a split, one a data file, as options say. The order of rows stays what it is.
func resize(ctx context.Context, s Services, format Format, parts []Partition, o Options) ([]Partition, error) {
	if o.Download {
		for i := range parts {
			parts[i].Download = true
		}
	}
	if _, own := format.(planner); own {
		return parts, nil // Its partitions have bounds of their own.
	}
	if by, ok := format.(splitter); ok && o.MaxPartitionBytes > 0 {
		var err error
		if parts, err = splitFilesOf(ctx, s, by, parts, o.MaxPartitionBytes); err != nil {
			return nil, err
		}
	}
	if o.MinPartitionBytes > 0 {
		parts = pack(parts, o.MinPartitionBytes, o.MaxPartitionBytes)
	}
	return parts, nil
}

func splitFilesOf(ctx context.Context, s Services, by splitter, parts []Partition, size int64) ([]Partition, error) {
	cut := make([][]Partition, len(parts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, s.Parallelism))
	for i, p := range parts {
		if p.Size <= size {
			continue
		}
		group.Go(func() (err error) {
			cut[i], err = by.Split(ctx, s, p, size)
			return asDataError(err, p.Repository, p.Path)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var out []Partition
	for i, p := range parts {
		if len(cut[i]) < 2 {
			out = append(out, p)
			continue
		}
		// What progress counts as a file is here a part of one.
		s.Progress.files.Add(int64(len(cut[i]) - 1))
		out = append(out, cut[i]...)
	}
	return out, nil
}

// pack puts whole files that follow one another into one partition, until it has at least so many bytes; with most above zero it then
// has no more than that.
func pack(parts []Partition, least, most int64) []Partition {
	var out []Partition
	for _, p := range parts {
		last := len(out) - 1
		if last < 0 || !out[last].packs(p) || out[last].DataSize() >= least || most > 0 && out[last].DataSize()+p.DataSize() > most {
			out = append(out, p)
			continue
		}
		part := FilePart{Path: p.Path, Size: p.Size, Hash: p.Hash}
		if p.Repository != out[last].Repository {
			part.Repository = p.Repository
		}
		if p.Commit != out[last].Commit {
			part.Commit = p.Commit
		}
		out[last].Length = out[last].DataSize() + p.DataSize()
		out[last].More = append(out[last].More, part)
	}
	return slices.Clip(out)
}

// packs says whether the file of another partition can be read after those of this one: both are whole.
func (p Partition) packs(next Partition) bool {
	return p.RowGroups == nil && p.Lines == nil && next.RowGroups == nil && next.Lines == nil
}

// Files is how many data files the partitions have. One that is split counts once.
func (t *Table) Files() int {
	n := 0
	for _, p := range t.Partitions {
		switch {
		case p.Lines != nil && p.Lines.From > 0, len(p.RowGroups) > 0 && p.RowGroups[0] > 0: // A part that is not the first.
		case p.Folder != nil:
			n += max(1, len(p.Folder.Files)) + len(p.More)
		default:
			n += 1 + len(p.More)
		}
	}
	return n
}

// files are the partitions of a single file each that the partition is made of.
func (p Partition) files() []Partition {
	first := p
	first.More, first.Length = nil, 0
	out := []Partition{first}
	for _, part := range p.More {
		one := first
		one.Path, one.Size, one.Hash = part.Path, part.Size, part.Hash
		if part.Folder != nil {
			one.Folder = part.Folder
		}
		if part.Repository != "" {
			one.Repository = part.Repository
		}
		if part.Commit != "" {
			one.Commit = part.Commit
		}
		out = append(out, one)
	}
	return out
}
