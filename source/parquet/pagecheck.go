package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// A decoder is not trusted with pages from strangers before they have been looked at: what a page claims to hold or to take
// uncompressed decides an allocation, and levels that do not add up to the rows of a row group would give rows the elements of others,
// which DuckDB does not notice. Pages that DuckDB checks by itself are not uncompressed for it.

// pageCheck looks at the pages of slices.
type pageCheck struct {
	footer *Footer
	limit  int64 // in bytes, of what a decoder needs at once; 0 for none
	prefix prefix
}

// ErrPageLimit is the error for pages that take more memory than Options.PageLimit allows.
var ErrPageLimit = errors.New("that is more than may be held at once; give reading more memory, or read fewer columns with the option columns")

// slice looks at all chunks of a slice.
func (p *pageCheck) slice(file *sliceFile, groups []sliceGroup) (err error) {
	defer guard(&err)
	defer p.prefix.close()
	for _, g := range groups {
		var held int64
		for _, c := range g.chunks {
			n, err := p.chunk(file, g, c)
			if err == nil && p.limit > 0 && n > p.limit {
				err = fmt.Errorf("its dictionary and its largest page have %d bytes uncompressed; %w", n, ErrPageLimit)
			}
			if err != nil {
				return fmt.Errorf("row group %d, column %s: %w", g.index, strings.Join(p.footer.leaves[c.leaf].path, "."), err)
			}
			held += n
		}
		if most := 4 * p.limit; p.limit > 0 && held > most {
			return fmt.Errorf("row group %d: the pages of its %d columns have %d bytes uncompressed; %w", g.index, len(g.chunks), held, ErrPageLimit)
		}
	}
	return nil
}

func (p *pageCheck) chunk(file *sliceFile, g sliceGroup, c sliceChunk) (held int64, err error) {
	size := min(c.size+p.footer.padding(c.chunk), file.size-c.at)
	data, err := file.view(c.at, size)
	if err != nil {
		return 0, err
	}
	return p.pages(data, c.chunk, p.footer.leaves[c.leaf], p.footer.groups[g.index].rows)
}

// pages walks over the pages of a chunk. It returns how many bytes a decoder holds of them at once.
func (p *pageCheck) pages(data []byte, c chunk, l leaf, rows int64) (held int64, err error) {
	var values, begun, dictionary, largest int64
	var limits levelLimits
	if l.nested() {
		limits = levelLimits{l.maxRepetition, l.maxDefinition, p.footer.present(l)}
	}
	number := 0
	for ; values < c.values && len(data) > 0; number++ {
		h, err := readPageHead(data)
		if err == nil {
			err = h.check(int64(len(data)-len(h.raw)), number)
		}
		if err == nil && h.kind == dictionaryPage {
			err = p.dictionary(h, l)
		}
		if err != nil {
			return 0, fmt.Errorf("page %d: %w", number, err)
		}
		body := data[len(h.raw):][:h.size]
		data = data[len(h.raw)+len(body):]
		switch h.kind {
		case dictionaryPage:
			dictionary = h.rawSize
		case dataPageV1, dataPageV2:
			made, err := p.differences(h, body, c.codec, l)
			if err != nil {
				return 0, fmt.Errorf("page %d: %w", number, err)
			}
			largest = max(largest, h.rawSize+made)
			if h.values > 0 && l.nested() {
				starts, err := p.levels(h, body, c.codec, l, limits, values == 0)
				if err != nil {
					return 0, fmt.Errorf("page %d: %w", number, err)
				}
				begun += starts
			}
			values += h.values
		}
	}
	if values < c.values {
		return 0, fmt.Errorf("its %d pages have %d values, and its footer says %d", number, values, c.values)
	}
	if l.maxRepetition > 0 && begun >= 0 && begun != rows {
		return 0, fmt.Errorf("the repetition levels of its pages begin %d rows, and the row group has %d", begun, rows)
	}
	return dictionary + largest, nil
}

// check says what is wrong with the head of a page before so many bytes.
func (h *pageHead) check(left int64, number int) error {
	switch {
	case h.size > left:
		return fmt.Errorf("it claims %d bytes, and the column has %d left", h.size, left)
	case h.kind == dictionaryPage && number > 0:
		return errors.New("a dictionary is behind data")
	case (h.kind == dictionaryPage || h.kind == dataPageV1 || h.kind == dataPageV2) && !h.headed:
		return errors.New("its head is not one of its kind of page")
	case h.values < 0:
		return fmt.Errorf("it claims %d values", h.values)
	}
	return nil
}

