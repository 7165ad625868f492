package parquet

import (
	"encoding/binary"
	"slices"
)

// selection is the columns of a file that a scan wants, in file order.
type selection struct {
	columns []selectedColumn
	// unit is that of the timestamps that INT96 becomes; zero is microseconds.
	unit timeUnit
	// arrowSchema is what the key ARROW:schema of a slice holds, base64; "" leaves it out.
	arrowSchema string
}

// sliceGroup is one row group of a slice: where its chunks lie in the slice.
type sliceGroup struct {
	index  int // in the file
	chunks []sliceChunk
}

type sliceChunk struct {
	chunk
	leaf int
	at   int64 // the offset in the slice that the chunk's first page has
	// recount says that the number of values is not that of the file; see Footer.recount.
	recount bool
}

// appendFooter appends to buf the footer of a slice: the schema of the selected columns, the row groups with the offsets of
// the slice, the length and the magic. Statistics, page indexes and bloom filters are left out: what they could save has
// been saved, and what is wrong in them can do no harm.
func (f *Footer) appendFooter(buf []byte, s selection, groups []sliceGroup) []byte {
	start := len(buf)
	w := &compactWriter{buf: buf}
	var last int16
	w.intField(&last, 1, compactI32, int64(f.version))
	w.field(&last, 2, compactList)
	f.writeSchema(w, s)
	var rows int64
	for _, g := range groups {
		rows += f.groups[g.index].rows
	}
	w.intField(&last, 3, compactI64, rows)
	w.field(&last, 4, compactList)
	w.list(compactStruct, len(groups))
	for _, g := range groups {
		writeRowGroup(w, f.groups[g.index].rows, g.chunks)
	}
	if s.arrowSchema != "" {
		w.field(&last, 5, compactList)
		w.list(compactStruct, 1)
		var kv int16
		w.stringField(&kv, 1, arrowSchemaKey)
		w.stringField(&kv, 2, s.arrowSchema)
		w.stop()
	}
	if f.createdBy != "" {
		// Decoders know old writers by their name and work around their faults.
		w.stringField(&last, 6, f.createdBy)
	}
	w.stop()
	w.buf = binary.LittleEndian.AppendUint32(w.buf, uint32(len(w.buf)-start))
	return append(w.buf, magic...)
}

func (f *Footer) writeSchema(w *compactWriter, s selection) {
	n := 1
	for _, c := range s.columns {
		n += len(c.elements)
		for _, e := range c.elements {
			if f.isListOfList(e.index) {
				n++
			}
		}
	}
	w.list(compactStruct, n)
	var last int16
	w.stringField(&last, 4, "schema")
	w.intField(&last, 5, compactI32, int64(len(s.columns)))
	w.stop()
	for _, c := range s.columns {
		for _, e := range c.elements {
			if f.isListOfList(e.index) {
				writeMiddle(w)
			}
			f.writeElement(w, e.index, e.children, s.unit)
		}
	}
}

// writeElement writes a schema element as the file has it, but for some kinds of logical type: those that decoders turn into
// types of their own where the Arrow schema has the stored bytes, and those that decoders written before them refuse. JSON is text.
// The element may have fewer children than in the file. INT96 becomes timestamps of that unit.
func (f *Footer) writeElement(w *compactWriter, i int, children int32, unit timeUnit) {
	const convertedType, logicalType = 6, 10
	e := f.elements[i]
	if e.physical == Int96 {
		writeTimestamp(w, e, unit)
		return
	}
	if f.isListOfList(i) {
		writeList(w, e)
		return
	}
	if e.logical.kind == logicalJSON || e.converted == convertedJSON {
		writeText(w, e)
		return
	}
	skip := func(int16) bool { return false }
	switch {
	case slices.Contains([]int{logicalUUID, logicalVariant, logicalGeometry, logicalGeography, logicalBSON}, e.logical.kind),
		e.converted == convertedInterval, e.converted == convertedBSON:
		skip = func(id int16) bool { return id == convertedType || id == logicalType }
	case e.logical.kind > logicalGeography:
		skip = func(id int16) bool { return id == logicalType }
	}
	if children == e.children {
		copyStruct(w, e.raw, skip)
		return
	}
	copyGroup(w, e.raw, children, skip)
}

// copyGroup is copyStruct for a schema element with another number of children.
func copyGroup(w *compactWriter, raw []byte, children int32, skip func(id int16) bool) {
	const numChildren = 5
	var last int16
	r := &compactReader{buf: raw}
	r.rawFields(func(id int16, typ byte, value []byte) {
		switch {
		case id == numChildren:
			w.intField(&last, id, typ, int64(children))
		case !skip(id):
			w.rawField(&last, id, typ, value)
		}
	})
	w.stop()
}

