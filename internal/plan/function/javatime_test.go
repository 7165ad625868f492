package function

import (
	"testing"
	"time"
)

func TestTextToDate(t *testing.T) {
	t.Parallel()
	day := func(y, m, d int) int32 {
		return int32(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
	}
	for text, want := range map[string]int32{
		"2020": day(2020, 1, 1), "2020-3": day(2020, 3, 1), "2020-03-4": day(2020, 3, 4), " 2020-03-04T ": day(2020, 3, 4),
		"+12345-01-01": day(12345, 1, 1), "-0001-12-31": day(-1, 12, 31), "0001-01-01": day(1, 1, 1),
	} {
		if got, ok := textToDate(text); !ok || got != want {
			t.Errorf("textToDate(%q) = %d, %t, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "20", "2020-", "2020-13", "2020-02-30", "2020/01/01", "2020-01-01x", "99999999", "2020-1-1-1"} {
		if got, ok := textToDate(text); ok {
			t.Errorf("textToDate(%q) = %d, want none", text, got)
		}
	}
}

func TestLocalToMicros(t *testing.T) {
	t.Parallel()
	zone, ok := LoadZone("America/New_York")
	if !ok {
		t.Fatal("no zone")
	}
	for text, want := range map[string]string{
		"2020-07-01 12:00:00": "2020-07-01T16:00:00Z",
		"2020-03-08 02:30:00": "2020-03-08T07:30:00Z", // left out: moved forward
		"2020-11-01 01:30:00": "2020-11-01T05:30:00Z", // twice: the earlier
		"2020-11-01 02:00:00": "2020-11-01T07:00:00Z",
	} {
		local, ok := textToTimestampNTZ(text)
		if !ok {
			t.Fatal(text)
		}
		if got := time.UnixMicro(localToMicros(local, zone)).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestLoadZone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{
		"UTC": 0, "Z": 0, "GMT+1": 3600, "UTC-03:30": -12600, "+01:00": 3600, "-8": -28800, "+0530": 19800, "+01:02:03": 3723, "Asia/Tokyo": 32400,
	} {
		zone, ok := LoadZone(name)
		if !ok {
			t.Errorf("there is no zone %s", name)
			continue
		}
		if _, got := time.Unix(0, 0).In(zone).Zone(); got != want {
			t.Errorf("%s is %d seconds off, want %d", name, got, want)
		}
	}
	for _, name := range []string{"", "+", "+25", "+1:99", "Nowhere/City", "../etc/passwd", "UTC+"} {
		if _, ok := LoadZone(name); ok {
			t.Errorf("there is a zone %q", name)
		}
	}
}

func TestTimePatterns(t *testing.T) {
	t.Parallel()
	moment := time.Date(2020, 2, 3, 16, 5, 6, 123456000, time.UTC)
	for _, c := range []struct{ pattern, text string }{
		{"yyyy-MM-dd HH:mm:ss.SSSSSS", "2020-02-03 16:05:06.123456"},
		{"d/M/yy h:m:s a", "3/2/20 4:5:6 PM"},
		{"EEEE, d MMMM yyyy", "Monday, 3 February 2020"},
		{"yyyyMMddHHmmss", "20200203160506"},
		{"yyyy'T'DDD''", "2020T034'"},
		{"HH:mm XXX", "16:05 Z"},
	} {
		got, ok := formatTime(moment, c.pattern)
		if !ok || got != c.text {
			t.Errorf("%s: %q, want %q", c.pattern, got, c.text)
		}
		if _, err := parseTime(c.text, c.pattern, time.UTC); err != nil {
			t.Errorf("%s: %v", c.pattern, err)
		}
	}
	for _, pattern := range []string{"YYYY", "e", "yyyy'", "MMMMM", "{"} {
		if _, err := parsePattern(pattern); err == nil {
			t.Errorf("the pattern %s is taken", pattern)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range [][2]string{
		{"2020-01-02 03:04:05.678 UTC+1", "yyyy-MM-dd HH:mm:ss.SSS VV"}, {"T12:30", "[yyyy][MM]'x'"}, {"-0001", "G y D"}, {"12:00 PM", "hh:mm a"}, {"+1", "z O Z XXX x"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, pattern string) {
		if micros, ok := textToTimestamp(text, "America/New_York"); ok {
			formatTime(time.UnixMicro(micros).UTC(), pattern)
		}
		if micros, err := parseTime(text, pattern, time.UTC); err == nil {
			if _, ok := formatTime(time.UnixMicro(micros).UTC(), pattern); !ok {
				t.Errorf("%q reads %q and cannot write it", pattern, text)
			}
		}
		LoadZone(text)
		textToTimestampNTZ(text)
	})
}
