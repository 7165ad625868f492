package engine

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/function"
)

// instance is a DuckDB database with its idle connections. It is closed when it is retired and nobody uses it any more. A
// fatal error makes a DuckDB database unusable; the engine then opens another instance.
type instance struct {
	db *duckdb.Database

	mu      sync.Mutex
	idle    []*duckdb.Connection
	users   int // the engine is one until it retires the instance
	broken  bool
	retired bool
}

// scanFunction is the name in SQL of the table function that yields the rows of a scan.
const scanFunction = "hf_scan"

func (e *Engine) newInstance(ctx context.Context) (*instance, error) {
	db, err := duckdb.Open(e.options())
	if err != nil {
		return nil, err
	}
	i := &instance{db: db, users: 1}
	if err := e.prepare(ctx, i); err != nil {
		i.retire()
		return nil, fmt.Errorf("preparing DuckDB: %w", err)
	}
	return i, nil
}

func (e *Engine) options() map[string]string {
	options := map[string]string{
		"threads": strconv.Itoa(e.config.Threads),
		// Nothing is ever loaded from the network: what is needed is linked in.
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
		"allow_community_extensions":   "false",
		// Slices are files whose names are used again with other contents.
		"enable_external_file_cache": "false",
		// It computes what occurs twice in a query beforehand, even where it stands in a branch that is not taken; branches that
		// raise errors then do.
		"disabled_optimizers":      "common_subexpressions",
		"preserve_insertion_order": "true",
		"temp_directory":           e.config.TempDir,
		"default_null_order":       "nulls_first",
	}
	if e.config.Memory > 0 {
		options["memory_limit"] = strconv.FormatInt(e.config.Memory, 10) + "B"
	}
	return options
}

// prepare registers functions and macros on a new database.
func (e *Engine) prepare(ctx context.Context, i *instance) error {
	c, err := i.connection()
	if err != nil {
		return err
	}
	defer i.put(c)
	if err := i.db.RegisterTableFunction(c, scanFunction, e.scans.table); err != nil {
		return err
	}
	if err := i.db.RegisterStreams(c); err != nil {
		return err
	}
	if err := i.db.RegisterLength(c); err != nil {
		return err
	}
	for _, udf := range function.Scalars() {
		if err := i.db.RegisterScalarFunction(c, udf); err != nil {
			return err
		}
	}
	for _, macro := range function.Macros() {
		if err := c.Exec(ctx, macro); err != nil {
			return fmt.Errorf("%w, in %s", err, macro)
		}
	}
	return nil
}

// connection returns an idle connection or opens one. It is to be given back with put.
func (i *instance) connection() (*duckdb.Connection, error) {
	i.mu.Lock()
	if n := len(i.idle); n > 0 {
		c := i.idle[n-1]
		i.idle = i.idle[:n-1]
		i.mu.Unlock()
		return c, nil
	}
	i.mu.Unlock()
	c, err := i.db.Connect()
	if err != nil {
		return nil, err
	}
	if err := c.Exec(context.Background(), "SET streaming_buffer_size = '"+streamingBuffer+"'"); err != nil {
		c.Close()
		return nil, fmt.Errorf("preparing a connection: %w", err)
	}
	return c, nil
}

// streamingBuffer is how much of a result DuckDB computes ahead of its reader. DuckDB does not count the bytes of texts, so
// that its own default lets it run many rows ahead; one vector at a time is also faster, since it is read while in the cache.
const streamingBuffer = "1KB"

// put gives a connection back. Settings made on it stay; whoever takes it sets what it needs.
func (i *instance) put(c *duckdb.Connection) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.retired || i.broken {
		c.Close()
		return
	}
	i.idle = append(i.idle, c)
}

func (i *instance) retain() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.users++
}

// release ends a use that retain began.
func (i *instance) release() {
	i.mu.Lock()
	i.users--
	last := i.users == 0
	i.mu.Unlock()
	if last {
		i.close()
	}
}

// retire ends the engine's own use.
func (i *instance) retire() {
	i.mu.Lock()
	i.retired = true
	i.mu.Unlock()
	i.release()
}

func (i *instance) close() {
	for _, c := range i.idle {
		c.Close()
	}
	i.idle = nil
	i.db.Close()
}

func (i *instance) isBroken() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.broken
}

func (i *instance) setBroken() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = true
}
