package dataset

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// formatNames are the names that stand for a format where a repository is expected (datasets, packaged_modules).
var formatNames = strings.Fields("csv json pandas parquet arrow text conll imagefolder audiofolder videofolder meshfolder pdffolder niftifolder " +
	"webdataset xml hdf5 eval lance tsfile iceberg vortex mmcif pdb genbank fasta fastq harbor")

func isFormatName(text string) bool { return slices.Contains(formatNames, text) }

// resolveNamed resolves files that the caller names himself, in the format that the request names instead of a repository.
func (r *resolver) resolveNamed(ctx context.Context) (*Resolution, error) {
	format := r.request.Repository
	switch {
	case r.request.DataFiles == nil:
		return nil, r.fail(CodeDataFiles, fmt.Sprintf("%s is the name of a format, and no files are named", format),
			"Name them with the option data_files, as hf://datasets/<namespace>/<name>@<revision>/<path>")
	case r.request.DataDir != "":
		return nil, r.fail(CodeUnsupported, "data_dir would be a folder of the local machine, and only files on the Hub are read",
			"Name the files with the option data_files, as hf://datasets/<namespace>/<name>@<revision>/<path>")
	case r.request.Config != "" && r.request.Config != defaultConfig:
		return nil, r.fail(CodeConfigNotFound, fmt.Sprintf("there is no subset %q of files that data_files names", r.request.Config), "There are: "+defaultConfig)
	}
	patterns, err := sanitize(r.request.DataFiles)
	if err != nil {
		return nil, err
	}
	splits, err := r.find(ctx, "", patterns, false)
	if err != nil {
		return nil, err
	}
	out := &Resolution{
		Repository: format, Revision: r.request.Revision, Configs: []string{defaultConfig}, Config: defaultConfig, Format: format, Splits: splits,
		Parameters: r.request.Parameters,
	}
	for name := range r.request.Parameters {
		if !knowsParameter(format, name) {
			return nil, r.noParameter(format, name)
		}
	}
	out.Warnings = r.quirks(out)
	return out, nil
}

func (r *resolver) noParameter(format, name string) error {
	return r.locate(noParameter(format, name, ""))
}

func noParameter(format, name, hint string) *Error {
	known := "The format has no parameters"
	if parameters := strings.Fields(knownParameters[format]); len(parameters) > 0 {
		known = "Its parameters are " + strings.Join(parameters, ", ")
	}
	return fail(CodeParameter, fmt.Sprintf("%q is no parameter of the format %s", name, format), hint+known)
}

// CheckOption refuses an option that is a parameter of some formats, such as columns, where the resolution's format is none of them. The
// error is of CodeParameter, as the library's for such an option.
func (r *Resolution) CheckOption(name string) error {
	if knowsParameter(r.Format, name) {
		return nil
	}
	e := noParameter(r.Format, name, "Select columns and filter rows in the query instead, which reads no more. ")
	e.Repository, e.Revision = r.Repository, r.Revision
	return e
}
