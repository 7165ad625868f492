// Package localwrite writes tables to folders below one that the server's operator has named, in the layout and with the text of
// Apache Spark: part files, an empty file _SUCCESS, and nothing to be seen before all of it is there.
package localwrite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/uuid"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source/sink"
)

// ErrExists says that there is something at the path already and the mode is sink.ErrorIfExists.
var ErrExists = errors.New("there is something already")

// PathError says that a path cannot be written to.
type PathError struct {
	Path, Reason string
}

// Error implements error.
func (e *PathError) Error() string { return fmt.Sprintf("write to the path %q: %s", e.Path, e.Reason) }

// Place is the folder below which may be written. It is safe for concurrent use; Close ends it.
type Place struct {
	dir  string // absolute, without symbolic links
	root *os.Root
	log  *slog.Logger
}

// Open opens a folder that exists. A nil logger discards.
func Open(dir string, log *slog.Logger) (*Place, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder for writes %s: %w", dir, err)
	}
	resolved, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return nil, fmt.Errorf("open the folder for writes %s: %w", dir, err)
	}
	root, err := os.OpenRoot(resolved)
	if err != nil {
		return nil, fmt.Errorf("open the folder for writes %s: %w", dir, err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Place{dir: resolved, root: root, log: log}
	p.clean(context.Background())
	return p, nil
}

// Close closes the folder.
func (p *Place) Close() error { return p.root.Close() }

// Dir is the folder's path.
func (p *Place) Dir() string { return p.dir }

// relative is the path of a target below the folder. Symbolic links that lead out are refused later, by [os.Root].
func (p *Place) relative(target string) (string, error) {
	path := target
	if scheme, _, found := strings.Cut(path, ":"); found && !strings.ContainsAny(scheme, `/\.`) {
		if !strings.EqualFold(scheme, "file") {
			return "", &PathError{target, fmt.Sprintf("the scheme %s is not supported: write to a path below %s, or to a dataset repository with format(\"huggingface\")", scheme, p.dir)}
		}
		u, err := url.Parse(path)
		if err != nil || u.Host != "" && u.Host != "localhost" || u.Opaque != "" {
			return "", &PathError{target, "it is no address of a local file: write file:///folder/name"}
		}
		path = u.Path
	}
	if path == "" || strings.ContainsRune(path, 0) {
		return "", &PathError{target, "it names no folder"}
	}
	if filepath.IsAbs(path) {
		below, err := filepath.Rel(p.dir, filepath.Clean(path))
		if err != nil {
			return "", &PathError{target, "it cannot be compared with " + p.dir}
		}
		path = below
	}
	path = filepath.Clean(path)
	if path == "." {
		return "", &PathError{target, "it is the folder for writes itself: name a folder below it"}
	}
	if !filepath.IsLocal(path) {
		return "", &PathError{target, "it lies outside of the folder for writes, " + p.dir}
	}
	return path, nil
}

// Request says what is written.
type Request struct {
	Format string // parquet, csv or json
	Path   string // relative to the folder, or absolute and below it; file: addresses are taken, too
	Mode   sink.Mode
	// Options are Spark's, with names in any case.
	Options map[string]string
	// TimeZone is the session's.
	TimeZone string
	Schema   types.Struct
	// Arrow is the schema of the batches.
	Arrow *arrow.Schema
}

// Result is a write that is done.
type Result struct {
	// Skipped says that nothing was written: the mode is sink.Ignore and there was something.
	Skipped     bool
	Path        string // absolute
	Files       []string
	Rows, Bytes int64
}

// Write writes all rows of a stream. open starts the stream; it is not called when there is nothing to write. On an error nothing
// has changed. observe, when not nil, is told how far the write is. Errors: *OptionError, *PathError, *ColumnError, [ErrExists].
func (p *Place) Write(ctx context.Context, r Request, observe func(sink.Progress), open func(context.Context) (sink.Rows, error)) (*Result, error) {
	o, err := parse(r)
	if err != nil {
		return nil, err
	}
	if err := checkColumns(o.format, r.Schema); err != nil {
		return nil, err
	}
	path, err := p.relative(r.Path)
	if err != nil {
		return nil, err
	}
	result := &Result{Path: filepath.Join(p.dir, path)}
	p.clean(ctx)
	exists, err := p.exists(path)
	if err != nil {
		return nil, err
	}
	if exists {
		switch r.Mode {
		case sink.Ignore:
			result.Skipped = true
			return result, nil
		case sink.ErrorIfExists, "":
			return nil, fmt.Errorf("write to %s: %w; choose the mode append, overwrite or ignore", result.Path, ErrExists)
		}
	}
	w := &writing{place: p, request: r, options: o, path: path, id: uuid.NewString(), observe: observe, result: result}
	claim, err := p.claim(w.id, path)
	if err == nil {
		err = errors.Join(w.run(ctx, open), claim.release())
	}
	if err != nil {
		return nil, fmt.Errorf("write to %s: %w", result.Path, err)
	}
	return result, nil
}

func (p *Place) exists(path string) (bool, error) {
	_, err := p.root.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		// A link that leads nowhere is there, too; what it would lead to is not ours to make.
		if _, err := p.root.Lstat(path); err == nil {
			return false, &PathError{path, "it is a symbolic link that leads nowhere"}
		}
		return false, nil
	}
	if err != nil {
		return false, &PathError{path, reason(err)}
	}
	return true, nil
}

// reason is what went wrong without the path, which [PathError] names.
func reason(err error) string {
	var ofPath *fs.PathError
	if errors.As(err, &ofPath) {
		return ofPath.Err.Error()
	}
	return err.Error()
}

// counter counts what is written.
type counter struct {
	out io.Writer
	n   int64
}

// Write implements [io.Writer].
func (c *counter) Write(b []byte) (int, error) {
	n, err := c.out.Write(b)
	c.n += int64(n)
	return n, err
}
