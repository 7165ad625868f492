package engine

import (
	"errors"
	"fmt"
	"math"
	"regexp"
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
	case duckdb.OutOfMemory:
		if !absurd(duck.Message) {
			return err
		}
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

// allocation finds in DuckDB's message how much it would have allocated at once, and how much it may use in all.
var allocation = regexp.MustCompile(`allocate data of size ([\d.]+ \w+) \([^/]*/([\d.]+ \w+) used`)

// absurd says whether an allocation failed that is larger than all memory: then it was a damaged file that asked for it.
func absurd(message string) bool {
	found := allocation.FindStringSubmatch(message)
	return found != nil && bytesOf(found[1]) > bytesOf(found[2])
}

// bytesOf reads a size as DuckDB writes them, such as 18.8 GiB.
func bytesOf(text string) float64 {
	var n float64
	var unit string
	if _, err := fmt.Sscan(text, &n, &unit); err != nil {
		return 0
	}
	for i, u := range []string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
		if u == unit {
			return math.Ldexp(n, 10*(i+1))
		}
	}
	return n
}
