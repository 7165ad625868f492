package function

import (
	"testing"

	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func TestParseRaised(t *testing.T) {
	t.Parallel()
	want := castInvalid(`'it"s'`, types.String, types.Integer)
	got, ok := ParseRaised(`Invalid Input Error: ` + Raised(want) + ` and more`)
	if !ok || got.Error() != want.Error() || got.Class != want.Class || got.Parameters["expression"] != `'it"s'` {
		t.Errorf("got %v, want %v", got, want)
	}
	for text, condition := range map[string]string{
		"Out of Range Error: Overflow in addition of INT32 (2147483647 + 1)!":                                                                         "ARITHMETIC_OVERFLOW",
		"Out of Range Error: Overflow in multiplication of INT8 (100 * 100)!":                                                                         "BINARY_ARITHMETIC_OVERFLOW",
		"Conversion Error: Type INT128 with value 9223372036854775808 can't be cast because the value is out of range for the destination type INT64": "ARITHMETIC_OVERFLOW",
		"Conversion Error: Type DOUBLE with value 1e+30 can't be cast because the value is out of range for the destination type INT32":               "CAST_OVERFLOW",
		"Invalid Input Error: Map keys must be unique.":                                                                                               "DUPLICATED_MAP_KEY",
	} {
		if got, ok := ParseRaised(text); !ok || got.Condition != condition {
			t.Errorf("%s: %v, want %s", text, got, condition)
		}
	}
	for _, text := range []string{"", "Binder Error: no such column", raisedPrefix + "{", "Conversion Error: Type UUID with value x can't be cast because the value is out of range for the destination type INT8"} {
		if got, ok := ParseRaised(text); ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzParseRaised(f *testing.F) {
	f.Add(Raised(sparkerror.Unsupported("x", "y")))
	f.Add("Overflow in addition of INT32 (1 + 2)")
	f.Fuzz(func(_ *testing.T, text string) { ParseRaised(text) })
}
