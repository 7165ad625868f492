package parquet

import (
	"errors"
	"fmt"
	"math"
)

// PhysicalType is how values are stored.
type PhysicalType int8

// The physical types of Parquet.
const (
	Boolean PhysicalType = iota
	Int32
	Int64
	Int96
	Float
	Double
	ByteArray
	FixedLenByteArray
)

func (t PhysicalType) String() string {
	names := [...]string{"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}
	if t < 0 || int(t) >= len(names) {
		return fmt.Sprintf("type %d", int8(t))
	}
	return names[t]
}

// group is the physical type of a schema element that has children instead of values.
const group PhysicalType = -1

type repetition int8

const (
	required repetition = iota
	optional
	repeated
)

// The members of the union LogicalType, by field id. Zero is no logical type, or one that this package does not know.
const (
	logicalString    = 1
	logicalMap       = 2
	logicalList      = 3
	logicalEnum      = 4
	logicalDecimal   = 5
	logicalDate      = 6
	logicalTime      = 7
	logicalTimestamp = 8
	logicalInteger   = 10
	logicalNull      = 11
	logicalJSON      = 12
	logicalBSON      = 13
	logicalUUID      = 14
	logicalFloat16   = 15
	logicalVariant   = 16
	logicalGeometry  = 17
	logicalGeography = 18
)

// The values of the older ConvertedType that matter here.
const (
	convertedNone        = -1
	convertedUTF8        = 0
	convertedMap         = 1
	convertedMapKeyValue = 2
	convertedList        = 3
	convertedEnum        = 4
	convertedDecimal     = 5
	convertedDate        = 6
	convertedTimeMillis  = 7
	convertedTSMillis    = 9
	convertedTSMicros    = 10
	convertedUint8       = 11
	convertedUint64      = 14
	convertedInt8        = 15
	convertedInt64       = 18
	convertedJSON        = 19
	convertedBSON        = 20
	convertedInterval    = 21
)

// timeUnit is the unit of a timestamp: the field id in the union TimeUnit.
type timeUnit int8

const (
	millis timeUnit = 1
	micros timeUnit = 2
	nanos  timeUnit = 3
)

// element is one node of the schema, as the footer has it.
type element struct {
	name       string
	physical   PhysicalType
	typeLength int32
	repetition repetition
	children   int32
	converted  int32
	scale      int32
	logical    logicalType
	raw        []byte // the Thrift struct
}

type logicalType struct {
	kind     int
	scale    int32
	utc      bool
	unit     timeUnit
	bitWidth int8
	signed   bool
}

// rowGroup is one row group. Its column chunks stay undecoded until they are asked for: wide files have many, and a query
// few columns.
type rowGroup struct {
	rows     int64
	chunks   []uint32 // where each column chunk's struct begins in the footer
	byteSize int64    // of all columns, uncompressed
}

// chunk is one column chunk.
type chunk struct {
	physical   PhysicalType
	codec      int32
	encodings  []int32
	values     int64
	offset     int64 // of its first page
	size       int64 // compressed, with page headers
	rawSize    int64 // uncompressed, with page headers
	dataOffset int64
	dictOffset int64 // 0: none
	stats      statistics
	raw        []byte // the Thrift struct ColumnMetaData

	offsetIndex, columnIndex, bloom place // of length 0 where there is none
}

// place is where in the file something lies.
type place struct{ offset, length int64 }

// statistics are what a footer says about the values of a column chunk. A nil bound and a negative count are absent.
type statistics struct {
	oldMin, oldMax []byte // of signed comparison, whatever the type
	min, max       []byte // of the order of the column's type
	nulls          int64
	nans           int64
	// What the writer says of min and max, where it does: that a value is like this, or that the bound is beyond all.
	minExact, maxExact     bool
	minWidened, maxWidened bool
}

func readElement(r *compactReader) element {
	e := element{physical: group, converted: convertedNone}
	start := r.pos
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactI32:
			t := r.int32()
			if t < int32(Boolean) || t > int32(FixedLenByteArray) {
				r.fail(fmt.Errorf("there is no physical type %d", t))
				t = 0
			}
			e.physical = PhysicalType(t)
		case id == 2 && typ == compactI32:
			e.typeLength = r.int32()
		case id == 3 && typ == compactI32:
			v := r.int32()
			if v < int32(required) || v > int32(repeated) {
				r.fail(fmt.Errorf("there is no repetition %d", v))
				v = 0
			}
			e.repetition = repetition(v)
		case id == 4 && typ == compactBinary:
			e.name = string(r.bytes())
		case id == 5 && typ == compactI32:
			e.children = r.int32()
		case id == 6 && typ == compactI32:
			e.converted = r.int32()
		case id == 7 && typ == compactI32:
			e.scale = r.int32()
		case id == 10 && typ == compactStruct:
			e.logical = readLogicalType(r)
		default:
			return false
		}
		return true
	})
	e.raw = r.buf[start:r.pos]
	return e
}

