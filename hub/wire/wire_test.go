package wire

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGatedJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Gated{`false`: "", `null`: "", `true`: "auto", `"manual"`: "manual", `"auto"`: "auto"} {
		var g Gated
		if err := json.Unmarshal([]byte(in), &g); err != nil || g != want {
			t.Errorf("Unmarshal(%s) = %q, %v; want %q", in, g, err, want)
		}
	}
	var g Gated
	if err := json.Unmarshal([]byte(`3`), &g); err == nil {
		t.Error("a number was taken for a kind of gate")
	}
	out, err := json.Marshal([]Gated{"", "auto"})
	if err != nil || string(out) != `[false,"auto"]` {
		t.Errorf("Marshal = %s, %v", out, err)
	}
}

func TestErrorBodyMessages(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		`{"error":"no"}`:                           {"no"},
		`{"error":["a","b","a"]}`:                  {"a", "b"},
		`{"error":"x","error_description":"y"}`:    {"x", "y"},
		`{"errors":[{"message":"m"},{"other":1}]}`: {"m"},
		`{}`: nil,
	} {
		var b ErrorBody
		if err := json.Unmarshal([]byte(in), &b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.Messages()); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

func TestParseLinks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		in   []string
		want map[string]string
		bad  bool
	}{
		{name: "none", want: map[string]string{}},
		{name: "next", in: []string{`<http://h/a?x=1,2;3>; rel="next"`}, want: map[string]string{"next": "http://h/a?x=1,2;3"}},
		{name: "token", in: []string{`<u>;rel=next`}, want: map[string]string{"next": "u"}},
		{
			name: "two in one", in: []string{`<a>; rel="xet-auth", <b>; rel="xet-reconstruction-info"`},
			want: map[string]string{"xet-auth": "a", "xet-reconstruction-info": "b"},
		},
		{name: "two headers", in: []string{`<a>; rel=prev`, `<b>; REL="Next"`}, want: map[string]string{"prev": "a", "next": "b"}},
		{name: "several relations", in: []string{`<a>; rel="next last"`}, want: map[string]string{"next": "a", "last": "a"}},
		{name: "first wins", in: []string{`<a>; rel=next; rel=prev, <b>; rel=next`}, want: map[string]string{"next": "a"}},
		{name: "escaped quote", in: []string{`<a>; title="x\";y"; rel=next`}, want: map[string]string{"next": "a"}},
		{name: "empty parameters", in: []string{`<a>; ; rel=next ;`}, want: map[string]string{"next": "a"}},
		{name: "no bracket", in: []string{`http://h; rel=next`}, bad: true},
		{name: "open bracket", in: []string{`<http://h; rel=next`}, bad: true},
		{name: "open quote", in: []string{`<a>; rel="next`}, bad: true},
		{name: "junk", in: []string{`<a> rel=next`}, bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseLinks(tt.in)
			if (err != nil) != tt.bad {
				t.Fatalf("err = %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRateLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   []string
		want RateLimit
		ok   bool
	}{
		{in: nil},
		{in: []string{`"api";r=0;t=55`}, want: RateLimit{Policy: "api", Reset: 55 * time.Second}, ok: true},
		{in: []string{` "api" ; t=5 ; r=12 ; pk=:x:`}, want: RateLimit{Policy: "api", Remaining: 12, Reset: 5 * time.Second}, ok: true},
		{in: []string{`"a;b,c";r=1;t=2, "pages";r=0;t=9`}, want: RateLimit{Policy: "pages", Reset: 9 * time.Second}, ok: true},
		{in: []string{`"a";r=1;t=99999999999999`}, want: RateLimit{Policy: "a", Remaining: 1, Reset: time.Hour}, ok: true},
		{in: []string{`"a";r=-1;t=2`}},
		{in: []string{`"a";r=1`}},
		{in: []string{`a;r=1;t=1`}},
		{in: []string{`nonsense`}},
	}
	for _, tt := range tests {
		got, ok := ParseRateLimit(tt.in)
		if ok != tt.ok || got != tt.want {
			t.Errorf("ParseRateLimit(%q) = %+v, %v", tt.in, got, ok)
		}
	}
}

func TestParseRatePolicy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   []string
		want RatePolicy
		ok   bool
	}{
		{in: nil},
		{in: []string{`"fixed window";"api";q=500;w=300`}, want: RatePolicy{Name: "api", Quota: 500, Window: 5 * time.Minute}, ok: true},
		{in: []string{`"fixed window";"pages";q=9;w=1, "api"; w=1 ;q=7`}, want: RatePolicy{Name: "api", Quota: 7, Window: time.Second}, ok: true},
		{in: []string{`"api";q=7;w=999999999999`}, want: RatePolicy{Name: "api", Quota: 7, Window: time.Hour}, ok: true},
		{in: []string{`"fixed window";"pages";q=9;w=1`}},
		{in: []string{`"api";q=-1;w=3`}},
		{in: []string{`nonsense`}},
	}
	for _, tt := range tests {
		got, ok := ParseRatePolicy(tt.in, "api")
		if ok != tt.ok || got != tt.want {
			t.Errorf("ParseRatePolicy(%q) = %+v, %v", tt.in, got, ok)
		}
	}
}

