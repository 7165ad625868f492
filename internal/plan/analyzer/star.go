package analyzer

import (
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// starred is a column that a star or regular expression stands for.
type starred struct {
	name       string
	expression typed.Expression
}

// expand returns what a star stands for: all columns, those of an alias, or the fields of a struct column.
func (s *scope) expand(e plan.Star) ([]starred, error) {
	columns, err := s.starColumns(e)
	if err != nil {
		return nil, err
	}
	var found []starred
	if columns != nil {
		for _, c := range columns {
			found = append(found, starred{name: c.Name, expression: typed.Reference{Column: c}})
		}
	} else if found, err = s.structFields(e); err != nil {
		return nil, err
	}
	if len(e.Except) > 0 {
		return s.except(found, e)
	}
	return found, nil
}

// starColumns lists the columns of a star; nil when its target is no alias.
func (s *scope) starColumns(e plan.Star) ([]typed.Column, error) {
	columns := s.visible()
	if e.PlanID != 0 {
		return s.dataFrameColumns(e)
	}
	if len(e.Target) == 0 {
		if columns == nil {
			columns = []typed.Column{}
		}
		return columns, nil
	}
	var found []typed.Column
	reachable := columns
	for _, r := range s.inputs {
		reachable = append(slices.Clone(reachable), r.hidden...)
	}
	for _, c := range reachable {
		if q := c.Qualifier; len(q) >= len(e.Target) && s.a.sameParts(q[len(q)-len(e.Target):], e.Target) {
			found = append(found, c)
		}
	}
	return s.inRelationOrder(found), nil
}

// inRelationOrder puts merged join keys, which stand behind or before the other columns, back where their relation has them.
func (s *scope) inRelationOrder(columns []typed.Column) []typed.Column {
	slices.SortStableFunc(columns, func(x, y typed.Column) int { return int(x.ID - y.ID) })
	return columns
}

func (s *scope) dataFrameColumns(e plan.Star) ([]typed.Column, error) {
	if !s.reaches(e.PlanID) {
		return nil, foreignColumn([]string{"*"})
	}
	var target *relation
	var visit func(r *relation)
	visit = func(r *relation) {
		if slices.Contains(r.ids, e.PlanID) {
			target = r
			return
		}
		for _, below := range r.inputs {
			visit(below)
		}
	}
	for _, r := range s.inputs {
		visit(r)
	}
	found := []typed.Column{}
	if target == nil {
		return found, nil
	}
	for _, c := range target.columns {
		for _, r := range s.inputs {
			if shown, ok := r.shown(c.ID); ok {
				found = append(found, shown)
			}
		}
	}
	return found, nil
}

func (s *scope) structFields(e plan.Star) ([]starred, error) {
	resolved, err := s.lookup(plan.Attribute{Parts: e.Target})
	if err != nil {
		return nil, err
	}
	if resolved != nil {
		t, ok := resolved.Type().(types.Struct)
		if !ok {
			return nil, fail("_LEGACY_ERROR_TEMP_1050", "", "Can only star expand struct data types. Attribute: `List(%s)`.", strings.Join(e.Target, ", ")).
				With("attributes", "List("+strings.Join(e.Target, ", ")+")")
		}
		if ok {
			fields := make([]starred, len(t.Fields))
			for i, f := range t.Fields {
				fields[i] = starred{name: f.Name, expression: typed.Field{Child: resolved, Index: i, Name: f.Name}}
			}
			return fields, nil
		}
	}
	names := columnNames(s.visible())
	sort.Strings(names)
	target, list := quoteParts(e.Target), strings.Join(names, ", ")
	return nil, fail("CANNOT_RESOLVE_STAR_EXPAND", "42704",
		"Cannot resolve %s.* given input columns %s. Please check that the specified table or struct exists and is accessible in the input columns.", target, list).
		With("targetString", target, "columns", list)
}

// except leaves out the columns that EXCEPT names.
func (s *scope) except(found []starred, e plan.Star) ([]starred, error) {
	columns := make([]typed.Column, len(found))
	for i, f := range found {
		if r, ok := f.expression.(typed.Reference); ok {
			columns[i] = r.Column
		}
		columns[i].Name = f.name
		columns[i].ID = -typed.ColumnID(i + 1) // a place in found
	}
	out := map[int]bool{}
	for _, parts := range e.Except {
		matches, fields := s.a.find(columns, parts)
		if len(matches) == 0 {
			return nil, unresolvedInOrder(dotted(parts), columns)
		}
		if len(fields) > 0 {
			return nil, sparkerror.Unsupported("EXCEPT of a struct's field "+quoteParts(parts), "Name whole columns in EXCEPT, and use dropFields for fields.")
		}
		for _, m := range matches {
			out[int(-m.ID-1)] = true
		}
	}
	var kept []starred
	for i, f := range found {
		if !out[i] {
			kept = append(kept, f)
		}
	}
	return kept, nil
}

// expandRegex returns the columns whose whole name matches.
func (s *scope) expandRegex(e plan.Regex) ([]starred, error) {
	pattern := e.Pattern
	if text, ok := strings.CutPrefix(pattern, "`"); ok {
		pattern = strings.TrimSuffix(text, "`") // DataFrames send the pattern in its backticks
	}
	if !s.a.options.CaseSensitive {
		pattern = "(?i)" + pattern
	}
	matcher, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		return nil, sparkerror.Unsupported("the column pattern "+e.Pattern, "Write it without look-around and back-references: "+err.Error()+".")
	}
	columns := s.visible()
	if e.PlanID != 0 {
		if columns, err = s.dataFrameColumns(plan.Star{PlanID: e.PlanID}); err != nil {
			return nil, err
		}
	}
	found := []starred{}
	for _, c := range columns {
		if matcher.MatchString(c.Name) {
			found = append(found, starred{name: c.Name, expression: typed.Reference{Column: c}})
		}
	}
	return found, nil
}

// expandStars replaces stars among a call's arguments by what they stand for; count(*) counts rows.
func (s *scope) expandStars(e plan.Call) ([]plan.Expression, error) {
	var written []plan.Expression
	for _, arg := range e.Args {
		star, ok := arg.(plan.Star)
		if !ok {
			written = append(written, arg)
			continue
		}
		if e.Name == "count" && len(e.Args) == 1 {
			if len(star.Target) > 0 && !e.Distinct {
				name := quoteParts(star.Target)
				return nil, fail("INVALID_USAGE_OF_STAR_WITH_TABLE_IDENTIFIER_IN_COUNT", "42000",
					"count(%s.*) is not allowed. Use count(*) or expand the columns manually, e.g. count(col1, col2).", name).With("tableName", name)
			}
			if !e.Distinct {
				return []plan.Expression{plan.Literal{Value: int32(1), Type: types.Integer}}, nil
			}
		}
		found, err := s.expand(star)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			written = append(written, resolvedExpression{Expression: plan.Attribute{Parts: []string{f.name}}, value: f.expression})
		}
	}
	return written, nil
}
