package source

import "context"

// Split implements splitter: a partition has row groups that follow one another.
func (parquetFormat) Split(ctx context.Context, s Services, p Partition, size int64) ([]Partition, error) {
	footer, err := s.footers().Read(ctx, s.parquetFile(p.File(), p.Hash))
	if err != nil || footer.RowGroups() < 2 {
		return nil, err
	}
	var out []Partition
	for i := range footer.RowGroups() {
		bytes, err := footer.RowGroupBytes(i)
		if err != nil {
			return nil, err
		}
		last := len(out) - 1
		if last < 0 || out[last].Length > size-min(bytes, size) {
			part := p
			part.RowGroups, part.Length = nil, 0
			out = append(out, part)
			last++
		}
		out[last].RowGroups = append(out[last].RowGroups, i)
		out[last].Length += bytes
	}
	return out, nil
}
