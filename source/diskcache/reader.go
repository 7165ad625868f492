package diskcache

import (
	"context"
	"errors"
	"io"
	"slices"
)

// reader reads a range, partly of files of the cache and partly of what is fetched.
type reader struct {
	ctx     context.Context //nolint:containedctx // It bounds the fetches, whose range is known only while reading.
	cache   *Cache
	key     string
	at, end int64
	fetch   Fetch
	entries []entry
	local   bool

	from *openEntry    // being read, or
	body io.ReadCloser // what is fetched, up to to
	to   int64
	keep *newEntry
	err  error // what every further Read returns
}

// Local tells whether all of the range was in the cache when it was opened.
func (r *reader) Local() bool { return r.local }

// best is the file with the byte at that reaches farthest.
func (r *reader) best(at int64) (out entry, ok bool) {
	for _, e := range r.entries {
		if e.from <= at && e.to > at && (!ok || e.to > out.to) {
			out, ok = e, true
		}
	}
	return out, ok
}

func (r *reader) covered() bool {
	for at := r.at; at < r.end; {
		e, ok := r.best(at)
		if !ok {
			return false
		}
		at = e.to
	}
	return true
}

// open finds where the next bytes come from.
func (r *reader) open() error {
	for {
		e, ok := r.best(r.at)
		if !ok {
			break
		}
		from, err := e.open(r.key)
		if err == nil {
			r.from = from
			return nil
		}
		r.forget(e, err)
	}
	r.to = r.end
	for _, e := range r.entries {
		if e.from > r.at {
			r.to = min(r.to, e.from)
		}
	}
	body, err := r.fetch(r.ctx, r.at, r.to-r.at)
	if err != nil {
		return err
	}
	r.body, r.keep = body, &newEntry{cache: r.cache, key: r.key, from: r.at, at: r.at}
	return nil
}

func (r *reader) forget(e entry, err error) {
	r.cache.drop(e, err)
	r.entries = slices.DeleteFunc(r.entries, func(one entry) bool { return one.path == e.path })
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for {
		switch {
		case r.err != nil:
			return 0, r.err
		case r.at >= r.end:
			r.err = errors.Join(r.leave())
			if r.err == nil {
				r.err = io.EOF
			}
			continue
		case len(p) == 0:
			return 0, nil
		case r.from == nil && r.body == nil:
			r.err = r.open()
			continue
		}
		n, err := r.next(p[:min(int64(len(p)), r.end-r.at)])
		r.at += int64(n)
		r.err = err
		if n > 0 {
			return n, nil
		}
	}
}

// next reads of what is open, and leaves it at its end.
func (r *reader) next(p []byte) (int, error) {
	if r.from != nil {
		n, err := r.from.read(p, r.at)
		if err != nil {
			e := r.from.entry
			err = errors.Join(err, r.leave())
			r.forget(e, err)
			return 0, r.ctx.Err()
		}
		if r.at+int64(n) == r.from.to {
			return n, r.leave()
		}
		return n, nil
	}
	n, err := r.body.Read(p[:min(int64(len(p)), r.to-r.at)])
	r.keep.write(p[:n])
	at := r.at + int64(n)
	switch {
	case at == r.to:
		return n, r.leave()
	case errors.Is(err, io.EOF):
		return n, errors.Join(io.ErrUnexpectedEOF, r.leave())
	case err != nil:
		return n, errors.Join(err, r.leave())
	case r.keep.size() >= r.cache.entrySize():
		r.keep.finish()
		r.keep = &newEntry{cache: r.cache, key: r.key, from: at, at: at}
	}
	return n, nil
}

// leave closes what is open, and keeps what has been fetched.
func (r *reader) leave() (err error) {
	if r.from != nil {
		_ = r.from.file.Close() // Nothing has been written to it.
		r.from = nil
	}
	if r.body != nil {
		err = r.body.Close()
		r.keep.finish()
		r.body, r.keep = nil, nil
	}
	return err
}

// Close implements io.Closer.
func (r *reader) Close() error {
	err := r.leave()
	if r.err == nil {
		r.err = io.ErrClosedPipe
	}
	return err
}