// writeText writes a schema element of JSON text as one of text: that is what pyarrow makes of it, whatever it calls the type.
func writeText(w *compactWriter, e element) {
	const convertedType, logicalType = 6, 10
	var last int16
	written := false
	mark := func() {
		if !written {
			w.intField(&last, convertedType, compactI32, convertedUTF8)
			written = true
		}
	}
	r := &compactReader{buf: e.raw}
	r.rawFields(func(id int16, typ byte, value []byte) {
		if id >= convertedType {
			mark()
		}
		if id != convertedType && id != logicalType {
			w.rawField(&last, id, typ, value)
		}
	})
	mark()
	w.stop()
}

// writeTimestamp writes a schema element as one of timestamps without a zone.
func writeTimestamp(w *compactWriter, e element, unit timeUnit) {
	const elementType, repetitionType, name, logical = 1, 3, 4, 10
	var last, timestamp, of int16
	w.intField(&last, elementType, compactI32, int64(Int64))
	w.intField(&last, repetitionType, compactI32, int64(e.repetition))
	w.stringField(&last, name, e.name)
	w.field(&last, logical, compactStruct)
	w.field(&of, logicalTimestamp, compactStruct)
	w.field(&timestamp, 1, compactFalse)
	w.field(&timestamp, 2, compactStruct)
	var kind int16
	w.field(&kind, int16(max(unit, micros)), compactStruct)
	for range 5 {
		w.stop()
	}
}

// isListOfList says whether the element at i is both what a list repeats and a list itself, of two levels: the way of old writers
// that decoders take for a struct. It needs a group of its own in between.
func (f *Footer) isListOfList(i int) bool {
	isList := func(e element) bool { return e.logical.kind == logicalList || e.converted == convertedList }
	e := f.elements[i]
	if e.repetition != repeated || e.children != 1 || !isList(e) || i+1 >= len(f.elements) || f.elements[i+1].repetition != repeated {
		return false
	}
	around := f.elements[i-1]
	return around.children == 1 && isList(around)
}

// writeMiddle writes the group that a list repeats.
func writeMiddle(w *compactWriter) {
	const repetitionType, name, numChildren = 3, 4, 5
	var last int16
	w.intField(&last, repetitionType, compactI32, int64(repeated))
	w.stringField(&last, name, "list")
	w.intField(&last, numChildren, compactI32, 1)
	w.stop()
}

// writeList writes a list that is repeated as one that is an element of what is repeated.
func writeList(w *compactWriter, e element) {
	const repetitionType, name, numChildren, converted = 3, 4, 5, 6
	var last int16
	w.intField(&last, repetitionType, compactI32, int64(required))
	w.stringField(&last, name, e.name)
	w.intField(&last, numChildren, compactI32, 1)
	w.intField(&last, converted, compactI32, convertedList)
	w.stop()
}

// copyStruct copies a struct without the fields to skip.
func copyStruct(w *compactWriter, raw []byte, skip func(id int16) bool) {
	var last int16
	r := &compactReader{buf: raw}
	r.rawFields(func(id int16, typ byte, value []byte) {
		if !skip(id) {
			w.rawField(&last, id, typ, value)
		}
	})
	w.stop()
}

func writeRowGroup(w *compactWriter, rows int64, chunks []sliceChunk) {
	var last int16
	var raw, size int64
	first := int64(len(magic))
	w.field(&last, 1, compactList)
	w.list(compactStruct, len(chunks))
	for i, c := range chunks {
		if i == 0 {
			first = c.at
		}
		raw += c.rawSize
		size += c.size
		writeChunk(w, c)
	}
	w.intField(&last, 2, compactI64, raw)
	w.intField(&last, 3, compactI64, rows)
	w.intField(&last, 5, compactI64, first)
	w.intField(&last, 6, compactI64, size)
	w.stop()
}

func writeChunk(w *compactWriter, c sliceChunk) {
	var last int16
	// The offset of a copy of the description among the pages: there is none.
	w.intField(&last, 2, compactI64, 0)
	w.field(&last, 3, compactStruct)
	moved := c.at - c.offset
	var inner int16
	r := &compactReader{buf: c.raw}
	r.rawFields(func(id int16, typ byte, value []byte) {
		switch id {
		case 4:
			w.intField(&inner, id, typ, int64(c.codec))
		case 7:
			w.intField(&inner, id, typ, c.size)
		case 5:
			w.intField(&inner, id, typ, c.values)
		case 1:
			physical := c.physical
			if physical == Int96 {
				physical = Int64 // See writeTimestamp.
			}
			w.intField(&inner, id, typ, int64(physical))
		case 2, 3, 6:
			w.rawField(&inner, id, typ, value)
		}
	})
	w.intField(&inner, 9, compactI64, c.dataOffset+moved)
	if c.offset < c.dataOffset {
		w.intField(&inner, 11, compactI64, c.dictOffset+moved)
	}
	w.stop()
	w.stop()
}

// schemaFooter is a footer with the file's schema and no rows.
func (f *Footer) schemaFooter(arrowSchema string) []byte {
	footer := f.appendFooter(nil, selection{columns: f.wholeColumns(), unit: nanos, arrowSchema: arrowSchema}, nil)
	return footer[:len(footer)-trailer]
}
