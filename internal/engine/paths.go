package engine

import (
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
)

// pathsOnly finds the columns of files, struct<bytes, path>, of which a plan uses the path alone: the files need not be fetched then.
// A column that is used in any other way is not among them.
func pathsOnly(plan typed.Node) map[typed.ColumnID]bool {
	u := pathUse{files: map[typed.ColumnID]bool{}, whole: map[typed.ColumnID]bool{}}
	u.root(plan)
	for id := range u.whole {
		delete(u.files, id)
	}
	return u.files
}

type pathUse struct {
	files map[typed.ColumnID]bool // columns of files that scans yield
	whole map[typed.ColumnID]bool // columns that are used for more than their path
}

// root visits a plan whose output somebody uses.
func (u pathUse) root(plan typed.Node) {
	u.used(plan.Output())
	typed.WalkNodes(plan, u.node)
}

func (u pathUse) used(columns []typed.Column) {
	for _, c := range columns {
		u.whole[c.ID] = true
	}
}

func (u pathUse) node(n typed.Node) {
	switch n := n.(type) {
	case *typed.Scan:
		for _, c := range n.Columns {
			if isFile(c.Type) {
				u.files[c.ID] = true
			}
		}
	case *typed.Project, *typed.Filter, *typed.Sort, *typed.Limit, *typed.Aggregate:
		// They use of their input what their expressions name, and hand on the rest to nodes that tell what they use.
	default:
		for _, input := range n.Inputs() {
			u.used(input.Output())
		}
	}
	for _, e := range typed.Expressions(n) {
		u.expression(e)
	}
}

func (u pathUse) expression(e typed.Expression) {
	if field, ok := e.(typed.Field); ok {
		if _, plain := field.Child.(typed.Reference); plain && isFile(field.Child.Type()) && field.Index == pathMember {
			return
		}
	}
	if reference, ok := e.(typed.Reference); ok {
		u.whole[reference.Column.ID] = true
	}
	if plan := typed.Subplan(e); plan != nil {
		u.root(plan)
	}
	for _, child := range typed.Children(e) {
		u.expression(child)
	}
}

// pathMember is the position of the path of a file.
const pathMember = 1

// isFile reports whether a type is that of images, sounds and other files.
func isFile(t types.DataType) bool {
	s, ok := t.(types.Struct)
	return ok && len(s.Fields) == 2 && s.Fields[0].Name == "bytes" && s.Fields[0].Type == types.Binary &&
		s.Fields[pathMember].Name == "path" && s.Fields[pathMember].Type == types.String
}
