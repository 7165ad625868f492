package parquet

import "math"

// RowGroupBytes is the number of bytes of the column chunks of a row group.
func (f *Footer) RowGroupBytes(i int) (int64, error) {
	var sum int64
	for leaf := range f.leaves {
		c, err := f.chunk(i, leaf)
		if err != nil {
			return 0, err
		}
		if c.size < 0 || c.size > math.MaxInt64-sum {
			return math.MaxInt64, nil // A scan of it will tell what is wrong.
		}
		sum += c.size
	}
	return sum, nil
}
