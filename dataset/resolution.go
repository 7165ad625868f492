// Package dataset decides what a dataset repository holds: its subsets, their splits, the data files of each split, their
// format and their features, by the rules of the Python datasets library.
package dataset

// Resolution is what a repository holds at one commit, with one subset chosen.
type Resolution struct {
	Repository    string
	Revision      string   // as asked for
	Commit        string   // the sha that Revision stood for
	Configs       []string // all subsets, in order
	DefaultConfig string   // "" when there is none
	Config        string   // the chosen subset
	Format        string   // parquet, json, csv, or one that nothing here reads, by the name of the library
	Splits        []Split  // of the chosen subset, in order
	// Parameters are the format's parameters that the repository sets: in its configs entry, or implied by the extension.
	Parameters map[string]any
	// Features is what the repository announces for the subset, in dataset_info or else in its configs entry; nil when it does not.
	Features *Features
	// ConfigFeatures is what the configs entry of the subset announces, whatever dataset_info does; nil when it does not.
	ConfigFeatures *Features
	// Warnings tell of what is done as the library does it, though it may not be what was meant, and of what is read instead.
	Warnings []string
	// Converted tells that the files are those of the Hub's own conversion to Parquet, at its branch refs/convert/parquet.
	Converted bool
}

// Split is a named part of a subset.
type Split struct {
	Name  string
	Files []File // in reading order; a file that two patterns match is there twice, as in the Python library
}

// File is a data file of the repository.
type File struct {
	Path   string
	Size   int64
	Hash   string // sha256 of large files, git object id of others
	Commit string // "" means that of the Resolution; data_files may name files of another revision
	// Repository is where the file lies when that is not Resolution.Repository: data_files of a Resolution by format name files of any.
	Repository string
	// Address is hf://datasets/<repository>@<revision>/<path> when data_files named the file by a URL, with the revision as given; else "".
	Address string
}

// Name is how the library lists the file: its path in the repository, or its address.
func (f File) Name() string {
	if f.Address != "" {
		return f.Address
	}
	return f.Path
}
