// Package failure tells programs why a command failed.
package failure

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/sink"
)

// WriteJSON writes an error as {"error": {"code", "message"}}.
func WriteJSON(w io.Writer, err error) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{"error": map[string]string{"code": Code(err), "message": err.Error()}})
}

// Code names the kind of an error for programs: the code of package dataset or the condition of Spark where it has one, else what the
// Hub said.
func Code(err error) string {
	var fromDataset *dataset.Error
	var fromOptions *source.OptionError
	var fromData *source.DataError
	var fromSpark *sparkerror.Error
	switch {
	case errors.As(err, &fromDataset):
		return string(fromDataset.Code)
	case errors.As(err, &fromOptions):
		return "BAD_OPTION"
	case errors.As(err, &fromData):
		return "BAD_DATA"
	case errors.As(err, &fromSpark) && fromSpark.Condition != "":
		return fromSpark.Condition
	}
	for _, known := range []struct {
		err  error
		code string
	}{
		{sink.ErrExists, "DATA_EXISTS"},
		{hub.ErrGated, "GATED"},
		{hub.ErrRepositoryNotFound, "REPOSITORY_NOT_FOUND"},
		{hub.ErrRevisionNotFound, "REVISION_NOT_FOUND"},
		{hub.ErrEntryNotFound, "ENTRY_NOT_FOUND"},
		{hub.ErrUnauthorized, "UNAUTHORIZED"},
		{hub.ErrRateLimited, "RATE_LIMITED"},
		{hub.ErrOffline, "OFFLINE"},
		{hub.ErrDisabled, "DISABLED"},
	} {
		if errors.Is(err, known.err) {
			return known.code
		}
	}
	return "FAILED"
}
