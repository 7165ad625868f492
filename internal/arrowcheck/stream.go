// Package arrowcheck makes Arrow IPC data of unknown origin safe to read: Arrow's reader trusts what messages say of themselves, and a
// few bytes can make it allocate all memory or read outside of a buffer.
package arrowcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The reader of Arrow streams trusts the numbers inside a message's metadata: a few bytes can make it allocate more memory
// than there is, which no recover catches. Stream and Message look at the metadata first. The layout is that of FlatBuffers and
// of Arrow's Message.fbs and Schema.fbs.

// continuation begins each message since Arrow 0.15.
const continuation = 0xffffffff

// The positions of the fields that are looked at, in their tables.
const (
	messageHeaderType, messageHeader, messageBodyLength, messageMetadata = 1, 2, 3, 4

	schemaFields, schemaMetadata, schemaFeatures = 1, 2, 3

	fieldName, fieldTypeType, fieldType, fieldDictionary, fieldChildren, fieldMetadata = 0, 2, 3, 4, 5, 6

	unionTypeIDs = 1

	dictionaryIndexType = 1

	keyValueKey, keyValueValue = 0, 1

	batchNodes, batchBuffers, batchCompression, batchVariadic = 1, 2, 3, 4

	dictionaryBatchData = 1

	footerBatches = 3
)

// bufferSize is how many bytes the place of a buffer has: its offset and its length.
const bufferSize = 16

// The cases of the unions that are looked at.
const (
	headerSchema, headerDictionaryBatch, headerRecordBatch = 1, 2, 3

	typeUnion = 14
)

// Stream checks that every length in the metadata of an Arrow IPC stream fits into the stream.
func Stream(data []byte) error {
	for at := 0; at+4 <= len(data); {
		length := binary.LittleEndian.Uint32(data[at:])
		at += 4
		if length == continuation {
			if at+4 > len(data) {
				return errors.New("it ends inside a message")
			}
			length = binary.LittleEndian.Uint32(data[at:])
			at += 4
		}
		if length == 0 {
			return nil // the end of the stream
		}
		if int64(length) > int64(len(data)-at) {
			return errors.New("it ends inside a message")
		}
		body, err := Message(data[at : at+int(length)])
		if err != nil {
			return err
		}
		at += int(length)
		if body < 0 || body > int64(len(data)-at) {
			return errors.New("it ends inside the body of a message")
		}
		at += int(body)
	}
	return nil
}

// Message checks one message's metadata and returns the length of its body.
func Message(buffer []byte) (int64, error) {
	c := &metadataCheck{buffer: buffer, left: len(buffer)}
	message := c.root()
	c.keyValues(message, messageMetadata)
	header := c.table(message, messageHeader)
	switch c.byte(message, messageHeaderType) {
	case headerSchema:
		c.vector(header, schemaFields, 4, c.field)
		c.keyValues(header, schemaMetadata)
		c.vector(header, schemaFeatures, 8, nil)
	case headerRecordBatch:
		c.batch(header)
	case headerDictionaryBatch:
		c.batch(c.table(header, dictionaryBatchData))
	}
	body := c.long(message, messageBodyLength)
	for _, b := range c.buffers {
		const alignment = 8
		if length := c.at(b+8, 8); length != 0 && c.err == nil {
			switch offset := c.at(b, 8); {
			case offset < 0 || length < 0 || offset > body-length:
				c.fail("a buffer of %d bytes at %d lies outside of the %d bytes of the message", length, offset, body)
			case offset%alignment != 0:
				c.fail("a buffer begins at %d, which is no multiple of %d", offset, alignment)
			}
		}
	}
	return body, c.err
}

// Footer checks the footer of an Arrow IPC file and returns how many record batches it lists.
func Footer(buffer []byte) (int64, error) {
	c := &metadataCheck{buffer: buffer, left: len(buffer)}
	const blockSize = 24
	blocks := c.target(c.root(), footerBatches)
	if blocks == 0 || c.err != nil {
		return 0, c.err
	}
	count := c.at(blocks, 4)
	if c.err == nil && count > int64(len(buffer)-blocks-4)/blockSize {
		c.fail("its list of batches lies outside")
	}
	return count, c.err
}

// metadataCheck walks through a buffer of FlatBuffers. A position of 0 stands for a table that is not there. left bounds how
// many tables are visited: tables may be shared, and so a small buffer could hold very many.
type metadataCheck struct {
	buffer  []byte
	left    int
	buffers []int // where the places of buffers stand
	err     error
}