func readLogicalType(r *compactReader) logicalType {
	var l logicalType
	r.fields(func(id int16, typ byte) bool {
		if typ != compactStruct {
			return false
		}
		l.kind = int(id)
		r.fields(func(field int16, typ byte) bool {
			return readLogicalField(r, &l, field, typ)
		})
		return true
	})
	return l
}

func readLogicalField(r *compactReader, l *logicalType, id int16, typ byte) bool {
	switch {
	case l.kind == logicalDecimal && id == 1 && typ == compactI32:
		l.scale = r.int32()
	case (l.kind == logicalTimestamp || l.kind == logicalTime) && id == 1 && (typ == compactTrue || typ == compactFalse):
		l.utc = typ == compactTrue
	case (l.kind == logicalTimestamp || l.kind == logicalTime) && id == 2 && typ == compactStruct:
		r.fields(func(unit int16, _ byte) bool {
			l.unit = timeUnit(unit)
			return false
		})
	case l.kind == logicalInteger && id == 1 && typ == compactI8:
		l.bitWidth = int8(r.byte())
	case l.kind == logicalInteger && id == 2 && (typ == compactTrue || typ == compactFalse):
		l.signed = typ == compactTrue
	default:
		return false
	}
	return true
}

func readRowGroup(r *compactReader) rowGroup {
	g := rowGroup{rows: -1}
	columns := false
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactList:
			columns = true
			n := r.structList()
			g.chunks = make([]uint32, 0, n)
			for range n {
				g.chunks = append(g.chunks, uint32(r.pos))
				r.skip(compactStruct, 0)
				if r.err != nil {
					break
				}
			}
		case id == 2 && typ == compactI64:
			g.byteSize = r.int64()
		case id == 3 && typ == compactI64:
			g.rows = r.int64()
		default:
			return false
		}
		return true
	})
	switch {
	case r.err != nil:
	case !columns:
		r.fail(errors.New("a row group has no list of columns"))
	case g.rows < 0:
		r.fail(fmt.Errorf("a row group has %d rows", g.rows))
	}
	return g
}

// readChunk reads the struct ColumnChunk.
func readChunk(r *compactReader) (chunk, error) {
	var c chunk
	found, encrypted := false, false
	var file []byte
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactBinary:
			file = r.bytes()
		case id == 3 && typ == compactStruct:
			found = true
			readColumnMetadata(r, &c)
		case id == 4 && typ == compactI64:
			c.offsetIndex.offset = r.int64()
		case id == 5 && typ == compactI32:
			c.offsetIndex.length = int64(r.int32())
		case id == 6 && typ == compactI64:
			c.columnIndex.offset = r.int64()
		case id == 7 && typ == compactI32:
			c.columnIndex.length = int64(r.int32())
		case id == 8:
			encrypted = true
			return false
		default:
			return false
		}
		return true
	})
	switch {
	case r.err != nil:
		return c, r.err
	case encrypted:
		return c, errors.New("the column is encrypted, which is not supported; publish the file without encryption")
	case len(file) > 0:
		return c, fmt.Errorf("its data is in another file (%q), which is not supported", file)
	case !found:
		return c, errors.New("its description is missing; the column may be encrypted")
	}
	c.offset = c.dataOffset
	if c.dictOffset > 0 && c.dictOffset < c.offset {
		c.offset = c.dictOffset
	}
	return c, nil
}

