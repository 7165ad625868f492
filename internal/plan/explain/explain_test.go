package explain

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/parquet"
)

type fixed struct {
	estimate source.Estimate
	err      error
}

func (f fixed) Estimate(context.Context, *source.Table, source.Request) (source.Estimate, error) {
	return f.estimate, f.err
}

func TestText(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true}}, nil)
	scan := &typed.Scan{
		Table:   &source.Table{Schema: schema, Split: "train", Options: source.Options{Path: "a/b"}},
		Columns: []typed.Column{{ID: 1, Name: "id", Type: types.Long}}, Fields: []int{0},
	}
	const line = "Limit 3\n+- Scan huggingface a/b, split train, 0 files [id#1]"
	many := source.Estimate{Files: 1}
	for range maxReasons + 2 {
		many.Reasons = append(many.Reasons, parquet.Reason{Condition: "id = 1", Statistic: "min/max", RowGroups: 2})
	}
	for name, test := range map[string]struct {
		estimator Estimator
		want      string
	}{
		"without an estimator": {nil, line + "\n"},
		"without footers":      {fixed{estimate: source.Estimate{Files: 3, BytesListed: 10, BytesToFetch: 10}}, line + ", files: 3 listed, 0 skipped, 3 to fetch, bytes: 10 listed, 0 skipped, 10 to fetch\n"},
		"with pages": {fixed{estimate: source.Estimate{
			Files: 2, FilesSkipped: 1, FilesLooked: 2, RowGroups: 4, RowGroupsSkipped: 3, Pages: 9, PagesSkipped: 7, BytesListed: 100, BytesToFetch: 20,
			Reasons: []parquet.Reason{{Condition: "id = 1", Statistic: "bloom filter", RowGroups: 3}, {Condition: "id = 1", Statistic: "page index", Pages: 7}},
		}}, line + ", files: 2 listed, 1 skipped, 1 to fetch, row groups: 4 listed, 3 skipped, 1 to fetch, pages: 9 listed, 7 skipped, 2 to fetch, " +
			"bytes: 100 listed, 80 skipped, 20 to fetch, skipped by: [id = 1 (bloom filter: 3 row groups); id = 1 (page index: 7 pages)]\n"},
		"of many files": {
			fixed{estimate: source.Estimate{Files: 1000, FilesLooked: 64, RowGroups: 64, BytesListed: 50, BytesLooked: 5, BytesToFetch: 4}},
			line + ", files: 1000 listed, 0 skipped, 1000 to fetch, row groups in the first 64 files: 64 listed, 0 skipped, 64 to fetch, bytes in the first 64 files: 5 listed, 1 skipped, 4 to fetch\n",
		},
		"of an error":  {fixed{err: errors.New("the Hub\nis away")}, line + ", not estimated: the Hub is away\n"},
		"many reasons": {fixed{estimate: many}, line + ", files: 1 listed, 0 skipped, 1 to fetch, bytes: 0 listed, 0 skipped, 0 to fetch, skipped by: [" + strings.Repeat("id = 1 (min/max: 2 row groups); ", maxReasons) + "2 more]\n"},
	} {
		if got := Text(t.Context(), &typed.Limit{Input: scan, Count: 3}, test.estimator); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, test.want)
		}
	}
}
