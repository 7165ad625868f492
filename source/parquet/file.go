// Package parquet reads Parquet files that lie behind an HTTP server: it fetches a file's footer, decides with its statistics
// which row groups can hold rows of interest, fetches the column chunks that are needed and nothing else, and cuts them into
// slices: small valid Parquet files in memory, which any Parquet decoder of the process can open.
package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// File is a Parquet file that is read by ranges.
type File struct {
	// Name appears in errors.
	Name string
	// Size in bytes.
	Size int64
	// Hash identifies the content, for the cache of footers; "" turns the cache off for the file.
	Hash string
	// Range opens length bytes from offset. What it returns ends after that many bytes, or fails.
	Range func(ctx context.Context, offset, length int64) (io.ReadCloser, error)
	// Link is told how long the answers of footers and indexes take; nil is not.
	Link *Link
}

// Error says what was wrong with a file. Its text names the file.
type Error struct {
	File string
	Err  error
}

func (e *Error) Error() string { return "read Parquet file " + e.File + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// wrap names the file in an error, once.
func (f File) wrap(err error) error {
	var named *Error
	if err == nil || errors.As(err, &named) {
		return err
	}
	return &Error{File: f.Name, Err: err}
}

// read reads exactly length bytes from offset.
func (f File) read(ctx context.Context, offset, length int64) ([]byte, error) {
	answered := f.Link.ask()
	body, err := f.Range(ctx, offset, length)
	if err != nil {
		return nil, err
	}
	answered(body)
	buf := make([]byte, length)
	n, err := io.ReadFull(body, buf)
	if closeErr := body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("bytes %d to %d: received %d of %d: %w", offset, offset+length, n, length, err)
	}
	return buf, nil
}

const (
	minTail = 1 << 10
	maxTail = 64 << 10
)

// tailGuess is how much of a file's end is fetched before the length of its footer is known. A guess that is too low costs
// a second request, one that is too high bytes; files of one data set have footers of about the same length.
func tailGuess(size, before int64) int64 {
	guess := min(max(size/512, minTail), maxTail)
	if before > 0 {
		guess = before + before/64 + trailer
	}
	return min(guess, size)
}

// fetchFooter reads the footer with one request, or two when the first was too short. before is the length of the footer
// of a similar file, or 0.
func (f File) fetchFooter(ctx context.Context, before int64) (*Footer, error) {
	if f.Size < int64(trailer+len(magic)) {
		return nil, fmt.Errorf("it is no Parquet file: %d bytes are too few", f.Size)
	}
	tail, err := f.read(ctx, f.Size-tailGuess(f.Size, before), tailGuess(f.Size, before))
	if err != nil {
		return nil, fmt.Errorf("footer: %w", err)
	}
	n, err := footerLength(tail, f.Size)
	if err != nil {
		return nil, err
	}
	end := f.Size - trailer - n
	have := int64(len(tail)) - trailer
	footer := make([]byte, n)
	if missing := n - have; missing > 0 {
		head, err := f.read(ctx, end, missing)
		if err != nil {
			return nil, fmt.Errorf("footer: %w", err)
		}
		copy(footer[copy(footer, head):], tail)
	} else {
		copy(footer, tail[have-n:])
	}
	return parseFooter(f.Name, footer, end)
}
