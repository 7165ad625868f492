package duckdb

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"runtime/cgo"
)

// hold makes a number that stands for a Go value in C; release frees it.
func hold(value any) uintptr { return uintptr(cgo.NewHandle(value)) }

func held[T any](handle uintptr) T {
	value, _ := cgo.Handle(handle).Value().(T)
	return value
}

func release(handle uintptr) {
	h := cgo.Handle(handle)
	if closer, ok := h.Value().(interface{ Close() }); ok {
		closer.Close()
	}
	h.Delete()
}

//export hfsRelease
func hfsRelease(handle C.uintptr_t) { release(uintptr(handle)) }

// protect runs a callback and turns a panic into an error, since a panic must not cross C code.
func protect(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("a function in Go failed: %v", r)
		}
	}()
	return call()
}