func (c *metadataCheck) fail(format string, args ...any) int {
	if c.err == nil {
		c.err = fmt.Errorf("its metadata is broken: "+format, args...)
	}
	return 0
}

// at reads size bytes at a position as a number.
func (c *metadataCheck) at(position, size int) int64 {
	if c.err != nil {
		return 0
	}
	if position < 0 || position > len(c.buffer)-size {
		c.fail("position %d lies outside", position)
		return 0
	}
	b := c.buffer[position:]
	switch size {
	case 1:
		return int64(b[0])
	case 2:
		return int64(binary.LittleEndian.Uint16(b))
	case 4:
		return int64(binary.LittleEndian.Uint32(b))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func (c *metadataCheck) root() int { return c.visit(int(c.at(0, 4))) }

// visit checks the head of a table.
func (c *metadataCheck) visit(table int) int {
	c.left--
	if c.left < 0 {
		return c.fail("it has too many tables")
	}
	if c.vtable(table); c.err != nil {
		return 0
	}
	return table
}

// vtable returns where the table of a table's fields is, and how many bytes it has.
func (c *metadataCheck) vtable(table int) (position, size int) {
	position = table - int(int32(c.at(table, 4)))
	size = int(c.at(position, 2))
	if c.err == nil && (position < 0 || size < 4 || size > len(c.buffer)-position) {
		c.fail("a table of fields lies outside")
	}
	return position, size
}

// slot returns the position of a field's value in a table, or 0 where the field is not set.
func (c *metadataCheck) slot(table, field int) int {
	if table == 0 || c.err != nil {
		return 0
	}
	position, size := c.vtable(table)
	entry := 4 + 2*field
	if c.err != nil || entry >= size {
		return 0
	}
	if offset := int(c.at(position+entry, 2)); offset != 0 {
		return table + offset
	}
	return 0
}

// target follows a field that refers to something further on.
func (c *metadataCheck) target(table, field int) int {
	slot := c.slot(table, field)
	if slot == 0 {
		return 0
	}
	return c.follow(slot)
}

func (c *metadataCheck) follow(slot int) int {
	offset := c.at(slot, 4)
	if c.err == nil && (offset == 0 || offset > math.MaxInt32) {
		return c.fail("a reference at %d is not valid", slot)
	}
	return slot + int(offset)
}

func (c *metadataCheck) table(table, field int) int {
	if t := c.target(table, field); t != 0 && c.err == nil {
		return c.visit(t)
	}
	return 0
}

func (c *metadataCheck) byte(table, field int) int64 {
	if slot := c.slot(table, field); slot != 0 {
		return c.at(slot, 1)
	}
	return 0
}

func (c *metadataCheck) long(table, field int) int64 {
	if slot := c.slot(table, field); slot != 0 {
		return c.at(slot, 8)
	}
	return 0
}

// vector checks that the members of a vector lie inside, and visits them where they are tables.
func (c *metadataCheck) vector(table, field, size int, member func(table int)) {
	start := c.target(table, field)
	if start == 0 || c.err != nil {
		return
	}
	count := c.at(start, 4)
	if c.err != nil {
		return
	}
	if count > int64(len(c.buffer)-start-4)/int64(size) {
		c.fail("a list of %d members lies outside", count)
		return
	}
	if member == nil {
		return
	}
	for i := range int(count) {
		if t := c.follow(start + 4 + 4*i); c.err == nil {
			member(c.visit(t))
		}
		if c.err != nil {
			return
		}
	}
}

func (c *metadataCheck) field(table int) {
	c.vector(table, fieldName, 1, nil)
	c.vector(table, fieldChildren, 4, c.field)
	c.keyValues(table, fieldMetadata)
	c.table(c.table(table, fieldDictionary), dictionaryIndexType)
	t := c.table(table, fieldType)
	if c.byte(table, fieldTypeType) == typeUnion {
		c.vector(t, unionTypeIDs, 4, nil)
	}
}

func (c *metadataCheck) keyValues(table, field int) {
	c.vector(table, field, 4, func(pair int) {
		c.vector(pair, keyValueKey, 1, nil)
		c.vector(pair, keyValueValue, 1, nil)
	})
}

func (c *metadataCheck) batch(table int) {
	c.vector(table, batchNodes, 16, nil)
	c.vector(table, batchBuffers, bufferSize, nil)
	if start := c.target(table, batchBuffers); start != 0 && c.err == nil {
		for i := range int(c.at(start, 4)) {
			c.buffers = append(c.buffers, start+4+i*bufferSize)
		}
	}
	c.vector(table, batchVariadic, 8, nil)
	c.table(table, batchCompression)
}
