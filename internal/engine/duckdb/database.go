// Package duckdb is the part of DuckDB's C interface that the engine needs, made safe for Go: connections with contexts,
// streaming results, Arrow records in and out, and functions written in Go.
//
// A Connection serves one goroutine at a time. No Go pointer is kept by C code: Go values that C refers to go by number.
package duckdb

import (
	"errors"
	"fmt"
	"sync"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// VectorSize is the largest number of rows in a chunk of DuckDB.
const VectorSize = 2048

// Database is an open DuckDB database in memory.
type Database struct {
	db bindings.Database

	mu        sync.Mutex
	resources []uintptr // handles that live as long as the database
}

// Open opens a new database in memory with the given configuration options, by DuckDB's names.
func Open(options map[string]string) (*Database, error) {
	var config bindings.Config
	if bindings.CreateConfig(&config) != bindings.StateSuccess {
		return nil, errors.New("opening DuckDB: it has no memory for its configuration")
	}
	defer bindings.DestroyConfig(&config)
	for name, value := range options {
		if bindings.SetConfig(config, name, value) != bindings.StateSuccess {
			return nil, fmt.Errorf("opening DuckDB: it does not take %q for its option %s", value, name)
		}
	}
	var db bindings.Database
	var message string
	if bindings.OpenExt(":memory:", &db, config, &message) != bindings.StateSuccess {
		return nil, fmt.Errorf("opening DuckDB: %s", message)
	}
	return &Database{db: db}, nil
}

// Connect opens a connection.
func (d *Database) Connect() (*Connection, error) {
	var conn bindings.Connection
	if bindings.Connect(d.db, &conn) != bindings.StateSuccess {
		return nil, errors.New("connecting to DuckDB: the database does not accept connections")
	}
	return &Connection{conn: conn}, nil
}

// Close frees the database. All its connections must be closed before.
func (d *Database) Close() {
	bindings.Close(&d.db)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, h := range d.resources {
		release(h)
	}
	d.resources = nil
}

// keep remembers a handle to be freed with the database.
func (d *Database) keep(h uintptr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.resources = append(d.resources, h)
}

// Version is the version of DuckDB, such as "v1.5.6".
func Version() string { return bindings.LibraryVersion() }
