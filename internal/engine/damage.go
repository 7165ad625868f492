package engine

import (
	"errors"
	"strings"

	"github.com/hfspark/hfspark/internal/engine/duckdb"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/source"
)

// damaged turns what DuckDB says of a slice into an error about the data file that the slice was cut from. Failures that say
// nothing about the file stay as they are.
func damaged(piece *source.Piece, err error) error {
	var duck *duckdb.Error
	if piece == nil || piece.Slice == nil || !errors.As(err, &duck) || strings.Contains(duck.Message, duckdb.ErrNanoseconds.Error()) {
		return err
	}
	switch duck.Kind {
	case duckdb.Conversion, duckdb.OutOfRange, duckdb.InvalidInput, duckdb.InputOutput, duckdb.OtherError:
	default:
		return err
	}
	if _, raised := function.ParseRaised(duck.Message); raised {
		return err
	}
	// The path of the slice tells nobody anything.
	path := `"` + piece.Slice.Path() + `"`
	text := strings.NewReplacer("Failed to read file "+path+": ", "", " in Parquet file "+path, "", " in file "+path, "").Replace(firstLine(duck.Message))
	return piece.Damaged(errors.New(text))
}
