package engine

import (
	"testing"

	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func TestTimeZones(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	for spark, want := range map[string]string{
		"": "UTC", "UTC": "UTC", "Z": "UTC", "GMT+0": "UTC", "Europe/Berlin": "Europe/Berlin", "Etc/GMT+5": "Etc/GMT+5",
		"+01:00": "Etc/GMT-1", "-8": "Etc/GMT+8", "UTC+14:00": "Etc/GMT-14", "GMT-3": "Etc/GMT+3", "PST8PDT": "PST8PDT",
	} {
		got, err := duckZone(spark)
		if err != nil || got != want {
			t.Errorf("duckZone(%q) = %q, %v; want %q", spark, got, err, want)
			continue
		}
		plan := &typed.Values{Rows: [][]typed.Expression{{long(1)}}, Columns: []typed.Column{column(1, "a", types.Long)}}
		if _, err := run(t.Context(), e, Query{Plan: plan, TimeZone: spark}); err != nil {
			t.Errorf("a query in zone %q: %v", spark, err)
		}
	}
	for spark, condition := range map[string]string{
		"Mars/Olympus": "INVALID_CONF_VALUE.TIME_ZONE", "+05:30": "UNSUPPORTED_FEATURE.HFSPARK", "-18:00": "UNSUPPORTED_FEATURE.HFSPARK",
	} {
		_, err := duckZone(spark)
		if e, ok := sparkerror.As(err); !ok || e.Condition != condition {
			t.Errorf("duckZone(%q): %v, want %s", spark, err, condition)
		}
	}
}
