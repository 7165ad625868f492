package duckdb

/*
#include "length.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/hfspark/hfspark/internal/plan/function"
)

// RegisterLength makes the function that counts the characters of a text callable in SQL. DuckDB's own looks at one byte after the
// other, so that reading texts for nothing but their lengths would be a sixth slower.
func (d *Database) RegisterLength(c *Connection) error {
	f := bindings.CreateScalarFunction()
	defer bindings.DestroyScalarFunction(&f)
	bindings.ScalarFunctionSetName(f, function.Length)
	text := bindings.CreateLogicalType(bindings.TypeVarchar)
	defer bindings.DestroyLogicalType(&text)
	bindings.ScalarFunctionAddParameter(f, text)
	number := bindings.CreateLogicalType(bindings.TypeInteger)
	defer bindings.DestroyLogicalType(&number)
	bindings.ScalarFunctionSetReturnType(f, number)
	bindings.ScalarFunctionSetFunction(f, C.hfs_length_pointer())
	if bindings.RegisterScalarFunction(c.conn, f) != bindings.StateSuccess {
		return fmt.Errorf("DuckDB does not take the function %s", function.Length)
	}
	return nil
}

// characters counts the characters of valid UTF-8 as the function does.
func characters(text string) int {
	return int(C.hfs_characters((*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.uint64_t(len(text))))
}
