package analyzer

import (
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// fail makes an AnalysisException.
func fail(condition, sqlState, format string, args ...any) *sparkerror.Error {
	return sparkerror.New(sparkerror.AnalysisException, condition, sqlState, format, args...)
}

// mismatch makes a DATATYPE_MISMATCH error about an expression, given as its text without quotes.
func mismatch(condition, expression, format string, args ...any) *sparkerror.Error {
	quoted := `"` + expression + `"`
	return fail("DATATYPE_MISMATCH."+condition, "42K09", "Cannot resolve %s due to data type mismatch: %s", quoted, fmt.Sprintf(format, args...)).
		With("sqlExpr", quoted)
}

func unsupportedRelation(r plan.Relation) error {
	return sparkerror.Unsupported("the relation "+strings.TrimPrefix(fmt.Sprintf("%T", r), "plan."), "")
}

// quotedType writes a type as Spark's errors do: "ARRAY<INT>".
func quotedType(t types.DataType) string { return `"` + t.SQL() + `"` }

var ordinals = []string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}

// ordinal writes a position, counted from 0, as Spark's errors do.
func ordinal(i int) string {
	if i < len(ordinals) {
		return ordinals[i]
	}
	return fmt.Sprintf("%dth", i+1)
}

// columnNames lists the names of columns in backticks.
func columnNames(columns []typed.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quoteParts([]string{c.Name})
	}
	return names
}

// columnExists is the error for a name that would be there twice.
func columnExists(name string) error {
	quoted := quoteParts([]string{name})
	return fail("COLUMN_ALREADY_EXISTS", "42711", "The column %s already exists. Choose another name or rename the existing column.", quoted).
		With("columnName", quoted)
}

// unsupportedIn is the error for aggregate and window functions where an operator cannot have them.
func unsupportedIn(operator, expressions string) error {
	return fail("UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E",
		"The query operator %s contains one or more unsupported expressions. Consider to rewrite it to avoid window functions, aggregate functions, and generator functions in the %s operator. Invalid expressions: [%s]",
		operator, operator, expressions).With("operator", operator, "invalidExprSqls", expressions)
}

// outsideSelect is the error for a generator that cannot make rows where it stands.
func outsideSelect(where string) error {
	return fail("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "42K0E", "The generator is not supported: outside the SELECT clause, found: %s.", where).
		With("plan", where)
}
