package parquet

import "fmt"

// The fields of PageHeader, DataPageHeader, DictionaryPageHeader and DataPageHeaderV2.
const (
	pageKind           = 1
	pageRawSize        = 2
	pageSize           = 3
	pageChecksum       = 4
	pageV1             = 5
	pageDictionary     = 7
	pageV2             = 8
	pageValues         = 1 // of all three
	v1Coding           = 2
	v2Coding           = 4
	v1DefinitionCoding = 3
	v1RepetitionCoding = 4
	v2DefinitionLength = 5
	v2RepetitionLength = 6
	v2Compressed       = 7
)

// The kinds of pages. There are index pages as well, which nobody writes.
const (
	dataPageV1     = 0
	dictionaryPage = 2
	dataPageV2     = 3
)

// codingRLE is the number of the encoding of levels.
const codingRLE = 3

// pageHead is the head of a page.
type pageHead struct {
	raw           []byte
	kind          int32
	rawSize, size int64 // of what follows, uncompressed and as it is
	values        int64 // with nulls
	coding        int32 // the encoding of values in a data page
	levels        int64 // bytes at the beginning that are never compressed
	compressed    bool
	headed        bool // it has the struct for its kind of page, and no other

	definitionLength, repetitionLength int64 // of the levels in a page of the second version
	definitionCoding, repetitionCoding int32 // of the levels in a page of the first version
}

func readPageHead(data []byte) (pageHead, error) {
	h := pageHead{compressed: true, kind: -1}
	r := &compactReader{buf: data}
	var of [dataPageV2 + 1]bool
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == pageKind && typ == compactI32:
			h.kind = r.int32()
		case id == pageRawSize && typ == compactI32:
			h.rawSize = int64(r.int32())
		case id == pageSize && typ == compactI32:
			h.size = int64(r.int32())
		case id == pageV1 && typ == compactStruct:
			of[dataPageV1] = true
			h.readV1(r)
		case id == pageDictionary && typ == compactStruct:
			of[dictionaryPage] = true
			h.readValues(r)
		case id == pageV2 && typ == compactStruct:
			of[dataPageV2] = true
			h.readV2(r)
		default:
			return false
		}
		return true
	})
	if r.err != nil {
		return h, r.err
	}
	if h.size < 0 || h.rawSize < 0 || h.levels < 0 || h.levels > min(h.size, h.rawSize) {
		return h, fmt.Errorf("it claims %d bytes, %d uncompressed, %d of levels", h.size, h.rawSize, h.levels)
	}
	var expected [dataPageV2 + 1]bool
	if h.kind >= 0 && int(h.kind) < len(of) {
		expected[h.kind] = true
	}
	h.headed = of == expected
	h.raw = data[:r.pos]
	return h, nil
}

func (h *pageHead) readValues(r *compactReader) {
	r.fields(func(id int16, typ byte) bool {
		if id != pageValues || typ != compactI32 {
			return false
		}
		h.values = int64(r.int32())
		return true
	})
}

func (h *pageHead) readV1(r *compactReader) {
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == pageValues && typ == compactI32:
			h.values = int64(r.int32())
		case id == v1Coding && typ == compactI32:
			h.coding = r.int32()
		case id == v1DefinitionCoding && typ == compactI32:
			h.definitionCoding = r.int32()
		case id == v1RepetitionCoding && typ == compactI32:
			h.repetitionCoding = r.int32()
		default:
			return false
		}
		return true
	})
}

func (h *pageHead) readV2(r *compactReader) {
	length := func() int64 {
		n := int64(r.int32())
		if n < 0 {
			r.fail(fmt.Errorf("levels of %d bytes", n))
		}
		h.levels += n
		return n
	}
	r.fields(func(id int16, typ byte) bool {
		switch {
		case id == pageValues && typ == compactI32:
			h.values = int64(r.int32())
		case id == v2Coding && typ == compactI32:
			h.coding = r.int32()
		case id == v2DefinitionLength && typ == compactI32:
			h.definitionLength = length()
		case id == v2RepetitionLength && typ == compactI32:
			h.repetitionLength = length()
		case id == v2Compressed && (typ == compactTrue || typ == compactFalse):
			h.compressed = typ == compactTrue
		default:
			return false
		}
		return true
	})
}
