package source

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// textSizes remembers how large the columns of a batch became, so that those of the next one need not grow. Of structs it looks at the
// members; of lists it remembers nothing.
type textSizes struct {
	text  int   // bytes that the batch was made of
	rows  int   // that it has
	bytes []int // of each column and member of text or bytes
}

// measure looks at a batch that was made of so many bytes of text.
func (s *textSizes) measure(batch arrow.RecordBatch, text int) {
	if batch == nil {
		return
	}
	s.text, s.rows, s.bytes = text, int(batch.NumRows()), s.bytes[:0]
	for _, column := range batch.Columns() {
		s.measureColumn(column)
	}
}

func (s *textSizes) measureColumn(column arrow.Array) {
	switch column := column.(type) {
	case *array.String:
		s.bytes = append(s.bytes, len(column.ValueBytes()))
	case *array.Binary:
		s.bytes = append(s.bytes, len(column.ValueBytes()))
	case *array.LargeString:
		s.bytes = append(s.bytes, len(column.ValueBytes()))
	case *array.Struct:
		for i := range column.NumField() {
			s.measureColumn(column.Field(i))
		}
	}
}

// reserve makes room for what a text of so many bytes most likely has.
func (s *textSizes) reserve(build *array.RecordBuilder, text int) {
	if s.text == 0 {
		return
	}
	scaled := func(n int) int { return int(float64(n) * float64(text) / float64(s.text) * 1.05) }
	left := s.bytes
	for _, field := range build.Fields() {
		left = reserveColumn(field, scaled(s.rows), left, scaled)
	}
}

// reserveColumn takes the sizes of a column from the front of sizes, and returns the others.
func reserveColumn(build array.Builder, rows int, sizes []int, scaled func(int) int) []int {
	build.Reserve(rows)
	switch build := build.(type) {
	case *array.StringBuilder, *array.BinaryBuilder, *array.LargeStringBuilder:
		if len(sizes) > 0 {
			build.(interface{ ReserveData(n int) }).ReserveData(scaled(sizes[0]))
			return sizes[1:]
		}
	case *array.StructBuilder:
		for i := range build.NumField() {
			sizes = reserveColumn(build.FieldBuilder(i), rows, sizes, scaled)
		}
	}
	return sizes
}
