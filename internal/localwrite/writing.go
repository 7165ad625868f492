package localwrite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/source/sink"
)

// writing is one write: files are made in a hidden folder and moved to their place at the end.
type writing struct {
	place   *Place
	request Request
	options options
	path    string // below the place
	id      string
	observe func(sink.Progress)
	result  *Result

	names  []string // of files in the hidden folder
	file   *openFile
	inFile int64 // rows in the file at hand
	done   sink.Progress
}

// hidden begins the names of folders that are not data: Spark and others leave out names that begin with a dot.
const hidden = ".hfspark-write-"

func (w *writing) folder() string { return hidden + w.id }

func (w *writing) run(ctx context.Context, open func(context.Context) (sink.Rows, error)) (err error) {
	root := w.place.root
	if err := root.Mkdir(w.folder(), 0o755); err != nil {
		return err
	}
	defer func() {
		if w.file != nil {
			err = errors.Join(err, w.file.abort())
		}
		if err != nil {
			err = errors.Join(err, root.RemoveAll(w.folder()))
		}
	}()
	if err := w.fill(ctx, open); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.publish(ctx)
}

// fill writes all rows to files in the hidden folder.
func (w *writing) fill(ctx context.Context, open func(context.Context) (sink.Rows, error)) (err error) {
	rows, err := open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		batch, err := rows.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		err = w.write(ctx, batch)
		batch.Release()
		if err != nil {
			return err
		}
	}
	if w.file == nil && len(w.names) == 0 { // Without rows there is one file, with the columns where the format can.
		if err := w.begin(ctx); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *writing) write(ctx context.Context, batch arrow.RecordBatch) error {
	for from := int64(0); from < batch.NumRows(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		if w.file == nil {
			if err := w.begin(ctx); err != nil {
				return err
			}
		}
		to := batch.NumRows()
		if limit := w.options.maxRecords; limit > 0 {
			to = min(to, from+limit-w.inFile)
		}
		part := batch.NewSlice(from, to)
		err := w.file.encoder.write(part)
		part.Release()
		if err != nil {
			return err
		}
		w.inFile += to - from
		w.done.Rows += to - from
		w.tell()
		from = to
		if w.options.maxRecords > 0 && w.inFile >= w.options.maxRecords {
			if err := w.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writing) tell() {
	if w.observe != nil {
		w.observe(w.done)
	}
}

// begin opens the next file. All files are of one task, number 0, and are told apart by the number behind c, as Spark's are.
func (w *writing) begin(ctx context.Context) error {
	name := fmt.Sprintf("part-00000-%s-c%03d%s", w.id, len(w.names), w.options.suffix())
	out, err := w.place.root.Create(filepath.Join(w.folder(), name))
	if err != nil {
		return err
	}
	w.names = append(w.names, name)
	file := &openFile{out: out, buffer: bufio.NewWriterSize(out, 1<<20)}
	file.count.out = file.buffer
	file.encoder, err = newEncoder(ctx, &file.count, w.request, w.options)
	if err != nil {
		return errors.Join(err, out.Close())
	}
	w.file, w.inFile = file, 0
	return nil
}

// end ends the file at hand.
func (w *writing) end() error {
	if w.file == nil {
		return nil
	}
	file := w.file
	w.file = nil
	if err := file.close(); err != nil {
		return err
	}
	w.done.Files++
	w.done.Uploaded++
	w.done.Bytes += file.count.n
	w.tell()
	return nil
}

// openFile is a file that is being written.
type openFile struct {
	out     io.Closer
	buffer  *bufio.Writer
	count   counter
	encoder encoder
}

func (f *openFile) close() error {
	err := f.encoder.close()
	if err == nil {
		err = f.buffer.Flush()
	}
	return errors.Join(err, f.out.Close())
}

func (f *openFile) abort() error {
	f.encoder.abort()
	return f.out.Close()
}

// publish moves the files to their place.
func (w *writing) publish(ctx context.Context) error {
	root := w.place.root
	if parent := filepath.Dir(w.path); parent != "." {
		if err := root.MkdirAll(parent, 0o755); err != nil {
			return err
		}
	}
	success, err := root.Create(filepath.Join(w.folder(), "_SUCCESS"))
	if err != nil {
		return err
	}
	if err := success.Close(); err != nil {
		return err
	}
	info, err := root.Stat(w.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = root.Rename(w.folder(), w.path)
	case err != nil:
	case w.request.Mode == sink.Overwrite:
		err = w.replace(ctx)
	case w.request.Mode != sink.Append: // It was not there when the write began.
		err = ErrExists
	case !info.IsDir():
		err = errors.New("it is a file, and rows are appended to folders")
	default:
		err = w.add()
	}
	if err != nil {
		return err
	}
	w.result.Files, w.result.Rows, w.result.Bytes = w.names, w.done.Rows, w.done.Bytes
	return nil
}

// replace puts the new folder into the place of what is there, which is removed after that.
func (w *writing) replace(ctx context.Context) error {
	root, old := w.place.root, hidden+"old-"+w.id
	if err := root.Rename(w.path, old); err != nil {
		return err
	}
	if err := root.Rename(w.folder(), w.path); err != nil {
		return errors.Join(err, root.Rename(old, w.path))
	}
	if err := root.RemoveAll(old); err != nil { // The write is done; what is left is hidden.
		w.place.log.WarnContext(ctx, "the files that were replaced could not all be removed", "folder", filepath.Join(w.place.dir, old), "cause", err)
	}
	return nil
}

// add moves the files into the folder that is there. When that fails half way, those that were moved are taken out again.
func (w *writing) add() error {
	root := w.place.root
	for i, name := range w.names {
		if err := root.Rename(filepath.Join(w.folder(), name), filepath.Join(w.path, name)); err != nil {
			for _, moved := range w.names[:i] {
				err = errors.Join(err, root.Remove(filepath.Join(w.path, moved)))
			}
			return err
		}
	}
	if err := root.Rename(filepath.Join(w.folder(), "_SUCCESS"), filepath.Join(w.path, "_SUCCESS")); err != nil {
		return err
	}
	return root.RemoveAll(w.folder())
}
