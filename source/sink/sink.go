// Package sink writes tables to dataset repositories: parts are written and uploaded in parallel, by several processes if need be,
// and become visible together in one commit.
package sink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquetfile"
)

// Config configures a Sink. Zero values are usable.
type Config struct {
	// Client opens the Hub at an endpoint with a token, where "" means what huggingface_hub would use. nil means the Source's, so that
	// reads and writes share connections and waits for the rate limit.
	Client func(endpoint, token string) (*hub.Client, error)
	// Source reads what a repository holds before it is written to; nil means one with the default configuration.
	Source *source.Source
	// Scratch is the folder for files that are being written; "" means the system's temporary folder. A part holds the file at hand
	// and those under upload there.
	Scratch string
	// Uploads is how many files a part uploads at once while it writes the next; 0 means 2.
	Uploads int
	Logger  *slog.Logger // nil discards
	// Progress is told how far writes are, from the goroutines that write. It must be cheap. It may be nil.
	Progress func(Progress)
}

// Progress tells how far a write is.
type Progress struct {
	Rows     int64 // taken in
	Files    int64 // ended
	Bytes    int64 // of ended files
	Uploaded int64 // files whose content the Hub holds
	Sent     int64 // bytes that went to the Hub; less than Bytes when it held some already
}

// Sink writes to dataset repositories. It is safe for concurrent use.
type Sink struct {
	config Config
	tables *source.Source
	log    *slog.Logger
}

