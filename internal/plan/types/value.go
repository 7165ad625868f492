package types

import (
	"math/big"
	"strings"
)

// DecimalValue is the value of a decimal literal: Unscaled × 10^-Scale.
type DecimalValue struct {
	Unscaled *big.Int
	Scale    int
}

// String writes the number in plain digits, with exactly Scale of them after the point.
func (d DecimalValue) String() string {
	digits := new(big.Int).Abs(d.Unscaled).String()
	if d.Scale > 0 {
		if len(digits) <= d.Scale {
			digits = strings.Repeat("0", d.Scale-len(digits)+1) + digits
		}
		digits = digits[:len(digits)-d.Scale] + "." + digits[len(digits)-d.Scale:]
	}
	if d.Unscaled.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

// CalendarIntervalValue is the value of a literal of type CalendarInterval.
type CalendarIntervalValue struct {
	Months, Days int32
	Microseconds int64
}

// MapValue is the value of a map literal, in order.
type MapValue struct{ Keys, Values []any }
