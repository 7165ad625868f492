package sparkerror

import "testing"

func TestBadDecimal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		precision, scale int
		class            Class
		condition        string
	}{
		{50, 2, ArithmeticException, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"},
		{10, 20, AnalysisException, "DECIMAL_SCALE_EXCEEDS_PRECISION"},
		{39, 40, AnalysisException, "DECIMAL_SCALE_EXCEEDS_PRECISION"},
		{0, 0, UnsupportedOperationException, "UNSUPPORTED_FEATURE.HFSPARK"},
		{5, -1, UnsupportedOperationException, "UNSUPPORTED_FEATURE.HFSPARK"},
	} {
		e := BadDecimal(test.precision, test.scale)
		if e == nil || e.Class != test.class || e.Condition != test.condition {
			t.Errorf("DECIMAL(%d,%d): %v", test.precision, test.scale, e)
		}
	}
	for _, good := range [][2]int{{1, 0}, {38, 38}, {10, 2}} {
		if e := BadDecimal(good[0], good[1]); e != nil {
			t.Errorf("DECIMAL(%d,%d): %v", good[0], good[1], e)
		}
	}
}
