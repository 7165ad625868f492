package connect

import (
	"errors"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/source"
)

// hubConditions are the conditions of failures that the Hub reports, with their SQLSTATE.
var hubConditions = []struct {
	class               error
	condition, sqlState string
}{
	{hub.ErrRepositoryNotFound, "REPOSITORY_NOT_FOUND", "42P01"},
	{hub.ErrGated, "GATED", "42501"},
	{hub.ErrRevisionNotFound, "REVISION_NOT_FOUND", "42704"},
	{hub.ErrEntryNotFound, "FILE_NOT_FOUND", "42K03"},
	{hub.ErrUnauthorized, "UNAUTHORIZED", "42501"},
	{hub.ErrDisabled, "DISABLED", "42501"},
	{hub.ErrOffline, "OFFLINE", "08001"},
	{hub.ErrRateLimited, "RATE_LIMITED", "53400"},
	{hub.ErrChanged, "FILE_CHANGED", "42KD4"},
}

// translateSource makes a Spark error of a failure to read a dataset repository, or returns nil. What is wrong with the
// question is an AnalysisException, what went wrong on the way a SparkException. The text with its hint stays as it is.
func translateSource(err error) *sparkerror.Error {
	const family = "HUGGINGFACE_DATASET."
	var option *source.OptionError
	if errors.As(err, &option) {
		return sourceError(sparkerror.AnalysisException, family+"INVALID_OPTION", "22023", err).With("option", option.Option)
	}
	var ofDataset *dataset.Error
	if errors.As(err, &ofDataset) {
		return sourceError(sparkerror.AnalysisException, family+string(ofDataset.Code), "42K03", err).
			With("repository", ofDataset.Repository)
	}
	var ofData *source.DataError
	if errors.As(err, &ofData) {
		return sourceError(sparkerror.SparkException, family+"BAD_DATA_FILE", "22000", err).
			With("repository", ofData.Repository, "file", ofData.Path)
	}
	var ofHub *hub.Error
	if !errors.As(err, &ofHub) {
		return nil
	}
	for _, c := range hubConditions {
		if errors.Is(err, c.class) {
			class := sparkerror.AnalysisException
			if c.class == hub.ErrRateLimited || c.class == hub.ErrChanged || c.class == hub.ErrOffline {
				class = sparkerror.SparkException
			}
			return sourceError(class, family+c.condition, c.sqlState, err).With("repository", ofHub.Repo)
		}
	}
	return sourceError(sparkerror.SparkException, family+"READ_FAILED", "58030", err).
		With("repository", ofHub.Repo, "file", ofHub.Path)
}

func sourceError(class sparkerror.Class, condition, sqlState string, err error) *sparkerror.Error {
	e := sparkerror.New(class, condition, sqlState, "%s", err.Error())
	e.Err = err
	return e
}
