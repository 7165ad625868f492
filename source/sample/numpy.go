package sample

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var (
	npyDType = regexp.MustCompile(`'descr':\s*'([^']*)'`)
	npyOrder = regexp.MustCompile(`'fortran_order':\s*(True|False)`)
	npyShape = regexp.MustCompile(`'shape':\s*\(([0-9, ]*)\)`)
	dtypeExp = regexp.MustCompile(`^([<>|=]?)([a-zA-Z])([0-9]*)(?:\[(?:1)?([a-zA-Z]+)\])?$`)
)

// maxDimensions is that of NumPy.
const maxDimensions = 64

// NPY reads an array in NumPy's format .npy. Arrays of Python objects and structured arrays are refused.
func NPY(data []byte) (Value, error) {
	if !bytes.HasPrefix(data, []byte("\x93NUMPY")) || len(data) < 12 {
		return nil, errors.New("it is not a NumPy array: it does not begin as one")
	}
	start, length := 10, int(binary.LittleEndian.Uint16(data[8:]))
	if data[6] >= 2 {
		start, length = 12, int(binary.LittleEndian.Uint32(data[8:]))
	}
	if length < 0 || length > len(data)-start {
		return nil, errors.New("the NumPy array ends within its header")
	}
	header, body := data[start:start+length], data[start+length:]
	dtype, order, shapeText := npyDType.FindSubmatch(header), npyOrder.FindSubmatch(header), npyShape.FindSubmatch(header)
	if dtype == nil || order == nil || shapeText == nil {
		return nil, fmt.Errorf("the NumPy array has a header that is not understood: %.200q", header)
	}
	var shape []int
	for part := range strings.SplitSeq(string(shapeText[1]), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("the NumPy array has the shape (%s)", shapeText[1])
		}
		shape = append(shape, n)
	}
	a, err := newArray(string(dtype[1]), shape, body)
	if err != nil {
		return nil, err
	}
	if string(order[1]) == "True" {
		a.transpose()
	}
	return a, nil
}

// newArray views data, in the order of rows, as an array.
func newArray(dtype string, shape []int, data []byte) (*Array, error) {
	m := dtypeExp.FindStringSubmatch(dtype)
	if m == nil {
		return nil, fmt.Errorf("NumPy arrays of dtype %q are not read", dtype)
	}
	size, _ := strconv.Atoi(m[3])
	if m[2] == "U" {
		size *= 4
	}
	if len(shape) > maxDimensions {
		return nil, fmt.Errorf("the array has %d dimensions", len(shape))
	}
	count := 1
	for _, n := range shape {
		if n < 0 || n > 0 && count > math.MaxInt32*64/n {
			return nil, fmt.Errorf("the array has the absurd shape %v", shape)
		}
		count *= n
	}
	if size <= 0 || size > 1<<20 || count > len(data)/size {
		return nil, fmt.Errorf("the array of dtype %s and shape %v has %d bytes only", dtype, shape, len(data))
	}
	// A dimension of size zero hides how many empty lists the others would be.
	if lists := 1; count == 0 {
		for _, n := range shape {
			if lists *= max(n, 1); lists > 1<<16 {
				return nil, fmt.Errorf("the array has the absurd shape %v", shape)
			}
		}
	}
	var order binary.ByteOrder = binary.LittleEndian
	if m[1] == ">" {
		order = binary.BigEndian
	}
	t, at := elements(m[2], size, m[4], data, order)
	if t == nil {
		return nil, fmt.Errorf("NumPy arrays of dtype %q are not read: numbers, booleans, texts, bytes and times are", dtype)
	}
	return &Array{Type: t, Shape: shape, at: at}, nil
}

