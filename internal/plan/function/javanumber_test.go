package function

import (
	"math"
	"math/big"
	"testing"
)

func TestJavaDouble(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0: "0.0", 1: "1.0", -1.5: "-1.5", 1e-3: "0.001", 9.99e-4: "9.99E-4", 9999999: "9999999.0", 1e7: "1.0E7", 1.25e22: "1.25E22",
		math.Inf(1): "Infinity", math.Inf(-1): "-Infinity", 4.9e-324: "4.9E-324", 0.30000000000000004: "0.30000000000000004",
	} {
		if got := JavaDouble(v); got != want {
			t.Errorf("JavaDouble(%v) = %s, want %s", v, got, want)
		}
	}
	if got := JavaDouble(math.NaN()); got != "NaN" {
		t.Errorf("JavaDouble(NaN) = %s", got)
	}
	if got := JavaFloat(1.1); got != "1.1" {
		t.Errorf("JavaFloat(1.1) = %s", got)
	}
}

func TestTextToDecimal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		scale int
		want  string
		ok    bool
	}{
		{"1.005", 2, "1.01", true},
		{" -1.005 ", 2, "-1.01", true},
		{"1e3", 0, "1000", true},
		{"1.5E-2", 3, "0.015", true},
		{".5", 0, "1", true},
		{"5.", 1, "5.0", true},
		{"", 1, "", false},
		{".", 1, "", false},
		{"1.2.3", 1, "", false},
		{"1e", 1, "", false},
		{"1e9999999", 1, "", false},
	} {
		got, ok := textToDecimal(c.text, c.scale)
		if got != c.want || ok != c.ok {
			t.Errorf("textToDecimal(%q, %d) = %q, %t, want %q, %t", c.text, c.scale, got, ok, c.want, c.ok)
		}
	}
}

func TestDecimalExact(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ operator, a, b, want string }{
		{"+", "1.5", "2.25", "3.75"},
		{"-", "1.5", "2.25", "-0.75"},
		{"*", "-1.50", "2", "-3.00"},
		{"/", "1", "3", "0.33"},
		{"/", "-1", "6", "-0.17"},
		{"%", "-7.5", "2", "-1.50"},
		{"pmod", "-7.5", "2", "0.50"},
		{"div", "-7.5", "2", "-3"},
		{"+", ".5", "-.25", "0.25"},
	} {
		if got, ok := decimalExact(c.operator, c.a, c.b, 2); got != c.want || !ok {
			t.Errorf("%s %s %s = %s, want %s", c.a, c.operator, c.b, got, c.want)
		}
	}
	if _, ok := decimalExact("/", "1", "0.0", 2); ok {
		t.Error("a division by zero has a result")
	}
}

func TestRoundDecimal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		scale int
		mode  int32
		want  string
	}{
		{"2.5", 0, halfUp, "3"},
		{"-2.5", 0, halfUp, "-3"},
		{"2.5", 0, halfEven, "2"},
		{"3.5", 0, halfEven, "4"},
		{"-2.5", 0, halfEven, "-2"},
		{"1250", -2, halfUp, "1300"},
		{"1250", -2, halfEven, "1200"},
		{"1.21", 1, ceiling, "1.3"},
		{"-1.21", 1, ceiling, "-1.2"},
		{"-1.21", 1, floor, "-1.3"},
	} {
		if got := roundDecimal(c.text, c.scale, c.mode); got != c.want {
			t.Errorf("roundDecimal(%s, %d, %d) = %s, want %s", c.text, c.scale, c.mode, got, c.want)
		}
	}
}

func TestRoundDigits(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{0, 1, -1, 1.005, -1.005, 2.5, -2.5, 9.995, -9.995, 99.5, 0.05, -0.05, 1e-7, 123456789.987654321, 999999999999999.9} {
		for scale := range 5 {
			exact, ok := new(big.Rat).SetString(roundDecimal(JavaDouble(v), scale, halfUp))
			if !ok {
				t.Fatal(v)
			}
			want, _ := exact.Float64()
			if got := roundDigits(v, scale); got != want {
				t.Errorf("%v to %d digits is %v, want %v", v, scale, got, want)
			}
		}
	}
}

func TestTwosComplement(t *testing.T) {
	t.Parallel()
	for n := int64(-70000); n <= 70000; n += 7 {
		want := big.NewInt(n)
		b := twosComplement(want)
		got := new(big.Int).SetBytes(b)
		if b[0]&0x80 != 0 {
			got.Sub(got, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
		}
		if got.Cmp(want) != 0 || len(b) > 1 && (b[0] == 0 && b[1]&0x80 == 0 || b[0] == 0xff && b[1]&0x80 != 0) {
			t.Fatalf("twosComplement(%d) = %x", n, b)
		}
	}
}

func FuzzNumbers(f *testing.F) {
	for _, seed := range []string{"12", " -1.5e3 ", "NaN", "+inf", "1d", "0x10", ".", "1e400", "9223372036854775808"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if text, ok := textToDecimal(s, 3); ok {
			if again, ok := textToDecimal(text, 3); !ok || again != text && parsePlain(again).Unscaled.Sign() != 0 {
				t.Errorf("%q is read as %q and that as %q", s, text, again)
			}
		}
		if v, ok := textToFloat(s, 64); ok {
			if again, ok := textToFloat(JavaDouble(v), 64); !ok || again != v && v == v {
				t.Errorf("%q is read as %v and written as %s", s, v, JavaDouble(v))
			}
		}
		textToLong(s, true)
		textToLong(s, false)
		formatDecimal(s, "#,##0.00")
		convertBase(s, 16, -10)
	})
}
