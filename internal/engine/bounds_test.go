package engine

import (
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/source"
)

// nestedType makes a type of structs and lists in turn.
func nestedType(depth int) types.DataType {
	var t types.DataType = types.Long
	for i := range depth {
		if i%2 == 0 {
			t = types.Array{Element: t, ContainsNull: true}
		} else {
			t = types.Struct{Fields: []types.Field{{Name: "a", Type: t, Nullable: true}}}
		}
	}
	return t
}

func TestScansThatDuckDBCannotPlan(t *testing.T) {
	t.Parallel()
	wide := func(n int) []typed.Column {
		columns := make([]typed.Column, n)
		for i := range columns {
			columns[i] = column(i+1, "a", types.Long)
		}
		return columns
	}
	for _, test := range []struct {
		name    string
		columns []typed.Column
		state   string
		want    []string // in the error; none where there is none
	}{
		{"as many columns as may be", wide(maxColumns), "", nil},
		{"too many columns", wide(maxColumns + 1), "54011", []string{"20001 columns of acme/wide", "20000", "option columns", "--columns"}},
		{"as deep as may be", []typed.Column{column(1, "x", nestedType(maxDepth))}, "", nil},
		{"too deep", []typed.Column{column(1, "x", nestedType(200))}, "54000", []string{"column `x` of acme/wide", "200 deep", "100 deep", "option columns"}},
		{"too deep in a map", []typed.Column{column(1, "x", types.Map{Key: types.String, Value: nestedType(maxDepth)})}, "54000", []string{"101 deep"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			table := &source.Table{Options: source.Options{Path: "acme/wide"}}
			_, err := printPlan(&typed.Scan{Table: table, Columns: test.columns, Fields: make([]int, len(test.columns))}, 2)
			if len(test.want) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e, ok := sparkerror.As(err)
			if !ok || e.SQLState != test.state {
				t.Fatalf("%v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
		})
	}
}
