package parquetfile

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	pq "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/klauspost/compress/s2"

	"github.com/hfspark/hfspark/source/parquet"
)

// column encodes the chunks of one leaf column, for types whose values Arrow has as Parquet has them. It is safe for concurrent use.
type column struct {
	options        Options
	path           []string
	physical       pq.Type
	maxDef, maxRep int16
	values         func([]leaf) values
	codec          compress.Codec // nil means none
}

// columnOf returns how to encode a leaf column of an Arrow type, or nil when its values have to be converted.
func columnOf(c *schema.Column, t arrow.DataType, o Options) (*column, error) {
	encode := valuesOf(t)
	if encode == nil || c.MaxDefinitionLevel() > 255 || c.MaxRepetitionLevel() > 255 {
		return nil, nil
	}
	out := &column{
		options: o, path: c.ColumnPath(), physical: c.PhysicalType(), maxDef: c.MaxDefinitionLevel(), maxRep: c.MaxRepetitionLevel(),
		values: encode,
	}
	if o.codec() != compress.Codecs.Uncompressed {
		var err error
		if out.codec, err = compress.GetCodec(o.codec()); err != nil {
			return nil, fmt.Errorf("compress with %s: %w", o.Compression, err)
		}
	}
	return out, nil
}

// valuesOf returns what encodes the values of an Arrow type; nil means that it takes the Parquet library.
func valuesOf(t arrow.DataType) func([]leaf) values {
	if text, long := isText(t); text && long {
		return func(l []leaf) values { return textsOf[int64](l) }
	} else if text {
		return func(l []leaf) values { return textsOf[int32](l) }
	}
	switch t := t.(type) {
	case *arrow.TimestampType:
		if t.Unit == arrow.Second {
			return nil // Parquet has no such unit.
		}
	case *arrow.Time32Type:
		if t.Unit == arrow.Second {
			return nil
		}
	}
	switch t.ID() {
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.DATE32, arrow.TIME32:
		return func(l []leaf) values { return numbersOf[int32](l) }
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP, arrow.DURATION:
		return func(l []leaf) values { return numbersOf[int64](l) }
	case arrow.UINT8, arrow.UINT16, arrow.UINT32:
		return func(l []leaf) values { return numbersOf[uint32](l) }
	case arrow.UINT64:
		return func(l []leaf) values { return numbersOf[uint64](l) }
	case arrow.FLOAT32:
		return func(l []leaf) values { return numbersOf[float32](l) }
	case arrow.FLOAT64:
		return func(l []leaf) values { return numbersOf[float64](l) }
	}
	return nil
}

// workspace is memory that encoding one column chunk leaves to the next.
type workspace struct {
	dictionary dictionary
	page       []byte // before compression
	levels     []uint8
}

// span is a range of the levels of one part of a chunk, with the values that belong to them.
type span struct{ part, from, to, value, valueTo int }

// chunk is a column chunk that is being encoded.
type chunk struct {
	*column
	*workspace
	arena  *arena
	leaves []leaf
	values values
	out    *parquet.EncodedChunk
	dict   bool
	next   int    // index in the dictionary's indices
	spans  []span // of the page at hand
}

// encode encodes the leaves of a row group's batches.
func (c *column) encode(ctx context.Context, w *workspace, a *arena, leaves []leaf, cut *chunker) (*parquet.EncodedChunk, error) {
	k := &chunk{column: c, workspace: w, arena: a, leaves: leaves, values: c.values(leaves)}
	k.out = &parquet.EncodedChunk{
		Type: int32(c.physical), Codec: int32(c.options.fileCodec()), Path: c.path,
		NoStatistics: c.options.NoStatistics, NoIndex: c.options.NoPageIndex || c.options.NoStatistics,
	}
	k.dict = !c.options.NoDictionary && k.values.index(&w.dictionary)
	if k.dict {
		if err := k.addDictionary(); err != nil {
			return nil, err
		}
	}
	for part, l := range leaves {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from, value := 0, 0
		for _, at := range cut.cuts(l) {
			to := l.valueAt(from, at, value)
			k.spans = append(k.spans, span{part, from, at, value, to})
			if err := k.endPage(); err != nil {
				return nil, err
			}
			from, value = at, to
		}
		if from < l.levels() {
			k.spans = append(k.spans, span{part, from, l.levels(), value, l.values.Len()})
		}
	}
	if len(k.spans) > 0 || len(k.out.Pages) == 0 {
		if err := k.endPage(); err != nil {
			return nil, err
		}
	}
	k.out.Bounds, k.out.Order = k.values.bounds()
	return k.out, nil
}

