package parquetfile

import "github.com/apache/arrow-go/v18/arrow"

// BatchBytes is how many bytes the values of a batch take, without those that a slice leaves out as far as that is cheap to
// know.
func BatchBytes(batch arrow.RecordBatch) int64 {
	var n int64
	for _, c := range batch.Columns() {
		n += dataBytes(c.Data())
	}
	return n
}

func dataBytes(d arrow.ArrayData) int64 {
	var n int64
	switch t := d.DataType().(type) {
	case arrow.BinaryDataType:
		n = textBytes(d)
	case arrow.FixedWidthDataType:
		n = int64(d.Len()) * int64(max(t.BitWidth(), 8)) / 8
	default:
		for _, c := range d.Children() {
			n += dataBytes(c)
		}
	}
	return n
}

func textBytes(d arrow.ArrayData) int64 {
	if len(d.Buffers()) < 3 || d.Buffers()[1] == nil || d.Len() == 0 {
		return 0
	}
	switch d.DataType().Layout().Buffers[1].ByteWidth {
	case 8:
		offsets := arrow.Int64Traits.CastFromBytes(d.Buffers()[1].Bytes())
		return offsets[d.Offset()+d.Len()] - offsets[d.Offset()] + int64(d.Len())*8
	default:
		offsets := arrow.Int32Traits.CastFromBytes(d.Buffers()[1].Bytes())
		return int64(offsets[d.Offset()+d.Len()]-offsets[d.Offset()]) + int64(d.Len())*4
	}
}
