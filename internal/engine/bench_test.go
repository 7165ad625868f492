package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// files is a source whose partitions are Parquet files on disk, each of them one slice.
type files struct{}

func (files) Read(_ context.Context, p source.Partition, _ string, _ source.Request) (source.Reader, error) {
	return &fileReader{path: p.Path}, nil
}

type fileReader struct {
	path string
	done bool
}

func (r *fileReader) Next(context.Context) (*source.Piece, error) {
	if r.done {
		return nil, io.EOF
	}
	r.done = true
	return source.NewPiece(nil, fakeSlice(r.path), 0, nil), nil
}

func (r *fileReader) Close() error { return nil }

// BenchmarkScan compares scans of 240 MB of text with DuckDB's own of the same files.
func BenchmarkScan(b *testing.B) {
	const count = 12
	dir := b.TempDir()
	db, err := duckdb.Open(map[string]string{"threads": "2"})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Connect()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	table := &source.Table{Schema: arrow.NewSchema([]arrow.Field{{Name: "text", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)}
	for i := range count {
		path := filepath.Join(dir, fmt.Sprintf("%02d.parquet", i))
		table.Partitions = append(table.Partitions, source.Partition{Path: path, Size: 20 << 20})
		err := conn.Exec(b.Context(), fmt.Sprintf(`COPY (SELECT concat_ws(' some words in between ', md5(r::VARCHAR), md5((r+1)::VARCHAR), md5((r*7)::VARCHAR), md5((r*3)::VARCHAR),
			md5((r*11)::VARCHAR), md5((r*5)::VARCHAR), md5((r*13)::VARCHAR), md5((r*17)::VARCHAR), md5((r*19)::VARCHAR), md5((r*23)::VARCHAR)) AS text
			FROM range(%d, %d) t(r)) TO '%s' (ROW_GROUP_SIZE 20000)`, i*38000, (i+1)*38000, path))
		if err != nil {
			b.Fatal(err)
		}
	}
	b.Run("duckdb/aggregate", func(b *testing.B) {
		for b.Loop() {
			if err := conn.Exec(b.Context(), fmt.Sprintf("SELECT max(text) FROM read_parquet('%s/*.parquet')", dir)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("duckdb/rows", func(b *testing.B) {
		for b.Loop() {
			rows, err := conn.Query(b.Context(), fmt.Sprintf("SELECT text FROM read_parquet('%s/*.parquet')", dir))
			if err != nil {
				b.Fatal(err)
			}
			for {
				chunk, err := rows.Next(b.Context())
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
				chunk.Close()
			}
			rows.Close()
		}
	})
	e := openEngine(b, Config{Source: files{}, Threads: 2})
	for name, plan := range map[string]func() typed.Node{
		"aggregate": func() typed.Node {
			n := scan(table)
			return &typed.Aggregate{Input: n, Items: []typed.Item{{Column: column(9, "m", types.String), Expression: call("max", types.String, ref(n.Columns[0]))}}}
		},
		"ordered aggregate": func() typed.Node {
			n := scan(table)
			return &typed.Aggregate{Input: &typed.Limit{Input: n, Count: 1 << 40}, Items: []typed.Item{{Column: column(9, "m", types.String), Expression: call("max", types.String, ref(n.Columns[0]))}}}
		},
		"rows": func() typed.Node { return scan(table) },
	} {
		b.Run("engine/"+name, func(b *testing.B) {
			for b.Loop() {
				result, err := e.Run(b.Context(), Query{Plan: plan()})
				if err != nil {
					b.Fatal(err)
				}
				for {
					batch, err := result.Next()
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					batch.Release()
				}
				if err := result.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
