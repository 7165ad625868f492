package pushdown

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

// members tells scans which members of nested columns a plan uses, where that is not all of them. used says whether somebody
// uses the plan's output.
func members(n typed.Node, used bool) typed.Node {
	u := &memberUse{whole: set{}, present: set{}, paths: map[typed.ColumnID][]source.Member{}}
	// Uses are handed down the tree. Another round finds those of a column that stands further to the left.
	for before := -1; before != u.size(); {
		before = u.size()
		u.plan(n, used)
	}
	return u.mark(n)
}

// memberUse is what the expressions of a plan use of its nested columns.
type memberUse struct {
	whole set // columns that are used as they are
	// present are columns of which matters whether they are null, or how many elements they have.
	present set
	paths   map[typed.ColumnID][]source.Member
}

func (u *memberUse) size() int {
	n := len(u.whole) + len(u.present)
	for _, paths := range u.paths {
		n += len(paths)
	}
	return n
}

// mark puts what is used into the scans.
func (u *memberUse) mark(n typed.Node) typed.Node {
	if scan, ok := n.(*typed.Scan); ok {
		return u.markScan(scan)
	}
	inputs := n.Inputs()
	if len(inputs) == 0 {
		return n
	}
	marked := make([]typed.Node, len(inputs))
	for i, input := range inputs {
		marked[i] = u.mark(input)
	}
	return typed.WithInputs(n, marked...)
}

func (u *memberUse) markScan(n *typed.Scan) typed.Node {
	c := *n
	c.Members = nil
	for _, column := range n.Columns {
		paths := u.paths[column.ID]
		if len(paths) == 0 && u.present[column.ID] {
			if path := smallest(column.Type); path != nil {
				paths = []source.Member{path}
			}
		}
		if u.whole[column.ID] || len(paths) == 0 {
			continue
		}
		if c.Members == nil {
			c.Members = map[typed.ColumnID][]source.Member{}
		}
		slices.SortFunc(paths, slices.Compare[source.Member])
		c.Members[column.ID] = paths
	}
	return &c
}

// plan visits a plan from its root down, so that what is used of a column is known where it is made.
func (u *memberUse) plan(n typed.Node, used bool) {
	if used {
		u.columns(n.Output())
	}
	u.node(n)
}

func (u *memberUse) columns(columns []typed.Column) {
	for _, c := range columns {
		u.whole[c.ID] = true
	}
}

func (u *memberUse) node(n typed.Node) {
	switch n := n.(type) {
	case *typed.Project:
		for _, item := range n.Items {
			u.item(item)
		}
	case *typed.Aggregate:
		for _, item := range n.Items {
			u.expression(item.Expression, nil)
		}
		for _, item := range n.Grouping {
			u.expression(item.Expression, nil)
		}
	case *typed.SetOperation:
		u.setOperation(n)
	case *typed.Distinct:
		u.columns(n.Output())
	case *typed.Deduplicate:
		u.columns(n.Keys)
	case *typed.Generate:
		u.generate(n)
	default:
		for _, e := range typed.Expressions(n) {
			u.expression(e, nil)
		}
	}
	// The right side of a lateral join refers to columns of the left one.
	for _, input := range slices.Backward(n.Inputs()) {
		u.node(input)
	}
}

// item hands the uses of a computed column on to what it is computed from.
func (u *memberUse) item(item typed.Item) {
	if ref, ok := item.Expression.(typed.Reference); ok && ref.Column.ID == item.Column.ID {
		return
	}
	u.demand(item.Column.ID, item.Expression)
}

func (u *memberUse) demand(id typed.ColumnID, e typed.Expression) {
	if u.whole[id] {
		u.expression(e, nil)
		return
	}
	if len(u.paths[id]) == 0 {
		u.presence(e)
	}
	for _, path := range slices.Clone(u.paths[id]) {
		u.expression(e, path)
	}
}

// presence notes that of e matters whether it is null, or how many elements it has.
func (u *memberUse) presence(e typed.Expression) {
	switch e := e.(type) {
	case typed.Reference:
		u.present[e.Column.ID] = true
	case typed.LambdaVariable:
		u.present[e.ID] = true
	default:
		u.expression(e, nil)
	}
}

