package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
)

// memFiles are data files by path.
type memFiles map[string][]byte

func (m memFiles) Range(_ context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	content, ok := m[f.Path]
	if !ok {
		return nil, hub.ErrEntryNotFound
	}
	if offset > int64(len(content)) || offset+length > int64(len(content)) {
		return nil, fmt.Errorf("%s has no bytes %d+%d", f.Path, offset, length)
	}
	content = content[offset:]
	if length >= 0 {
		content = content[:length]
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

func (m memFiles) services() Services {
	return Services{
		Files: m, Memory: NewMemory(0), Parallelism: 1, Logger: slog.New(slog.DiscardHandler), Progress: &Counters{},
	}
}

// subset is a subset with the given files as its split train, in the given order.
func (m memFiles) subset(format string, parameters map[string]any, paths ...string) Subset {
	split := dataset.Split{Name: "train"}
	for _, p := range paths {
		split.Files = append(split.Files, dataset.File{Path: p, Size: int64(len(m[p]))})
	}
	return Subset{
		Endpoint: "http://hub.test", Split: "train", Parameters: parameters,
		Resolution: &dataset.Resolution{
			Repository: "user/repo", Commit: "0123456789abcdef0123456789abcdef01234567", Config: "default", Format: format,
			Splits: []dataset.Split{split}, Parameters: parameters,
		},
	}
}

// table is the schema and the rows of a subset, with the columns that r names or all.
func (m memFiles) table(subset Subset, r Request) (schema *arrow.Schema, rows [][]any, err error) {
	ctx := context.Background()
	format, err := formatOf(subset.Resolution.Format)
	if err != nil {
		return nil, nil, err
	}
	if subset.Parameters, err = format.Parameters(subset.Parameters); err != nil {
		return nil, nil, err
	}
	if schema, err = format.Schema(ctx, m.services(), subset); err != nil {
		return nil, nil, err
	}
	if r.Columns == nil {
		r.Columns = fieldNames(schema)
	}
	for _, p := range partitions(subset, subset.Resolution.Splits[0], schema, &Counters{}) {
		reader, err := format.Open(ctx, m.services(), p, r)
		if err != nil {
			return schema, rows, err
		}
		got, err := drain(reader)
		if rows = append(rows, got...); err != nil {
			return schema, rows, err
		}
	}
	return schema, rows, nil
}

// drain reads what is left of a reader, and closes it.
func drain(reader Reader) (rows [][]any, err error) {
	defer func() { err = errors.Join(err, reader.Close()) }()
	for {
		piece, err := reader.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		for i := range int(piece.Rows) {
			var row []any
			if piece.Records != nil {
				for _, column := range piece.Records.Columns() {
					row = append(row, cellValue(column, i))
				}
			}
			rows = append(rows, row)
		}
		piece.Release()
	}
}

// oneFile is the table of a single file.
func oneFile(t *testing.T, format, name, content string, parameters map[string]any) (*arrow.Schema, [][]any, error) {
	t.Helper()
	m := memFiles{name: []byte(content)}
	return m.table(m.subset(format, parameters, name), Request{})
}