// New makes a Sink.
func New(c Config) *Sink {
	s := &Sink{config: c, tables: c.Source, log: c.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.tables == nil {
		s.tables = source.New(source.Config{Client: c.Client, Logger: c.Logger})
	}
	if s.config.Client == nil {
		s.config.Client = s.tables.Hub
	}
	if s.config.Uploads <= 0 {
		s.config.Uploads = 2
	}
	return s
}

// ErrExists says that there is data already and the mode is ErrorIfExists.
var ErrExists = errors.New("there is data already")

// ErrNoColumns says that the table has no columns.
var ErrNoColumns = errors.New("a table without columns cannot be written: select at least one")

// Job is what the writers of parts need to know, on whatever machine they are. It marshals to JSON; credentials travel apart.
type Job struct {
	Options Options `json:"options"`
	Repo    string  `json:"repo"`
	// Schema is that of files; Input is that of the batches that parts take.
	Schema, Input source.Schema
	// Base is the commit that the write was planned on.
	Base string `json:"base"`
	// Skip says that there is nothing to write: the mode is Ignore, and there is data.
	Skip bool `json:"skip,omitempty"`
}

// Write is a write under way: begun by [Sink.Begin], ended by Commit or Abort.
type Write struct {
	Job
	sink    *Sink
	client  *hub.Client
	created bool    // the repository was made for this write
	seen    *target // what is there at Base
	meter   *meter
}

// Begin checks that a table with the columns of schema can be written as the options say, and makes the repository when there is
// none. Nothing else changes before [Write.Commit]. Errors: *source.OptionError, *SchemaError, *parquetfile.ColumnError,
// *dataset.UnsupportedTypeError, one of [ErrExists] and [ErrNoColumns], and those of package hub.
func (s *Sink) Begin(ctx context.Context, o Options, schema *arrow.Schema) (*Write, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	files := normalSchema(schema)
	if files.NumFields() == 0 {
		return nil, fmt.Errorf("write to %s: %w", o.Path, ErrNoColumns)
	}
	features, err := dataset.FeaturesFromArrow(files)
	if err != nil {
		return nil, fmt.Errorf("write to %s: %w", o.Path, err)
	}
	if err := parquetfile.Check(files, o.Parquet); err != nil {
		return nil, fmt.Errorf("write to %s: %w", o.Path, err)
	}
	if err := checkColumns(files); err != nil {
		return nil, fmt.Errorf("write to %s: %w", o.Path, err)
	}
	client, err := s.config.Client(o.Endpoint, o.Token)
	if err != nil {
		return nil, err
	}
	w := &Write{sink: s, client: client, meter: &meter{report: s.config.Progress}}
	w.Options, w.Repo, w.Input = o, o.Path, source.Schema{Schema: schema}
	info, err := w.findRepository(ctx)
	if err != nil {
		return nil, err
	}
	w.Repo, w.Base = info.ID, info.SHA
	if err := w.plan(ctx, files, features); err != nil {
		return nil, errors.Join(err, w.undoCreate(ctx))
	}
	return w, nil
}

// plan looks at what is there and fixes the schema of files.
func (w *Write) plan(ctx context.Context, files *arrow.Schema, features *dataset.Features) error {
	t, err := w.look(ctx, w.Base)
	if err != nil {
		return err
	}
	w.seen = t
	if len(t.files) > 0 {
		switch w.Options.Mode {
		case ErrorIfExists:
			return w.exists(t)
		case Ignore:
			w.Skip = true
			w.sink.log.InfoContext(ctx, "nothing is written: there is data already, and the mode is ignore", "repo", w.Repo, "split", w.Options.Split)
			return nil
		}
	}
	schema, err := w.reconcile(t, files)
	if err != nil {
		return err
	}
	if t.schema != nil && t.features != nil && schema != files {
		features = t.features
	} else if schema != files {
		if features, err = dataset.FeaturesFromArrow(schema); err != nil {
			return err
		}
	}
	full, err := fileSchema(schema, features)
	if err != nil {
		return err
	}
	w.Schema = source.Schema{Schema: full}
	if _, err = newFitter(w.Input.Schema, full); err != nil {
		return err
	}
	// What cannot be committed is refused before rows are made and sent.
	_, err = w.change(ctx, w.Base, []PartFile{{Rows: 1}})
	return err
}

func (w *Write) exists(t *target) error {
	if w.Options.ByName != "" {
		return fmt.Errorf("write to %s: %w: %s; choose the mode overwrite or ignore, or another name", w.Repo, ErrExists, t.files[0].Path)
	}
	return fmt.Errorf("write to %s, subset %s, split %s: %w: %d files such as %s; choose the mode append, overwrite or ignore, or another split",
		w.Repo, t.config, w.Options.Split, ErrExists, len(t.files), t.files[0].Path)
}

// reconcile returns the schema that new files get beside what is there: that of the split, or of the subset.
func (w *Write) reconcile(t *target, files *arrow.Schema) (*arrow.Schema, error) {
	if t.schema == nil {
		return files, nil
	}
	if d := differences(files, t.schema); len(d) > 0 {
		return nil, &SchemaError{Repository: w.Repo, Config: t.config, Split: w.Options.Split, Of: t.schemaOf, Differences: d}
	}
	return withoutNotes(t.schema), nil
}

// withoutNotes drops the metadata of fields: features are written with the file.
func withoutNotes(schema *arrow.Schema) *arrow.Schema {
	fields := make([]arrow.Field, schema.NumFields())
	for i, f := range schema.Fields() {
		fields[i] = arrow.Field{Name: f.Name, Type: f.Type, Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

// findRepository looks the branch up, and makes the repository when there is none.
func (w *Write) findRepository(ctx context.Context) (*hub.Info, error) {
	repo, o := hub.Dataset(w.Repo), w.Options
	info, err := w.client.Info(ctx, repo, o.Revision)
	switch {
	case err == nil:
		if o.Private != nil && *o.Private && !info.Private {
			return nil, bad("private", "the repository %s is there and public, and a write does not change that: make it private first, or write to another one", info.ID)
		}
		if err := w.client.AuthCheck(ctx, repo, true); err != nil && hub.AccessProblem(err) && !o.CreatePR {
			return nil, err
		}
		return info, nil
	case !errors.Is(err, hub.ErrRepositoryNotFound) || o.Existing:
		return nil, err
	case o.Revision != "" && o.Revision != "main":
		return nil, fmt.Errorf("%w; a repository that is made by a write has the branch main alone: leave out the option revision", err)
	}
	made, createErr := w.client.CreateRepo(ctx, repo, hub.RepoOptions{Private: o.Private})
	if errors.Is(createErr, hub.ErrExists) { // Another writer was faster.
		return w.client.Info(ctx, repo, o.Revision)
	}
	if createErr != nil {
		return nil, createErr
	}
	w.created, w.Repo = true, made.ID
	w.sink.log.InfoContext(ctx, "the repository was made", "repo", made.ID)
	if info, err = w.client.Info(ctx, made, o.Revision); err != nil {
		return nil, errors.Join(err, w.undoCreate(ctx))
	}
	return info, nil
}

// undoCreate removes a repository that was made for the write, as long as nobody has put anything into it.
func (w *Write) undoCreate(ctx context.Context) error {
	if !w.created {
		return nil
	}
	w.created = false
	ctx = context.WithoutCancel(ctx)
	info, err := w.client.Info(ctx, hub.Dataset(w.Repo), "")
	if err == nil && (w.Base == "" || info.SHA == w.Base) {
		err = w.client.DeleteRepo(ctx, hub.Dataset(w.Repo), true)
	}
	if err != nil {
		return fmt.Errorf("the repository %s was made for the write and could not be removed again; it is empty: %w", w.Repo, err)
	}
	return nil
}

// Abort gives the write up: nothing of it becomes visible, and a repository that was made for it is removed. Contents that were
// uploaded stay with the Hub for a while, unseen, so that the same write sends them no more.
func (w *Write) Abort(ctx context.Context) error { return w.undoCreate(ctx) }

// meter adds up the progress of a write.
type meter struct {
	rows, files, bytes, uploaded, sent atomic.Int64
	report                             func(Progress)
}

func (m *meter) tell() {
	if m.report != nil {
		m.report(m.now())
	}
}

func (m *meter) now() Progress {
	return Progress{Rows: m.rows.Load(), Files: m.files.Load(), Bytes: m.bytes.Load(), Uploaded: m.uploaded.Load(), Sent: m.sent.Load()}
}

// Progress tells how far the write is.
func (w *Write) Progress() Progress { return w.meter.now() }

// folderAlone tells whether the write is to a folder without a place in the README: the option data_dir without config.
func (o Options) folderAlone() bool { return o.DataDir != "" && o.Config == "" }
