package parquetfile

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
)

// The defaults of Options.
const (
	DefaultRowGroupRows  int64 = 1 << 20
	DefaultRowGroupBytes int64 = 32 << 20
	DefaultMinChunk      int64 = 256 << 10
	DefaultMaxChunk      int64 = 1 << 20
)

// Options says how files are written. The zero value writes what pyarrow writes for the datasets library: Snappy, pages cut
// by content, statistics and a page index.
type Options struct {
	// Compression is snappy, zstd, gzip, brotli, lz4 or none; "" means snappy.
	Compression string
	// Level is the level of compression of zstd, gzip and brotli; 0 means the codec's default.
	Level int
	// RowGroupRows ends a row group at this many rows; 0 means DefaultRowGroupRows.
	RowGroupRows int64
	// RowGroupBytes ends a row group when its values take about this many bytes in Arrow; 0 means DefaultRowGroupBytes.
	RowGroupBytes int64
	// Parallel is how many row groups are encoded at once; 0 means the number of processors. A writer holds about
	// (Parallel + 1) × RowGroupBytes × 2 in memory.
	Parallel int
	// NoPageIndex leaves out the column and offset index.
	NoPageIndex bool
	// NoStatistics leaves out the minimum, maximum and null count of columns, and with them the column index.
	NoStatistics bool
	// NoDictionary writes all values plainly.
	NoDictionary bool
	// Chunking cuts pages by content.
	Chunking Chunking
	// CreatedBy names the program in the file; "" means hfspark.
	CreatedBy string
}

// Chunking cuts pages where their content says so, so that a change of some rows leaves all other pages the same bytes. The
// zero value has pyarrow's defaults.
type Chunking struct {
	// Off cuts pages at 1 MiB instead.
	Off bool
	// Min and Max bound the bytes of values in a page; 0 means DefaultMinChunk and DefaultMaxChunk.
	Min, Max int64
	// Norm narrows the distribution of sizes around the middle of Min and Max; pyarrow's norm_level, from -3 to 3.
	Norm int
}

// Compressions lists the names that Options.Compression may have.
func Compressions() []string { return []string{"snappy", "zstd", "gzip", "brotli", "lz4", "none"} }

func (o Options) withDefaults() (Options, error) {
	if o.Compression == "" {
		o.Compression = "snappy"
	}
	o.Compression = strings.ToLower(o.Compression)
	if o.Compression == "uncompressed" {
		o.Compression = "none"
	}
	if !slices.Contains(Compressions(), o.Compression) {
		return o, fmt.Errorf("compression %q is not known: use one of %s", o.Compression, strings.Join(Compressions(), ", "))
	}
	if o.RowGroupRows == 0 {
		o.RowGroupRows = DefaultRowGroupRows
	}
	if o.RowGroupBytes == 0 {
		o.RowGroupBytes = DefaultRowGroupBytes
	}
	if o.RowGroupRows < 0 || o.RowGroupBytes < 0 {
		return o, fmt.Errorf("a row group of %d rows or %d bytes cannot be written: give sizes above zero", o.RowGroupRows, o.RowGroupBytes)
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	if o.CreatedBy == "" {
		o.CreatedBy = "hfspark"
	}
	if o.Chunking.Min == 0 {
		o.Chunking.Min = DefaultMinChunk
	}
	if o.Chunking.Max == 0 {
		o.Chunking.Max = max(DefaultMaxChunk, 2*o.Chunking.Min)
	}
	if c := o.Chunking; c.Min < 0 || c.Max < c.Min+64 || c.Norm < -3 || c.Norm > 3 {
		return o, fmt.Errorf("pages of %d to %d bytes with norm %d cannot be cut: the largest must exceed the smallest by 64 bytes, and the norm lies between -3 and 3",
			c.Min, c.Max, c.Norm)
	}
	return o, nil
}

func (o Options) codec() compress.Compression {
	switch o.Compression {
	case "zstd":
		return compress.Codecs.Zstd
	case "gzip":
		return compress.Codecs.Gzip
	case "brotli":
		return compress.Codecs.Brotli
	case "lz4":
		return compress.Codecs.Lz4Raw
	case "none":
		return compress.Codecs.Uncompressed
	}
	return fastSnappy
}

// fileCodec is the codec as files name it.
func (o Options) fileCodec() compress.Compression {
	if codec := o.codec(); codec != fastSnappy {
		return codec
	}
	return compress.Codecs.Snappy
}

// maxStatistics bounds the minimum and maximum of text and binary columns, in bytes; longer ones are left out, as in Arrow.
const maxStatistics = 4096

// properties are the library's for these options, with more of them.
func (o Options) properties(more ...parquet.WriterProperty) *parquet.WriterProperties {
	pageSize := int64(1 << 20)
	if !o.Chunking.Off {
		// The chunker ends pages; this bound must not come before it.
		pageSize = 4 * o.Chunking.Max
	}
	properties := []parquet.WriterProperty{
		parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithCompression(o.codec()),
		parquet.WithDataPageSize(pageSize),
		parquet.WithDictionaryDefault(!o.NoDictionary),
		parquet.WithStats(!o.NoStatistics),
		parquet.WithMaxStatsSize(maxStatistics),
		parquet.WithPageIndexEnabled(!o.NoPageIndex && !o.NoStatistics),
		parquet.WithMaxRowGroupLength(o.RowGroupRows),
		parquet.WithCreatedBy(o.CreatedBy),
	}
	if o.Level != 0 {
		properties = append(properties, parquet.WithCompressionLevel(o.Level))
	}
	return parquet.NewWriterProperties(append(properties, more...)...)
}
