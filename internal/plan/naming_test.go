package plan

import (
	"math"
	"math/big"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// TestLiteralText checks constants that SQL text cannot write, but DataFrame clients send. What SQL can write is compared with
// Spark's names in package sqltext.
func TestLiteralText(t *testing.T) {
	t.Parallel()
	pair := types.Struct{Fields: []types.Field{{Name: "a", Type: types.Integer}, {Name: "b", Type: types.String}}}
	for want, literal := range map[string]Literal{
		"NULL":                                   {Type: types.String},
		"NaN":                                    {Value: math.NaN(), Type: types.Double},
		"Infinity":                               {Value: math.Inf(1), Type: types.Double},
		"-Infinity":                              {Value: float32(math.Inf(-1)), Type: types.Float},
		"1.0E10":                                 {Value: 1e10, Type: types.Double},
		"-1.5E-7":                                {Value: -1.5e-7, Type: types.Double},
		"0.001":                                  {Value: 0.001, Type: types.Double},
		"0.1":                                    {Value: float32(0.1), Type: types.Float},
		"-0.05":                                  {Value: types.DecimalValue{Unscaled: big.NewInt(-5), Scale: 2}, Type: types.Decimal{Precision: 2, Scale: 2}},
		"ARRAY(1, 2)":                            {Value: []any{int32(1), int32(2)}, Type: types.Array{Element: types.Integer}},
		"ARRAY('it\\'s')":                        {Value: []any{"it's"}, Type: types.Array{Element: types.String}},
		"NAMED_STRUCT('a', 1, 'b', 'x')":         {Value: []any{int32(1), "x"}, Type: pair},
		"MAP('k', 2L)":                           {Value: types.MapValue{Keys: []any{"k"}, Values: []any{int64(2)}}, Type: types.Map{Key: types.String, Value: types.Long}},
		"DATE '1969-12-31'":                      {Value: int32(-1), Type: types.Date},
		"TIMESTAMP '1970-01-01 00:00:00.12'":     {Value: int64(120_000), Type: types.Timestamp},
		"INTERVAL '-1-2' YEAR TO MONTH":          {Value: int32(-14), Type: types.YearMonthInterval},
		"INTERVAL '-1 02:03:04.5' DAY TO SECOND": {Value: int64(-93784500000), Type: types.DayTimeInterval},
	} {
		if got := (Naming{}).SQL(literal); got != want {
			t.Errorf("%+v: got %s, want %s", literal, got, want)
		}
	}
}

func TestPrettySQLOverride(t *testing.T) {
	t.Parallel()
	call := Call{Name: "sum", Args: []Expression{Call{Name: "f", Args: []Expression{Attribute{Parts: []string{"t", "a"}}}}}}
	got := PrettySQL(call, func(name string, args []string) (string, bool) { return name + "!" + args[0], name == "f" })
	if got != "sum(f!a)" {
		t.Errorf("got %s", got)
	}
}
