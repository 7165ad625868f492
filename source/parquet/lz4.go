package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pierrec/lz4/v4"
)

// The codec LZ4 is deprecated, since its writers disagreed: those on Hadoop put a frame around the blocks, others did not.
// Decoders do not have it any more, so that slices hold its pages uncompressed.
const (
	codecUncompressed = 0
	codecLZ4          = 5
)

// recoded is a slice whose pages were uncompressed: its bytes up to the footer, and the groups that describe them.
type recoded struct {
	bytes  []byte
	groups []sliceGroup
}

// recode uncompresses the chunks that are compressed with LZ4, and copies the others.
func (f *Footer) recode(from io.ReaderAt, groups []sliceGroup) (recoded, error) {
	out := recoded{bytes: []byte(magic)}
	for _, g := range groups {
		chunks := make([]sliceChunk, 0, len(g.chunks))
		for _, c := range g.chunks {
			data := make([]byte, c.size)
			if _, err := from.ReadAt(data, c.at); err != nil {
				return out, fmt.Errorf("read a slice: %w", err)
			}
			moved := c
			moved.at = int64(len(out.bytes))
			if c.codec == codecLZ4 {
				pages, first, err := uncompressPages(data, c.dataOffset-c.offset)
				if err != nil {
					return out, fmt.Errorf("row group %d, column %s: %w", g.index, strings.Join(f.leaves[c.leaf].path, "."), err)
				}
				moved.codec, moved.size, moved.dataOffset, data = codecUncompressed, int64(len(pages)), c.offset+first, pages
			}
			out.bytes = append(out.bytes, data...)
			chunks = append(chunks, moved)
		}
		out.groups = append(out.groups, sliceGroup{index: g.index, chunks: chunks})
	}
	return out, nil
}

// maxLZ4Ratio is more than LZ4 can shrink anything by.
const maxLZ4Ratio = 256

// uncompressPages rewrites the pages of a chunk without compression. It returns where the page that was at dataPage begins now.
func uncompressPages(data []byte, dataPage int64) (pages []byte, first int64, err error) {
	first = -1
	for at := int64(0); at < int64(len(data)); {
		if at == dataPage {
			first = int64(len(pages))
		}
		head, err := readPageHead(data[at:])
		if err != nil {
			return nil, 0, fmt.Errorf("page at %d: %w", at, err)
		}
		at += int64(len(head.raw))
		if head.size > int64(len(data))-at || head.rawSize > head.size*maxLZ4Ratio {
			return nil, 0, fmt.Errorf("page at %d: it claims %d bytes, %d uncompressed, which cannot be", at, head.size, head.rawSize)
		}
		body := data[at : at+head.size]
		at += head.size
		if pages, err = head.appendUncompressed(pages, body); err != nil {
			return nil, 0, fmt.Errorf("page at %d: %w", at-head.size, err)
		}
	}
	if first < 0 {
		return nil, 0, errors.New("no page begins where its data pages should")
	}
	return pages, first, nil
}

// appendUncompressed appends the page with a head that says that it is not compressed.
func (h *pageHead) appendUncompressed(out, body []byte) ([]byte, error) {
	size := h.rawSize
	if !h.compressed {
		size = h.size
	}
	w := &compactWriter{buf: out}
	var last int16
	r := &compactReader{buf: h.raw}
	r.rawFields(func(id int16, typ byte, value []byte) {
		switch id {
		case pageSize:
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
	w.raw(body[:h.levels])
	if !h.compressed {
		w.raw(body[h.levels:])
		return w.buf, nil
	}
	start := len(w.buf)
	w.buf = slices.Grow(w.buf, int(h.rawSize-h.levels))[:start+int(h.rawSize-h.levels)]
	return w.buf, uncompressLZ4(w.buf[start:], body[h.levels:])
}

// uncompressLZ4 fills to with what from holds, in the frame of Hadoop or without one.
func uncompressLZ4(to, from []byte) error {
	if len(to) == 0 || uncompressHadoop(to, from) {
		return nil
	}
	n, err := lz4.UncompressBlock(from, to)
	if err != nil {
		return fmt.Errorf("uncompress LZ4: %w", err)
	}
	if n != len(to) {
		return fmt.Errorf("uncompress LZ4: %d bytes instead of %d", n, len(to))
	}
	return nil
}

// uncompressHadoop is false when from has no frame: blocks after their size uncompressed and their size, both of four bytes.
func uncompressHadoop(to, from []byte) bool {
	for len(from) > 0 {
		if len(from) < 8 {
			return false
		}
		raw, size := binary.BigEndian.Uint32(from), binary.BigEndian.Uint32(from[4:])
		from = from[8:]
		if uint64(raw) > uint64(len(to)) || uint64(size) > uint64(len(from)) {
			return false
		}
		n, err := lz4.UncompressBlock(from[:size], to[:raw])
		if err != nil || n != int(raw) {
			return false
		}
		to, from = to[raw:], from[size:]
	}
	return len(to) == 0
}
