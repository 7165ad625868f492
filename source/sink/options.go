package sink

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquetfile"
)

// Mode says what becomes of rows that a split has already; the values are those of Spark's SaveMode.
type Mode string

// The modes. The zero value means ErrorIfExists, as in Spark.
const (
	ErrorIfExists Mode = "errorifexists" // refuse to write where there is data
	Append        Mode = "append"        // keep what is there
	Overwrite     Mode = "overwrite"     // put the rows in the place of the split's
	Ignore        Mode = "ignore"        // write nothing where there is data
)

// ParseMode reads the name of a mode in any case; "error" and "default" are ErrorIfExists, as in Spark.
func ParseMode(name string) (Mode, error) {
	switch m := Mode(strings.ToLower(name)); m {
	case "", "error", "default":
		return ErrorIfExists, nil
	case ErrorIfExists, Append, Overwrite, Ignore:
		return m, nil
	}
	return "", fmt.Errorf("the save mode %q is not known: use append, overwrite, errorifexists or ignore", name)
}

// The defaults of Options.
const (
	DefaultMaxBytesPerFile        int64 = 500_000_000
	DefaultMaxOperationsPerCommit int   = 100
)

// Options are the options of df.write.format("huggingface").
type Options struct {
	Path string `json:"path"` // namespace/name
	// ByName is the path of a Parquet file in the repository, or of a folder for part-00000.parquet and so on; "." is its root. With
	// it files are written as they are named, and no README, split or subset is looked at. "" writes a split.
	ByName   string `json:"byName,omitempty"`
	Mode     Mode   `json:"mode"`
	Config   string `json:"config,omitempty"`   // the subset; "" = the default one
	Split    string `json:"split,omitempty"`    // "" = train
	DataDir  string `json:"dataDir,omitempty"`  // folder of the files; "" = data, or the name of the subset
	Revision string `json:"revision,omitempty"` // a branch that exists; "" = main
	Token    string `json:"-"`
	Endpoint string `json:"endpoint,omitempty"`
	// Existing refuses to write to a repository that does not exist, which else is made.
	Existing bool `json:"existing,omitempty"`
	// Private is how a repository is made that does not exist; nil leaves it to the Hub.
	Private *bool `json:"private,omitempty"`
	// MaxBytesPerFile begins a new file before one is larger; 0 means DefaultMaxBytesPerFile.
	MaxBytesPerFile int64 `json:"maxBytesPerFile,omitempty"`
	// MaxOperationsPerCommit is how many files one commit may change; 0 means DefaultMaxOperationsPerCommit.
	MaxOperationsPerCommit int    `json:"maxOperationsPerCommit,omitempty"`
	CommitMessage          string `json:"commitMessage,omitempty"`
	CommitDescription      string `json:"commitDescription,omitempty"`
	// CreatePR proposes the change as a pull request instead of making it.
	CreatePR bool                `json:"createPR,omitempty"`
	Parquet  parquetfile.Options `json:"parquet"`
}

// String leaves the token out, so that options can be logged.
func (o Options) String() string {
	return fmt.Sprintf("huggingface(path=%s config=%s split=%s revision=%s mode=%s)", o.Path, o.Config, o.Split, o.Revision, o.Mode)
}

// GoString leaves the token out.
func (o Options) GoString() string { return o.String() }

// ParseOptions reads the options of a write as Spark passes them: names in any case, values as text. path is the argument of
// save, which names the repository like the option path. An option that does not exist is an *source.OptionError.
func ParseOptions(raw map[string]string, path string, mode Mode) (Options, error) {
	o := Options{Mode: mode}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		if err := o.set(strings.ToLower(name), raw[name]); err != nil {
			return Options{}, err
		}
	}
	if path != "" && o.Path != "" && path != o.Path {
		return Options{}, bad("path", "it is %q, but save names %q; give one of them", o.Path, path)
	}
	if path != "" {
		o.Path = path
	}
	if err := o.cutAddress(); err != nil {
		return Options{}, err
	}
	return o.withDefaults()
}

// address is hf://datasets/namespace/name[@revision][/path].
var address = regexp.MustCompile(`^hf://datasets/([^/@]+/[^/@]+)(?:@(refs/(?:convert|pr|heads)/[^/]+|[^/]+))?(?:/(.*))?$`)

