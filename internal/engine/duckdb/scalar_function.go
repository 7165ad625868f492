package duckdb

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow/bitutil"
	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// RegisterScalarFunction makes a function in Go callable in SQL.
func (d *Database) RegisterScalarFunction(c *Connection, udf function.UDF) error {
	scalar := &scalarFunction{udf: udf}
	f := bindings.CreateScalarFunction()
	defer bindings.DestroyScalarFunction(&f)
	bindings.ScalarFunctionSetName(f, udf.Name)
	for _, name := range udf.Params {
		t, ok := udfTypes[name]
		if !ok {
			return fmt.Errorf("registering %s: parameters of type %s are not supported", udf.Name, name)
		}
		scalar.params = append(scalar.params, t)
		logical := logicalType(t)
		bindings.ScalarFunctionAddParameter(f, logical)
		bindings.DestroyLogicalType(&logical)
	}
	var ok bool
	if scalar.result, ok = udfTypes[udf.Result]; !ok {
		return fmt.Errorf("registering %s: results of type %s are not supported", udf.Name, udf.Result)
	}
	result := logicalType(scalar.result)
	defer bindings.DestroyLogicalType(&result)
	bindings.ScalarFunctionSetReturnType(f, result)
	if udf.Volatile {
		bindings.ScalarFunctionSetVolatile(f)
	}
	if udf.Nulls {
		bindings.ScalarFunctionSetSpecialHandling(f)
	}
	handle := hold(scalar)
	d.keep(handle)
	C.hfs_scalar_function_extra(f.Ptr, C.uintptr_t(handle))
	bindings.ScalarFunctionSetFunction(f, C.hfs_scalar_pointer())
	if bindings.RegisterScalarFunction(c.conn, f) != bindings.StateSuccess {
		return fmt.Errorf("DuckDB does not take the function %s", udf.Name)
	}
	return nil
}

// udfTypes are the types of function.UDF, by their names.
var udfTypes = map[string]types.DataType{
	"VARCHAR": types.String, "BLOB": types.Binary, "BIGINT": types.Long, "INTEGER": types.Integer, "DOUBLE": types.Double,
	"FLOAT": types.Float, "BOOLEAN": types.Boolean, "VARCHAR[]": types.Array{Element: types.String, ContainsNull: true},
}

type scalarFunction struct {
	udf    function.UDF
	params []types.DataType
	result types.DataType
}

//export hfsScalar
func hfsScalar(info unsafe.Pointer, handle C.uintptr_t, input, output unsafe.Pointer) {
	err := protect(func() error {
		return held[*scalarFunction](uintptr(handle)).call(Chunk{bindings.DataChunk{Ptr: input}}, Vector{bindings.Vector{Ptr: output}})
	})
	if err != nil {
		bindings.ScalarFunctionSetError(bindings.FunctionInfo{Ptr: info}, err.Error())
	}
}

func (s *scalarFunction) call(input Chunk, result Vector) error {
	count := input.Rows()
	columns := make([]Vector, len(s.params))
	masks := make([][]byte, len(s.params))
	for i := range columns {
		columns[i] = input.Vector(i)
		masks[i] = columns[i].validity(0, count)
	}
	args := make([]any, len(s.params))
	for row := range count {
		null := false
		for i, t := range s.params {
			args[i] = nil
			if masks[i] == nil || bitutil.BitIsSet(masks[i], row) {
				args[i] = columns[i].get(t, row)
			} else {
				null = true
			}
		}
		if null && !s.udf.Nulls {
			result.WriteNulls(1, row)
			continue
		}
		value, err := s.udf.Eval(args)
		if err != nil {
			return err
		}
		if err := result.set(s.result, row, value); err != nil {
			return fmt.Errorf("%s: %w", s.udf.Name, err)
		}
	}
	return nil
}

// get reads a value that is not null.
func (v Vector) get(t types.DataType, row int) any {
	switch t {
	case types.String:
		return string(values[text](v, row, 1)[0].bytes())
	case types.Binary:
		return append([]byte{}, values[text](v, row, 1)[0].bytes()...)
	case types.Long:
		return values[int64](v, row, 1)[0]
	case types.Integer:
		return values[int32](v, row, 1)[0]
	case types.Double:
		return values[float64](v, row, 1)[0]
	case types.Float:
		return values[float32](v, row, 1)[0]
	case types.Boolean:
		return values[bool](v, row, 1)[0]
	}
	list := values[entry](v, row, 1)[0]
	child := Vector{bindings.ListVectorGetChild(v.vector)}
	from, count := int(list.offset), int(list.length)
	mask := child.validity(from, count)
	members := make([]any, count)
	for i := range members {
		if mask == nil || bitutil.BitIsSet(mask, from+i) {
			members[i] = child.get(types.String, from+i)
		}
	}
	return members
}

// set writes a value or null.
func (v Vector) set(t types.DataType, row int, value any) error {
	switch value := value.(type) {
	case nil:
		v.WriteNulls(1, row)
		return nil
	case string:
		if t == types.String {
			return v.setBytes(row, []byte(value), true)
		}
	case []byte:
		if t == types.Binary {
			return v.setBytes(row, value, false)
		}
	case int64:
		return put(v, t == types.Long, row, value)
	case int32:
		return put(v, t == types.Integer, row, value)
	case float64:
		return put(v, t == types.Double, row, value)
	case float32:
		return put(v, t == types.Float, row, value)
	case bool:
		return put(v, t == types.Boolean, row, value)
	case []any:
		if array, ok := t.(types.Array); ok {
			return v.setList(array, row, value)
		}
	}
	return fmt.Errorf("a result of Go type %T is not a %s", value, t.SimpleString())
}

func put[T any](v Vector, fits bool, row int, value T) error {
	if !fits {
		return fmt.Errorf("a result of Go type %T has the wrong type", value)
	}
	rows[T](v, row, 1)[0] = value
	return nil
}

func (v Vector) setList(t types.Array, row int, members []any) error {
	size := int(bindings.ListVectorGetSize(v.vector))
	if err := v.reserveMembers(size + len(members)); err != nil {
		return err
	}
	child := Vector{bindings.ListVectorGetChild(v.vector)}
	for i, member := range members {
		if err := child.set(t.Element, size+i, member); err != nil {
			return err
		}
	}
	rows[entry](v, row, 1)[0] = entry{uint64(size), uint64(len(members))}
	return nil
}

func (v Vector) setBytes(row int, value []byte, isText bool) error {
	if isText && !validText(value, []int32{0, int32(len(value))}) {
		return fmt.Errorf("the result is text that is not UTF-8")
	}
	//nolint:staticcheck // The name only says that UTF-8 is not checked, which is done above.
	bindings.UnsafeVectorAssignStringElementLen(v.vector, bindings.IdxT(row), value)
	return nil
}
