package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// recoded is a slice with pages that were written anew: its bytes up to the footer, and the groups that describe them.
type recoded struct {
	bytes  []byte
	groups []sliceGroup
}

// recodes says whether decoders do not know how a chunk is stored, or lose some of it.
func (c *chunk) recodes() bool { return c.codec == codecLZ4 || c.physical == Int96 }

// recoder writes the pages of such chunks anew, without compression.
type recoder struct {
	leaf    leaf
	codec   int32
	int96   bool
	unit    timeUnit // of the numbers to make of INT96
	limit   int64    // up to how many bytes to make; 0 bounds nothing
	content prefix
	pages   []byte
}

// recode writes anew the chunks that decoders do not know, and copies the others. It makes up to limit bytes; 0 bounds nothing.
func (f *Footer) recode(from io.ReaderAt, groups []sliceGroup, unit timeUnit, limit int64) (out recoded, err error) {
	defer guard(&err)
	out = recoded{bytes: []byte(magic)}
	for _, g := range groups {
		chunks := make([]sliceChunk, 0, len(g.chunks))
		for _, c := range g.chunks {
			data := make([]byte, c.size)
			if _, err := from.ReadAt(data, c.at); err != nil {
				return out, fmt.Errorf("read a slice: %w", err)
			}
			moved := c
			moved.at = int64(len(out.bytes))
			if c.recodes() {
				r := &recoder{leaf: f.leaves[c.leaf], codec: c.codec, int96: c.physical == Int96, unit: unit, limit: limit}
				first, err := r.chunk(data, c.dataOffset-c.offset)
				r.content.close()
				if err != nil {
					return out, fmt.Errorf("row group %d, column %s: %w", g.index, strings.Join(f.leaves[c.leaf].path, "."), err)
				}
				moved.codec, moved.size, moved.dataOffset, data = codecUncompressed, int64(len(r.pages)), c.offset+first, r.pages
			}
			if out.bytes = append(out.bytes, data...); limit > 0 && int64(len(out.bytes)) > limit {
				return out, fmt.Errorf("row group %d: its pages have more than %d bytes uncompressed; %w", g.index, limit, ErrPageLimit)
			}
			chunks = append(chunks, moved)
		}
		out.groups = append(out.groups, sliceGroup{index: g.index, chunks: chunks})
	}
	return out, nil
}

// chunk writes all pages of a chunk. It returns where the page that was at dataPage begins now.
func (r *recoder) chunk(data []byte, dataPage int64) (first int64, err error) {
	first = -1
	for at := int64(0); at < int64(len(data)); {
		if at == dataPage {
			first = int64(len(r.pages))
		}
		head, err := readPageHead(data[at:])
		if err != nil {
			return 0, fmt.Errorf("page at %d: %w", at, err)
		}
		at += int64(len(head.raw))
		if head.size > int64(len(data))-at || r.codec == codecLZ4 && head.rawSize > head.size*maxLZ4Ratio {
			return 0, fmt.Errorf("page at %d: it claims %d bytes, %d uncompressed, which cannot be", at, head.size, head.rawSize)
		}
		if r.limit > 0 && head.rawSize > r.limit-int64(len(r.pages)) {
			return 0, fmt.Errorf("its pages have more than %d bytes uncompressed; %w", r.limit, ErrPageLimit)
		}
		if err := r.page(&head, data[at:at+head.size]); err != nil {
			return 0, fmt.Errorf("page at %d: %w", at, err)
		}
		at += head.size
	}
	if first < 0 {
		return 0, errors.New("no page begins where its data pages should")
	}
	return first, nil
}

// page appends a page with a head that says that it is not compressed.
func (r *recoder) page(h *pageHead, body []byte) error {
	content, err := r.uncompress(h, body[h.levels:])
	if err == nil && r.int96 {
		content, err = r.narrow(h, content)
	}
	if err != nil {
		return err
	}
	h.writeUncompressed(r, int64(len(content))+h.levels)
	r.pages = append(r.pages, body[:h.levels]...)
	r.pages = append(r.pages, content...)
	return nil
}

