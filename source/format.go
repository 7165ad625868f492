package source

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/parquet"
)

// Format reads the data files of one file format. One file of this package holds one format; formatOf lists them.
type Format interface {
	// Parameters checks the parameters that options and the repository give to the format, and returns them in the form that
	// Schema and Open want. It names a parameter that the format does not have, and one whose value is not usable.
	Parameters(given map[string]any) (map[string]any, error)
	// Schema announces the columns of a subset: all of them, nullable, in the order of the datasets library. It opens no file
	// when dataset_info announces the features, else as few as it can.
	Schema(ctx context.Context, s Services, subset Subset) (*arrow.Schema, error)
	// Open starts reading a partition. The reader follows the contract of [Reader]; what it yields is converted to
	// Partition.Schema. Open itself may fetch nothing.
	Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error)
}

// Subset is what a format needs to know of a subset to announce its columns.
type Subset struct {
	Endpoint   string
	Resolution *dataset.Resolution
	Split      string         // the split that will be read; the datasets library looks at the first one for the schema
	Parameters map[string]any // as Format.Parameters returned them
}

// Files opens the data files of partitions. *hub.Client is one.
type Files interface {
	// Range opens length bytes from offset, or with a negative length all to the end.
	Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error)
}

// Services is what a format works with. All of it is safe for concurrent use.
type Services struct {
	// Files fetches with the endpoint and the token of the read at hand, and counts what it fetches in Progress.
	Files Files
	// Memory is shared by all reads of a Source: a format acquires what its fetch buffers and slices hold, before it fetches.
	Memory *Memory
	// Parallelism is how many ranges a reader may fetch at once; at least 1.
	Parallelism int
	// Logger is never nil.
	Logger *slog.Logger
	// Footers keeps the footers of Parquet files that were read; nil keeps none.
	Footers *parquet.Footers
	// Slices keeps the memory of closed slices for new ones; nil keeps none.
	Slices *parquet.Pool
	// Kept keeps slices with their content, for later reads that access allows; nil keeps none.
	Kept   *parquet.Kept
	access *access
	scope  string // see client.scope
	// Link is the way to the server; nil takes it for unbounded.
	Link *parquet.Link
	// blockSizes says how texts are cut into blocks; zero leaves it to their size.
	blockSizes blockSizes
	// Progress is never nil. Formats count files and rows (and row groups) in it; bytes count themselves.
	Progress *Counters
}

// namedFormat is a format that is read here.
type namedFormat struct {
	name       string // Resolution.Format and Partition.Format; the name of the library's module
	format     Format
	parameters []string // that options may set
}

// readableFormats lists the formats: a new one is one line here, and one file.
func readableFormats() []namedFormat {
	formats := []namedFormat{
		{"parquet", parquetFormat{}, parquetParameters},
		{"json", jsonFormat{}, jsonParameters},
		{"csv", csvFormat{}, csvParameters},
		{"arrow", arrowFormat{}, nil},
		{"text", textFormat{}, textParameters},
		{"xml", xmlFormat{}, xmlParameters},
		{"conll", conllFormat{}, conllParameters},
		{"webdataset", webDatasetFormat{}, nil},
		{"fasta", fastaFormat, sequenceParameters},
		{"fastq", fastqFormat, sequenceParameters},
	}
	for _, f := range folderFormats() {
		formats = append(formats, namedFormat{f.kind.format, f, folderParameters})
	}
	return formats
}

// formatNames are the names of the formats that are read.
func formatNames() []string {
	var out []string
	for _, f := range readableFormats() {
		out = append(out, f.name)
	}
	return out
}

// whyRefused tells of formats of the datasets library why they are not read.
var whyRefused = map[string]string{
	"pandas":  "a pickle can run any code when it is read",
	"hdf5":    "no library in Go reads HDF5 well",
	"lance":   "no library in Go reads Lance",
	"tsfile":  "no library in Go reads Apache TsFile well",
	"iceberg": "it needs a catalog, which a dataset repository does not have",
	"vortex":  "no library in Go reads Vortex",
	"genbank": "its annotations have a grammar of their own, which nothing here reads",
	"harbor":  "its rows are folders of tasks for agents, not records of files",
	"eval":    "its logs are read by the library as it shows them, not as a table of fixed columns",
}

// formatOf returns the format of that name.
func formatOf(name string) (Format, error) {
	for _, f := range readableFormats() {
		if f.name == name {
			return f.format, nil
		}
	}
	why := whyRefused[name]
	if why == "" {
		why = "those that are read are " + strings.Join(formatNames(), ", ")
	}
	return nil, fmt.Errorf("the format %s is not read here: %s. The Hub may have converted the dataset to Parquet, which is then read instead "+
		"when nothing but path, config and split is asked for, and here there is no such conversion", name, why)
}

// File is the data file of the partition, as the Hub client wants it.
func (p Partition) File() hub.File {
	return hub.File{Repo: hub.RepoNamed(p.Repository), Revision: p.Commit, Path: p.Path, Size: p.Size, ETag: p.Hash}
}

// File is a data file of the subset, as the Hub client wants it.
func (s Subset) File(f dataset.File) hub.File {
	commit, repository := s.Resolution.Commit, s.Resolution.Repository
	if f.Commit != "" {
		commit = f.Commit
	}
	if f.Repository != "" {
		repository = f.Repository
	}
	return hub.File{Repo: hub.RepoNamed(repository), Revision: commit, Path: f.Path, Size: f.Size, ETag: f.Hash}
}
