package source

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
)

// Options are the options of spark.read.format("huggingface"), parsed. See ParseOptions.
type Options struct {
	Path     string    // namespace/name
	Config   string    // the subset; "" = the default one
	Split    string    // "" = train
	Revision string    // "" = main
	Columns  []string  // nil = all
	Filters  Predicate // nil = all rows
	DataDir  string
	// Nanoseconds tells how to read times of nanoseconds: "" as Spark's types, where a value that is no whole number of microseconds is an
	// error; "string" as text with nine digits, durations as numbers of nanoseconds.
	Nanoseconds string
	DataFiles   any    // string, []string, or a list of mappings of split and path
	Token       string `json:"-"`
	Endpoint    string
	// Download reads whole files from the cache of downloads that huggingface_hub uses too (streaming=false), rather than ranges.
	Download bool
	// MaxPartitionBytes splits data files that are larger, where their format can; 0 splits none.
	MaxPartitionBytes int64
	// MinPartitionBytes puts data files that follow one another into one partition until it has as many bytes; 0 puts each into its own.
	MinPartitionBytes int64
	// Parameters are options of the format, such as sep for CSV and field for JSON.
	Parameters map[string]any
}

// String leaves the token out, so that options can be logged.
func (o Options) String() string {
	return fmt.Sprintf("huggingface(path=%s config=%s split=%s revision=%s)", o.Path, o.Config, o.Split, o.Revision)
}

// GoString leaves the token out.
func (o Options) GoString() string { return o.String() }

// ownOptions are the options of the data source itself.
var ownOptions = []string{
	"path", "config", "split", "revision", "columns", "filters", "data_dir", "data_files", "token", "endpoint", "streaming",
	"nanoseconds", maxPartitionBytes, minPartitionBytes,
}

const (
	maxPartitionBytes = "max_partition_bytes"
	minPartitionBytes = "min_partition_bytes"
)

// OptionError is an option that cannot be used as it was given.
type OptionError struct {
	Option  string
	Message string
	Err     error
}

// Error implements error.
func (e *OptionError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("option %s: %s: %v", e.Option, e.Message, e.Err)
	}
	return fmt.Sprintf("option %s: %s", e.Option, e.Message)
}

// Unwrap returns the cause.
func (e *OptionError) Unwrap() error { return e.Err }

func badOption(option, format string, args ...any) *OptionError {
	return &OptionError{Option: option, Message: fmt.Sprintf(format, args...)}
}

// ParseOptions reads the options of the data source as Spark passes them: names in any case, values as text. paths are the
// arguments of load, which name the repository like the option path. Lists and conditions are Python literals or JSON, as
// pyspark_huggingface takes them. An option that neither the data source nor a format has is refused.
func ParseOptions(raw map[string]string, paths []string) (Options, error) {
	var o Options
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		if err := o.set(strings.ToLower(name), raw[name]); err != nil {
			return Options{}, err
		}
	}
	if err := o.setPath(paths); err != nil {
		return Options{}, err
	}
	if o.MaxPartitionBytes > 0 && o.MinPartitionBytes > o.MaxPartitionBytes {
		return Options{}, badOption(minPartitionBytes, "it is %d, more than %s, which is %d", o.MinPartitionBytes, maxPartitionBytes, o.MaxPartitionBytes)
	}
	return o, nil
}

func (o *Options) setPath(paths []string) error {
	switch {
	case len(paths) > 1:
		return badOption("path", "%d paths are given, but a table is one dataset repository; unite several with union", len(paths))
	case len(paths) == 1 && o.Path != "" && o.Path != paths[0]:
		return badOption("path", "it is %q, but load names %q; give one of them", o.Path, paths[0])
	case len(paths) == 1:
		o.Path = paths[0]
	}
	if o.Path == "" {
		return badOption("path", `no dataset is named; write load("namespace/name")`)
	}
	return nil
}

func (o *Options) set(name, value string) error {
	switch name {
	case "path":
		o.Path = value
	case "config":
		o.Config = value
	case "split":
		o.Split = value
	case "revision":
		o.Revision = value
	case "data_dir":
		o.DataDir = value
	case "token":
		o.Token = value
	case "endpoint":
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return badOption(name, "it must be the http or https address of a Hub, without credentials")
		}
		o.Endpoint = strings.TrimRight(value, "/")
	case "streaming":
		switch strings.ToLower(value) {
		case "true", "false":
			o.Download = strings.EqualFold(value, "false")
		default:
			return badOption(name, "%q is neither true (read ranges of files, as far as needed) nor false (download whole files first)", value)
		}
	case maxPartitionBytes, minPartitionBytes:
		size, err := humanize.ParseBytes(value)
		if err != nil || size == 0 || size > math.MaxInt64 {
			return badOption(name, "%q is no size; write a number of bytes, or a size such as 64MB or 128MiB", value)
		}
		if name == maxPartitionBytes {
			o.MaxPartitionBytes = int64(size)
		} else {
			o.MinPartitionBytes = int64(size)
		}
	case "nanoseconds":
		if !strings.EqualFold(value, "string") {
			return badOption(name, `%q is not supported: "string" reads times of nanoseconds as text; without the option they are timestamps`, value)
		}
		o.Nanoseconds = "string"
	case "columns":
		columns, err := parseColumns(value)
		if err != nil {
			return err
		}
		o.Columns = columns
	case "filters":
		filters, err := parseFilters(value)
		if err != nil {
			return err
		}
		o.Filters = filters
	case "data_files":
		files, err := parseDataFiles(value)
		if err != nil {
			return err
		}
		o.DataFiles = files
	default:
		return o.setParameter(name, value)
	}
	return nil
}

// setParameter keeps an option that is a parameter of some format. Whether it is one of the format at hand is known later.
func (o *Options) setParameter(name, value string) error {
	names := formatParameters()
	if !slices.Contains(names, name) {
		return badOption(name, "the data source has no such option; %s", didYouMean(name, append(slices.Clone(ownOptions), names...)))
	}
	if o.Parameters == nil {
		o.Parameters = map[string]any{}
	}
	o.Parameters[name] = parseParameter(value)
	return nil
}

// parquetParameters are the parameters of Parquet files.
var parquetParameters = []string{"batch_size", "on_bad_files"}

// formatParameters lists the parameters of all formats.
func formatParameters() []string {
	var out []string
	for _, f := range readableFormats() {
		for _, n := range f.parameters {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}