// smallest leads to a member that takes few bytes and tells by itself what is null and how long lists are; nil where there is none.
func smallest(t types.DataType) source.Member {
	if list, ok := t.(types.Array); ok {
		t = list.Element
	}
	around, ok := t.(types.Struct)
	if !ok || !distinct(around) {
		return nil
	}
	of := func(wanted func(types.DataType) bool) source.Member {
		at := slices.IndexFunc(around.Fields, func(f types.Field) bool { return wanted(f.Type) })
		if at < 0 {
			return nil
		}
		return source.Member{around.Fields[at].Name}
	}
	fixed := func(t types.DataType) bool { return types.IsNumeric(t) || t == types.Boolean || isTime(t) }
	if path := of(fixed); path != nil {
		return path
	}
	for _, f := range around.Fields {
		if _, ok := f.Type.(types.Struct); !ok {
			continue
		}
		if below := smallest(f.Type); below != nil {
			return append(source.Member{f.Name}, below...)
		}
	}
	return of(types.IsText)
}

func (u *memberUse) setOperation(n *typed.SetOperation) {
	for _, input := range n.Inputs() {
		for i, c := range input.Output() {
			if n.Operator != typed.Union || !n.All {
				u.whole[c.ID] = true
				continue
			}
			if c.ID != n.Columns[i].ID {
				u.demand(n.Columns[i].ID, typed.Reference{Column: c})
			}
		}
	}
}

// generate hands the uses of an element on to the list that is exploded.
func (u *memberUse) generate(n *typed.Generate) {
	call := n.Generator
	if (call.Name == "explode" || call.Name == "explode_outer") && len(call.Args) == 1 && len(n.Columns) == 1 && ofStructs(call.Args[0].Type()) {
		u.demand(n.Columns[0].ID, call.Args[0])
		return
	}
	u.expression(call, nil)
}

// ofStructs reports whether a type is that of lists of structs.
func ofStructs(t types.DataType) bool {
	list, ok := t.(types.Array)
	if !ok {
		return false
	}
	_, ok = list.Element.(types.Struct)
	return ok
}

// expression notes that path of e is used, where a nil path is all of e. Lists are passed over: the path of a list is that of
// its elements.
func (u *memberUse) expression(e typed.Expression, path source.Member) {
	switch e := e.(type) {
	case typed.Reference:
		u.use(e.Column.ID, path)
		return
	case typed.LambdaVariable:
		u.use(e.ID, path)
		return
	case typed.Field:
		t, ok := e.Child.Type().(types.Struct)
		if ok && distinct(t) {
			u.expression(e.Child, append(source.Member{t.Fields[e.Index].Name}, path...))
			return
		}
	case typed.Call:
		if u.call(e, path) {
			return
		}
	}
	if plan := typed.Subplan(e); plan != nil {
		u.plan(plan, true)
	}
	for _, child := range typed.Children(e) {
		u.expression(child, nil)
	}
}

// call visits the functions that hand on elements of a list, and reports whether this is one.
func (u *memberUse) call(c typed.Call, path source.Member) bool {
	if len(c.Args) == 1 && c.Filter == nil && !c.Distinct {
		switch c.Name {
		case "isnull", "isnotnull", "count", "size", "cardinality", "array_size":
			u.presence(c.Args[0])
			return true
		}
	}
	if len(c.Args) != 2 || !ofStructs(c.Args[0].Type()) {
		return false
	}
	switch c.Name {
	case "getarrayitem", "get", "element_at", "try_element_at":
		u.expression(c.Args[0], path)
		u.expression(c.Args[1], nil)
		return true
	case "transform", "exists", "forall", "filter":
		lambda, ok := c.Args[1].(typed.Lambda)
		if !ok || len(lambda.Parameters) != 1 || c.Name == "filter" && len(path) == 0 {
			return false
		}
		if c.Name == "transform" {
			u.expression(lambda.Body, path)
		} else {
			u.expression(lambda.Body, nil)
		}
		if c.Name == "filter" {
			u.expression(c.Args[0], path)
		}
		u.demand(lambda.Parameters[0].ID, c.Args[0])
		return true
	}
	return false
}

func (u *memberUse) use(id typed.ColumnID, path source.Member) {
	if len(path) == 0 {
		u.whole[id] = true
		return
	}
	if !slices.ContainsFunc(u.paths[id], func(have source.Member) bool { return slices.Equal(have, path) }) {
		u.paths[id] = append(u.paths[id], slices.Clone(path))
	}
}

// distinct reports whether the fields of a struct differ in more than case: the engine calls others by other names.
func distinct(t types.Struct) bool {
	seen := map[string]bool{}
	for _, f := range t.Fields {
		name := strings.ToLower(f.Name)
		if name == "" || strings.ContainsRune(name, 0) || seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}
