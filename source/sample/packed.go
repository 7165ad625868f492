package sample

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

var (
	errPackedEnd   = errors.New("the data end within a value")
	errPackedDepth = fmt.Errorf("values are nested more than %d deep", maxPackedDepth)
)

// maxPackedDepth bounds nesting.
const maxPackedDepth = 200

// packed is a binary text of values.
type packed struct {
	data  []byte
	depth int
}

func (p *packed) take(n uint64) ([]byte, error) {
	if n > uint64(len(p.data)) {
		return nil, errPackedEnd
	}
	out := p.data[:n:n]
	p.data = p.data[n:]
	return out, nil
}

// number reads a big-endian number of 1, 2, 4 or 8 bytes.
func (p *packed) number(size int) (uint64, error) {
	b, err := p.take(uint64(size))
	if err != nil {
		return 0, err
	}
	var all [8]byte
	copy(all[8-size:], b)
	return binary.BigEndian.Uint64(all[:]), nil
}

func (p *packed) text(n uint64) (Value, error) {
	b, err := p.take(n)
	if err == nil && !utf8.Valid(b) {
		err = errors.New("a text is not UTF-8")
	}
	return string(b), err
}

func (p *packed) bytes(n uint64) (Value, error) {
	b, err := p.take(n)
	return b, err
}

// deeper runs read one level down.
func (p *packed) deeper(read func() (Value, error)) (Value, error) {
	if p.depth++; p.depth > maxPackedDepth {
		return nil, errPackedDepth
	}
	defer func() { p.depth-- }()
	return read()
}

