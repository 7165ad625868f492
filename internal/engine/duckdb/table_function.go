package duckdb

/*
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// A TableFunction finds the table that a call name(id) in SQL reads.
type TableFunction func(id int64) (Table, error)

// Table is what a table function yields. A statement may open a table several times.
type Table interface {
	// Columns are all columns, of which there must be one.
	Columns() []TableColumn
	// Rows estimates the number of rows; exact tells that it is no estimate.
	Rows() (count int64, exact bool)
	// Open begins to read. Columns holds the positions of the wanted columns; -1 stands for one whose values do not matter.
	Open(columns []int) (Scan, error)
}

// TableColumn is a column of a Table; its values have the DuckDB type of a Spark type.
type TableColumn struct {
	Name string
	Type types.DataType
}

// Scan is a table being read.
type Scan interface {
	// Threads is how many threads may read at once.
	Threads() int
	// Worker makes the state of one thread.
	Worker() (Worker, error)
	// Close ends reading; it is called once, after all workers were closed.
	Close()
}

// Worker is one thread's part in reading.
type Worker interface {
	// Next fills the vectors of the columns that Open was asked for, or tells where the next rows come from.
	Next(columns []Vector) (Step, error)
	// Close frees the thread's state.
	Close()
}

// Step is what a worker did in one call.
type Step struct {
	// Rows is the number of rows that were filled in, at most VectorSize. Without rows and Stream, there are no more.
	Rows int
	// Stream, when not nil, has the next rows: column Places[i] of its chunks is that of vector i, or any where that is negative.
	// The worker is asked again when the stream has ended or failed, and must not close it before.
	Stream *Stream
	Places []int32
}

// RegisterTableFunction makes SQL's name(BIGINT) call f.
func (d *Database) RegisterTableFunction(c *Connection, name string, f TableFunction) error {
	function := bindings.CreateTableFunction()
	defer bindings.DestroyTableFunction(&function)
	bindings.TableFunctionSetName(function, name)
	parameter := logicalType(types.Long)
	defer bindings.DestroyLogicalType(&parameter)
	bindings.TableFunctionAddParameter(function, parameter)
	handle := hold(f)
	d.keep(handle)
	C.hfs_table_function_extra(function.Ptr, C.uintptr_t(handle))
	bindings.TableFunctionSupportsProjectionPushdown(function, true)
	bindings.TableFunctionSetBind(function, C.hfs_bind_pointer())
	bindings.TableFunctionSetInit(function, C.hfs_init_pointer())
	bindings.TableFunctionSetLocalInit(function, C.hfs_local_init_pointer())
	bindings.TableFunctionSetFunction(function, C.hfs_scan_pointer())
	if bindings.RegisterTableFunction(c.conn, function) != bindings.StateSuccess {
		return fmt.Errorf("DuckDB does not take the table function %s", name)
	}
	return nil
}

//export hfsBind
func hfsBind(info unsafe.Pointer, handle C.uintptr_t) {
	bind := bindings.BindInfo{Ptr: info}
	err := protect(func() error {
		id := bindings.BindGetParameter(bind, 0)
		defer bindings.DestroyValue(&id)
		table, err := held[TableFunction](uintptr(handle))(bindings.GetInt64(id))
		if err != nil {
			return err
		}
		for _, column := range table.Columns() {
			t := logicalType(column.Type)
			bindings.BindAddResultColumn(bind, column.Name, t)
			bindings.DestroyLogicalType(&t)
		}
		rows, exact := table.Rows()
		bindings.BindSetCardinality(bind, bindings.IdxT(rows), exact)
		C.hfs_bind_data(info, C.uintptr_t(hold(table)))
		return nil
	})
	if err != nil {
		bindings.BindSetError(bind, err.Error())
	}
}

// opened is a Scan together with the number of columns that its chunks have.
type opened struct {
	scan    Scan
	columns int
}

// Close implements the closing of handles.
func (o *opened) Close() { o.scan.Close() }

//export hfsInit
func hfsInit(info unsafe.Pointer, handle C.uintptr_t) {
	init := bindings.InitInfo{Ptr: info}
	err := protect(func() error {
		columns := make([]int, bindings.InitGetColumnCount(init))
		for i := range columns {
			// DuckDB asks for virtual columns by very high numbers when it needs no values, as for count(*).
			at := bindings.InitGetColumnIndex(init, bindings.IdxT(i))
			columns[i] = int(int64(at))
			if int64(at) < 0 || at >= 1<<62 {
				columns[i] = -1
			}
		}
		scan, err := held[Table](uintptr(handle)).Open(columns)
		if err != nil {
			return err
		}
		bindings.InitSetMaxThreads(init, bindings.IdxT(scan.Threads()))
		C.hfs_init_data(info, C.uintptr_t(hold(&opened{scan, len(columns)})))
		return nil
	})
	if err != nil {
		bindings.InitSetError(init, err.Error())
	}
}

// worker is the state of one thread: the scan is only known when the first chunk is asked for.
type worker struct {
	worker  Worker
	columns []Vector
}

// Close implements the closing of handles.
func (w *worker) Close() {
	if w.worker != nil {
		w.worker.Close()
	}
}

//export hfsLocalInit
func hfsLocalInit() C.uintptr_t { return C.uintptr_t(hold(&worker{})) }

//export hfsScan
func hfsScan(info unsafe.Pointer, global C.uintptr_t, local *C.hfs_local, handle C.uintptr_t, output unsafe.Pointer) {
	err := protect(func() error {
		chunk := bindings.DataChunk{Ptr: output}
		w := held[*worker](uintptr(handle))
		if w.worker == nil {
			o := held[*opened](uintptr(global))
			var err error
			if w.worker, err = o.scan.Worker(); err != nil {
				return err
			}
			w.columns = make([]Vector, o.columns)
		}
		for i := range w.columns {
			w.columns[i] = Chunk{chunk}.Vector(i)
		}
		step, err := w.worker.Next(w.columns)
		if err != nil {
			return err
		}
		if step.Stream != nil {
			if C.hfs_local_stream(local, step.Stream.stream, (*C.int32_t)(unsafe.SliceData(step.Places)), C.uint64_t(len(step.Places))) == 0 {
				return errors.New("there is no memory for a chunk")
			}
			return nil
		}
		bindings.DataChunkSetSize(chunk, bindings.IdxT(step.Rows))
		return nil
	})
	if err != nil {
		bindings.FunctionSetError(bindings.FunctionInfo{Ptr: info}, err.Error())
	}
}
