package source

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// textSizes remembers how large the columns of a batch became, so that those of the next one need not grow.
type textSizes struct {
	text    int   // bytes that it was made of
	rows    int   // that it has
	columns []int // bytes of each column of text
}

// measure looks at a batch that was made of so many bytes of text.
func (s *textSizes) measure(batch arrow.RecordBatch, text int) {
	if batch == nil {
		return
	}
	s.text, s.rows, s.columns = text, int(batch.NumRows()), s.columns[:0]
	for _, column := range batch.Columns() {
		size := 0
		switch column := column.(type) {
		case *array.String:
			size = len(column.ValueBytes())
		case *array.Binary:
			size = len(column.ValueBytes())
		case *array.LargeString:
			size = len(column.ValueBytes())
		}
		s.columns = append(s.columns, size)
	}
}

// reserve makes room for what a text of so many bytes most likely has.
func (s *textSizes) reserve(build *array.RecordBuilder, text int) {
	if s.text == 0 || len(s.columns) != len(build.Fields()) {
		return
	}
	scaled := func(n int) int { return min(int(float64(n)*float64(text)/float64(s.text)*1.05)+64, 2*text+64) }
	for i, field := range build.Fields() {
		switch field := field.(type) {
		case *array.StringBuilder:
			field.ReserveData(scaled(s.columns[i]))
		case *array.BinaryBuilder:
			field.ReserveData(scaled(s.columns[i]))
		case *array.LargeStringBuilder:
			field.ReserveData(scaled(s.columns[i]))
		}
		field.Reserve(scaled(s.rows))
	}
}
