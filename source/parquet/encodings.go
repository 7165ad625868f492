package parquet

import "slices"

const byteStreamSplit = 9

// PlainlyEncoded says whether the decoders that read slices can be expected to know how the column is stored. They know
// BYTE_STREAM_SPLIT for floating point only.
func (f *Footer) PlainlyEncoded(name string) bool {
	c, ok, err := f.column(name)
	if err != nil || !ok || len(f.groups) == 0 {
		return true
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
