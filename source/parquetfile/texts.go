package parquetfile

import (
	"bytes"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/source/parquet"
)

// offset is how Arrow tells where a text ends.
type offset interface{ int32 | int64 }

// texts are values of variable length: strings and bytes.
type texts[O offset] struct {
	parts []textPart[O]

	least, most []byte // of the page at hand; nil when there is none
	low, high   uint64 // their first bytes
	mins, maxs  [][]byte
}

// textPart is the texts of one batch; text i lies between offsets i and i+1.
type textPart[O offset] struct {
	offsets []O
	data    []byte
	valid   valid
}

func (p *textPart[O]) at(i int) []byte { return p.data[p.offsets[i]:p.offsets[i+1]] }

func textsOf[O offset](leaves []leaf) *texts[O] {
	t := &texts[O]{}
	for _, l := range leaves {
		t.parts = append(t.parts, textPartOf[O](l.values))
	}
	return t
}

func textPartOf[O offset](a arrow.Array) textPart[O] {
	p := textPart[O]{valid: validOf(a)}
	d := a.Data()
	if d.Len() == 0 || d.Buffers()[1] == nil {
		p.offsets = make([]O, d.Len()+1)
		return p
	}
	switch offsets := any(&p.offsets).(type) {
	case *[]int32:
		*offsets = arrow.Int32Traits.CastFromBytes(d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()+1]
	case *[]int64:
		*offsets = arrow.Int64Traits.CastFromBytes(d.Buffers()[1].Bytes())[d.Offset() : d.Offset()+d.Len()+1]
	}
	if d.Buffers()[2] != nil {
		p.data = d.Buffers()[2].Bytes()
	}
	return p
}

// isText tells whether texts can take in an array, and whether its offsets are the long ones.
func isText(t arrow.DataType) (text, long bool) {
	switch t.ID() {
	case arrow.STRING, arrow.BINARY:
		return true, false
	case arrow.LARGE_STRING, arrow.LARGE_BINARY:
		return true, true
	}
	return false, false
}

func (t *texts[O]) present(part, from, to int) int { return t.parts[part].valid.count(from, to) }

func (t *texts[O]) appendPlain(dst []byte, part, from, to int) []byte {
	p := &t.parts[part]
	for i := from; i < to; i++ {
		if p.valid.at(i) {
			v := p.at(i)
			dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
			dst = append(dst, v...)
		}
	}
	return dst
}

func (t *texts[O]) index(d *dictionary) bool {
	d.begin()
	plain := 0
	for i := range t.parts {
		p := &t.parts[i]
		for from := 0; from < len(p.offsets)-1; from += dictionaryStep {
			to := min(from+dictionaryStep, len(p.offsets)-1)
			for at := from; at < to; at++ {
				if p.valid.at(at) {
					d.addText(p.at(at))
				}
			}
			plain += int(p.offsets[to] - p.offsets[from])
			if d.hopeless(d.textBytes) {
				return false
			}
		}
	}
	return d.pays(d.textBytes, plain+4*len(d.indices))
}

func (t *texts[O]) appendDictionary(dst []byte, d *dictionary) []byte {
	for _, v := range d.texts {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}

func (t *texts[O]) observe(part, from, to int) {
	p := &t.parts[part]
	for i := from; i < to; i++ {
		if !p.valid.at(i) {
			continue
		}
		t.observeText(p.at(i))
	}
}

func (t *texts[O]) observeText(v []byte) {
	head := headOf(v)
	if t.least != nil && head > t.low && head < t.high {
		return
	}
	if t.least == nil || bytes.Compare(v, t.least) < 0 {
		t.least, t.low = notNil(v), head
	}
	if t.most == nil || bytes.Compare(v, t.most) > 0 {
		t.most, t.high = notNil(v), head
	}
}

func (t *texts[O]) observeIndices(d *dictionary, indices []uint32) bool {
	d.once(indices, t.observeText)
	return true
}

// headOf is the first eight bytes of a text as a number with the same order.
func headOf(v []byte) uint64 {
	if len(v) >= 8 {
		return binary.BigEndian.Uint64(v)
	}
	var head uint64
	for i, b := range v {
		head |= uint64(b) << (56 - 8*i)
	}
	return head
}

func (t *texts[O]) endPage() parquet.MinMax {
	least, most := t.least, t.most
	t.least, t.most = nil, nil
	if least == nil {
		return parquet.MinMax{}
	}
	t.mins, t.maxs = append(t.mins, least), append(t.maxs, most)
	return limited(least, most)
}

// limited leaves out bounds that are too long. An empty text is a bound, not a missing one.
func limited(least, most []byte) parquet.MinMax {
	if len(least) > maxStatistics || len(most) > maxStatistics {
		return parquet.MinMax{}
	}
	return parquet.MinMax{Min: bytes.Clone(least), Max: bytes.Clone(most)}
}

// notNil tells an empty text from none.
func notNil(v []byte) []byte {
	if v == nil {
		return []byte{}
	}
	return v
}

func (t *texts[O]) bounds() (parquet.MinMax, int32) {
	if len(t.mins) == 0 {
		return parquet.MinMax{}, unordered
	}
	least, most := t.mins[0], t.maxs[0]
	up, down := true, true
	for i := 1; i < len(t.mins); i++ {
		if bytes.Compare(t.mins[i], least) < 0 {
			least = t.mins[i]
		}
		if bytes.Compare(t.maxs[i], most) > 0 {
			most = t.maxs[i]
		}
		low, high := bytes.Compare(t.mins[i-1], t.mins[i]), bytes.Compare(t.maxs[i-1], t.maxs[i])
		up = up && low <= 0 && high <= 0
		down = down && low >= 0 && high >= 0
	}
	return limited(least, most), orderOf(up, down)
}
