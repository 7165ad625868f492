package sqltext

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/hfspark/hfspark/internal/plan"
)

// TestColumnNames compares the names of columns with those that Apache Spark gives them; testdata/record.py records them.
func TestColumnNames(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/names.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Text    string
		Columns []string
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	naming := plan.Naming{
		Attribute: func(a plan.Attribute) string {
			switch { // the test's only struct column is st, of the table t
			case len(a.Parts) > 1 && a.Parts[len(a.Parts)-2] == "st":
				return "st." + a.Parts[len(a.Parts)-1]
			case len(a.Parts) == 2 && a.Parts[0] == "m":
				return "m[" + a.Parts[1] + "]"
			}
			return a.Parts[len(a.Parts)-1]
		},
		IsStruct: func(e plan.Expression) bool {
			a, column := e.(plan.Attribute)
			return !column || a.Parts[0] == "st"
		},
	}
	for _, want := range list {
		query, err := ParseQuery("SELECT "+want.Text+" FROM t", Parameters{})
		if err != nil {
			t.Errorf("%s: %v", want.Text, err)
			continue
		}
		items := query.(plan.Project).Items
		var got []string
		for _, e := range items {
			got = append(got, naming.ColumnName(e))
		}
		if generator(items[0]) || want.Text == "current_date" {
			continue // the analyzer knows the names of generators' columns, and that there is no column current_date
		}
		if !slices.Equal(got, want.Columns) {
			t.Errorf("%s: named %q, Spark says %q", want.Text, got, want.Columns)
		}
	}
}

func generator(e plan.Expression) bool {
	c, ok := e.(plan.Call)
	return ok && slices.Contains([]string{"explode", "posexplode", "inline", "stack", "json_tuple"}, c.Name)
}
