package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// The codecs of column chunks, by their number in the footer. For LZO, number 3, there is no decoder.
const (
	codecUncompressed = 0
	codecSnappy       = 1
	codecGzip         = 2
	codecBrotli       = 4
	codecZstd         = 6
	codecLZ4Raw       = 7
)

var errCompressed = errors.New("its compressed bytes are damaged")

// prefix uncompresses the beginning of a page: a little of what is at the beginning of pages has to be looked at before a decoder
// is trusted with the whole, and uncompressing all twice would cost as much as the rest of reading. It can be asked for more.
type prefix struct {
	codec  int32
	from   []byte
	known  []byte    // what is uncompressed already
	stream io.Reader // of a codec that uncompresses as a stream; nil until it is needed

	// What is kept between pages.
	scratch []byte // for known
	zstd    *zstd.Decoder
}

// reset begins with a page.
func (p *prefix) reset(codec int32, from []byte) {
	*p = prefix{codec: codec, from: from, scratch: p.scratch, zstd: p.zstd}
}

// close frees what is kept.
func (p *prefix) close() {
	if p.zstd != nil {
		p.zstd.Close()
	}
	*p = prefix{}
}

// take returns the first n bytes of the page.
func (p *prefix) take(n int) ([]byte, error) {
	if n <= len(p.known) {
		return p.known[:n], nil
	}
	var err error
	switch p.codec {
	case codecUncompressed:
		p.known = p.from
	case codecSnappy:
		p.known, err = snappyPrefix(p.scratch[:0], p.from, n)
	case codecLZ4Raw:
		p.known, err = lz4Prefix(p.scratch[:0], p.from, n)
	default:
		err = p.read(n)
	}
	if err == nil && len(p.known) < n {
		err = fmt.Errorf("it has %d bytes uncompressed, and its levels need %d", len(p.known), n)
	}
	if err != nil {
		return nil, err
	}
	if p.codec != codecUncompressed {
		p.scratch = p.known
	}
	return p.known[:n], nil
}

// read uncompresses up to n bytes of a stream.
func (p *prefix) read(n int) error {
	if p.stream == nil {
		var err error
		if p.stream, err = p.open(); err != nil {
			return fmt.Errorf("%w: %w", errCompressed, err)
		}
		p.known = p.scratch[:0]
	}
	// The length comes from the file: memory grows with what is there.
	part := bytes.NewBuffer(p.known)
	_, err := io.CopyN(part, p.stream, int64(n-len(p.known)))
	p.known = part.Bytes()
	if err != nil && err != io.EOF {
		return fmt.Errorf("%w: %w", errCompressed, err)
	}
	return nil
}

// zstdWindow is the largest window of the compressor's own levels.
const zstdWindow = 128 << 20

func (p *prefix) open() (io.Reader, error) {
	from := bytes.NewReader(p.from)
	if p.codec == codecGzip { // Arrow's own panics where the head is damaged.
		return gzip.NewReader(from)
	}
	if p.codec != codecZstd {
		codec, err := compress.GetCodec(compress.Compression(p.codec))
		if err != nil {
			return nil, err
		}
		streaming, ok := codec.(compress.StreamingCodec)
		if !ok {
			return nil, fmt.Errorf("codec %d is not supported", p.codec)
		}
		return streaming.NewReader(from), nil
	}
	if p.zstd == nil {
		var err error
		p.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, err
		}
	}
	return p.zstd, p.zstd.Reset(from)
}

// snappyPrefix appends at least the first n bytes of a block of Snappy to out, or all where there are fewer.
func snappyPrefix(out, from []byte, n int) ([]byte, error) {
	_, head := binary.Uvarint(from)
	if head <= 0 {
		return nil, errCompressed
	}
	from = from[head:]
	for len(out) < n && len(from) > 0 {
		tag := from[0]
		if tag&3 == 0 {
			length, used := int(tag>>2)+1, 1
			if length > 60 {
				extra := length - 60
				if len(from) < 1+extra {
					return nil, errCompressed
				}
				length = 1
				for i := range extra {
					length += int(from[1+i]) << (8 * i)
				}
				used += extra
			}
			if length <= 0 || length > len(from)-used {
				return nil, errCompressed
			}
			out = append(out, from[used:used+length]...)
			from = from[used+length:]
			continue
		}
		length, offset, used := int(tag>>2)+1, 0, int(tag&3)+1
		if tag&3 == 3 {
			used = 5
		}
		if len(from) < used {
			return nil, errCompressed
		}
		switch tag & 3 {
		case 1:
			length, offset = int(tag>>2&7)+4, int(tag>>5)<<8|int(from[1])
		case 2:
			offset = int(binary.LittleEndian.Uint16(from[1:]))
		case 3:
			offset = int(binary.LittleEndian.Uint32(from[1:]))
		}
		var ok bool
		if out, ok = repeatBytes(out, offset, length); !ok {
			return nil, errCompressed
		}
		from = from[used:]
	}
	return out, nil
}

// repeatBytes appends length bytes that begin so many before the end, which may overlap with what is appended.
func repeatBytes(out []byte, offset, length int) ([]byte, bool) {
	if offset <= 0 || offset > len(out) {
		return nil, false
	}
	for length > 0 {
		part := out[len(out)-offset:]
		part = part[:min(len(part), length)]
		out = append(out, part...)
		length -= len(part)
	}
	return out, true
}

// lz4Prefix appends at least the first n bytes of a block of LZ4 to out, or all where there are fewer.
func lz4Prefix(out, from []byte, n int) ([]byte, error) {
	more := func(length int) (int, bool) {
		for {
			if len(from) == 0 {
				return 0, false
			}
			b := from[0]
			from = from[1:]
			if length += int(b); b < 255 {
				return length, true
			}
		}
	}
	for len(out) < n && len(from) > 0 {
		token := from[0]
		from = from[1:]
		literals, ok := int(token>>4), true
		if literals == 15 {
			literals, ok = more(literals)
		}
		if !ok || literals > len(from) {
			return nil, errCompressed
		}
		out = append(out, from[:literals]...)
		if from = from[literals:]; len(from) == 0 {
			break // The last sequence has no match.
		}
		if len(from) < 2 {
			return nil, errCompressed
		}
		offset := int(binary.LittleEndian.Uint16(from))
		from = from[2:]
		length := int(token & 15)
		if length == 15 {
			length, ok = more(length)
		}
		if !ok {
			return nil, errCompressed
		}
		const shortest = 4
		if out, ok = repeatBytes(out, offset, min(length+shortest, n-len(out)+shortest)); !ok {
			return nil, errCompressed
		}
	}
	return out, nil
}
