package parquet

import (
	"encoding/binary"
	"fmt"

	"github.com/pierrec/lz4/v4"
)

// The codec LZ4 is deprecated, since its writers disagreed: those on Hadoop put a frame around the blocks, others did not.
// Decoders do not have it any more, so that slices hold its pages uncompressed.
const codecLZ4 = 5

// maxLZ4Ratio is more than LZ4 can shrink anything by.
const maxLZ4Ratio = 256

// uncompressLZ4 fills to with what from holds, in the frame of Hadoop or without one.
func uncompressLZ4(to, from []byte) error {
	if len(to) == 0 || uncompressHadoop(to, from) {
		return nil
	}
	n, err := lz4.UncompressBlock(from, to)
	if err != nil {
		return fmt.Errorf("uncompress LZ4: %w", err)
	}
	if n != len(to) {
		return fmt.Errorf("uncompress LZ4: %d bytes instead of %d", n, len(to))
	}
	return nil
}

// uncompressHadoop is false when from has no frame: blocks after their size uncompressed and their size, both of four bytes.
func uncompressHadoop(to, from []byte) bool {
	for len(from) > 0 {
		if len(from) < 8 {
			return false
		}
		raw, size := binary.BigEndian.Uint32(from), binary.BigEndian.Uint32(from[4:])
		from = from[8:]
		if uint64(raw) > uint64(len(to)) || uint64(size) > uint64(len(from)) {
			return false
		}
		n, err := lz4.UncompressBlock(from[:size], to[:raw])
		if err != nil || n != int(raw) {
			return false
		}
		to, from = to[raw:], from[size:]
	}
	return len(to) == 0
}
