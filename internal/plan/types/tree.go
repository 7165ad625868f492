package types

import (
	"fmt"
	"math"
	"strings"
)

// TreeString is the text of df.printSchema: "root" and one line for each column, nested types with a line for each member.
// level bounds how many levels are shown; 0 and less mean all of them.
func TreeString(s Struct, level int) string {
	if level <= 0 {
		level = math.MaxInt
	}
	var b strings.Builder
	b.WriteString("root\n")
	writeTree(&b, s, " |", level)
	return b.String()
}

// writeTree writes the members of t, which have level levels left.
func writeTree(b *strings.Builder, t DataType, prefix string, level int) {
	if level <= 0 {
		return
	}
	inner := prefix + "    |"
	switch x := t.(type) {
	case Array:
		fmt.Fprintf(b, "%s-- element: %s (containsNull = %t)\n", prefix, x.Element.TypeName(), x.ContainsNull)
		writeTree(b, x.Element, inner, level-1)
	case Map:
		fmt.Fprintf(b, "%s-- key: %s\n", prefix, x.Key.TypeName())
		writeTree(b, x.Key, inner, level-1)
		fmt.Fprintf(b, "%s-- value: %s (valueContainsNull = %t)\n", prefix, x.Value.TypeName(), x.ValueContainsNull)
		writeTree(b, x.Value, inner, level-1)
	case Struct:
		for _, f := range x.Fields {
			fmt.Fprintf(b, "%s-- %s: %s (nullable = %t)\n", prefix, treeEscapes.Replace(f.Name), f.Type.TypeName(), f.Nullable)
			writeTree(b, f.Type, inner, level-1)
		}
	}
}

// treeEscapes are the control characters that Spark shows by their escapes in schema trees.
var treeEscapes = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\f", `\f`, "\b", `\b`, "\u000B", `\v`, "\u0007", `\a`)
