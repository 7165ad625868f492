package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Join writes one Parquet file out of column chunks that have been encoded before, in memory and several at once. Those of other files
// are copied as they are; only the places that their footers and offset indexes name are moved. It is meant for files of one's own:
// what they claim is checked only as far as a mistake would write outside of the file.
type Join struct {
	out    io.Writer
	at     int64 // bytes written
	fields []rawField
	groups []joinedGroup
	rows   int64
	codecs map[int32]int32 // numbers of codecs to be written instead of others
	err    error
}

// rawField is a field of a Thrift struct with its bytes.
type rawField struct {
	id    int16
	typ   byte
	value []byte
}

type joinedGroup struct {
	fields []rawField // but for columns
	chunks []joinedChunk
}

type joinedChunk struct {
	fields                   []rawField // but for the places of the indexes
	columnIndex, offsetIndex []byte     // empty where there is none
	columnAt, offsetAt       int64      // where they were written
}

// The fields of the structs that are taken apart here (parquet.thrift).
const (
	fileRows      int16 = 3
	fileRowGroups int16 = 4

	groupColumns    int16 = 1
	groupBytes      int16 = 2
	groupRows       int16 = 3
	groupOffset     int16 = 5
	groupCompressed int16 = 6
	groupOrdinal    int16 = 7

	metadataUncompressedSize int16 = 6
	metadataCompressedSize   int16 = 7

	chunkOffset            int16 = 2
	chunkMetadata          int16 = 3
	chunkOffsetIndex       int16 = 4
	chunkOffsetIndexLength int16 = 5
	chunkColumnIndex       int16 = 6
	chunkColumnIndexLength int16 = 7

	metadataCodec          int16 = 4
	metadataDataPage       int16 = 9
	metadataIndexPage      int16 = 10
	metadataDictionaryPage int16 = 11
	metadataBloomFilter    int16 = 14

	locationsOfPages int16 = 1
	locationOffset   int16 = 1
)

// NewJoin begins a file.
func NewJoin(out io.Writer) *Join { return &Join{out: out} }

// RenameCodec writes another number for a codec than the files that are joined have: their writer may know an encoder by a number
// of its own.
func (j *Join) RenameCodec(from, to int32) {
	if j.codecs == nil {
		j.codecs = map[int32]int32{}
	}
	j.codecs[from] = to
}

// Bytes is how many bytes have been written.
func (j *Join) Bytes() int64 { return j.at }

// Begin takes the schema, and what else a footer says of a whole file, from a Parquet file without rows.
func (j *Join) Begin(empty []byte) error {
	footer, _, err := footerOf(empty)
	if err == nil {
		j.fields, err = readRaw(footer)
	}
	if err == nil && intOf(j.fields, fileRows) != 0 {
		err = errors.New("it has rows")
	}
	if err != nil {
		return j.fail(fmt.Errorf("begin a Parquet file like another: %w", err))
	}
	j.fields = cloneFields(j.fields)
	return j.fail(j.write([]byte(magic)))
}

// fail remembers the first error.
func (j *Join) fail(err error) error {
	if j.err == nil {
		j.err = err
	}
	return j.err
}

// footerOf returns the footer of a file, and the place where it begins.
func footerOf(file []byte) (footer []byte, at int, err error) {
	if len(file) < 12 || string(file[:4]) != magic || string(file[len(file)-4:]) != magic {
		return nil, 0, errors.New("it is no Parquet file")
	}
	end := len(file) - 8
	length := int(binary.LittleEndian.Uint32(file[end:]))
	if length > end-4 {
		return nil, 0, errors.New("its footer is longer than the file")
	}
	return file[end-length : end], end - length, nil
}

// AppendGroup writes a row group: a chunk for each leaf column, in the order of the schema. After an error the joined file is of no
// use.
func (j *Join) AppendGroup(rows int64, chunks []Chunk) error {
	if j.err == nil && j.fields == nil {
		j.err = errors.New("write a row group: the file has not been begun")
	}
	if j.err != nil {
		return j.err
	}
	var g joinedGroup
	begin := j.at
	var compressed, uncompressed int64
	for _, c := range chunks {
		stored, whole := c.sizes()
		compressed, uncompressed = compressed+stored, uncompressed+whole
		joined, err := c.join(j)
		if err != nil {
			return j.fail(fmt.Errorf("write a row group: %w", err))
		}
		g.chunks = append(g.chunks, joined)
	}
	g.fields = []rawField{
		{groupBytes, compactI64, intBytes(uncompressed)},
		{groupRows, compactI64, intBytes(rows)},
		{groupOffset, compactI64, intBytes(begin)},
		{groupCompressed, compactI64, intBytes(compressed)},
		{groupOrdinal, compactI16, intBytes(int64(len(j.groups)))},
	}
	if len(j.groups) > math.MaxInt16 {
		g.fields = g.fields[:len(g.fields)-1] // It is a field of 16 bits that a writer may leave out.
	}
	j.rows += rows
	j.groups = append(j.groups, g)
	return nil
}

