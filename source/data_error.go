package source

import (
	"context"
	"errors"
	"io"

	"github.com/hfspark/hfspark/hub"
)

// DataError says that a data file does not hold what it should: it is not of its format, it is damaged, or a row does not
// fit the columns. Failures of the Hub and of the network are not DataErrors.
type DataError struct {
	Repository string
	Path       string // "" when several files were looked at
	Err        error  // names the file and the place
}

// Error implements error.
func (e *DataError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *DataError) Unwrap() error { return e.Err }

// asDataError marks an error as one of the data, unless it is known to be of another kind.
func asDataError(err error, repository, path string) error {
	var ofHub *hub.Error
	var option *OptionError
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &ofHub) || errors.As(err, &option) {
		return err
	}
	return &DataError{Repository: repository, Path: path, Err: err}
}

// checkedReader marks the errors of a reader.
type checkedReader struct {
	Reader
	partition Partition
}

// Next implements Reader.
func (r checkedReader) Next(ctx context.Context) (*Piece, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // Whatever is at hand already.
	}
	piece, err := r.Reader.Next(ctx)
	return piece, asDataError(err, r.partition.Repository, r.partition.Path)
}
