package connect

import (
	"reflect"

	"github.com/hfspark/hfspark/internal/plan"
)

// tableNames lists the names of views and tables that a relation reads, in subqueries as well; names that the relation
// itself gives in a WITH do not count.
func tableNames(relation plan.Relation) [][]string {
	var names [][]string
	walkTables(reflect.ValueOf(relation), nil, func(parts []string) { names = append(names, parts) })
	return names
}

var (
	planPackage = reflect.TypeOf(plan.NamedTable{}).PkgPath()
	localType   = reflect.TypeOf(plan.LocalData{})
)

// walkTables visits the nodes of a plan by their fields, so that no kind of node is forgotten.
func walkTables(v reflect.Value, given []string, found func(parts []string)) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			walkTables(v.Elem(), given, found)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkTables(v.Index(i), given, found)
		}
	case reflect.Struct:
		if v.Type().PkgPath() != planPackage || v.Type() == localType {
			return
		}
		switch node := v.Interface().(type) {
		case plan.NamedTable:
			if len(node.Parts) != 1 || !containsFold(given, node.Parts[0]) {
				found(node.Parts)
			}
			return
		case plan.With:
			for _, n := range node.Named {
				walkTables(reflect.ValueOf(n.Plan), given, found)
				given = append(given[:len(given):len(given)], n.Name)
			}
			walkTables(reflect.ValueOf(node.Input), given, found)
			return
		}
		for i := range v.NumField() {
			walkTables(v.Field(i), given, found)
		}
	}
}
