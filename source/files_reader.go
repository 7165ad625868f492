package source

import (
	"context"
	"errors"
	"io"
)

// filesReader reads the files of a partition one after the other.
type filesReader struct {
	left    []Partition
	open    func(ctx context.Context, p Partition, r Request) (Reader, error)
	request Request
	ctx     context.Context //nolint:containedctx // that of Read, which bounds the readers as it would bound a single one
	skip    func()          // counts a file that is left out
	ahead   *fetchAhead     // nil when none of the next files may be needed
	current Reader
	rows    int64
}

// Next implements Reader.
func (r *filesReader) Next(ctx context.Context) (*Piece, error) {
	for {
		if r.current == nil {
			if err := r.advance(); err != nil {
				return nil, err
			}
		}
		piece, err := r.current.Next(ctx)
		if !errors.Is(err, io.EOF) {
			if err == nil {
				r.rows += piece.Rows
			}
			return piece, err
		}
		err = r.current.Close()
		r.current = nil
		if err != nil {
			return nil, err
		}
	}
}

// advance opens the next file, unless the limit has been reached.
func (r *filesReader) advance() error {
	request := r.request
	if request.Limit > 0 && request.Filters == nil {
		if request.Limit -= r.rows; request.Limit <= 0 {
			return io.EOF
		}
	}
	if len(r.left) == 0 {
		return io.EOF
	}
	reader, err := r.open(r.ctx, r.left[0], request)
	if err != nil {
		return err
	}
	r.current, r.left = reader, r.left[1:]
	return nil
}

// Close implements Reader.
func (r *filesReader) Close() error {
	for range r.left {
		r.skip()
	}
	r.left = nil
	var err error
	if r.current != nil {
		err = r.current.Close()
		r.current = nil
	}
	if r.ahead != nil {
		r.ahead.close()
	}
	return err
}
