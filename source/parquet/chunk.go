package parquet

import "math"

// Chunk is a column chunk whose pages have been encoded, for [Join.AppendGroup]. Numbers of types, encodings and codecs are those of
// the Parquet format (parquet.thrift).
type Chunk interface {
	// join writes the pages and returns what the footer says of them.
	join(j *Join) (joinedChunk, error)
	// sizes are the bytes of the chunk, with the headers of its pages: as they are, and as they were before compression.
	sizes() (compressed, uncompressed int64)
}

// EncodedChunk is a column chunk page by page.
type EncodedChunk struct {
	Type, Codec int32
	Path        []string // the column's place in the schema
	// Dictionary is the page before the others; its Body is nil when there is none.
	Dictionary EncodedPage
	Pages      []EncodedPage
	// Bounds are those of all values; Nulls is how many there are.
	Bounds MinMax
	Nulls  int64
	// NoStatistics leaves out bounds and null counts; NoIndex the column index and the offset index.
	NoStatistics, NoIndex bool
	// Order is that of the pages' bounds: 0 for none, 1 for ascending and 2 for descending ones.
	Order int32
}

// EncodedPage is a page as it is stored, but for its header.
type EncodedPage struct {
	Encoding int32
	Body     []byte // compressed
	Size     int    // of the body before compression
	Values   int    // with the nulls
	Nulls    int
	Rows     int // that begin in the page
	Bounds   MinMax
	header   []byte
}

// MinMax are the least and the greatest value as statistics have them: in the plain encoding, without a length. Both are nil when
// they are not known, or when there are no values.
type MinMax struct{ Min, Max []byte }

func (m MinMax) known() bool { return m.Min != nil && m.Max != nil }

// pageEncoding is the field of the encoding in the structs for all kinds of pages, and encodingPlain the number of the plain one.
const (
	pageEncoding  = 2
	encodingPlain = 0
)

// The fields of the structs that are written here (parquet.thrift).
const (
	metadataType          int16 = 1
	metadataEncodings     int16 = 2
	metadataPath          int16 = 3
	metadataValues        int16 = 5
	metadataStatistics    int16 = 12
	metadataEncodingStats int16 = 13
	statisticsNulls       int16 = 3
	statisticsMax         int16 = 5
	statisticsMin         int16 = 6
	encodingStatsPage     int16 = 1
	encodingStatsEncoding int16 = 2
	encodingStatsCount    int16 = 3
	columnIndexNullPages  int16 = 1
	columnIndexMin        int16 = 2
	columnIndexMax        int16 = 3
	columnIndexOrder      int16 = 4
	columnIndexNulls      int16 = 5
	locationSize          int16 = 2
	locationFirstRow      int16 = 3
)

// makeHeaders makes the headers of all pages.
func (c *EncodedChunk) makeHeaders() {
	if c.Dictionary.Body != nil && c.Dictionary.header == nil {
		c.Dictionary.makeHeader(dictionaryPage)
	}
	for i := range c.Pages {
		if c.Pages[i].header == nil {
			c.Pages[i].makeHeader(dataPageV1)
		}
	}
}

func (p *EncodedPage) makeHeader(kind int64) {
	w := &compactWriter{buf: make([]byte, 0, 48)}
	var last, inner int16
	w.intField(&last, pageKind, compactI32, kind)
	w.intField(&last, pageRawSize, compactI32, int64(p.Size))
	w.intField(&last, pageSize, compactI32, int64(len(p.Body)))
	if kind == dictionaryPage {
		w.field(&last, pageDictionary, compactStruct)
		w.intField(&inner, pageValues, compactI32, int64(p.Values))
		w.intField(&inner, pageEncoding, compactI32, encodingPlain)
	} else {
		w.field(&last, pageV1, compactStruct)
		w.intField(&inner, pageValues, compactI32, int64(p.Values))
		w.intField(&inner, pageEncoding, compactI32, int64(p.Encoding))
		w.intField(&inner, v1DefinitionCoding, compactI32, codingRLE)
		w.intField(&inner, v1RepetitionCoding, compactI32, codingRLE)
	}
	w.stop()
	w.stop()
	p.header = w.buf
}

// eachPage calls each with the pages in the order of the file.
func (c *EncodedChunk) eachPage(each func(*EncodedPage)) {
	if c.Dictionary.Body != nil {
		each(&c.Dictionary)
	}
	for i := range c.Pages {
		each(&c.Pages[i])
	}
}

// sizes implements [Chunk].
func (c *EncodedChunk) sizes() (compressed, uncompressed int64) {
	c.makeHeaders()
	c.eachPage(func(p *EncodedPage) {
		compressed += int64(len(p.header) + len(p.Body))
		uncompressed += int64(len(p.header) + p.Size)
	})
	return compressed, uncompressed
}

// join implements [Chunk].
func (c *EncodedChunk) join(j *Join) (joinedChunk, error) {
	compressed, uncompressed := c.sizes()
	metadata := c.metadata(j.at, compressed, uncompressed)
	var places []int64
	var err error
	c.eachPage(func(p *EncodedPage) {
		places = append(places, j.at)
		if err == nil {
			err = j.write(p.header)
		}
		if err == nil {
			err = j.write(p.Body)
		}
	})
	if err != nil {
		return joinedChunk{}, err
	}
	out := joinedChunk{fields: []rawField{
		{chunkOffset, compactI64, intBytes(0)},
		{chunkMetadata, compactStruct, metadata},
	}}
	if !c.NoIndex {
		out.columnIndex = c.columnIndex()
		out.offsetIndex = c.offsetIndex(places[len(places)-len(c.Pages):])
	}
	return out, nil
}