// uncompress returns the content of a page, after its levels where these are not compressed. It lasts until the next page.
func (r *recoder) uncompress(h *pageHead, body []byte) ([]byte, error) {
	size := int(h.rawSize - h.levels)
	switch {
	case !h.compressed || r.codec == codecUncompressed || size == 0:
		return body, nil
	case r.codec == codecLZ4:
		content := make([]byte, size)
		return content, uncompressLZ4(content, body)
	}
	r.content.reset(r.codec, body)
	return r.content.take(size)
}

// writeUncompressed writes the head of a page of another size.
func (h *pageHead) writeUncompressed(r *recoder, size int64) {
	w := &compactWriter{buf: r.pages}
	var last int16
	fields := &compactReader{buf: h.raw}
	fields.rawFields(func(id int16, typ byte, value []byte) {
		switch id {
		case pageSize, pageRawSize:
			w.intField(&last, id, compactI32, size)
		case pageChecksum:
		case pageV2:
			w.field(&last, id, compactStruct)
			var inner int16
			v2 := &compactReader{buf: value}
			v2.rawFields(func(id int16, typ byte, value []byte) {
				if id < v2Compressed {
					w.rawField(&inner, id, typ, value)
				}
			})
			w.field(&inner, v2Compressed, compactFalse)
			w.stop()
		default:
			w.rawField(&last, id, typ, value)
		}
	})
	w.stop()
	r.pages = w.buf
}

// narrow makes of the values of a page of INT96 ones of 64 bits, behind the levels of a page of the first version.
func (r *recoder) narrow(h *pageHead, content []byte) ([]byte, error) {
	at := 0
	if h.kind == dataPageV1 {
		if r.leaf.maxRepetition > 0 && h.repetitionCoding != codingRLE || r.leaf.maxDefinition > 0 && h.definitionCoding != codingRLE {
			return nil, errors.New("its levels are packed in the way of old writers, which is not supported for INT96")
		}
		for _, most := range []int{r.leaf.maxRepetition, r.leaf.maxDefinition} {
			const length = 4
			if most == 0 || h.values == 0 {
				continue
			}
			if len(content)-at < length {
				return nil, errLevels
			}
			n := int64(binary.LittleEndian.Uint32(content[at:]))
			if at += length; n > int64(len(content)-at) {
				return nil, errLevels
			}
			at += int(n)
		}
	}
	const plainDictionary, dictionary = 2, 8
	switch {
	case h.kind == dictionaryPage, h.coding == encodingPlain:
	case h.coding == plainDictionary, h.coding == dictionary:
		return content, nil
	default:
		return nil, fmt.Errorf("encoding %d is not supported for INT96", h.coding)
	}
	const wide, narrow = 12, 8
	values := content[at:]
	if len(values)%wide != 0 {
		return nil, fmt.Errorf("%d bytes are no whole number of INT96", len(values))
	}
	out := append(make([]byte, 0, at+len(values)/wide*narrow), content[:at]...)
	for ; len(values) > 0; values = values[wide:] {
		v, err := int96(binary.LittleEndian.Uint64(values), binary.LittleEndian.Uint32(values[narrow:]), r.unit)
		if err != nil {
			return nil, err
		}
		out = binary.LittleEndian.AppendUint64(out, uint64(v))
	}
	return out, nil
}

// int96 is a timestamp of the type INT96, nanoseconds of a Julian day, as the number of units since 1970. In microseconds, one
// with digits below them is an error. Years that are far away overflow as they do in Spark, which writes them in this way.
func int96(nanoseconds uint64, julianDay uint32, unit timeUnit) (int64, error) {
	const (
		epoch = 2440588 // the Julian day of 1970-01-01
		daily = 24 * 60 * 60 * 1_000_000
	)
	since := int64(nanoseconds)
	micros, rest := since/1000, since%1000
	if rest < 0 {
		micros, rest = micros-1, rest+1000
	}
	micros += (int64(int32(julianDay)) - epoch) * daily
	if unit == nanos {
		if micros > math.MaxInt64/1000-1 || micros < math.MinInt64/1000+1 {
			return 0, errors.New("a timestamp of INT96 lies outside of the years 1677 to 2262, which nanoseconds can count")
		}
		return micros*1000 + rest, nil
	}
	if rest != 0 {
		return 0, errors.New("a timestamp of INT96 has digits below microseconds, which Spark's types do not hold; " +
			"the option nanoseconds=\"string\" reads such columns as text")
	}
	return micros, nil
}
