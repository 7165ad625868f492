// Package repoinfo reports what a dataset repository holds, for people and for programs.
package repoinfo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/dustin/go-humanize"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// Report is what a repository holds, with one subset chosen. It marshals to the JSON of "hfspark info --json".
type Report struct {
	Repository    string
	Commit        string
	Format        string
	Configs       []string
	DefaultConfig string // "" when there is none
	Config        string
	Splits        []dataset.Split
	Partitions    map[string]int
	Schema        types.Struct
	ArrowSchema   []string // "name: type" for each column
	Warnings      []string // what is read otherwise than it may be meant; not in the JSON
	NoColumns     error    // why the columns are not known, or not to be had as announced; nil when all is well. Not in the JSON
}

// Describe resolves a repository by the options of the data source. The schema is that of the split asked for, else of
// train where there is one, else of the first split.
func Describe(ctx context.Context, s *source.Source, options source.Options) (*Report, error) {
	resolution, err := s.Resolve(ctx, options)
	if err != nil {
		return nil, err
	}
	if options.Split == "" && len(resolution.Splits) > 0 {
		options.Split = resolution.Splits[0].Name
		for _, split := range resolution.Splits {
			if split.Name == "train" {
				options.Split = split.Name
			}
		}
	}
	report := &Report{
		Repository: resolution.Repository, Commit: resolution.Commit, Format: resolution.Format, Configs: resolution.Configs,
		DefaultConfig: resolution.DefaultConfig, Config: resolution.Config, Splits: resolution.Splits,
		Partitions: make(map[string]int), ArrowSchema: []string{}, Warnings: resolution.Warnings,
	}
	for _, split := range resolution.Splits {
		report.Partitions[split.Name] = max(1, len(split.Files)) // An empty split is one task that reads nothing, as in the library.
	}
	table, err := s.Table(ctx, options)
	if err != nil && columnsUnknown(err, resolution, options) {
		report.NoColumns = err
		if resolution.Features != nil { // They are announced, whatever the files hold.
			return report, report.announce(resolution.Features.ArrowSchema())
		}
		return report, nil
	}
	if err != nil {
		return nil, err
	}
	for _, split := range resolution.Splits {
		if split.Name == table.Split || len(split.Files) == 0 || !planned(table, options) {
			continue
		}
		other := options
		other.Split = split.Name
		of, err := s.Table(ctx, other)
		if err != nil {
			return nil, err
		}
		report.Partitions[split.Name] = max(1, len(of.Partitions))
	}
	report.Partitions[table.Split] = max(1, len(table.Partitions))
	return report, report.announce(table.Schema)
}

// announce sets the columns.
func (r *Report) announce(schema *arrow.Schema) error {
	for _, field := range schema.Fields() {
		r.ArrowSchema = append(r.ArrowSchema, dataset.FieldName(field))
	}
	var err error
	if r.Schema, err = types.FromArrow(schema); err != nil {
		return fmt.Errorf("dataset %s: %w", r.Repository, err)
	}
	return nil
}

// planned tells whether partitions are something else than the data files.
func planned(table *source.Table, options source.Options) bool {
	if options.MaxPartitionBytes > 0 || options.MinPartitionBytes > 0 {
		return true
	}
	return slices.ContainsFunc(table.Partitions, func(p source.Partition) bool { return p.Folder != nil })
}

// columnsUnknown tells whether err is about the columns alone, so that what is known without them can be reported: the format is not read
// here, there are no files to learn them from, or files of text turn out to hold something else. Of those formats the datasets library
// opens no file when it loads a dataset; of the others it does, and fails there.
func columnsUnknown(err error, resolution *dataset.Resolution, options source.Options) bool {
	if options.Columns != nil || options.Filters != nil {
		return false
	}
	var ofDataset *dataset.Error
	if errors.As(err, &ofDataset) {
		return ofDataset.Code == dataset.CodeUnsupported || ofDataset.Code == dataset.CodeEmpty
	}
	var ofData *source.DataError
	return errors.As(err, &ofData) && slices.Contains([]string{"csv", "json", "text", "xml", "conll"}, resolution.Format)
}

// MarshalJSON writes the report with its splits in their order.
func (r *Report) MarshalJSON() ([]byte, error) {
	var splits, partitions orderedObject
	for _, split := range r.Splits {
		files := make([]string, len(split.Files))
		for i, file := range split.Files {
			files[i] = file.Name()
		}
		splits = append(splits, member{split.Name, files})
		partitions = append(partitions, member{split.Name, r.Partitions[split.Name]})
	}
	var defaultConfig any
	if r.DefaultConfig != "" {
		defaultConfig = r.DefaultConfig
	}
	return orderedObject{
		{"format", r.Format},
		{"configs", r.Configs},
		{"default_config", defaultConfig},
		{"config", r.Config},
		{"splits", splits},
		{"partitions", partitions},
		{"schema", r.Schema.SimpleString()},
		{"arrow_schema", r.ArrowSchema},
	}.MarshalJSON()
}

// orderedObject is a JSON object whose members keep their order.
type orderedObject []member

type member struct {
	name  string
	value any
}

func (o orderedObject) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	text.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			text.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		text.Write(name)
		text.WriteByte(':')
		value := json.NewEncoder(&text)
		value.SetEscapeHTML(false)
		if err := value.Encode(m.value); err != nil {
			return nil, err
		}
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error { return writeJSON(w, r) }

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	at := ""
	if r.Commit != "" { // A bucket has none.
		at = fmt.Sprintf(" at %.12s", r.Commit)
	}
	fmt.Fprintf(w, "%s%s, format %s\n", r.Repository, at, r.Format)
	fmt.Fprint(w, "subsets: ")
	for i, config := range r.Configs {
		if i > 0 {
			fmt.Fprint(w, ", ")
		}
		fmt.Fprint(w, config)
		if config == r.DefaultConfig {
			fmt.Fprint(w, " (default)")
		}
	}
	fmt.Fprintf(w, "\n\nsubset %s\n", r.Config)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "split\tfiles\tbytes\tpartitions\t\n")
	for _, split := range r.Splits {
		var size int64
		for _, file := range split.Files {
			size += file.Size
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%d\t\n", split.Name, len(split.Files), humanize.Bytes(uint64(size)), r.Partitions[split.Name])
	}
	if err := table.Flush(); err != nil {
		return err
	}
	switch {
	case r.NoColumns == nil:
		fmt.Fprintf(w, "\n%s", types.TreeString(r.Schema, 0))
	case len(r.ArrowSchema) > 0:
		fmt.Fprintf(w, "\n%s\nthese columns cannot be read: %v\n", types.TreeString(r.Schema, 0), r.NoColumns)
	default:
		fmt.Fprintf(w, "\nthe columns are not known: %v\n", r.NoColumns)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "\nnote: %s\n", warning)
	}
	return nil
}
