package function

import (
	"fmt"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// hashes is the functions that hash rows, bit for bit as Spark does.
var hashes = []row{
	{names: "hash", in: takes(anything), repeat: true, out: of(types.Integer), null: never, check: hashable, sql: hashSQL("murmur3", "INTEGER")},
	{names: "xxhash64", in: takes(anything), repeat: true, out: of(types.Long), null: never, check: hashable, sql: hashSQL("xxh64", "BIGINT")},
}

func hashable(_ Context, name string, args []typed.Expression) error {
	for _, a := range args {
		if t, ok := unhashable(a.Type()); ok {
			return sparkerror.Unsupported(name+" of values of type "+t.SQL(), "Hash their text or their members.")
		}
	}
	return nil
}

func unhashable(t types.DataType) (types.DataType, bool) {
	switch t := t.(type) {
	case types.Array, types.Map:
		return t, true
	case types.Struct:
		for _, f := range t.Fields {
			if u, ok := unhashable(f.Type); ok {
				return u, true
			}
		}
	}
	return t, t == types.CalendarInterval
}

// hashSQL hashes the arguments from left to right, the hash of each being the seed of the next; nulls pass it on.
func hashSQL(algorithm, result string) func(typed.Call, []string) (string, error) {
	return func(call typed.Call, args []string) (string, error) {
		seed := "CAST(42 AS " + result + ")"
		for i, a := range call.Args {
			seed = hashOf(algorithm, a.Type(), args[i], seed)
		}
		return seed, nil
	}
}

func hashOf(algorithm string, t types.DataType, arg, seed string) string {
	switch t := t.(type) {
	case types.Decimal:
		if t.Precision <= 18 {
			return fmt.Sprintf("%s_long(CAST(CAST(%s AS DECIMAL(38,%d)) * CAST('1%0*d' AS DECIMAL(%d,0)) AS BIGINT), %s)", algorithm, arg, t.Scale, t.Scale, 0, t.Scale+1, seed)
		}
		return algorithm + "_decimal(CAST(" + arg + " AS VARCHAR), " + seed + ")"
	case types.Struct:
		for i, f := range t.Fields {
			seed = hashOf(algorithm, f.Type, FieldSQL(t, i, arg), seed)
		}
		return seed
	}
	switch t {
	case types.Null:
		return seed
	case types.Boolean, types.Byte, types.Short, types.Integer, types.YearMonthInterval:
		return algorithm + "_int(CAST(" + arg + " AS INTEGER), " + seed + ")"
	case types.Date:
		return algorithm + "_int(CAST((" + arg + " - DATE '1970-01-01') AS INTEGER), " + seed + ")"
	case types.Long, types.DayTimeInterval:
		return algorithm + "_long(" + arg + ", " + seed + ")"
	case types.Timestamp, types.TimestampNTZ, types.Time:
		return algorithm + "_long(epoch_us(" + arg + "), " + seed + ")"
	case types.Float:
		return algorithm + "_float(" + arg + ", " + seed + ")"
	case types.Double:
		return algorithm + "_double(" + arg + ", " + seed + ")"
	case types.Binary:
		return algorithm + "_bytes(" + arg + ", " + seed + ")"
	}
	return algorithm + "_bytes(encode(" + arg + "), " + seed + ")"
}
