package dataset

import "strings"

// Code says what is wrong with a dataset repository or with what was asked of it.
type Code string

// The codes of errors.
const (
	// CodeRepository: what was given does not name a dataset repository.
	CodeRepository Code = "BAD_REPOSITORY"
	// CodeScript: the repository is read by a Python script, which nothing runs any more.
	CodeScript Code = "LOADING_SCRIPT"
	// CodeMetadata: the YAML of README.md or .huggingface.yaml, or dataset_infos.json, cannot be understood.
	CodeMetadata Code = "BAD_METADATA"
	// CodeFeatures: a list of features cannot be understood.
	CodeFeatures Code = "BAD_FEATURES"
	// CodePattern: a pattern of data files is not one.
	CodePattern Code = "BAD_PATTERN"
	// CodeDataFiles: data_files has a shape that means nothing.
	CodeDataFiles Code = "BAD_DATA_FILES"
	// CodeFileNotFound: data_files names a file that is not there.
	CodeFileNotFound Code = "DATA_FILE_NOT_FOUND"
	// CodeEmpty: there are no files where the data should be.
	CodeEmpty Code = "EMPTY_DATASET"
	// CodeNoData: there are files, but none of a known format.
	CodeNoData Code = "NO_DATA_FILES"
	// CodeMixedFormats: the splits have different formats.
	CodeMixedFormats Code = "MIXED_FORMATS"
	// CodeConfigMissing: there are several subsets, none is the default, and none was asked for.
	CodeConfigMissing Code = "CONFIG_MISSING"
	// CodeConfigNotFound: there is no such subset.
	CodeConfigNotFound Code = "CONFIG_NOT_FOUND"
	// CodeSplitNotFound: the subset has no such split.
	CodeSplitNotFound Code = "SPLIT_NOT_FOUND"
	// CodeSplitName: a split has a name that splits cannot have.
	CodeSplitName Code = "BAD_SPLIT_NAME"
	// CodeParameter: the format has no such parameter.
	CodeParameter Code = "UNKNOWN_PARAMETER"
	// CodeForeignFile: a data file is not in the repository.
	CodeForeignFile Code = "FOREIGN_DATA_FILE"
	// CodeArchive: a zip archive cannot be read.
	CodeArchive Code = "BAD_ARCHIVE"
	// CodeUnsupported: the library can do this, hfspark cannot.
	CodeUnsupported Code = "UNSUPPORTED"
)

// Error is why a dataset repository cannot be resolved.
type Error struct {
	Code       Code
	Repository string
	Revision   string // as asked for
	Message    string // what is wrong
	Hint       string // what to do; may be empty
	Err        error  // the cause, if there is one
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Repository != "" {
		b.WriteString("dataset " + e.Repository)
		if e.Revision != "" {
			b.WriteString(" at " + e.Revision)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString(". " + e.Hint)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func fail(code Code, message, hint string) *Error {
	return &Error{Code: code, Message: message, Hint: hint}
}
