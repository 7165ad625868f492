package parquet

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/hfspark/hfspark/source/predicate"
)

// bloomFilter is a split block Bloom filter of the values of a column chunk (BloomFilter.md of the Parquet format).
type bloomFilter struct {
	blocks []byte
}

const (
	bloomBlock     = 32 // bytes
	maxBloomHeader = 64
)

var errBloom = errors.New("its bloom filter is of no known kind")

// readBloom decodes the filter of a column chunk with its header.
func readBloom(raw []byte) (*bloomFilter, error) {
	r := &compactReader{buf: raw}
	size, known := int32(-1), 0
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == 1 && typ == compactI32:
			size = r.int32()
		case id >= 2 && id <= 4 && typ == compactStruct: // algorithm, hash, compression: unions of one member so far
			r.fields(func(member int16, _ byte) bool {
				if member == 1 {
					known++
				}
				return false
			})
		default:
			return false
		}
		return true
	})
	if r.err != nil {
		return nil, r.err
	}
	if known != 3 || size <= 0 || size%bloomBlock != 0 || int(size) > len(raw)-r.pos {
		return nil, errBloom
	}
	return &bloomFilter{raw[r.pos : r.pos+int(size)]}, nil
}

// mayHold says whether a value of that hash may be in the chunk.
func (b *bloomFilter) mayHold(hash uint64) bool {
	salts := [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}
	block := ((hash >> 32) * uint64(len(b.blocks)/bloomBlock)) >> 32
	words := b.blocks[block*bloomBlock:]
	for i, salt := range salts {
		bit := (uint32(hash) * salt) >> 27
		if binary.LittleEndian.Uint32(words[i*4:])&(1<<bit) == 0 {
			return false
		}
	}
	return true
}

// hashOf is the hash of a value as the element stores it; ok is false where values that are stored differently may be equal
// to it.
func (e element) hashOf(value any) (hash uint64, ok bool) {
	kind := e.kind()
	switch v := value.(type) {
	case string:
		return xxhash.Sum64String(v), kind == bytesKind
	case []byte:
		return xxhash.Sum64(v), kind == bytesKind
	case predicate.DateValue:
		return e.hashOfInteger(int64(v), kind == dateKind)
	case predicate.TimestampValue:
		unit := e.logical.unit
		if e.logical.kind == 0 && e.converted == convertedTSMicros {
			unit = micros
		}
		return e.hashOfInteger(int64(v), kind == timestampKind && unit == micros)
	case int64:
		return e.hashOfInteger(v, kind == integerKind || kind == unsignedKind && v >= 0)
	}
	return 0, false
}

func (e element) hashOfInteger(v int64, ok bool) (uint64, bool) {
	var raw [8]byte
	switch e.physical {
	case Int32:
		if v < math.MinInt32 || v > math.MaxInt32 {
			return 0, false
		}
		binary.LittleEndian.PutUint32(raw[:], uint32(v))
		return xxhash.Sum64(raw[:4]), ok
	case Int64:
		binary.LittleEndian.PutUint64(raw[:], uint64(v))
		return xxhash.Sum64(raw[:]), ok
	}
	return 0, false
}

// sought lists the values of which a condition needs one in the column; ok is false for conditions that other rows fulfil.
func sought(p predicate.Predicate) (values []any, ok bool) {
	switch p := p.(type) {
	case predicate.Compare:
		return []any{p.Value}, p.Operator == predicate.Equal && p.Value != nil
	case predicate.In:
		for _, v := range p.Values {
			if v == nil {
				return nil, false
			}
		}
		return p.Values, !p.Negated && len(p.Values) > 0
	}
	return nil, false
}

// mayMeet says whether a value that the condition needs may be in the chunk of the element.
func (b *bloomFilter) mayMeet(e element, p predicate.Predicate) bool {
	values, ok := sought(p)
	if !ok {
		return true
	}
	for _, v := range values {
		hash, ok := e.hashOf(v)
		if !ok || b.mayHold(hash) {
			return true
		}
	}
	return false
}

// canMeet says whether a filter could tell that none of the values that the condition needs is there.
func (e element) canMeet(p predicate.Predicate) bool {
	values, ok := sought(p)
	for _, v := range values {
		_, hashed := e.hashOf(v)
		ok = ok && hashed
	}
	return ok
}