// metadata is a ColumnMetaData for a chunk that begins at a place of the file.
func (c *EncodedChunk) metadata(at, compressed, uncompressed int64) []byte {
	w := &compactWriter{buf: make([]byte, 0, 256)}
	var last int16
	w.intField(&last, metadataType, compactI32, int64(c.Type))
	kinds := c.pageKinds()
	w.field(&last, metadataEncodings, compactList)
	encodings := []int32{codingRLE} // that of the levels
	for _, k := range kinds {
		if k.encoding != codingRLE {
			encodings = append(encodings, k.encoding)
		}
	}
	w.list(compactI32, len(encodings))
	for _, e := range encodings {
		w.int(int64(e))
	}
	w.field(&last, metadataPath, compactList)
	w.list(compactBinary, len(c.Path))
	for _, name := range c.Path {
		w.string(name)
	}
	w.intField(&last, metadataCodec, compactI32, int64(c.Codec))
	values := int64(0)
	for i := range c.Pages {
		values += int64(c.Pages[i].Values)
	}
	w.intField(&last, metadataValues, compactI64, values)
	w.intField(&last, metadataUncompressedSize, compactI64, uncompressed)
	w.intField(&last, metadataCompressedSize, compactI64, compressed)
	data := at
	if c.Dictionary.Body != nil {
		data += int64(len(c.Dictionary.header) + len(c.Dictionary.Body))
	}
	w.intField(&last, metadataDataPage, compactI64, data)
	if c.Dictionary.Body != nil {
		w.intField(&last, metadataDictionaryPage, compactI64, at)
	}
	if !c.NoStatistics {
		w.field(&last, metadataStatistics, compactStruct)
		c.statistics(w)
	}
	w.field(&last, metadataEncodingStats, compactList)
	w.list(compactStruct, len(kinds))
	for _, k := range kinds {
		var inner int16
		w.intField(&inner, encodingStatsPage, compactI32, k.page)
		w.intField(&inner, encodingStatsEncoding, compactI32, int64(k.encoding))
		w.intField(&inner, encodingStatsCount, compactI32, k.count)
		w.stop()
	}
	w.stop()
	return w.buf
}

func (c *EncodedChunk) statistics(w *compactWriter) {
	var last int16
	w.intField(&last, statisticsNulls, compactI64, c.Nulls)
	if c.Bounds.known() {
		w.stringField(&last, statisticsMax, string(c.Bounds.Max))
		w.stringField(&last, statisticsMin, string(c.Bounds.Min))
	}
	w.stop()
}

// pagesOfKind counts the pages of a type and an encoding.
type pagesOfKind struct {
	page     int64
	encoding int32
	count    int64
}

func (c *EncodedChunk) pageKinds() []pagesOfKind {
	var kinds []pagesOfKind
	if c.Dictionary.Body != nil {
		kinds = append(kinds, pagesOfKind{dictionaryPage, encodingPlain, 1})
	}
	for i := range c.Pages {
		n := len(kinds)
		if n == 0 || kinds[n-1].page != dataPageV1 || kinds[n-1].encoding != c.Pages[i].Encoding {
			kinds = append(kinds, pagesOfKind{dataPageV1, c.Pages[i].Encoding, 0})
			n++
		}
		kinds[n-1].count++
	}
	return kinds
}

// columnIndex is a ColumnIndex, or nil when the bounds of a page that has values are not known: the format then allows none.
func (c *EncodedChunk) columnIndex() []byte {
	if c.NoStatistics {
		return nil
	}
	size := 0
	for i := range c.Pages {
		p := &c.Pages[i]
		if !p.Bounds.known() && p.Nulls < p.Values {
			return nil
		}
		size += len(p.Bounds.Min) + len(p.Bounds.Max) + 16
	}
	w := &compactWriter{buf: make([]byte, 0, size)}
	var last int16
	n := len(c.Pages)
	w.field(&last, columnIndexNullPages, compactList)
	w.list(compactTrue, n)
	for i := range c.Pages {
		b := compactFalse
		if c.Pages[i].Nulls == c.Pages[i].Values {
			b = compactTrue
		}
		w.buf = append(w.buf, b)
	}
	w.field(&last, columnIndexMin, compactList)
	w.list(compactBinary, n)
	for i := range c.Pages {
		w.string(string(c.Pages[i].Bounds.Min))
	}
	w.field(&last, columnIndexMax, compactList)
	w.list(compactBinary, n)
	for i := range c.Pages {
		w.string(string(c.Pages[i].Bounds.Max))
	}
	w.intField(&last, columnIndexOrder, compactI32, int64(c.Order))
	w.field(&last, columnIndexNulls, compactList)
	w.list(compactI64, n)
	for i := range c.Pages {
		w.int(int64(c.Pages[i].Nulls))
	}
	w.stop()
	return w.buf
}

// offsetIndex is an OffsetIndex for pages at these places.
func (c *EncodedChunk) offsetIndex(places []int64) []byte {
	w := &compactWriter{buf: make([]byte, 0, len(places)*12)}
	var last int16
	w.field(&last, locationsOfPages, compactList)
	w.list(compactStruct, len(places))
	row := int64(0)
	for i, at := range places {
		p := &c.Pages[i]
		var inner int16
		w.intField(&inner, locationOffset, compactI64, at)
		w.intField(&inner, locationSize, compactI32, int64(len(p.header)+len(p.Body)))
		w.intField(&inner, locationFirstRow, compactI64, row)
		w.stop()
		row += int64(p.Rows)
	}
	w.stop()
	return w.buf
}

// MaxPage is the largest size of a page, compressed or not: headers have 32 bits for it.
const MaxPage = math.MaxInt32
