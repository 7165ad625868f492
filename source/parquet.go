package source

import (
	"context"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
)

// parquetFormat reads Parquet files.
type parquetFormat struct{}

var errParquet = errors.New("reading Parquet is not in place yet")

// Parameters implements Format.
func (parquetFormat) Parameters(given map[string]any) (map[string]any, error) { return given, nil }

// Schema implements Format.
func (parquetFormat) Schema(context.Context, Services, Subset) (*arrow.Schema, error) {
	return nil, errParquet
}

// Open implements Format.
func (parquetFormat) Open(context.Context, Services, Partition, Request) (Reader, error) {
	return nil, errParquet
}