// elements tells the type of the elements and how to get them.
func elements(kind string, size int, unit string, data []byte, order binary.ByteOrder) (arrow.DataType, func(int) Value) {
	cell := func(i int) []byte { return data[i*size : (i+1)*size] }
	switch kind + strconv.Itoa(size) {
	case "b1":
		return arrow.FixedWidthTypes.Boolean, func(i int) Value { return data[i] != 0 }
	case "i1":
		return arrow.PrimitiveTypes.Int8, func(i int) Value { return int64(int8(data[i])) }
	case "i2":
		return arrow.PrimitiveTypes.Int16, func(i int) Value { return int64(int16(order.Uint16(cell(i)))) }
	case "i4":
		return arrow.PrimitiveTypes.Int32, func(i int) Value { return int64(int32(order.Uint32(cell(i)))) }
	case "i8":
		return arrow.PrimitiveTypes.Int64, func(i int) Value { return int64(order.Uint64(cell(i))) }
	case "u1":
		return arrow.PrimitiveTypes.Uint8, func(i int) Value { return int64(data[i]) }
	case "u2":
		return arrow.PrimitiveTypes.Uint16, func(i int) Value { return int64(order.Uint16(cell(i))) }
	case "u4":
		return arrow.PrimitiveTypes.Uint32, func(i int) Value { return int64(order.Uint32(cell(i))) }
	case "u8":
		return arrow.PrimitiveTypes.Uint64, func(i int) Value { return unsigned(order.Uint64(cell(i))) }
	case "f2":
		return arrow.FixedWidthTypes.Float16, func(i int) Value { return half(order.Uint16(cell(i))) }
	case "f4":
		return arrow.PrimitiveTypes.Float32, func(i int) Value { return float64(math.Float32frombits(order.Uint32(cell(i)))) }
	case "f8":
		return arrow.PrimitiveTypes.Float64, func(i int) Value { return math.Float64frombits(order.Uint64(cell(i))) }
	case "M8", "m8":
		return times(kind, unit, func(i int) int64 { return int64(order.Uint64(cell(i))) })
	}
	switch kind {
	case "U":
		return arrow.BinaryTypes.String, func(i int) Value {
			var text []byte
			for c := cell(i); len(c) > 0; c = c[4:] {
				text = utf8.AppendRune(text, rune(order.Uint32(c)))
			}
			return strings.TrimRight(string(text), "\x00")
		}
	case "S":
		return arrow.BinaryTypes.Binary, func(i int) Value { return bytes.TrimRight(cell(i), "\x00") }
	}
	return nil, nil
}

func times(kind, unit string, at func(int) int64) (arrow.DataType, func(int) Value) {
	value := func(i int) Value {
		if n := at(i); n != math.MinInt64 { // NaT
			return n
		}
		return nil
	}
	units := map[string]arrow.TimeUnit{"s": arrow.Second, "ms": arrow.Millisecond, "us": arrow.Microsecond, "ns": arrow.Nanosecond}
	u, ok := units[unit]
	switch {
	case ok && kind == "M":
		return &arrow.TimestampType{Unit: u}, value
	case ok:
		return &arrow.DurationType{Unit: u}, value
	case unit == "D" && kind == "M":
		return arrow.FixedWidthTypes.Date32, value
	}
	return nil, nil
}

// transpose makes an array that lies in the order of columns one in the order of rows.
func (a *Array) transpose() {
	shape, at := slices.Clone(a.Shape), a.at
	a.at = func(i int) Value {
		// i counts with the last index running fastest; the data have the first index running fastest.
		position, stride := 0, 1
		index := make([]int, len(shape))
		for d := len(shape) - 1; d >= 0; d-- {
			index[d] = i % shape[d]
			i /= shape[d]
		}
		for d, n := range shape {
			position += index[d] * stride
			stride *= n
		}
		return at(position)
	}
}

// NPZ reads the arrays of NumPy's format .npz, by name. Together they may have at most limit bytes.
func NPZ(data []byte, limit int64) (Value, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("it is not an archive of NumPy arrays: %w", err)
	}
	out := &Struct{}
	for _, f := range z.File {
		name, isArray := strings.CutSuffix(f.Name, ".npy")
		if !isArray {
			return nil, fmt.Errorf("the archive of NumPy arrays holds %q, which is none", f.Name)
		}
		content, err := readMember(f, limit)
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
		limit -= int64(len(content))
		v, err := NPY(content)
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
		out.Set(name, v)
	}
	return out, nil
}

func readMember(f *zip.File, limit int64) (_ []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("it unpacks to more than %d bytes", limit)
	}
	return content, err
}

// TenBin reads a list of arrays in the format .ten of the webdataset library.
func TenBin(data []byte) (Value, error) {
	var out []any
	for len(data) > 0 {
		header, rest, err := tenChunk(data)
		if err != nil {
			return nil, err
		}
		content, rest, err := tenChunk(rest)
		if err != nil {
			return nil, err
		}
		if len(header) < 24 {
			return nil, errors.New("the header of a tensor is cut off")
		}
		rank := binary.LittleEndian.Uint64(header[16:])
		if rank > uint64(len(header)/8-3) {
			return nil, fmt.Errorf("the tensor has %d dimensions, more than its header holds", rank)
		}
		shape := make([]int, rank)
		for i := range shape {
			shape[i] = int(binary.LittleEndian.Uint64(header[24+8*i:]))
		}
		dtype := strings.TrimRight(string(header[:8]), "\x00")
		a, err := newArray("<"+dtype, shape, content)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
		data = rest
	}
	return out, nil
}

func tenChunk(data []byte) (chunk, rest []byte, err error) {
	if len(data) < 16 || string(data[:8]) != "~TenBin~" {
		return nil, nil, errors.New("it is not a list of tensors: a chunk does not begin as one")
	}
	n := binary.LittleEndian.Uint64(data[8:])
	data = data[16:]
	if n > uint64(len(data)) {
		return nil, nil, fmt.Errorf("a chunk of %d bytes is cut off after %d", n, len(data))
	}
	return data[:n], data[min((n+63)/64*64, uint64(len(data))):], nil
}
