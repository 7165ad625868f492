package parquet

import "slices"

const byteStreamSplit = 9

// Known says whether the decoders that read slices, DuckDB's above all, can be expected to know how the column is stored. They
// know BYTE_STREAM_SPLIT for floating point only, and no maps without values.
func (f *Footer) Known(name string) bool {
	c, ok, err := f.column(name)
	if err != nil || !ok || len(f.groups) == 0 {
		return true
	}
	for i := c.firstElement; i < c.element; i++ {
		if f.elements[i].isMap() && f.elements[i].children == 1 && i+1 < c.element && f.elements[i+1].children != 2 {
			return false
		}
	}
	for leaf := c.firstLeaf; leaf < c.leaf; leaf++ {
		chunk, err := f.chunk(0, leaf)
		if err != nil {
			return true
		}
		float := chunk.physical == Float || chunk.physical == Double
		if !float && slices.Contains(chunk.encodings, byteStreamSplit) {
			return false
		}
	}
	return true
}

func (e element) isMap() bool {
	return e.logical.kind == logicalMap || e.converted == convertedMap || e.converted == convertedMapKeyValue
}
