package function

import (
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// nested prints a cast between two arrays, maps or structs.
func (c caster) nested(from, to types.DataType, arg string) (string, error) {
	switch t := to.(type) {
	case types.Array:
		f, ok := from.(types.Array)
		if !ok {
			break
		}
		if f.Element == types.Null {
			return "CAST(" + arg + " AS " + DuckDBType(to) + ")", nil
		}
		in := c.inner()
		element, err := in.cast(f.Element, t.Element, in.variable())
		if err != nil || element == in.variable() {
			return arg, err
		}
		return "list_transform(" + arg + ", lambda " + in.variable() + ": " + element + ")", nil
	case types.Map:
		f, ok := from.(types.Map)
		if !ok {
			break
		}
		if f.Key == types.Null && f.Value == types.Null {
			return "CAST(" + arg + " AS " + DuckDBType(to) + ")", nil
		}
		in := c.inner()
		key, err := in.cast(f.Key, t.Key, in.variable()+"['key']")
		if err != nil {
			return "", err
		}
		value, err := in.cast(f.Value, t.Value, in.variable()+"['value']")
		if err != nil {
			return "", err
		}
		return "map_from_entries(list_transform(map_entries(" + arg + "), lambda " + in.variable() + ": {'k': " + key + ", 'v': " + value + "}))", nil
	case types.Struct:
		f, ok := from.(types.Struct)
		if !ok || len(f.Fields) != len(t.Fields) {
			break
		}
		members := make([]string, len(t.Fields))
		for i := range t.Fields {
			member, err := c.cast(f.Fields[i].Type, t.Fields[i].Type, FieldSQL(f, i, arg))
			if err != nil {
				return "", err
			}
			members[i] = member
		}
		return "(CASE WHEN " + arg + " IS NOT NULL THEN " + StructSQL(t, members) + " END)", nil
	}
	return "", sparkerror.Unsupported("a cast from "+from.SQL()+" to "+to.SQL(), "")
}
