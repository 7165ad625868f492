package dataset

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestYAML11 holds values as PyYAML's safe_load reads them.
func TestYAML11(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"no": false, "Yes": true, "ON": true, "y": "y", "n": "n", "true": true, "~": nil, "": nil, "null": nil, "Null": nil, "nULL": "nULL",
		"'no'": "no", `"1"`: "1", "1": int64(1), "017": int64(15), "0o17": "0o17", "0x1F": int64(31), "0b11": int64(3), "1_000": int64(1000),
		"-5": int64(-5), "+5": int64(5), "08": "08", "1e3": "1e3", "1.5": 1.5, "1.e+3": 1000.0, "1.5e3": "1.5e3", ".5": 0.5, "1:30": int64(90),
		"190:20:30": int64(685230), ".inf": math.Inf(1), "-.INF": math.Inf(-1), "2024-01-01": timestampText("2024-01-01"),
		"2024-01-01T10:00:00Z": timestampText("2024-01-01T10:00:00Z"), "7M": "7M", "3m": "3m", "1.2.3": "1.2.3", "!!str 5": "5",
		"|\n  no\n": "no\n", "zh-CN": "zh-CN", "a: b": map[string]any{"a": "b"}, "[a, 1]": []any{"a", int64(1)},
		"{a: 1, a: 2}": map[string]any{"a": int64(2)}, "x: &r {k: v}\ny: *r": map[string]any{"x": map[string]any{"k": "v"}, "y": map[string]any{"k": "v"}},
		"<<: {a: 1, b: 2}\nb: 3": map[string]any{"a": int64(1), "b": int64(3)},
	} {
		got, err := parseYAML([]byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, plain(got)); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

func TestYAMLErrors(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 9 {
		n := string(rune('0' + i))
		next := string(rune('1' + i))
		bomb += "a" + next + ": &a" + next + " [*a" + n + strings.Repeat(",*a"+n, 9) + "]\n"
	}
	for name, text := range map[string]string{
		"broken": "configs: [", "cycle": "a: &a [*a]", "bomb": bomb, "key": "[a]: b", "tag": "!!python/object:os.system x", "merge": "<<: 5",
		"anchor twice": "a: &x 1\nb: &x 2", "two documents": "a: 1\n--- b\n", "after the end": "a: 1\n...\nb: 2", "date": "2024-13-45", "=": "a: =",
	} {
		if v, err := parseYAML([]byte(text)); err == nil {
			t.Errorf("%s: %v", name, plain(v))
		}
	}
}

func TestFrontMatter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"---\na: 1\n---\nText": "a: 1", "\n \n---\na: 1\n---": "a: 1", "---\r\na: 1\r\n---\r\n": "a: 1", "---\ra: 1\r---": "a: 1",
		"---\na: 1\n---  \t\n": "a: 1", "# Title\n---\na: 1\n---\n": "", "\ufeff---\na: 1\n---\n": "", "---\na: 1\n": "", "---\n\n---\n": "",
		"---\na: 1\n----\n---\n": "a: 1\n----", "": "",
	} {
		if got := string(splitFrontMatter([]byte(text))); got != want {
			t.Errorf("%q has the block %q, want %q", text, got, want)
		}
	}
}

// FuzzCard reads READMEs of all kinds: errors are fine, panics are not.
func FuzzCard(f *testing.F) {
	f.Add([]byte("---\nconfigs:\n- config_name: a\n  data_files:\n  - split: train\n    path: a.csv\n  default: true\n---\n"))
	f.Add([]byte("---\ndataset_info:\n- config_name: a\n  features:\n  - name: x\n    sequence:\n    - name: y\n      dtype:\n        class_label:\n          names:\n            '0': no\n---\n"))
	f.Add([]byte("---\ndataset_info:\n  features:\n  - name: x\n    list: {dtype: 'timestamp[us, tz=UTC]'}\n    length: 3\n---\n"))
	f.Fuzz(func(t *testing.T, readme []byte) {
		v, err := parseYAML(splitFrontMatter(readme))
		if err != nil {
			return
		}
		m, ok := v.(*mapping)
		if !ok {
			return
		}
		c, err := (&resolver{}).parseCard(m)
		if err != nil {
			return
		}
		for _, name := range c.infos.names {
			if features := c.infos.features[name]; features != nil {
				_ = features.ArrowSchema().String()
			}
		}
	})
}
