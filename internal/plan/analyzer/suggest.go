package analyzer

import (
	"slices"
	"sort"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// suggestions is how many names an error proposes.
const suggestions = 5

// unresolvedColumn is the error for a name that nothing in reach has.
func unresolvedColumn(parts []string, columns []typed.Column) error {
	return unresolved("UNRESOLVED_COLUMN", "A column, variable, or function parameter", parts, columns, nil)
}

// unresolvedField is the error for a struct field or map key that cannot be found by a bare name.
func unresolved(condition, what string, parts []string, columns []typed.Column, cause error) error {
	object := quoteParts(parts)
	if len(columns) == 0 {
		e := sparkerror.New(sparkerror.AnalysisException, condition+".WITHOUT_SUGGESTION", "42703",
			"%s with name %s cannot be resolved.", what, object).With("objectName", object)
		e.Err = cause
		return e
	}
	proposal := strings.Join(propose(parts, columns), ", ")
	e := sparkerror.New(sparkerror.AnalysisException, condition+".WITH_SUGGESTION", "42703",
		"%s with name %s cannot be resolved. Did you mean one of the following? [%s].", what, object, proposal).
		With("objectName", object, "proposal", proposal)
	e.Err = cause
	return e
}

// unresolvedOf is the error for a column of the input that a method names; all columns are proposed, in their order.
func unresolvedOf(name string, columns []typed.Column) error {
	object, proposal := quoteParts([]string{name}), strings.Join(columnNames(columns), ", ")
	return fail("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
		"A column, variable, or function parameter with name %s cannot be resolved. Did you mean one of the following? [%s].", object, proposal).
		With("objectName", object, "proposal", proposal)
}

// propose orders the names of columns by their distance from the parts of a name, as Spark does: a qualifier that all share
// is left out when the name has none, and names at the same distance stand in alphabetical order.
func propose(parts []string, columns []typed.Column) []string {
	names := make([][]string, len(columns))
	for i, c := range columns {
		names[i] = append(slices.Clone(c.Qualifier), c.Name)
	}
	if len(parts) == 1 && sameQualifier(names) {
		for i, n := range names {
			names[i] = n[len(n)-1:]
		}
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quoteParts(n)
	}
	sort.Strings(quoted)
	written := make([]string, len(parts))
	for i, p := range parts {
		written[i] = types.QuoteIfNeeded(p)
	}
	return sparkerror.Nearest(dotted(written), quoted, suggestions)
}

func sameQualifier(names [][]string) bool {
	for _, n := range names[1:] {
		if !slices.Equal(n[:len(n)-1], names[0][:len(names[0])-1]) {
			return false
		}
	}
	return true
}

// unresolvedAmong is the error of DataFrame methods that take the names of columns.
func unresolvedAmong(name string, columns []typed.Column) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	list := strings.Join(names, ", ")
	return fail("UNRESOLVED_COLUMN_AMONG_FIELD_NAMES", "42703", "Cannot resolve column name \"%s\" among (%s).", name, list).
		With("colName", name, "fieldNames", list)
}

// unresolvedInOrder is the error of df.to(schema) for a column that is not there: the nearest names, and of names equally
// far those that come first.
func unresolvedInOrder(name string, columns []typed.Column) error {
	near := sparkerror.Nearest(name, columnNames(columns), suggestions)
	object, proposal := quoteParts([]string{name}), strings.Join(near, ", ")
	return fail("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
		"A column, variable, or function parameter with name %s cannot be resolved. Did you mean one of the following? [%s].", object, proposal).
		With("objectName", object, "proposal", proposal)
}
