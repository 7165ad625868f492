package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
)

// outerSuffix ends the names of generators that keep rows for which they make none.
const outerSuffix = "_outer"

// generate adds the columns of a generator to its input's. names are those of AS, or nil.
func (a *analyzer) generate(input *relation, call typed.Call, f *function.Function, qualifier string, names []string) (*relation, error) {
	outer := strings.HasSuffix(call.Name, outerSuffix)
	if outer {
		base := strings.TrimSuffix(call.Name, outerSuffix)
		if inner, ok := function.Lookup(base); ok {
			call.Name, f = base, inner
		}
	}
	columns := f.Columns(call)
	if names != nil && len(names) != len(columns) {
		list := strings.Join(names, ",")
		return nil, fail("UDTF_ALIAS_NUMBER_MISMATCH", "42802",
			"The number of aliases supplied in the AS clause does not match the number of columns output by the UDTF. Expected %d aliases, but got %s. Please ensure that the number of aliases provided matches the number of columns output by the UDTF.", len(columns), list).
			With("aliasesSize", itoa(len(columns)), "aliasesNames", list)
	}
	for i := range columns {
		columns[i].ID = a.id()
		columns[i].Nullable = columns[i].Nullable || outer
		if names != nil {
			columns[i].Name = names[i]
		}
		if qualifier != "" {
			columns[i].Qualifier = []string{qualifier}
		}
	}
	node := &typed.Generate{Input: input.node, Generator: call, Outer: outer, Columns: columns}
	generated := over(input, node)
	generated.columns = append(slices.Clone(input.columns), columns...)
	return generated, nil
}

// lateralView resolves LATERAL VIEW [OUTER] generator alias AS columns.
func (a *analyzer) lateralView(r plan.Generate, q query) (*relation, error) {
	input, err := a.relation(r.Input, q)
	if err != nil {
		return nil, err
	}
	s := a.scope(q, input)
	if r.Outer && !strings.HasSuffix(r.Generator.Name, outerSuffix) {
		r.Generator.Name += outerSuffix
	}
	call, f, err := s.generator(r.Generator)
	if err != nil {
		return nil, err
	}
	var names []string
	if len(r.Columns) > 0 {
		names = r.Columns
	}
	if r.Alias == "" {
		return a.generate(input, call, f, "", names)
	}
	return a.generate(input, call, f, r.Alias, names)
}

// generator resolves a call that must be one of a generator.
func (s *scope) generator(e plan.Call) (typed.Call, *function.Function, error) {
	outer := strings.HasSuffix(e.Name, outerSuffix)
	if _, ok := function.Lookup(e.Name); !ok && outer {
		e.Name = strings.TrimSuffix(e.Name, outerSuffix)
	} else {
		outer = false
	}
	resolved, err := s.call(e)
	if err != nil {
		return typed.Call{}, nil, err
	}
	call, f, ok := generatorOf(resolved)
	if !ok {
		name := quoteParts([]string{e.Name})
		return call, nil, fail("UNSUPPORTED_GENERATOR.NOT_GENERATOR", "42K0E",
			"The generator is not supported: %s is expected to be a generator. However, its class is %s, which is not a generator.", name, e.Name).
			With("functionName", name, "classCanonicalName", e.Name)
	}
	if outer {
		call.Name += outerSuffix
	}
	return call, f, nil
}

// nestedGenerator reports whether a generator stands inside another expression, where it cannot make rows.
func nestedGenerator(e plan.Expression) bool {
	if alias, ok := e.(plan.Alias); ok {
		return nestedGenerator(alias.Child)
	}
	nested := false
	mapWritten(e, func(child plan.Expression) plan.Expression {
		nested = nested || isWrittenGenerator(child) || nestedGenerator(child)
		return child
	})
	return nested
}

func isWrittenGenerator(e plan.Expression) bool {
	call, ok := e.(plan.Call)
	if !ok || call.UserDefined {
		return false
	}
	f, ok := function.Lookup(call.Name)
	return ok && f.Kind == function.Generator
}
