package analyzer

import (
	"slices"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// candidate is a column found in a DataFrame, depth relations below the operator that asks for it.
type candidate struct {
	column typed.Column
	fields []string
	depth  int
}

// dataFrameColumn resolves an attribute that names its DataFrame, like df["a"]: the DataFrame is searched below the
// relations, and its column counts where it is still there at the top.
func (s *scope) dataFrameColumn(relations []*relation, e plan.Attribute) (typed.Expression, error) {
	best, err := s.search(relations, e, 0)
	if best == nil || err != nil {
		return nil, err
	}
	return s.column([]typed.Column{best.column}, e.Parts, best.fields)
}

// search looks for the nearest candidate; two at the same depth are ambiguous, as the same DataFrame on both sides of a
// join is.
func (s *scope) search(relations []*relation, e plan.Attribute, depth int) (*candidate, error) {
	var best *candidate
	tie := false
	for _, r := range relations {
		c, err := s.searchBelow(r, e, depth)
		if err != nil {
			return nil, err
		}
		switch {
		case c == nil:
		case best == nil || c.depth < best.depth:
			best, tie = c, false
		case c.depth == best.depth:
			tie = true
		}
	}
	if tie {
		name := `"` + dotted(e.Parts) + `"`
		return nil, fail("AMBIGUOUS_COLUMN_REFERENCE", "42702",
			"Column %s is ambiguous. It's because you joined several DataFrame together, and some of these DataFrames are the same.\n"+
				"This column points to one of the DataFrames but Spark is unable to figure out which one.\n"+
				"Please alias the DataFrames with different names via `DataFrame.alias` before joining them,\n"+
				"and specify the column using qualified name, e.g. `df.alias(\"a\").join(df.alias(\"b\"), col(\"a.id\") > col(\"b.id\"))`.", name).
			With("name", name)
	}
	return best, nil
}

func (s *scope) searchBelow(r *relation, e plan.Attribute, depth int) (*candidate, error) {
	if !slices.Contains(r.ids, e.PlanID) {
		best, err := s.search(r.inputs, e, depth+1)
		if best == nil || err != nil {
			return nil, err
		}
		c, ok := r.shown(best.column.ID)
		if !ok {
			return nil, nil
		}
		best.column = c
		return best, nil
	}
	found, fields := s.a.find(r.columns, e.Parts)
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return &candidate{column: found[0], fields: fields, depth: depth}, nil
	}
	return nil, ambiguous(e.Parts, found)
}

// foreignColumn is the error for a column of a DataFrame that is not there, or whose column is not.
func foreignColumn(parts []string) error {
	name := `"` + dotted(parts) + `"`
	return fail("CANNOT_RESOLVE_DATAFRAME_COLUMN", "42704",
		"Cannot resolve dataframe column %s. It's probably because of illegal references like `df1.select(df2.col(\"a\"))`.", name).With("name", name)
}

// reaches reports whether the DataFrame with this id is anywhere in reach, whatever became of its columns.
func (s *scope) reaches(id plan.PlanID) bool {
	var inside func(r *relation) bool
	inside = func(r *relation) bool {
		return slices.Contains(r.ids, id) || slices.ContainsFunc(r.inputs, inside)
	}
	return slices.ContainsFunc(s.inputs, inside) || s.query.outer != nil && s.query.outer.reaches(id)
}