// dictionary says what is wrong with the number of values that a dictionary claims: a decoder makes room for them.
func (p *pageCheck) dictionary(h pageHead, l leaf) error {
	const lengthOfText = 4
	e := p.footer.elements[l.element]
	width := int64(1)
	switch e.physical {
	case Int32, Float:
		width = 4
	case Int64, Double, Int96: // See recoder.
		width = 8
	case FixedLenByteArray:
		width = int64(e.typeLength)
	case ByteArray:
		width = lengthOfText
	}
	if h.values > h.rawSize/width {
		return fmt.Errorf("a dictionary claims %d values in %d bytes", h.values, h.rawSize)
	}
	return nil
}

// differences looks at the values of a page in an encoding of differences, and returns how many bytes beyond the page they become.
func (p *pageCheck) differences(h pageHead, body []byte, codec int32, l leaf) (made int64, err error) {
	if h.coding < codingDeltaPacked || h.coding > codingDeltaText || h.values == 0 {
		return 0, nil
	}
	if p.limit > 0 && h.rawSize > p.limit {
		return 0, nil // It is refused for its size.
	}
	values, err := p.values(h, body, codec, l)
	if err != nil {
		return 0, err
	}
	var width int64
	if e := p.footer.elements[l.element]; e.physical == FixedLenByteArray {
		width = int64(e.typeLength)
	}
	return checkDelta(values, h.coding, h.values, width, p.limit)
}

// values are the bytes of a page behind its levels.
func (p *pageCheck) values(h pageHead, body []byte, codec int32, l leaf) ([]byte, error) {
	if h.kind == dataPageV2 {
		if !h.compressed {
			return body[h.levels:], nil
		}
		p.prefix.reset(codec, body[h.levels:])
		return p.prefix.take(int(h.rawSize - h.levels))
	}
	p.prefix.reset(codec, body)
	_, _, at, err := p.levelsV1(h, l)
	if err != nil {
		return nil, err
	}
	all, err := p.prefix.take(int(h.rawSize))
	if err != nil {
		return nil, err
	}
	return all[at:], nil
}

// nested says whether a leaf has levels that its number of rows does not tell.
func (l leaf) nested() bool { return l.maxRepetition > 0 || l.maxDefinition > 1 }

// notLooked makes the number of rows unknown: the levels are coded in a way that is not looked at.
const notLooked = -1 << 62

// levels looks at the levels of a page, and returns how many rows begin in it. The first page must begin with one.
func (p *pageCheck) levels(h pageHead, body []byte, codec int32, l leaf, limits levelLimits, first bool) (starts int64, err error) {
	repetition, definition, err := p.levelBytes(h, body, codec, l)
	if err != nil || repetition == nil && definition == nil {
		return notLooked, err
	}
	return checkLevels(repetition, definition, h.values, limits, first)
}

// levelBytes are the levels of a page; both are nil where they are coded in an old way.
func (p *pageCheck) levelBytes(h pageHead, body []byte, codec int32, l leaf) (repetition, definition []byte, err error) {
	if h.kind == dataPageV2 {
		return body[:h.repetitionLength], body[h.repetitionLength:h.levels], nil
	}
	if l.maxRepetition > 0 && h.repetitionCoding != codingRLE || l.maxDefinition > 0 && h.definitionCoding != codingRLE {
		return nil, nil, nil
	}
	p.prefix.reset(codec, body)
	repetitions, definitions, end, err := p.levelsV1(h, l)
	if err != nil {
		return nil, nil, err
	}
	all, err := p.prefix.take(end)
	if err != nil {
		return nil, nil, err
	}
	return all[repetitions.from:repetitions.to], all[definitions.from:definitions.to:definitions.to], nil
}

// span is a run of bytes of a page.
type span struct{ from, to int }

// levelsV1 are the places of the levels in the page of the first version that prefix begins with, and their end.
func (p *pageCheck) levelsV1(h pageHead, l leaf) (repetitions, definitions span, end int, err error) {
	next := func() (s span) {
		const length = 4
		var head []byte
		if head, err = p.prefix.take(end + length); err != nil {
			return s
		}
		n := int64(binary.LittleEndian.Uint32(head[end:]))
		s.from = end + length
		if n > h.rawSize-int64(s.from) {
			err = fmt.Errorf("it claims %d bytes of levels, and has %d", n, h.rawSize)
			return span{}
		}
		s.to = s.from + int(n)
		end = s.to
		return s
	}
	if l.maxRepetition > 0 {
		repetitions = next()
	}
	if err == nil && l.maxDefinition > 0 {
		definitions = next()
	}
	return repetitions, definitions, end, err
}
