// Package query runs plans from start to end in one process: analysis, push-down, execution. The command line uses it; the
// Spark Connect server has sessions of its own around the same parts.
package query

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/hfspark/hfspark/internal/engine"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
	"github.com/hfspark/hfspark/source"
)

// Format is the name of the data source in spark.read.format.
const Format = "huggingface"

// Config configures a Runner. Zero values are the defaults of packages source and engine.
type Config struct {
	// Endpoint is the process's own Hub, to which its own token may go; "" means HF_ENDPOINT, else the public one.
	Endpoint string
	// Memory bounds, in bytes, what reads hold at once: fetch buffers and slices; 0 means 1 GiB.
	Memory int64
	// Kept is how many bytes of Memory hold what was read of Parquet files for later queries; 0 keeps none.
	Kept int64
	// CacheDir is a folder for ranges of files and listings, "" for none; CacheSize is how many bytes it holds, with 0 for the default.
	CacheDir  string
	CacheSize int64
	// Threads is how many threads DuckDB uses; 0 means one a core.
	Threads int
	// TimeZone is the session's zone; "" means the machine's.
	TimeZone string
	Logger   *slog.Logger
}

// Source is the part of the configuration that is the data source's.
func (c Config) Source() source.Config {
	return source.Config{Endpoint: c.Endpoint, Memory: c.Memory, Kept: c.Kept, CacheDir: c.CacheDir, CacheSize: c.CacheSize, Logger: c.Logger}
}

// Runner runs queries. It is safe for concurrent use.
type Runner struct {
	source *source.Source
	engine *engine.Engine
	zone   string
}

// New makes a Runner; Close frees it. The context bounds the making only.
func New(ctx context.Context, config Config) (*Runner, error) {
	if config.TimeZone == "" {
		config.TimeZone = LocalZone()
	}
	tables := source.New(config.Source())
	runner, err := engine.Open(ctx, engine.Config{Source: tables, Threads: config.Threads, Logger: config.Logger})
	if err != nil {
		return nil, err
	}
	return &Runner{source: tables, engine: runner, zone: config.TimeZone}, nil
}

// Close frees the engine.
func (r *Runner) Close() error { return r.engine.Close() }

// Engine is what queries run on.
func (r *Runner) Engine() *engine.Engine { return r.engine }

// TimeZone is the zone in which timestamps are shown.
func (r *Runner) TimeZone() string { return r.zone }

// Source is the data source that queries read.
func (r *Runner) Source() *source.Source { return r.source }

// Table implements analyzer.Tables for the data source "huggingface" alone.
func (r *Runner) Table(ctx context.Context, format string, options map[string]string, paths []string) (*source.Table, error) {
	if !strings.EqualFold(format, Format) {
		return nil, sparkerror.Unsupported("the data source "+format, "Read a dataset repository with the data source huggingface.")
	}
	parsed, err := source.ParseOptions(options, paths)
	if err != nil {
		return nil, err
	}
	return r.source.Table(ctx, parsed)
}

// SQL parses a statement, which must be a query, into a plan.
func SQL(text string) (plan.Relation, error) {
	statement, err := sqltext.ParseStatement(text, sqltext.Parameters{})
	if err != nil {
		return nil, err
	}
	query, ok := statement.(sqltext.Query)
	if !ok {
		return nil, errors.New("hfspark sql runs queries; views and settings live in a session: use hfspark serve with a Spark Connect client")
	}
	return query.Relation, nil
}

// LocalZone is the machine's time zone by its name in the zone database, or UTC where it has none.
func LocalZone() string {
	for _, name := range []string{os.Getenv("TZ"), time.Local.String(), linkedZone()} {
		name = strings.TrimPrefix(name, ":")
		if name == "" || name == "Local" {
			continue
		}
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
	}
	return "UTC"
}

// linkedZone reads the zone's name from what /etc/localtime links to.
func linkedZone() string {
	target, err := os.Readlink("/etc/localtime")
	if err != nil {
		return ""
	}
	_, name, _ := strings.Cut(target, "zoneinfo/")
	return name
}