func readColumnMetadata(r *compactReader, c *chunk) {
	const needed = 1<<1 | 1<<4 | 1<<5 | 1<<7 | 1<<9
	seen := 0
	start := r.pos
	c.stats.nulls, c.stats.nans = -1, -1
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactI32:
			t := r.int32()
			if t < int32(Boolean) || t > int32(FixedLenByteArray) {
				r.fail(fmt.Errorf("there is no physical type %d", t))
				t = 0
			}
			c.physical = PhysicalType(t)
		case id == 2 && typ == compactList:
			c.encodings = readInts(r)
		case id == 4 && typ == compactI32:
			c.codec = r.int32()
		case id == 5 && typ == compactI64:
			c.values = r.int64()
		case id == 6 && typ == compactI64:
			c.rawSize = r.int64()
		case id == 7 && typ == compactI64:
			c.size = r.int64()
		case id == 9 && typ == compactI64:
			c.dataOffset = r.int64()
		case id == 11 && typ == compactI64:
			c.dictOffset = r.int64()
		case id == 12 && typ == compactStruct:
			readStatistics(r, &c.stats)
		case id == 14 && typ == compactI64:
			c.bloom.offset = r.int64()
		case id == 15 && typ == compactI32:
			c.bloom.length = int64(r.int32())
		default:
			return false
		}
		if id < 16 {
			seen |= 1 << id
		}
		return true
	})
	c.raw = r.buf[start:r.pos]
	if r.err == nil && seen&needed != needed {
		r.fail(errors.New("a column chunk's description is incomplete"))
	}
}

func readInts(r *compactReader) []int32 {
	typ, n := r.list()
	if n > 0 && typ != compactI32 {
		r.fail(fmt.Errorf("a list has elements of type %d where numbers belong", typ))
		return nil
	}
	out := make([]int32, 0, min(n, maxNesting))
	for range n {
		out = append(out, r.int32())
		if r.err != nil {
			return nil
		}
	}
	return out
}

func readStatistics(r *compactReader, s *statistics) {
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactBinary:
			s.oldMax = r.bytes()
		case id == 2 && typ == compactBinary:
			s.oldMin = r.bytes()
		case id == 3 && typ == compactI64:
			s.nulls = r.int64()
		case id == 5 && typ == compactBinary:
			s.max = r.bytes()
		case id == 6 && typ == compactBinary:
			s.min = r.bytes()
		case id == 7 && (typ == compactTrue || typ == compactFalse):
			s.maxExact, s.maxWidened = typ == compactTrue, typ == compactFalse
		case id == 8 && (typ == compactTrue || typ == compactFalse):
			s.minExact, s.minWidened = typ == compactTrue, typ == compactFalse
		case id == 9 && typ == compactI64:
			s.nans = r.int64()
		default:
			return false
		}
		return true
	})
	// A count below zero is no count.
	s.nulls = max(s.nulls, -1)
	s.nans = max(s.nans, -1)
}

// checkOffsets says what is wrong with where a column chunk claims to be, in a file whose pages end at end.
func (c *chunk) checkOffsets(end int64) error {
	switch {
	case c.values < 0:
		return fmt.Errorf("it claims %d values", c.values)
	case c.size < 0 || c.rawSize < 0:
		return fmt.Errorf("it claims a size of %d bytes (%d uncompressed)", c.size, c.rawSize)
	case c.size == 0 && c.values > 0:
		return fmt.Errorf("it claims %d values in no bytes", c.values)
	case c.offset < int64(len(magic)) || c.offset > math.MaxInt64-c.size || c.offset+c.size > end:
		return fmt.Errorf("it claims bytes %d to %d, but the pages of the file end at %d", c.offset, c.offset+c.size, end)
	case c.dataOffset > c.offset+c.size:
		return fmt.Errorf("its data pages at %d begin after its end at %d", c.dataOffset, c.offset+c.size)
	}
	return nil
}
