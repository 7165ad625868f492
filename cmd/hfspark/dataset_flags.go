package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// datasetFlags are the options of the data source as flags.
type datasetFlags struct {
	config, split, revision, columns, filters, dataDir, endpoint string
	options                                                      []string
}

func (f *datasetFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.config, "config", "", "the subset (default: the repository's default subset)")
	flags.StringVar(&f.split, "split", "", "the split (default: train)")
	flags.StringVar(&f.revision, "revision", "", "branch, tag or commit (default: main)")
	flags.StringVar(&f.columns, "columns", "", `columns to read: a,b or '["a", "b"]'`)
	flags.StringVar(&f.filters, "filters", "", `rows to read, such as '[("langdetect", "=", "zh-cn")]'`)
	flags.StringVar(&f.dataDir, "data-dir", "", "folder of the repository to look in")
	addEndpoint(flags, &f.endpoint)
	flags.StringArrayVar(&f.options, "option", nil, "any option of the data source or of the file format, as key=value; may be given several times")
}

// values are the options by the names the data source gives them.
func (f *datasetFlags) values() (map[string]string, error) {
	values, err := keyValues(f.options)
	if err != nil {
		return nil, err
	}
	named := map[string]string{
		"config": f.config, "split": f.split, "revision": f.revision, "filters": f.filters,
		"data_dir": f.dataDir, "endpoint": f.endpoint, "columns": columnList(f.columns),
	}
	for key, value := range named {
		if value != "" {
			values[key] = value
		}
	}
	return values, nil
}

// columnList turns a,b into the list that the data source wants, and leaves lists as they are.
func columnList(text string) string {
	if text == "" || strings.HasPrefix(strings.TrimSpace(text), "[") {
		return text
	}
	names := strings.Split(text, ",")
	for i, name := range names {
		names[i] = fmt.Sprintf("%q", strings.TrimSpace(name))
	}
	return "[" + strings.Join(names, ", ") + "]"
}
