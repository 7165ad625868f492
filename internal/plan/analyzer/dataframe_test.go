package analyzer_test

import (
	"encoding/json"
	"os"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/connect/convert"
	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// TestSparkConnectAgrees compares the schema or the error of each DataFrame of testdata/dataframes.txt with those of Spark
// Connect. The plans are those that PySpark sent; e2e/golden/dataframes.py records them.
func TestSparkConnectAgrees(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/dataframes.json")
	if err != nil {
		t.Fatal(err)
	}
	var answers []struct {
		answer
		Plan []byte
	}
	if err := json.Unmarshal(data, &answers); err != nil {
		t.Fatal(err)
	}
	settings := options(t)
	for _, a := range answers {
		t.Run(a.Query, func(t *testing.T) {
			t.Parallel()
			if reason, ok := differences[a.Query]; ok {
				t.Skip(reason)
			}
			sent := new(pb.Plan)
			if err := proto.Unmarshal(a.Plan, sent); err != nil {
				t.Fatal(err)
			}
			relation, err := convert.Relation(sent.GetRoot(), convert.Options{})
			var node typed.Node
			if err == nil {
				node, err = analyzer.Analyze(t.Context(), relation, settings)
			}
			compareAnswer(t, a.answer, node, err)
		})
	}
}
