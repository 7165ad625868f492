package source

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/source/literal"
	"github.com/hfspark/hfspark/source/predicate"
)

const filtersExpected = `a list of conditions such as [("language", "=", "zh")]`

// parseFilters reads the option filters, with the meaning of pyarrow (pyarrow/parquet/core.py, filters_to_expression): a list of
// conditions that must all hold, or a list of such lists, of which one must hold.
func parseFilters(text string) (Predicate, error) {
	v, err := pythonParse("filters", text)
	if err != nil {
		return nil, err
	}
	if v.Kind == literal.None {
		return nil, nil
	}
	if v.Kind != literal.List {
		if v.Kind == literal.Tuple && isCondition(v) {
			return nil, badLiteral("filters", v.Unexpected(text, filtersExpected+"; put the condition into a list"))
		}
		return nil, badLiteral("filters", v.Unexpected(text, filtersExpected))
	}
	if len(v.Items) == 0 {
		return nil, badLiteral("filters", v.Unexpected(text, "at least one condition; leave the option out to get all rows"))
	}
	if isCondition(v.Items[0]) {
		return parseConditions(text, v)
	}
	var out Or
	for _, item := range v.Items {
		if item.Kind != literal.List && item.Kind != literal.Tuple || isCondition(item) {
			return nil, badLiteral("filters", item.Unexpected(text, "a list of conditions, like the ones before it"))
		}
		if len(item.Items) == 0 {
			return nil, badLiteral("filters", item.Unexpected(text, "at least one condition"))
		}
		all, err := parseConditions(text, item)
		if err != nil {
			return nil, err
		}
		out = append(out, all)
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

// isCondition tells a condition from a list of conditions: it begins with a name, or at least has an operator in its place.
func isCondition(v literal.Value) bool {
	if v.Kind != literal.List && v.Kind != literal.Tuple || len(v.Items) == 0 {
		return false
	}
	return v.Items[0].Kind == literal.String || len(v.Items) == 3 && v.Items[1].Kind == literal.String
}

func parseConditions(text string, list literal.Value) (Predicate, error) {
	var out And
	for _, item := range list.Items {
		one, err := parseCondition(text, item)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

var operators = map[string]Operator{
	"=": Equal, "==": Equal, "!=": NotEqual, "<": Less, "<=": LessOrEqual, ">": Greater, ">=": GreaterOrEqual,
}

func parseCondition(text string, v literal.Value) (Predicate, error) {
	if v.Kind != literal.List && v.Kind != literal.Tuple || len(v.Items) != 3 {
		return nil, badLiteral("filters", v.Unexpected(text, "a condition of three parts: (column, operator, value)"))
	}
	column, ok := v.Items[0].Scalar.(string)
	if !ok {
		return nil, badLiteral("filters", v.Items[0].Unexpected(text, "the name of a column in quotes"))
	}
	name, _ := v.Items[1].Scalar.(string)
	if name == "in" || name == "not in" {
		return parseIn(text, column, name == "not in", v.Items[2])
	}
	op, ok := operators[name]
	if !ok {
		return nil, badLiteral("filters", v.Items[1].Unexpected(text, `an operator: "=", "==", "!=", "<", "<=", ">", ">=", "in" or "not in"`))
	}
	value, err := filterValue(text, v.Items[2])
	if err != nil {
		return nil, err
	}
	return Compare{Column: column, Operator: op, Value: value}, nil
}

func parseIn(text, column string, negated bool, v literal.Value) (Predicate, error) {
	if v.Kind != literal.List && v.Kind != literal.Tuple && v.Kind != literal.Set {
		return nil, badLiteral("filters", v.Unexpected(text, `a list of values after "in"`))
	}
	out := In{Column: column, Negated: negated, MatchNull: true, Values: make([]any, len(v.Items))}
	for i, item := range v.Items {
		value, err := filterValue(text, item)
		if err != nil {
			return nil, err
		}
		out.Values[i] = value
	}
	return out, nil
}

func filterValue(text string, v literal.Value) (any, error) {
	switch v.Kind {
	case literal.None:
		return nil, nil
	case literal.Bool, literal.Float, literal.String, literal.Bytes:
		return v.Scalar, nil
	case literal.Int:
		if _, big := v.Scalar.(*big.Int); big {
			return nil, badLiteral("filters", v.Unexpected(text, "an integer of 64 bits"))
		}
		return v.Scalar, nil
	}
	return nil, badLiteral("filters", v.Unexpected(text, "a value: a string, a number, bytes, True, False or None"))
}

// checkFilters fits conditions to the columns of a table: unknown columns and values that their columns cannot be compared with
// are errors. Text that is compared with a date or timestamp is read as one.
func checkFilters(p Predicate, schema *arrow.Schema) (Predicate, error) {
	return predicate.Map(p, func(leaf Predicate) (Predicate, error) {
		name := predicate.Column(leaf)
		indices := schema.FieldIndices(name)
		if len(indices) == 0 {
			return nil, badOption("filters", "there is no column %q; %s", name, didYouMean(name, fieldNames(schema)))
		}
		f := schema.Field(indices[0])
		switch leaf := leaf.(type) {
		case Compare:
			value, err := fitValue(f, leaf.Value)
			leaf.Value = value
			return leaf, err
		case In:
			values := make([]any, len(leaf.Values))
			for i, v := range leaf.Values {
				var err error
				if values[i], err = fitValue(f, v); err != nil {
					return nil, err
				}
			}
			leaf.Values = values
			return leaf, nil
		}
		return leaf, nil
	})
}

func fitValue(f arrow.Field, value any) (any, error) {
	column, t := f.Name, f.Type
	if text, ok := value.(string); ok {
		switch t.ID() {
		case arrow.DATE32, arrow.DATE64:
			if day, err := time.Parse(time.DateOnly, text); err == nil {
				return DateValue(day.Unix() / 86400), nil
			}
			return nil, badOption("filters", "the column %q is a date and cannot be compared with %q; write it as YYYY-MM-DD", column, text)
		case arrow.TIMESTAMP:
			if at, ok := parseInstant(text); ok {
				return TimestampValue(at.UnixMicro()), nil
			}
			return nil, badOption("filters", "the column %q is a timestamp and cannot be compared with %q; write it as YYYY-MM-DD HH:MM:SS", column, text)
		}
	}
	switch v := value.(type) { // Text and bytes compare; each gets the type of the column.
	case string:
		if isBinary(t) {
			return []byte(v), nil
		}
	case []byte:
		if isText(t) {
			value = string(v)
		}
	}
	if err := predicate.Check(t, value); err != nil {
		if hint := labelNumber(f, value); hint != "" {
			return nil, badOption("filters", "the column %q has class labels, which conditions name by their numbers, as in the datasets library; %s", column, hint)
		}
		return nil, badOption("filters", "the column %q cannot be compared with this value: %s", column, err)
	}
	return value, nil
}

// labelNumber tells the number of a class that is compared by its name; "" where the column has no classes.
func labelNumber(f arrow.Field, value any) string {
	name, isText := value.(string)
	feature, ok := dataset.FieldFeature(f)
	if !isText || !ok || feature.Kind != dataset.KindClassLabel || len(feature.Names) == 0 {
		return ""
	}
	if number := slices.Index(feature.Names, name); number >= 0 {
		return fmt.Sprintf("write %d instead of %q", number, name)
	}
	return fmt.Sprintf("there is no class %q; %s", name, didYouMean(name, feature.Names))
}

func isText(t arrow.DataType) bool {
	return t.ID() == arrow.STRING || t.ID() == arrow.LARGE_STRING || t.ID() == arrow.STRING_VIEW
}

func isBinary(t arrow.DataType) bool {
	return t.ID() == arrow.BINARY || t.ID() == arrow.LARGE_BINARY || t.ID() == arrow.BINARY_VIEW || t.ID() == arrow.FIXED_SIZE_BINARY
}

// parseInstant reads a timestamp of a filter; without a zone it is UTC.
func parseInstant(text string) (time.Time, bool) {
	text = strings.Replace(text, "T", " ", 1)
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// project picks columns of a schema by name; nil picks all. They keep their order in the schema, as in the datasets library, whatever
// order they are asked for in.
func project(schema *arrow.Schema, columns []string) (*arrow.Schema, error) {
	if columns == nil {
		return schema, nil
	}
	for _, name := range columns {
		if !schema.HasField(name) {
			return nil, badOption("columns", "there is no column %q; %s", name, didYouMean(name, fieldNames(schema)))
		}
	}
	var fields []arrow.Field
	for _, f := range schema.Fields() {
		if slices.Contains(columns, f.Name) {
			fields = append(fields, f)
		}
	}
	meta := schema.Metadata()
	return arrow.NewSchema(fields, &meta), nil
}