func TestParseRange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in      string
		size    int64
		want    ByteRange
		present bool
		bad     bool
	}{
		{in: "", size: 10},
		{in: "bytes=0-3", size: 10, want: ByteRange{0, 4}, present: true},
		{in: "bytes=4-", size: 10, want: ByteRange{4, 6}, present: true},
		{in: "bytes=4-99", size: 10, want: ByteRange{4, 6}, present: true},
		{in: "bytes=-3", size: 10, want: ByteRange{7, 3}, present: true},
		{in: "bytes=-30", size: 10, want: ByteRange{0, 10}, present: true},
		{in: "bytes=9-9", size: 10, want: ByteRange{9, 1}, present: true},
		{in: "bytes=10-", size: 10, present: true, bad: true},
		{in: "bytes=-0", size: 10, present: true, bad: true},
		{in: "bytes=0-", size: 0, present: true, bad: true},
		{in: "bytes=3-2", size: 10},
		{in: "bytes=0-1,3-4", size: 10},
		{in: "items=0-1", size: 10},
		{in: "bytes=+1-2", size: 10},
		{in: "bytes=a-b", size: 10},
		{in: "bytes=1", size: 10},
	}
	for _, tt := range tests {
		got, present, err := ParseRange(tt.in, tt.size)
		if got != tt.want || present != tt.present || errors.Is(err, ErrUnsatisfiable) != tt.bad {
			t.Errorf("ParseRange(%q, %d) = %v, %v, %v", tt.in, tt.size, got, present, err)
		}
	}
}

func TestParseContentRange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in        string
		want      ByteRange
		total     int64
		satisfied bool
		bad       bool
	}{
		{in: "bytes 0-3/10", want: ByteRange{0, 4}, total: 10, satisfied: true},
		{in: "bytes 5-5/*", want: ByteRange{5, 1}, total: -1, satisfied: true},
		{in: "bytes */10", total: 10},
		{in: "bytes 3-2/10", bad: true},
		{in: "bytes 0-10/10", bad: true},
		{in: "bytes 0-3", bad: true},
		{in: "0-3/10", bad: true},
		{in: "bytes -1-3/10", bad: true},
		{in: "", bad: true},
	}
	for _, tt := range tests {
		got, total, satisfied, err := ParseContentRange(tt.in)
		if (err != nil) != tt.bad || got != tt.want || (!tt.bad && total != tt.total) || satisfied != tt.satisfied {
			t.Errorf("ParseContentRange(%q) = %v, %d, %v, %v", tt.in, got, total, satisfied, err)
		}
	}
}

func FuzzParseLinks(f *testing.F) {
	f.Add(`<http://h/a>; rel="next", <b>; rel=prev; title="x\"y"`)
	f.Add(`<`)
	f.Add(`<>;=,;rel="`)
	f.Fuzz(func(t *testing.T, in string) {
		links, err := ParseLinks([]string{in})
		if err != nil {
			return
		}
		for rel, target := range links {
			if strings.ContainsAny(target, ">") || strings.ContainsAny(rel, " \t\\\"") {
				continue
			}
			again, err := ParseLinks([]string{FormatLink(target, rel)})
			if err != nil || (rel != "" && isASCII(rel) && again[rel] != target) {
				t.Fatalf("%q: %q did not survive printing: %v, %v", in, rel, again, err)
			}
		}
	})
}

func isASCII(s string) bool {
	for _, r := range s {
		if r < 0x21 || r > 0x7e {
			return false
		}
	}
	return true
}

func FuzzParseRateLimit(f *testing.F) {
	f.Add(`"api";r=0;t=55`)
	f.Add(`"a,b;c";r=1;t=2,"d";r=1;t=1`)
	f.Fuzz(func(t *testing.T, in string) {
		limit, ok := ParseRateLimit([]string{in})
		if ok && (limit.Remaining < 0 || limit.Reset < 0 || limit.Reset > time.Hour) {
			t.Fatalf("%q: %+v", in, limit)
		}
		if again, good := ParseRateLimit([]string{limit.String()}); ok && isASCII(limit.Policy) && !strings.ContainsAny(limit.Policy, `\"`) && (!good || again != limit) {
			t.Fatalf("%q: %+v did not survive printing: %+v", in, limit, again)
		}
	})
}

func FuzzParseRange(f *testing.F) {
	f.Add("bytes=0-3", int64(10))
	f.Add("bytes=-3", int64(0))
	f.Add("bytes=9223372036854775807-", int64(1))
	f.Fuzz(func(t *testing.T, in string, size int64) {
		if size < 0 {
			return
		}
		r, present, err := ParseRange(in, size)
		if err != nil || !present {
			return
		}
		if r.Start < 0 || r.Length <= 0 || r.Start+r.Length > size {
			t.Fatalf("%q of %d bytes: %+v", in, size, r)
		}
		back, total, satisfied, err := ParseContentRange(r.ContentRange(size))
		if err != nil || !satisfied || back != r || total != size {
			t.Fatalf("%q: %+v did not survive printing: %+v, %d, %v", in, r, back, total, err)
		}
	})
}

func FuzzParseContentRange(f *testing.F) {
	f.Add("bytes 0-3/10")
	f.Add("bytes */10")
	f.Fuzz(func(t *testing.T, in string) {
		r, total, satisfied, err := ParseContentRange(in)
		if err == nil && satisfied && (r.Length <= 0 || r.Start < 0 || (total >= 0 && r.Start+r.Length > total)) {
			t.Fatalf("%q: %+v of %d", in, r, total)
		}
	})
}
