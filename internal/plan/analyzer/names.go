package analyzer

import (
	"sort"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// same reports whether two names are equal under the session's case rule.
func (a *analyzer) same(x, y string) bool {
	return x == y || !a.options.CaseSensitive && strings.EqualFold(x, y)
}

// find returns the columns that the parts of a name may mean, and the parts that are left over as struct fields. The longest
// qualifier wins: t.a is column a of t before it is field a of a column t.
func (a *analyzer) find(columns []typed.Column, parts []string) (found []typed.Column, fields []string) {
	for n := len(parts) - 1; n >= 1; n-- {
		for _, c := range columns {
			if len(c.Qualifier) >= n && a.sameParts(c.Qualifier[len(c.Qualifier)-n:], parts[:n]) && a.same(c.Name, parts[n]) {
				found = append(found, c)
			}
		}
		if found = a.distinctColumns(found); len(found) > 0 {
			return found, parts[n+1:]
		}
	}
	for _, c := range columns {
		if a.same(c.Name, parts[0]) {
			found = append(found, c)
		}
	}
	return a.distinctColumns(found), parts[1:]
}

func (a *analyzer) sameParts(x, y []string) bool {
	for i := range x {
		if !a.same(x[i], y[i]) {
			return false
		}
	}
	return true
}

// distinctColumns leaves out columns that repeat another one.
func (a *analyzer) distinctColumns(columns []typed.Column) []typed.Column {
	var distinct []typed.Column
	seen := map[typed.ColumnID]bool{}
	for _, c := range columns {
		if id := a.origin(c.ID); !seen[id] {
			seen[id] = true
			distinct = append(distinct, c)
		}
	}
	return distinct
}

// ambiguous is the error for a name that several columns have.
func ambiguous(parts []string, found []typed.Column) error {
	names := make([]string, len(found))
	for i, c := range found {
		names[i] = quoteParts(append(append([]string(nil), c.Qualifier...), c.Name))
	}
	sort.Strings(names)
	name, list := quoteParts(parts), "["+strings.Join(names, ", ")+"]"
	return sparkerror.New(sparkerror.AnalysisException, "AMBIGUOUS_REFERENCE", "42704", "Reference %s is ambiguous, could be: %s.", name, list).
		With("name", name, "referenceNames", list)
}

// quoteParts writes the parts of a name in backticks.
func quoteParts(parts []string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = "`" + strings.ReplaceAll(p, "`", "``") + "`"
	}
	return strings.Join(quoted, ".")
}
