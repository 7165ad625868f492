package analyzer

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/constant"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// sourceFunction reads a repository in SQL: hf('namespace/name', config => '7M').
const sourceFunction = "hf"

// tableFunction resolves a function in FROM: range, hf and generators.
func (a *analyzer) tableFunction(r plan.TableFunction, q query) (*relation, error) {
	s := a.scope(q)
	name := strings.ToLower(r.Name)
	switch name {
	case "range":
		return s.rangeFunction(r)
	case sourceFunction:
		return s.sourceFunction(r)
	}
	base, ok := function.Lookup(strings.TrimSuffix(name, outerSuffix))
	if !ok || base.Kind != function.Generator {
		quoted := quoteParts([]string{r.Name})
		return nil, fail("UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883",
			"Could not resolve %s to a table-valued function.\nPlease make sure that %s is defined as a table-valued function and that all required parameters are provided correctly.\n"+
				"If %s is not defined, please create the table-valued function before using it.\nFor more information about defining table-valued functions, please refer to the Apache Spark documentation.",
			quoted, quoted, quoted).With("name", quoted)
	}
	if len(r.Named) > 0 {
		return nil, sparkerror.Unsupported("named arguments of "+name, "Give the arguments by position.")
	}
	call, f, err := s.generator(plan.Call{Name: name, Args: r.Args})
	if err != nil {
		return nil, err
	}
	one := barrier(&typed.Values{Rows: [][]typed.Expression{{}}}, nil)
	return a.generate(one, call, f, "", nil)
}

func (s *scope) rangeFunction(r plan.TableFunction) (*relation, error) {
	numbers := make([]int64, len(r.Args))
	for i, written := range r.Args {
		e, err := s.expression(written)
		if err != nil {
			return nil, err
		}
		value, ok := constant.Fold(e)
		n, isInt := constant.Integer(value)
		if !ok || !isInt {
			return nil, sparkerror.Unsupported("the argument "+s.pretty(written)+" of range", "Give whole numbers that are known in advance.")
		}
		numbers[i] = n
	}
	if len(r.Named) > 0 {
		return nil, sparkerror.Unsupported("named arguments of range", "Use range(start, end, step).")
	}
	node := plan.Range{Step: 1}
	switch len(numbers) {
	case 1:
		node.End = numbers[0]
	case 2:
		node.Start, node.End = numbers[0], numbers[1]
	case 3, 4:
		node.Start, node.End, node.Step = numbers[0], numbers[1], numbers[2]
	default:
		return nil, fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605",
			"The `range` requires [1, 2, 3, 4] parameters but the actual number is %d. Please, refer to 'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix.", len(numbers)).
			With("functionName", "`range`", "expectedNum", "[1, 2, 3, 4]", "actualNum", itoa(len(numbers)), "docroot", "https://spark.apache.org/docs/latest")
	}
	return s.a.numbers(node)
}

// sourceFunction is the data source huggingface with its options as named arguments.
func (s *scope) sourceFunction(r plan.TableFunction) (*relation, error) {
	read := plan.DataSource{Format: formatName, Options: map[string]string{}}
	for _, written := range r.Args {
		path, err := s.optionText("the repository", written)
		if err != nil {
			return nil, err
		}
		read.Paths = append(read.Paths, path)
	}
	for _, n := range r.Named {
		text, err := s.optionText("the option "+n.Name, n.Value)
		if err != nil {
			return nil, err
		}
		read.Options[n.Name] = text
	}
	return s.a.dataSource(read)
}

// optionText writes a constant as the text of an option; arrays become JSON lists.
func (s *scope) optionText(what string, written plan.Expression) (string, error) {
	value, ok := optionValue(written)
	if !ok {
		return "", sparkerror.Unsupported(what+" as "+s.pretty(written)+" in hf(…)", "Give constants: hf('namespace/name', config => '7M').")
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	if _, list := value.([]any); !list {
		return fmt.Sprint(value), nil
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("writing %s as JSON: %w", what, err)
	}
	return string(encoded), nil
}

func optionValue(e plan.Expression) (any, bool) {
	switch e := e.(type) {
	case plan.Literal:
		if d, ok := e.Value.(types.DecimalValue); ok {
			return d.String(), true
		}
		return e.Value, e.Value != nil
	case plan.Call:
		if e.Name != "array" {
			return nil, false
		}
		list := make([]any, len(e.Args))
		for i, arg := range e.Args {
			var ok bool
			if list[i], ok = optionValue(arg); !ok {
				return nil, false
			}
		}
		return list, true
	}
	return nil, false
}