// cutAddress takes an address apart that stands for the name of a repository.
func (o *Options) cutAddress() error {
	if !strings.Contains(o.Path, "://") {
		return nil
	}
	m := address.FindStringSubmatch(o.Path)
	if m == nil {
		return bad("path", "%q is no address of a dataset: write hf://datasets/namespace/name/file.parquet, or namespace/name for a split", o.Path)
	}
	revision, err := url.PathUnescape(m[2])
	if err != nil {
		return bad("path", "its revision %q is not well escaped", m[2])
	}
	if revision != "" && o.Revision != "" && revision != o.Revision {
		return bad("revision", "it is %q, but the path names %q; give one of them", o.Revision, revision)
	}
	if revision != "" {
		o.Revision = revision
	}
	o.Path, o.ByName = m[1], strings.Trim(m[3], "/")
	if o.ByName == "" {
		o.ByName = "."
	}
	for name, value := range map[string]string{"split": o.Split, "config": o.Config, "data_dir": o.DataDir} {
		if value != "" {
			return bad(name, "an address names files, and no split: write to %q instead", o.Path)
		}
	}
	return nil
}

// setters read the options by name.
var setters = map[string]func(o *Options, value string) error{
	"path":     func(o *Options, v string) error { o.Path = v; return nil },
	"config":   func(o *Options, v string) error { o.Config = v; return nil },
	"split":    func(o *Options, v string) error { o.Split = v; return nil },
	"data_dir": func(o *Options, v string) error { o.DataDir = v; return nil },
	"revision": func(o *Options, v string) error { o.Revision = v; return nil },
	"token":    func(o *Options, v string) error { o.Token = v; return nil },
	"endpoint": func(o *Options, v string) error {
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return bad("endpoint", "it must be the http or https address of a Hub, without credentials")
		}
		o.Endpoint = strings.TrimRight(v, "/")
		return nil
	},
	"private": func(o *Options, v string) error {
		b, err := truth("private", v)
		o.Private = &b
		return err
	},
	"max_bytes_per_file": func(o *Options, v string) (err error) {
		o.MaxBytesPerFile, err = size("max_bytes_per_file", v)
		return err
	},
	"max_operations_per_commit": func(o *Options, v string) error {
		n, err := positive("max_operations_per_commit", v)
		o.MaxOperationsPerCommit = int(min(n, 25_000))
		return err
	},
	"commit_message":     func(o *Options, v string) error { o.CommitMessage = v; return nil },
	"commit_description": func(o *Options, v string) error { o.CommitDescription = v; return nil },
	"create_pr": func(o *Options, v string) (err error) {
		o.CreatePR, err = truth("create_pr", v)
		return err
	},
	"compression": func(o *Options, v string) error { o.Parquet.Compression = v; return nil },
	"compression_level": func(o *Options, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n == 0 {
			return bad("compression_level", "%q is no number above zero", v)
		}
		o.Parquet.Level = n
		return nil
	},
	"row_group_size": func(o *Options, v string) (err error) {
		o.Parquet.RowGroupRows, err = positive("row_group_size", v)
		return err
	},
	"row_group_bytes": func(o *Options, v string) (err error) {
		o.Parquet.RowGroupBytes, err = size("row_group_bytes", v)
		return err
	},
	"write_page_index": func(o *Options, v string) error {
		b, err := truth("write_page_index", v)
		o.Parquet.NoPageIndex = !b
		return err
	},
	"write_statistics": func(o *Options, v string) error {
		b, err := truth("write_statistics", v)
		o.Parquet.NoStatistics = !b
		return err
	},
	"use_dictionary": func(o *Options, v string) error {
		b, err := truth("use_dictionary", v)
		o.Parquet.NoDictionary = !b
		return err
	},
	"use_content_defined_chunking": func(o *Options, v string) error {
		b, err := truth("use_content_defined_chunking", v)
		o.Parquet.Chunking.Off = !b
		return err
	},
}

// OptionNames lists the options of a write.
func OptionNames() []string { return slices.Sorted(maps.Keys(setters)) }

func (o *Options) set(name, value string) error {
	set, ok := setters[name]
	if !ok {
		return bad(name, "the data source has no such option for writing; it has %s", strings.Join(OptionNames(), ", "))
	}
	return set(o, value)
}

func bad(option, format string, args ...any) error {
	return &source.OptionError{Option: option, Message: fmt.Sprintf(format, args...)}
}

func truth(option, value string) (bool, error) {
	switch strings.ToLower(value) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, bad(option, "%q is neither true nor false", value)
}

