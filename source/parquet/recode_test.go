package parquet

import (
	"strings"
	"testing"
)

func TestInt96(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		nanoseconds int64
		day         int32
		unit        timeUnit
		want        int64
		err         string
	}{
		"epoch":                  {0, 2440588, micros, 0, ""},
		"before the epoch":       {1000, 2440587, micros, -86_400_000_000 + 1, ""},
		"negative time":          {-1000, 2440588, micros, -1, ""},
		"year 9999":              {3 * 3600 * 1e9, 5373484, micros, 253402225200000000, ""},
		"Spark's year 290000":    {-32454000000000, -105862232, micros, 0, ""},
		"digits":                 {1, 2440588, micros, 0, "nanoseconds=\"string\""},
		"digits of nanoseconds":  {-1, 2440588, nanos, -1, ""},
		"nanoseconds":            {123456789, 2440589, nanos, 86_400_123_456_789, ""},
		"nanoseconds, year 9999": {0, 5373484, nanos, 0, "2262"},
	} {
		got, err := int96(uint64(test.nanoseconds), uint32(test.day), test.unit)
		if strings.HasPrefix(name, "Spark") {
			test.want = (int64(test.day)-2440588)*24*60*60*1_000_000 + test.nanoseconds/1000
			if got < 0 || err != nil {
				t.Errorf("%s: %d, %v", name, got, err)
			}
		}
		if test.err == "" && (err != nil || got != test.want) || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}
