package failure

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/sink"
)

func TestCode(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"FAILED":                errors.New("it does not work"),
		"CONFIG_NOT_FOUND":      &dataset.Error{Code: "CONFIG_NOT_FOUND"},
		"BAD_OPTION":            &source.OptionError{},
		"BAD_DATA":              &source.DataError{},
		"DATA_EXISTS":           sink.ErrExists,
		"GATED":                 hub.ErrGated,
		"REPOSITORY_NOT_FOUND":  hub.ErrRepositoryNotFound,
		"DATA_SOURCE_NOT_FOUND": sparkerror.NoDataSource("nope", "", ""),
	} {
		if got := Code(fmt.Errorf("wrapped: %w", err)); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := WriteJSON(&b, errors.New("a < b")); err != nil {
		t.Fatal(err)
	}
	var got struct{ Error map[string]string }
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil || got.Error["code"] != "FAILED" || got.Error["message"] != "a < b" {
		t.Errorf("%v: %s", err, b.String())
	}
	if !strings.Contains(b.String(), "a < b") {
		t.Errorf("escaped: %s", b.String())
	}
}