func positive(option, value string) (int64, error) {
	n, err := strconv.ParseInt(strings.ReplaceAll(value, "_", ""), 10, 64)
	if err != nil || n <= 0 {
		return 0, bad(option, "%q is no number above zero", value)
	}
	return n, nil
}

// size reads a number of bytes, or a size such as 500MB or 1GiB.
func size(option, value string) (int64, error) {
	n, err := humanize.ParseBytes(strings.ReplaceAll(value, "_", ""))
	if err != nil || n == 0 || n > math.MaxInt64/2 {
		return 0, bad(option, "%q is no size above zero: write a number of bytes, or a size such as 500MB or 1GiB", value)
	}
	return int64(n), nil
}

// splitName is what the datasets library takes for a split (naming.py).
var splitName = regexp.MustCompile(`^\w+(\.\w+)*$`)

// badInConfig are the characters that the library refuses in the name of a subset (builder.py).
const badInConfig = `<>:/\|?*`

func (o Options) withDefaults() (Options, error) {
	if o.Mode == "" {
		o.Mode = ErrorIfExists
	}
	if o.Path == "" {
		return o, bad("path", `no dataset is named; write save("namespace/name")`)
	}
	if o.Split == "" {
		o.Split = "train"
	}
	if !splitName.MatchString(o.Split) {
		return o, bad("split", "%q is no name of a split: use letters, digits, underscores and dots", o.Split)
	}
	if o.Split == "all" {
		return o, bad("split", "all stands for all splits together, and cannot be the name of one")
	}
	if strings.ContainsAny(o.Config, badInConfig) {
		return o, bad("config", "%q has a character that names of subsets must not have: one of %s", o.Config, badInConfig)
	}
	o.DataDir = strings.Trim(strings.TrimPrefix(o.DataDir, "./"), "/")
	for _, part := range strings.Split(o.DataDir, "/") {
		if part == ".." || part == "." || strings.ContainsAny(part, `*?[\`) || strings.HasPrefix(part, ".") {
			return o, bad("data_dir", "%q is no plain folder of a repository", o.DataDir)
		}
	}
	if otherFile.MatchString(o.ByName) {
		return o, bad("path", "%s names a file of another format: Parquet is written, to a file such as data.parquet or to a folder", o.ByName)
	}
	if err := o.checkCompression(); err != nil {
		return o, err
	}
	if o.MaxBytesPerFile == 0 {
		o.MaxBytesPerFile = DefaultMaxBytesPerFile
	}
	if o.oneFile() {
		o.MaxBytesPerFile = math.MaxInt64 / 2
		if o.Mode == Append {
			return o, bad("path", "%s is one file, which cannot be appended to: name a folder", o.ByName)
		}
	}
	if o.MaxOperationsPerCommit == 0 {
		o.MaxOperationsPerCommit = DefaultMaxOperationsPerCommit
	}
	return o, nil
}

// oneFile tells whether all rows go to one file of a given name.
func (o Options) oneFile() bool {
	return strings.HasSuffix(o.ByName, ".parquet") || strings.HasSuffix(o.ByName, ".pq")
}

// otherFile is the name of a file of another format, which is not meant to be a folder.
var otherFile = regexp.MustCompile(`(?i)\.(csv|tsv|jsonl?|ndjson|txt|arrow|feather|orc|avro|zip|gz|zst|xz|bz2)$`)

// highest are the highest levels of the compressions that have levels; the lowest is 1.
var highest = map[string]int{"gzip": 9, "zstd": 22, "brotli": 11}

// checkCompression refuses what the writer does not know or would not heed.
func (o Options) checkCompression() error {
	name := strings.ToLower(o.Parquet.Compression)
	if name != "" && name != "uncompressed" && !slices.Contains(parquetfile.Compressions(), name) {
		return bad("compression", "%q is not known: use one of %s", o.Parquet.Compression, strings.Join(parquetfile.Compressions(), ", "))
	}
	if o.Parquet.Level == 0 {
		return nil
	}
	most, ok := highest[name]
	switch {
	case !ok && name == "":
		return bad("compression_level", "snappy, the default, has no levels: choose the option compression, too: gzip, zstd or brotli")
	case !ok:
		return bad("compression_level", "%s has no levels: leave it out, or choose gzip, zstd or brotli", name)
	case o.Parquet.Level < 1 || o.Parquet.Level > most:
		return bad("compression_level", "%s has the levels 1 to %d, and not %d", name, most, o.Parquet.Level)
	}
	return nil
}
