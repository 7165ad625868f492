package convert

import (
	"bytes"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sqltext"
)

func parseExpression(text string) (plan.Expression, error) { return sqltext.ParseExpression(text) }

// parseIdentifier reads a dotted name. An empty name stays one empty part, which resolves to nothing.
func parseIdentifier(text string) ([]string, error) { return sqltext.ParseIdentifier(text) }

func parseType(text string) (types.DataType, error) { return sqltext.ParseType(text) }

// ParseSchema reads a schema that a client wrote as DDL ("a int, b string"), as a single type, or as JSON. A type that is
// not a struct becomes the schema of one column called value, as in Spark.
func ParseSchema(text string) (types.Struct, error) {
	t, err := parseSchemaType(text)
	if err != nil {
		return types.Struct{}, err
	}
	if s, ok := t.(types.Struct); ok {
		return s, nil
	}
	return types.Struct{Fields: []types.Field{{Name: "value", Type: t, Nullable: true}}}, nil
}

func parseSchemaType(text string) (types.DataType, error) {
	if trimmed := bytes.TrimSpace([]byte(text)); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '"') {
		return types.FromJSON(trimmed)
	}
	return ParseDDL(text)
}

// ParseDDL reads a type or a list of columns, whichever the text is.
func ParseDDL(text string) (types.DataType, error) {
	if t, err := sqltext.ParseType(text); err == nil {
		return t, nil
	}
	s, err := sqltext.ParseSchema(text)
	return s, err
}
