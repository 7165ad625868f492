package types

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

// coercionTypes are the types of testdata/coerce.tsv, by the names they have there.
var coercionTypes = map[string]DataType{
	"void": Null, "boolean": Boolean, "tinyint": Byte, "smallint": Short, "int": Integer, "bigint": Long, "float": Float, "double": Double,
	"decimal(5,2)": Decimal{5, 2}, "decimal(10,0)": Decimal{10, 0}, "decimal(38,18)": Decimal{38, 18}, "decimal(20,0)": Decimal{20, 0},
	"string": String, "binary": Binary, "date": Date, "timestamp": Timestamp, "timestamp_ntz": TimestampNTZ,
	"interval_day": DayTimeInterval, "interval_year": YearMonthInterval,
	"array<int>": Array{Integer, true}, "array<bigint>": Array{Long, true}, "array<string>": Array{String, true},
	"map<string,int>": Map{String, Integer, true}, "map<int,string>": Map{Integer, String, true},
	"struct<a:int,b:string>":    Struct{Fields: []Field{{Name: "a", Type: Integer, Nullable: true}, {Name: "b", Type: String, Nullable: true}}},
	"struct<A:bigint,b:string>": Struct{Fields: []Field{{Name: "A", Type: Long, Nullable: true}, {Name: "b", Type: String, Nullable: true}}},
	"struct<x:int>":             Struct{Fields: []Field{{Name: "x", Type: Integer, Nullable: true}}},
}

// TestCoercionMatchesSpark compares the type rules with what Spark's own classes answer for each pair of types; the file is
// made by e2e/golden/coerce.py.
func TestCoercionMatchesSpark(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/coerce.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	common := func(f func(a, b DataType, ansi bool) (DataType, bool), ansi bool) func(a, b DataType) string {
		return func(a, b DataType) string {
			c, ok := f(a, b, ansi)
			if !ok {
				return "-"
			}
			return c.SimpleString()
		}
	}
	boolean := func(f func(a, b DataType) bool) func(a, b DataType) string {
		return func(a, b DataType) string { return strconv.FormatBool(f(a, b)) }
	}
	withoutText := func(a, b DataType, ansi bool) (DataType, bool) { return WiderWithoutText(a, b, ansi) }
	rules := map[string]func(a, b DataType) string{
		"tightest":       common(TightestCommon, true),
		"wider":          common(Wider, true),
		"withoutText":    common(withoutText, true),
		"legacyTightest": common(TightestCommon, false),
		"legacyWider":    common(Wider, false),
		"cast":           boolean(func(a, b DataType) bool { return CanCast(a, b, true) }),
		"legacyCast":     boolean(func(a, b DataType) bool { return CanCast(a, b, false) }),
		"upCast":         boolean(CanUpCast),
		"store":          boolean(CanStoreAssign),
		"forces":         boolean(ForcesNull),
		"implicit":       common(Implicit, true),
		"legacyImplicit": common(Implicit, false),
	}
	scanner := bufio.NewScanner(file)
	scanner.Scan()
	columns := strings.Split(scanner.Text(), "\t")
	for scanner.Scan() {
		cells := strings.Split(scanner.Text(), "\t")
		a, b := coercionTypes[cells[0]], coercionTypes[cells[1]]
		for i, want := range cells[2:] {
			column := columns[i+2]
			if got := rules[column](a, b); got != want {
				t.Errorf("%s(%s, %s) = %s, Spark says %s", column, cells[0], cells[1], got, want)
			}
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}
