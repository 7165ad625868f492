package analyzer

import (
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

var setOperators = map[plan.SetOperator]typed.SetOperator{plan.Union: typed.Union, plan.Intersect: typed.Intersect, plan.Except: typed.Except}

var setNames = map[plan.SetOperator]string{plan.Union: "UNION", plan.Intersect: "INTERSECT", plan.Except: "EXCEPT"}

// setOperation combines two relations by position, or by name, and brings their columns to common types.
func (a *analyzer) setOperation(r plan.SetOperation, q query) (*relation, error) {
	left, err := a.relation(r.Left, q)
	if err != nil {
		return nil, err
	}
	right, err := a.relation(r.Right, q)
	if err != nil {
		return nil, err
	}
	if r.ByName {
		if left, right, err = a.byName(left, right, r.AllowMissingColumns); err != nil {
			return nil, err
		}
	}
	name := setNames[r.Operator]
	if r.All && r.Operator != plan.Union {
		name += " ALL"
	}
	if len(left.columns) != len(right.columns) {
		return nil, fail("NUM_COLUMNS_MISMATCH", "42826",
			"%s can only be performed on inputs with the same number of columns, but the first input has %d columns and the second input has %d columns.",
			name, len(left.columns), len(right.columns)).
			With("operator", name, "firstNumColumns", itoa(len(left.columns)), "invalidOrdinalNum", "second", "invalidNumColumns", itoa(len(right.columns)))
	}
	common, err := a.commonTypes(left, right, name)
	if err != nil {
		return nil, err
	}
	if r.Operator != plan.Union || !r.All {
		if err := checkComparable(left.columns, name); err != nil {
			return nil, err
		}
	}
	node := &typed.SetOperation{
		Left: a.castColumns(a.exact(left), common), Right: a.castColumns(a.exact(right), common),
		Operator: setOperators[r.Operator], All: r.All,
	}
	leftOut, rightOut := node.Left.Output(), node.Right.Output()
	columns := make([]typed.Column, len(common))
	for i, c := range left.columns {
		nullable := leftOut[i].Nullable || rightOut[i].Nullable
		switch r.Operator {
		case plan.Intersect:
			nullable = leftOut[i].Nullable && rightOut[i].Nullable
		case plan.Except:
			nullable = leftOut[i].Nullable
		}
		columns[i] = typed.Column{
			ID: a.id(), Name: c.Name, Type: mergeNulls(leftOut[i].Type, rightOut[i].Type), Nullable: nullable, Qualifier: c.Qualifier, Metadata: c.Metadata,
		}
	}
	node.Columns = columns
	return barrier(node, columns), nil
}

func (a *analyzer) commonTypes(left, right *relation, name string) ([]types.DataType, error) {
	common := make([]types.DataType, len(left.columns))
	for i, l := range left.columns {
		r := right.columns[i]
		var ok bool
		if common[i], ok = types.Wider(l.Type, r.Type, a.options.ANSI); !ok {
			return nil, fail("INCOMPATIBLE_COLUMN_TYPE", "42825",
				"%s can only be performed on tables with compatible column types. The %s column of the second table is %s type which is not compatible with %s at the same column of the first table..",
				name, ordinal(i), quotedType(r.Type), quotedType(l.Type)).
				With("operator", name, "columnOrdinalNumber", ordinal(i), "tableOrdinalNumber", "second",
					"dataType1", quotedType(r.Type), "dataType2", quotedType(l.Type), "hint", "")
		}
	}
	return common, nil
}

// mergeNulls is a type whose members may be null where those of x or y may; the types are equal but for that.
func mergeNulls(x, y types.DataType) types.DataType {
	switch x := x.(type) {
	case types.Array:
		if y, ok := y.(types.Array); ok {
			return types.Array{Element: mergeNulls(x.Element, y.Element), ContainsNull: x.ContainsNull || y.ContainsNull}
		}
	case types.Map:
		if y, ok := y.(types.Map); ok {
			return types.Map{Key: mergeNulls(x.Key, y.Key), Value: mergeNulls(x.Value, y.Value), ValueContainsNull: x.ValueContainsNull || y.ValueContainsNull}
		}
	case types.Struct:
		if y, ok := y.(types.Struct); ok && len(x.Fields) == len(y.Fields) {
			fields := make([]types.Field, len(x.Fields))
			for i, f := range x.Fields {
				f.Type, f.Nullable = mergeNulls(f.Type, y.Fields[i].Type), f.Nullable || y.Fields[i].Nullable
				fields[i] = f
			}
			return types.Struct{Fields: fields}
		}
	}
	return x
}

// byName reorders the columns of the right side as those of the left; with allowMissing, columns that only one side has
// are null on the other.
func (a *analyzer) byName(left, right *relation, allowMissing bool) (*relation, *relation, error) {
	for _, side := range []*relation{left, right} {
		if err := a.checkDistinctNames(side.columns); err != nil {
			return nil, nil, err
		}
	}
	index := func(columns []typed.Column, name string) int {
		for i, c := range columns {
			if a.same(c.Name, name) {
				return i
			}
		}
		return -1
	}
	var leftItems, rightItems []typed.Item
	for _, l := range left.columns {
		leftItems = append(leftItems, typed.Item{Column: l, Expression: typed.Reference{Column: l}})
		at := index(right.columns, l.Name)
		if at < 0 && !allowMissing {
			return nil, nil, unresolvedAmong(l.Name, right.columns)
		}
		rightItems = append(rightItems, a.orNull(right.columns, at, l))
	}
	for _, r := range right.columns {
		if index(left.columns, r.Name) >= 0 {
			continue
		}
		if !allowMissing {
			return nil, nil, fail("NUM_COLUMNS_MISMATCH", "42826",
				"UNION can only be performed on inputs with the same number of columns, but the first input has %d columns and the second input has %d columns.",
				len(left.columns), len(right.columns)).
				With("operator", "UNION", "firstNumColumns", itoa(len(left.columns)), "invalidOrdinalNum", "second", "invalidNumColumns", itoa(len(right.columns)))
		}
		leftItems = append(leftItems, a.orNull(nil, -1, r))
		rightItems = append(rightItems, typed.Item{Column: r, Expression: typed.Reference{Column: r}})
	}
	return project(left, leftItems), project(right, rightItems), nil
}

// orNull hands on the column at a position, or makes a null column like c.
func (a *analyzer) orNull(columns []typed.Column, at int, c typed.Column) typed.Item {
	if at >= 0 {
		return typed.Item{Column: columns[at], Expression: typed.Reference{Column: columns[at]}}
	}
	return typed.Item{
		Column:     typed.Column{ID: a.id(), Name: c.Name, Type: c.Type, Nullable: true},
		Expression: typed.Literal{DataType: c.Type},
	}
}

// checkDistinctNames refuses columns of the same name.
func (a *analyzer) checkDistinctNames(columns []typed.Column) error {
	for i, c := range columns {
		for _, d := range columns[:i] {
			if a.same(c.Name, d.Name) {
				return columnExists(strings.ToLower(c.Name))
			}
		}
	}
	return nil
}
