package parquetfile

import (
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/s2"
)

// fastSnappy is the number under which the Parquet library finds the encoder below. The library's own encoder of Snappy takes more
// than twice the time for a tenth less of size, which makes it most of the cost of writing text. Its registry belongs to the whole program, so that the
// encoder has a number of its own there, far from those of the Parquet format; [parquet.Join] puts Snappy's in its place
// before anybody sees the file.
const fastSnappy compress.Compression = 1_000_001

func init() { compress.RegisterCodec(fastSnappy, snappyEncoder{}) }

// snappyEncoder writes blocks of the Snappy format.
type snappyEncoder struct{}

// Encode implements [compress.Codec].
func (snappyEncoder) Encode(dst, src []byte) []byte { return s2.EncodeSnappy(dst, src) }

// EncodeLevel implements [compress.Codec]. Snappy has no levels.
func (snappyEncoder) EncodeLevel(dst, src []byte, _ int) []byte { return s2.EncodeSnappy(dst, src) }

// CompressBound implements [compress.Codec].
func (snappyEncoder) CompressBound(n int64) int64 { return int64(s2.MaxEncodedLen(int(n))) }

// Decode implements [compress.Codec]. No file has the number, so that nothing is decoded by it.
func (snappyEncoder) Decode(dst, src []byte) []byte {
	out, err := s2.Decode(dst, src)
	if err != nil {
		panic(err) // The interface has no other way.
	}
	return out
}