func (j *Join) write(b []byte) error {
	n, err := j.out.Write(b)
	j.at += int64(n)
	return err
}

// rawChunk is a chunk of another file.
type rawChunk struct {
	file   []byte
	fields []byte // of the ColumnChunk
	begin  int64
	size   int64
	whole  int64 // before compression
}

// Chunks takes the column chunks from a file that has one row group, in the order of its columns.
func Chunks(file []byte) ([]Chunk, error) {
	chunks, err := rawChunks(file)
	if err != nil {
		return nil, fmt.Errorf("take the columns of a Parquet file: %w", err)
	}
	return chunks, nil
}

func rawChunks(file []byte) ([]Chunk, error) {
	footer, end, err := footerOf(file)
	if err != nil {
		return nil, err
	}
	fields, err := readRaw(footer)
	if err != nil {
		return nil, err
	}
	groups := &compactReader{buf: rawOf(fields, fileRowGroups)}
	if n := groups.structList(); n != 1 {
		return nil, fmt.Errorf("it has %d row groups", n)
	}
	var list *compactReader
	groups.rawFields(func(id int16, _ byte, value []byte) {
		if id == groupColumns {
			list = &compactReader{buf: value}
		}
	})
	if groups.err != nil || list == nil {
		return nil, errors.Join(errors.New("its row group has no columns"), groups.err)
	}
	var out []Chunk
	for range list.structList() {
		start := list.pos
		list.skip(compactStruct, 0)
		if list.err != nil {
			return nil, list.err
		}
		c := &rawChunk{file: file, fields: list.buf[start:list.pos]}
		if err := c.locate(int64(end)); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, list.err
}

// locate finds the pages, which end before end.
func (c *rawChunk) locate(end int64) error {
	fields, err := readRaw(c.fields)
	if err != nil {
		return err
	}
	metadata, err := readRaw(rawOf(fields, chunkMetadata))
	if err != nil {
		return err
	}
	c.begin = intOf(metadata, metadataDataPage)
	if at := intOf(metadata, metadataDictionaryPage); at > 0 {
		c.begin = min(c.begin, at)
	}
	c.size, c.whole = intOf(metadata, metadataCompressedSize), intOf(metadata, metadataUncompressedSize)
	if c.begin < 4 || c.size < 0 || c.begin > end || c.size > end-c.begin {
		return errors.New("a column lies outside of the file")
	}
	return nil
}

// sizes implements [Chunk].
func (c *rawChunk) sizes() (compressed, uncompressed int64) { return c.size, c.whole }

// join implements [Chunk].
func (c *rawChunk) join(j *Join) (joinedChunk, error) {
	out, err := j.readChunk(&compactReader{buf: c.fields}, c.file, j.at-c.begin)
	if err != nil {
		return out, err
	}
	return out, j.write(c.file[c.begin : c.begin+c.size])
}

func (j *Join) readChunk(r *compactReader, file []byte, delta int64) (joinedChunk, error) {
	var c joinedChunk
	places := map[int16]int64{}
	r.rawFields(func(id int16, typ byte, value []byte) {
		switch id {
		case chunkOffsetIndex, chunkOffsetIndexLength, chunkColumnIndex, chunkColumnIndexLength:
			places[id] = (&compactReader{buf: value}).int64()
		case chunkOffset:
			if (&compactReader{buf: value}).int64() != 0 { // 0 says that it is not told
				value = shifted(value, delta)
			}
			c.fields = append(c.fields, rawField{id, typ, bytes.Clone(value)})
		case chunkMetadata:
			moved, err := j.moveChunk(value, delta)
			if err != nil {
				r.fail(err)
			}
			c.fields = append(c.fields, rawField{id, typ, moved})
		default:
			c.fields = append(c.fields, rawField{id, typ, bytes.Clone(value)})
		}
	})
	if r.err != nil {
		return c, r.err
	}
	index, err := within(file, places[chunkColumnIndex], places[chunkColumnIndexLength])
	if err != nil {
		return c, err
	}
	c.columnIndex = bytes.Clone(index)
	index, err = within(file, places[chunkOffsetIndex], places[chunkOffsetIndexLength])
	if err != nil || index == nil {
		return c, err
	}
	c.offsetIndex, err = moveOffsetIndex(index, delta)
	return c, err
}

// within returns the bytes of an index.
func within(file []byte, at, length int64) ([]byte, error) {
	if length == 0 {
		return nil, nil
	}
	if at < 4 || length < 0 || at > int64(len(file)) || length > int64(len(file))-at || length > math.MaxInt32 {
		return nil, errors.New("an index lies outside of the file")
	}
	return file[at : at+length], nil
}

// moveChunk adds delta to the places that a column chunk's metadata names.
func (j *Join) moveChunk(metadata []byte, delta int64) ([]byte, error) {
	fields, err := readRaw(metadata)
	if err != nil {
		return nil, err
	}
	for i, f := range fields {
		switch f.id {
		case metadataDataPage, metadataIndexPage, metadataDictionaryPage, metadataBloomFilter:
			fields[i].value = shifted(f.value, delta)
		case metadataCodec:
			if to, ok := j.codecs[int32((&compactReader{buf: f.value}).int64())]; ok { //nolint:gosec // The field is an i32.
				fields[i].value = intBytes(int64(to))
			}
		}
	}
	w := &compactWriter{}
	var last int16
	writeRaw(w, &last, fields)
	w.stop()
	return w.buf, nil
}

// moveOffsetIndex adds delta to the places of pages.
func moveOffsetIndex(index []byte, delta int64) ([]byte, error) {
	fields, err := readRaw(index)
	if err != nil {
		return nil, err
	}
	for i, f := range fields {
		if f.id != locationsOfPages {
			continue
		}
		r := &compactReader{buf: f.value}
		w := &compactWriter{}
		n := r.structList()
		w.list(compactStruct, n)
		for range n {
			var last int16
			r.rawFields(func(id int16, typ byte, value []byte) {
				if id == locationOffset {
					value = shifted(value, delta)
				}
				w.rawField(&last, id, typ, value)
			})
			w.stop()
		}
		if r.err != nil {
			return nil, r.err
		}
		fields[i].value = w.buf
	}
	w := &compactWriter{}
	var last int16
	writeRaw(w, &last, fields)
	w.stop()
	return w.buf, nil
}

// Close writes the indexes and the footer. It does not close the writer below.
func (j *Join) Close() error {
	if j.err != nil {
		return j.err
	}
	if j.fields == nil {
		return errors.New("end a Parquet file: it has not been begun")
	}
	j.err = errors.New("the file has been ended")
	if err := j.writeIndexes(); err != nil {
		return err
	}
	w := &compactWriter{}
	var last int16
	for _, f := range j.fields {
		switch f.id {
		case fileRows:
			w.intField(&last, fileRows, compactI64, j.rows)
		case fileRowGroups:
			w.field(&last, fileRowGroups, compactList)
			w.list(compactStruct, len(j.groups))
			for g := range j.groups {
				writeJoinedGroup(w, j.groups[g])
			}
		default:
			w.rawField(&last, f.id, f.typ, f.value)
		}
	}
	w.stop()
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(len(w.buf)))
	return j.write(append(w.buf, magic...))
}