func (k *chunk) addDictionary() error {
	d := &k.dictionary
	k.page = k.values.appendDictionary(k.page[:0], d)
	body, err := k.compress(k.page)
	k.out.Dictionary = parquet.EncodedPage{Body: body, Size: len(k.page), Values: d.distinct()}
	return err
}

// endPage encodes the page at hand.
func (k *chunk) endPage() error {
	p := parquet.EncodedPage{Encoding: int32(pq.Encodings.Plain)}
	present := 0
	for _, s := range k.spans {
		p.Values += s.to - s.from
		p.Rows += k.leaves[s.part].rows(s.from, s.to)
		present += k.values.present(s.part, s.value, s.valueTo)
	}
	if !k.options.NoStatistics {
		k.observe(present)
	}
	p.Nulls = p.Values - present
	k.out.Nulls += int64(p.Nulls)
	k.page = k.page[:0]
	k.appendLevels(k.maxRep, p.Values, false, leaf.repetition)
	k.appendLevels(k.maxDef, p.Values, p.Nulls == 0 && k.maxRep == 0, leaf.definition)
	if k.dict {
		p.Encoding = int32(pq.Encodings.RLEDict)
		width := k.dictionary.width()
		k.page = append(k.page, byte(width))
		k.page = appendHybrid(k.page, k.dictionary.indices[k.next:k.next+present], width)
		k.next += present
	} else {
		for _, s := range k.spans {
			k.page = k.values.appendPlain(k.page, s.part, s.value, s.valueTo)
		}
	}
	var err error
	p.Size = len(k.page)
	p.Body, err = k.compress(k.page)
	p.Bounds = k.values.endPage()
	k.out.Pages = append(k.out.Pages, p)
	k.spans = k.spans[:0]
	return err
}

// observe adds the values of the page at hand to its bounds.
func (k *chunk) observe(present int) {
	if k.dict && k.values.observeIndices(&k.dictionary, k.dictionary.indices[k.next:k.next+present]) {
		return
	}
	for _, s := range k.spans {
		k.values.observe(s.part, s.value, s.valueTo)
	}
}

// appendLevels appends the levels of one kind of the page at hand, with their length. same says that all are the highest.
func (k *chunk) appendLevels(highest int16, n int, same bool, of func(l leaf, dst []uint8, from, to int) []uint8) {
	if highest == 0 {
		return
	}
	begin := len(k.page)
	k.page = append(k.page, 0, 0, 0, 0)
	width := widthOf(int(highest))
	if same {
		k.page = appendRun(k.page, uint32(highest), n, width)
	} else {
		k.levels = k.levels[:0]
		for _, s := range k.spans {
			k.levels = of(k.leaves[s.part], k.levels, s.from, s.to)
		}
		k.page = appendHybrid(k.page, k.levels, width)
	}
	binary.LittleEndian.PutUint32(k.page[begin:], uint32(len(k.page)-begin-4))
}

// compress returns what is stored of a page, in the arena.
func (k *chunk) compress(page []byte) ([]byte, error) {
	if len(page) > parquet.MaxPage {
		return nil, fmt.Errorf("a page has %d bytes, and Parquet allows %d: write fewer rows in a row group, or shorter values", len(page), parquet.MaxPage)
	}
	if k.codec == nil {
		out := k.arena.reserve(len(page))
		return k.arena.keep(out, copy(out, page)), nil
	}
	if _, snappy := k.codec.(snappyEncoder); snappy && s2.MaxEncodedLen(len(page)) < 0 {
		return nil, fmt.Errorf("a page has %d bytes, which Snappy cannot compress: choose zstd, or shorter values", len(page))
	}
	out := k.arena.reserve(int(k.codec.CompressBound(int64(len(page)))))
	level := k.options.Level
	if level == 0 {
		level = compress.DefaultCompressionLevel
	}
	done := k.codec.EncodeLevel(out, page, level)
	if len(done) > 0 && len(out) > 0 && &done[0] == &out[0] {
		return k.arena.keep(out, len(done)), nil
	}
	return done, nil
}
