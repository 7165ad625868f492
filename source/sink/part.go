package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/apache/arrow-go/v18/arrow"
	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/parquetfile"
)

// PartResult is what a task hands to the commit: the files of one part. It marshals to JSON. When a task runs twice, both results
// have the same Part, and the commit takes one.
type PartResult struct {
	Part  int        `json:"part"`
	Files []PartFile `json:"files"`
}

// PartFile is a file whose content is with the Hub.
type PartFile struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"` // of the values in Arrow
	// Head is the file's first bytes, or all of it where the Hub wants it in the commit itself.
	Head []byte `json:"head"`
}

// Part writes the rows of one task. It is not safe for concurrent use. Close or Abort ends it.
type Part struct {
	job     Job
	number  int
	client  *hub.Client
	config  Config
	meter   *meter
	fit     *fitter
	ctx     context.Context
	cancel  context.CancelFunc
	uploads *errgroup.Group

	spool  *hub.SpoolFile // of the file at hand; nil between files
	writer *parquetfile.Writer
	bytes  int64 // in Arrow, of the file at hand
	files  []*PartFile
	err    error
}

// Part begins a part of the write in this process.
func (w *Write) Part(ctx context.Context, number int) (*Part, error) {
	return w.sink.newPart(ctx, w.Job, number, w.client, w.meter)
}

// Part begins a part of a write that another process has begun. The token is that of the job's options, which do not carry it.
func (s *Sink) Part(ctx context.Context, job Job, token string, number int) (*Part, error) {
	client, err := s.config.Client(job.Options.Endpoint, token)
	if err != nil {
		return nil, err
	}
	return s.newPart(ctx, job, number, client, &meter{report: s.config.Progress})
}

func (s *Sink) newPart(ctx context.Context, job Job, number int, client *hub.Client, m *meter) (*Part, error) {
	fit, err := newFitter(job.Input.Schema, job.Schema.Schema)
	if err != nil {
		return nil, err
	}
	p := &Part{job: job, number: number, client: client, config: s.config, meter: m, fit: fit}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.uploads, p.ctx = errgroup.WithContext(p.ctx)
	p.uploads.SetLimit(s.config.Uploads)
	return p, nil
}

// piecesOfFile is into how many pieces of a file a batch is cut at least, so that files end near their largest size.
const piecesOfFile = 64

// Write takes in rows. Values that do not fit the columns of the repository are an error that names the column.
func (p *Part) Write(batch arrow.RecordBatch) error {
	if p.err != nil {
		return p.err
	}
	fitted, err := p.fit.fit(p.ctx, batch)
	if err != nil {
		return p.fail(fmt.Errorf("write to %s: %w", p.job.Repo, err))
	}
	defer fitted.Release()
	rows := fitted.NumRows()
	if rows == 0 {
		return nil
	}
	size := max(parquetfile.BatchBytes(fitted), 1)
	step := max(rows*(p.job.Options.MaxBytesPerFile/piecesOfFile)/size, 1)
	for from := int64(0); from < rows; from += step {
		to := min(from+step, rows)
		if err := p.writeRows(fitted, from, to, size*(to-from)/rows); err != nil {
			return p.fail(fmt.Errorf("write to %s: %w", p.job.Repo, err))
		}
	}
	return nil
}

func (p *Part) writeRows(batch arrow.RecordBatch, from, to, size int64) error {
	if p.writer != nil && p.writer.Bytes() >= p.job.Options.MaxBytesPerFile-p.job.Options.MaxBytesPerFile/16 {
		if err := p.endFile(); err != nil {
			return err
		}
	}
	if p.writer == nil {
		if err := p.beginFile(); err != nil {
			return err
		}
	}
	rows := batch.NewSlice(from, to)
	defer rows.Release()
	if err := p.writer.Write(rows); err != nil {
		return err
	}
	p.bytes += size
	p.meter.rows.Add(to - from)
	p.meter.tell()
	return nil
}

func (p *Part) beginFile() error {
	spool, err := hub.NewSpool(p.config.Scratch)
	if err != nil {
		return err
	}
	writer, err := parquetfile.NewWriter(p.ctx, spool, p.job.Schema.Schema, p.job.Options.fileOptions())
	if err != nil {
		return errors.Join(err, spool.Close())
	}
	p.spool, p.writer, p.bytes = spool, writer, 0
	return nil
}