// writeIndexes writes first all column indexes, then all offset indexes, as readers that fetch either expect.
func (j *Join) writeIndexes() error {
	var chunks []*joinedChunk
	for g := range j.groups {
		for i := range j.groups[g].chunks {
			chunks = append(chunks, &j.groups[g].chunks[i])
		}
	}
	for _, c := range chunks {
		c.columnAt = j.at
		if err := j.write(c.columnIndex); err != nil {
			return err
		}
	}
	for _, c := range chunks {
		c.offsetAt = j.at
		if err := j.write(c.offsetIndex); err != nil {
			return err
		}
	}
	return nil
}

func writeJoinedGroup(w *compactWriter, g joinedGroup) {
	var last int16
	w.field(&last, groupColumns, compactList)
	w.list(compactStruct, len(g.chunks))
	for _, c := range g.chunks {
		var last int16
		split := 0
		for split < len(c.fields) && c.fields[split].id < chunkOffsetIndex {
			split++
		}
		writeRaw(w, &last, c.fields[:split])
		if n := len(c.offsetIndex); n > 0 {
			w.intField(&last, chunkOffsetIndex, compactI64, c.offsetAt)
			w.intField(&last, chunkOffsetIndexLength, compactI32, int64(n))
		}
		if n := len(c.columnIndex); n > 0 {
			w.intField(&last, chunkColumnIndex, compactI64, c.columnAt)
			w.intField(&last, chunkColumnIndexLength, compactI32, int64(n))
		}
		writeRaw(w, &last, c.fields[split:])
		w.stop()
	}
	writeRaw(w, &last, g.fields)
	w.stop()
}

func readRaw(b []byte) ([]rawField, error) {
	r := &compactReader{buf: b}
	var fields []rawField
	r.rawFields(func(id int16, typ byte, value []byte) { fields = append(fields, rawField{id, typ, value}) })
	return fields, r.err
}

func writeRaw(w *compactWriter, last *int16, fields []rawField) {
	for _, f := range fields {
		w.rawField(last, f.id, f.typ, f.value)
	}
}

func cloneFields(fields []rawField) []rawField {
	out := make([]rawField, len(fields))
	for i, f := range fields {
		if f.id == fileRowGroups {
			f.value = nil
		}
		out[i] = rawField{f.id, f.typ, bytes.Clone(f.value)}
	}
	return out
}

func rawOf(fields []rawField, id int16) []byte {
	for _, f := range fields {
		if f.id == id {
			return f.value
		}
	}
	return nil
}

func intOf(fields []rawField, id int16) int64 {
	return (&compactReader{buf: rawOf(fields, id)}).int64()
}

func intBytes(v int64) []byte {
	w := &compactWriter{}
	w.int(v)
	return w.buf
}

func shifted(value []byte, delta int64) []byte {
	return intBytes((&compactReader{buf: value}).int64() + delta)
}
