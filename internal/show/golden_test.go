package show

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/go-cmp/cmp"
)

// TestGolden compares with what Apache Spark printed; e2e/golden/show.py records it.
func TestGolden(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/show.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Zone  string
		Cases []struct {
			Query, Rows string
			Shown       []struct {
				Rows, Truncate int
				Vertical       bool
				Text           string
				HTML           *string
			}
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	for _, c := range golden.Cases {
		t.Run(c.Query, func(t *testing.T) {
			t.Parallel()
			schema, batches := stream(t, c.Rows)
			for _, shown := range c.Shown {
				options := Options{Rows: shown.Rows, Truncate: shown.Truncate, Vertical: shown.Vertical, TimeZone: golden.Zone}
				got, err := Table(schema, batches, options)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(shown.Text, got); diff != "" {
					t.Errorf("%+v:\n%s", options, diff)
				}
				if shown.HTML == nil {
					continue
				}
				if got, err = HTML(schema, batches, options); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(*shown.HTML, got); diff != "" {
					t.Errorf("as HTML, %+v:\n%s", options, diff)
				}
			}
		})
	}
}

func stream(t *testing.T, text string) (*arrow.Schema, []arrow.RecordBatch) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := ipc.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	var batches []arrow.RecordBatch
	for reader.Next() {
		batch := reader.RecordBatch()
		batch.Retain()
		batches = append(batches, batch)
		t.Cleanup(batch.Release)
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	return reader.Schema(), batches
}