func (p *packed) list(n uint64, one func() (Value, error)) (Value, error) {
	if n > uint64(len(p.data)) { // Each element takes a byte at least.
		return nil, errPackedEnd
	}
	return p.deeper(func() (Value, error) {
		out := make([]any, 0, n)
		for range n {
			v, err := one()
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	})
}

func (p *packed) object(n uint64, one func() (Value, error)) (Value, error) {
	if n > uint64(len(p.data))/2+1 {
		return nil, errPackedEnd
	}
	return p.deeper(func() (Value, error) {
		out := &Struct{}
		for range n {
			if err := p.member(out, one); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

func (p *packed) member(to *Struct, one func() (Value, error)) error {
	key, err := one()
	if err != nil {
		return err
	}
	name, ok := key.(string)
	if !ok {
		n, isInt := key.(int64)
		if !isInt {
			return errors.New("a map has a key that is neither text nor an integer")
		}
		name = strconv.FormatInt(n, 10)
	}
	v, err := one()
	if err != nil {
		return err
	}
	to.Set(name, v)
	return nil
}

func (p *packed) end(v Value, err error) (Value, error) {
	if err == nil && len(p.data) > 0 {
		return nil, fmt.Errorf("%d bytes follow the value", len(p.data))
	}
	return v, err
}

// MessagePack reads one value in the format MessagePack. Extension types are refused.
func MessagePack(data []byte) (Value, error) {
	p := &packed{data: data}
	return p.end(p.messagePack())
}

func (p *packed) messagePack() (Value, error) {
	b, err := p.take(1)
	if err != nil {
		return nil, err
	}
	switch c := b[0]; {
	case c < 0x80:
		return int64(c), nil
	case c < 0x90:
		return p.object(uint64(c&0x0F), p.messagePack)
	case c < 0xA0:
		return p.list(uint64(c&0x0F), p.messagePack)
	case c < 0xC0:
		return p.text(uint64(c & 0x1F))
	case c >= 0xE0:
		return int64(int8(c)), nil
	case c == 0xC0:
		return nil, nil
	case c == 0xC2, c == 0xC3:
		return c == 0xC3, nil
	case c >= 0xCA && c <= 0xD3:
		return p.messagePackNumber(c)
	default:
		return p.messagePackLong(c)
	}
}

func (p *packed) messagePackNumber(c byte) (Value, error) {
	sizes := map[byte]int{0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
	n, err := p.number(sizes[c])
	if err != nil {
		return nil, err
	}
	switch c {
	case 0xCA:
		return float64(math.Float32frombits(uint32(n))), nil
	case 0xCB:
		return math.Float64frombits(n), nil
	case 0xD0:
		return int64(int8(n)), nil
	case 0xD1:
		return int64(int16(n)), nil
	case 0xD2:
		return int64(int32(n)), nil
	case 0xD3:
		return int64(n), nil
	}
	return unsigned(n), nil
}

// messagePackLong reads what states its length in a number of its own.
func (p *packed) messagePackLong(c byte) (Value, error) {
	size, ok := map[byte]int{0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}[c]
	if !ok {
		return nil, fmt.Errorf("values of the MessagePack type 0x%X are not read", c)
	}
	n, err := p.number(size)
	if err != nil {
		return nil, err
	}
	switch {
	case c <= 0xC6:
		return p.bytes(n)
	case c <= 0xDB:
		return p.text(n)
	case c <= 0xDD:
		return p.list(n, p.messagePack)
	}
	return p.object(n, p.messagePack)
}

// CBOR reads one value in the format CBOR (RFC 8949). Tags are passed over, but for big numbers, which are refused.
func CBOR(data []byte) (Value, error) {
	p := &packed{data: data}
	return p.end(p.cbor())
}

const cborIndefinite = 31

func (p *packed) cbor() (Value, error) {
	b, err := p.take(1)
	if err != nil {
		return nil, err
	}
	major, small := b[0]>>5, b[0]&0x1F
	if small == cborIndefinite {
		return p.cborIndefinite(major)
	}
	n := uint64(small)
	if small >= 24 {
		if small > 27 {
			return nil, fmt.Errorf("0x%X begins no CBOR value", b[0])
		}
		if n, err = p.number(1 << (small - 24)); err != nil {
			return nil, err
		}
	}
	switch major {
	case 0:
		return unsigned(n), nil
	case 1:
		if n > math.MaxInt64 {
			return nil, errors.New("an integer is below the range of 64 bits")
		}
		return -1 - int64(n), nil
	case 2:
		return p.bytes(n)
	case 3:
		return p.text(n)
	case 4:
		return p.list(n, p.cbor)
	case 5:
		return p.object(n, p.cbor)
	case 6:
		if n == 2 || n == 3 {
			return nil, errors.New("an integer is beyond 64 bits")
		}
		return p.deeper(p.cbor)
	}
	return cborSimple(small, n)
}

func cborSimple(small byte, n uint64) (Value, error) {
	switch small {
	case 20, 21:
		return small == 21, nil
	case 22, 23:
		return nil, nil
	case 25:
		return half(uint16(n)), nil
	case 26:
		return float64(math.Float32frombits(uint32(n))), nil
	case 27:
		return math.Float64frombits(n), nil
	}
	return nil, fmt.Errorf("the simple CBOR value %d has no meaning", n)
}

// cborIndefinite reads a text, byte string, list or map whose end is marked.
func (p *packed) cborIndefinite(major byte) (Value, error) {
	ended := func() bool {
		if len(p.data) > 0 && p.data[0] == 0xFF {
			p.data = p.data[1:]
			return true
		}
		return false
	}
	return p.deeper(func() (Value, error) {
		var text []byte
		var items []any
		object := &Struct{}
		for !ended() {
			if major == 5 {
				if err := p.member(object, p.cbor); err != nil {
					return nil, err
				}
				continue
			}
			v, err := p.cbor()
			if err != nil {
				return nil, err
			}
			piece, isBytes := v.([]byte)
			words, isText := v.(string)
			switch {
			case major == 4:
				items = append(items, v)
			case major == 2 && isBytes:
				text = append(text, piece...)
			case major == 3 && isText:
				text = append(text, words...)
			default:
				return nil, errors.New("a CBOR value of open length has a part of another kind")
			}
		}
		switch major {
		case 2:
			return text, nil
		case 3:
			return string(text), nil
		case 4:
			if items == nil {
				items = []any{}
			}
			return items, nil
		case 5:
			return object, nil
		}
		return nil, fmt.Errorf("a CBOR value of kind %d cannot have an open length", major)
	})
}
