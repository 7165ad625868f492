package source

import (
	"errors"
	"math/big"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/source/literal"
)

// pythonParse reads the value of an option; errors tell the position and what was expected there.
func pythonParse(option, text string) (literal.Value, error) {
	v, err := literal.Parse(text)
	if err != nil {
		return v, badLiteral(option, err)
	}
	return v, nil
}

func badLiteral(option string, err error) error {
	return &OptionError{Option: option, Message: "it cannot be read", Err: err}
}

// parseColumns reads a list of column names.
func parseColumns(text string) ([]string, error) {
	const expected = `a list of column names such as ["text", "label"]`
	v, err := pythonParse("columns", text)
	if err != nil {
		var e *literal.Error
		if errors.As(err, &e) && !strings.ContainsAny(text, `["'(`) {
			return nil, badLiteral("columns", &literal.Error{Text: text, Offset: 0, Expected: expected, Found: text})
		}
		return nil, err
	}
	if v.Kind != literal.List && v.Kind != literal.Tuple {
		return nil, badLiteral("columns", v.Unexpected(text, expected))
	}
	if len(v.Items) == 0 {
		return nil, badOption("columns", "the list is empty; leave the option out to get all columns")
	}
	out := make([]string, len(v.Items))
	for i, item := range v.Items {
		name, ok := item.Scalar.(string)
		if !ok {
			return nil, badLiteral("columns", item.Unexpected(text, "the name of a column in quotes"))
		}
		if slices.Contains(out[:i], name) {
			return nil, badLiteral("columns", item.Unexpected(text, "a name that is not in the list already"))
		}
		out[i] = name
	}
	return out, nil
}

// parseDataFiles reads data_files: a path or pattern as it stands, or a list, or a dict of splits. The order of a dict is kept.
func parseDataFiles(text string) (any, error) {
	v, err := literal.Parse(text)
	trimmed := strings.TrimSpace(text)
	if err != nil {
		for _, opening := range []string{`["`, `['`, `("`, `('`, `{"`, `{'`} {
			if strings.HasPrefix(strings.ReplaceAll(trimmed, " ", ""), opening) {
				return nil, badLiteral("data_files", err)
			}
		}
		v = literal.Value{Kind: literal.Int} // Not a literal: a plain path.
	}
	const expected = "the path of a data file, in quotes"
	paths := func(items []literal.Value) ([]string, error) {
		out := make([]string, len(items))
		for i, item := range items {
			var ok bool
			if out[i], ok = item.Scalar.(string); !ok {
				return nil, badLiteral("data_files", item.Unexpected(text, expected))
			}
		}
		return out, nil
	}
	switch v.Kind {
	case literal.String:
		return v.Scalar, nil
	case literal.List, literal.Tuple, literal.Set:
		if len(v.Items) == 0 {
			return nil, badOption("data_files", "the list is empty; leave the option out to get the files of the subset")
		}
		if v.Items[0].Kind == literal.Dict {
			return splitItems(text, v.Items)
		}
		return paths(v.Items)
	case literal.Dict:
		if len(v.Items) == 0 {
			return nil, badOption("data_files", "the dict is empty; leave the option out to get the files of the subset")
		}
		var out []any
		for i := 0; i < len(v.Items); i += 2 {
			split, ok := v.Items[i].Scalar.(string)
			if !ok {
				return nil, badLiteral("data_files", v.Items[i].Unexpected(text, "the name of a split in quotes"))
			}
			value := v.Items[i+1]
			items := value.Items
			if value.Kind == literal.String {
				items = []literal.Value{value}
			} else if value.Kind != literal.List && value.Kind != literal.Tuple {
				return nil, badLiteral("data_files", value.Unexpected(text, "a path or a list of paths"))
			}
			list, err := paths(items)
			if err != nil {
				return nil, err
			}
			out = append(out, map[string]any{"split": split, "path": list})
		}
		return out, nil
	}
	if trimmed == "" {
		return nil, badOption("data_files", "it is empty; leave the option out to get the files of the subset")
	}
	return text, nil
}

// splitItems reads the form of the README: a list of dicts with split and path.
func splitItems(text string, items []literal.Value) (any, error) {
	var out []any
	for _, item := range items {
		entry, ok := plainValue(item).(map[string]any)
		if !ok {
			return nil, badLiteral("data_files", item.Unexpected(text, "a dict with split and path"))
		}
		out = append(out, entry)
	}
	return out, nil
}

// parseParameter reads a parameter of a format as pyspark_huggingface does: true or false in any case, else a Python literal, else
// the text itself.
func parseParameter(text string) any {
	switch strings.ToLower(text) {
	case "true":
		return true
	case "false":
		return false
	}
	v, err := literal.Parse(text)
	if err != nil {
		return text
	}
	return plainValue(v)
}

// plainValue turns a literal into bool, int64, float64, string, []byte, nil, []any or map[string]any.
func plainValue(v literal.Value) any {
	switch v.Kind {
	case literal.List, literal.Tuple, literal.Set:
		out := make([]any, len(v.Items))
		for i := range v.Items {
			out[i] = plainValue(v.Items[i])
		}
		return out
	case literal.Dict:
		out := make(map[string]any, len(v.Items)/2)
		for i := 0; i < len(v.Items); i += 2 {
			key, ok := v.Items[i].Scalar.(string)
			if !ok {
				key = v.Items[i].Text
			}
			out[key] = plainValue(v.Items[i+1])
		}
		return out
	}
	if n, ok := v.Scalar.(*big.Int); ok {
		f, _ := new(big.Float).SetInt(n).Float64()
		return f
	}
	return v.Scalar
}