// fileOptions are the writer's options: with small files the size must be known after each row group, so that none is too large.
func (o Options) fileOptions() parquetfile.Options {
	f := o.Parquet
	if f.RowGroupBytes == 0 {
		f.RowGroupBytes = parquetfile.DefaultRowGroupBytes
	}
	if o.MaxBytesPerFile < 4*f.RowGroupBytes {
		f.RowGroupBytes = max(o.MaxBytesPerFile/4, 64<<10)
		f.Parallel = 1
	}
	return f
}

// endFile ends the file at hand and begins to upload it.
func (p *Part) endFile() error {
	writer, spool := p.writer, p.spool
	p.writer, p.spool = nil, nil
	if err := writer.Close(); err != nil {
		return errors.Join(err, spool.Close())
	}
	file := &PartFile{Size: spool.Size(), Rows: writer.Rows(), Bytes: p.bytes}
	p.files = append(p.files, file)
	p.meter.files.Add(1)
	p.meter.bytes.Add(file.Size)
	p.meter.tell()
	number := len(p.files)
	p.uploads.Go(func() error {
		return errors.Join(p.upload(file, spool, number), spool.Close())
	})
	return p.ctx.Err()
}

// sample is how many of a file's first bytes the Hub is shown.
const sample = 512

// maxInline is the largest file that the Hub may want in the commit itself.
const maxInline = 10 << 20

func (p *Part) upload(file *PartFile, spool *hub.SpoolFile, number int) error {
	// The name is chosen when the write is committed; what counts here is the folder and the extension.
	folder := path.Clean(p.job.Options.ByName)
	if p.job.Options.ByName == "" {
		folder = directory(p.job.Options.DataDir, orDefault(p.job.Options.Config))
	}
	name := path.Join(folder, fmt.Sprintf("%s-part-%d-%d.parquet", p.job.Options.Split, p.number, number))
	add := &hub.Add{Path: name, Content: spool}
	var sent int64
	o := hub.UploadOptions{CreatePullRequest: p.job.Options.CreatePR, Progress: func(u hub.UploadProgress) {
		p.meter.sent.Add(u.Sent - sent)
		sent = u.Sent
		p.meter.tell()
	}}
	if err := p.client.Upload(p.ctx, hub.Dataset(p.job.Repo), p.job.Options.Revision, o, add); err != nil {
		return err
	}
	head := int64(sample)
	if !add.Uploaded() {
		if head = file.Size; head > maxInline {
			return fmt.Errorf("write to %s: its .gitattributes keeps .parquet files out of LFS, and a file of %d bytes is too large for that; add the line \"*.parquet filter=lfs diff=lfs merge=lfs -text\"",
				p.job.Repo, file.Size)
		}
	}
	r, err := spool.Open()
	if err != nil {
		return err
	}
	file.Head = make([]byte, min(head, file.Size))
	if _, err := r.ReadAt(file.Head, 0); err != nil && err != io.EOF {
		return fmt.Errorf("read a scratch file: %w", err)
	}
	file.SHA256 = add.SHA256()
	p.meter.uploaded.Add(1)
	p.meter.tell()
	return nil
}

func (p *Part) fail(err error) error {
	if p.err == nil {
		p.err = err
		if p.ctx.Err() != nil { // An upload has failed, and that is why.
			if cause := p.uploads.Wait(); cause != nil {
				p.err = cause
			}
		}
	}
	return p.err
}

// Close ends the last file, waits for the uploads and returns what the commit needs. A part without rows has one file without rows,
// which keeps the columns of an empty table.
func (p *Part) Close() (PartResult, error) {
	defer p.cancel()
	if p.err == nil && len(p.files) == 0 && p.writer == nil {
		if err := p.beginFile(); err != nil {
			_ = p.fail(err)
		}
	}
	if p.err == nil && p.writer != nil {
		if err := p.endFile(); err != nil {
			_ = p.fail(err)
		}
	}
	if p.err != nil {
		return PartResult{}, errors.Join(p.err, p.Abort())
	}
	if err := p.uploads.Wait(); err != nil {
		p.err = err
		return PartResult{}, err
	}
	result := PartResult{Part: p.number}
	for _, f := range p.files {
		result.Files = append(result.Files, *f)
	}
	return result, nil
}

// Abort gives the part up and waits until nothing of it runs any more.
func (p *Part) Abort() error {
	p.cancel()
	_ = p.uploads.Wait() // They were told to stop.
	if p.err == nil {
		p.err = errors.New("the part was given up")
	}
	if p.writer == nil {
		return nil
	}
	p.writer.Abort()
	p.writer = nil
	return p.spool.Close()
}
