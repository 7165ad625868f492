// Package engine runs analyzed plans: it prints them as SQL for DuckDB, feeds DuckDB with the rows of dataset repositories,
// and streams the results out as Arrow records.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"github.com/hfspark/hfspark/source"
)

// Source reads partitions; *source.Source is one.
type Source interface {
	Read(ctx context.Context, p source.Partition, token string, r source.Request) (source.Reader, error)
}

// Config configures an Engine.
type Config struct {
	// Source reads the tables that plans scan.
	Source Source
	// Threads is how many threads compute; 0 means the number of processors.
	Threads int
	// Memory is what DuckDB may use for intermediate results before it spills them to TempDir, in bytes; 0 means DuckDB's own
	// choice, 80 % of the machine's memory.
	Memory int64
	// TempDir is where intermediate results are spilled to; empty means a folder in the system's own.
	TempDir string
	// DecodeAhead is how many bytes of decoded rows a scan in order may keep ahead of the query; 0 means 128 MiB.
	DecodeAhead int64
	// Logger gets the SQL text of queries and of failures, at level debug; nil logs nothing.
	Logger *slog.Logger
}

const defaultDecodeAhead = 128 << 20

// Engine runs plans. It is safe for concurrent use.
type Engine struct {
	config Config
	scans  registry

	mu      sync.Mutex
	current *instance // nil after Close
}

// Open opens an engine. The context bounds opening only.
func Open(ctx context.Context, config Config) (*Engine, error) {
	if config.Threads <= 0 {
		config.Threads = runtime.GOMAXPROCS(0)
	}
	if config.DecodeAhead <= 0 {
		config.DecodeAhead = defaultDecodeAhead
	}
	if config.TempDir == "" {
		// DuckDB's own default is the current folder. It makes the folder when it needs it, and removes it.
		config.TempDir = filepath.Join(os.TempDir(), "hfspark-"+strconv.Itoa(os.Getpid()))
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{config: config}
	first, err := e.newInstance(ctx)
	if err != nil {
		return nil, err
	}
	e.current = first
	return e, nil
}

// Close closes the engine. Results that are still open stay usable and hold its memory until they are closed.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current != nil {
		e.current.retire()
		e.current = nil
	}
	return nil
}

// starving is a Source that tells whether reads wait for memory.
type starving interface{ Starved() bool }

// relieve makes scans give back what they fetched before its turn, when a read waits for memory: with a small budget the
// partitions that are read ahead could hold all that the first one needs.
func (e *Engine) relieve() {
	if s, ok := e.config.Source.(starving); ok && s.Starved() {
		e.scans.shed()
	}
}

var errClosed = errors.New("the engine is closed")

// acquire returns the database that new queries run on. It must be released.
func (e *Engine) acquire(ctx context.Context) (*instance, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current == nil {
		return nil, errClosed
	}
	if e.current.isBroken() {
		fresh, err := e.newInstance(ctx)
		if err != nil {
			return nil, fmt.Errorf("opening DuckDB again after a fatal error: %w", err)
		}
		e.current.retire()
		e.current = fresh
	}
	e.current.retain()
	return e.current, nil
}
