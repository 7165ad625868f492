package literal

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// text writes a value as Python's repr does, more or less.
func text(v Value) string {
	list := func(open, closing string) string {
		parts := make([]string, len(v.Items))
		for i, item := range v.Items {
			parts[i] = text(item)
		}
		return open + strings.Join(parts, ", ") + closing
	}
	switch v.Kind {
	case List:
		return list("[", "]")
	case Tuple:
		return list("(", ")")
	case Set:
		return list("{", "}")
	case Dict:
		return list("dict(", ")")
	case None:
		return "None"
	}
	switch s := v.Scalar.(type) {
	case string:
		return fmt.Sprintf("%q", s)
	case []byte:
		return fmt.Sprintf("b%q", s)
	case *big.Int:
		return s.String() + "!"
	}
	return fmt.Sprint(v.Scalar)
}

func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`["a"]`:              `["a"]`,
		`[("x", "=", "zh")]`: `[("x", "=", "zh")]`,
		`[[('a', '>', 1), ('b','in',[1,2.5,None,True,False])], [("c","not in",{"x"})]]`: `[[("a", ">", 1), ("b", "in", [1, 2.5, None, true, false])], [("c", "not in", {"x"})]]`,
		` ( 1 , ) `:                              `(1)`,
		`(1)`:                                    `1`,
		`()`:                                     `()`,
		`[1, 2,]`:                                `[1, 2]`,
		`{}`:                                     `dict()`,
		`set()`:                                  `{}`,
		`{"train": "a.csv", 'test': ["b", 'c']}`: `dict("train", "a.csv", "test", ["b", "c"])`,
		`'it''s'`:                                `"its"`,
		`"a" 'b'` + "\n" + `'\n'`:                `"ab\n"`,
		`r"\d\""`:                                `"\\d\\\""`,
		`b'\xff\0'`:                              `b"\xff\x00"`,
		`u'\u00e9\U0001F600\ud83d\ude00\101\x41\q'`: `"é😀😀AA\\q"`,
		"'''a\n\"b\"'''":                 `"a\n\"b\""`,
		`-1`:                             `-1`,
		`+ 1`:                            `1`,
		`0x_Ff`:                          `255`,
		`0b11`:                           `3`,
		`0o17`:                           `15`,
		`1_000`:                          `1000`,
		`00`:                             `0`,
		`1e3`:                            `1000`,
		`1E-3`:                           `0.001`,
		`.5`:                             `0.5`,
		`5.`:                             `5`,
		`123456789012345678901234567890`: `123456789012345678901234567890!`,
		`[["a", "=", null], ["b", "=", true], ["c", "=", "x\/y"]]`: `[["a", "=", None], ["b", "=", true], ["c", "=", "x/y"]]`,
		`{"a": [1, -2.5e3, false]}`:                                `dict("a", [1, -2500, false])`,
	} {
		v, err := Parse(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got := text(v); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		``:                        `at position 1: expected a value`,
		`[("x", "=", "zh")`:       `at position 18: expected "," or "]", found the end`,
		`[("x", "=" "zh" 5)]`:     `at position 17: expected "," or ")", found "5"`,
		`[("x", =, 1)]`:           `at position 8: expected a value`,
		`[("é", oops)]`:           `at position 8: expected a value: a string in quotes, a number, True, False, None, a list, a tuple or a dict; names are written in quotes, found "oops"`,
		`["a]`:                    `at position 5: expected a closing " for the string that begins at position 2, found the end`,
		`["a"] x`:                 `at position 7: expected the end, found "x"`,
		`{"a": 1, "b"}`:           `at position 13: expected ":", found "}"`,
		`'\u12'`:                  `hexadecimal digits`,
		`'\ud800'`:                `not half of one`,
		`07`:                      `expected a number`,
		`1__0`:                    `expected a number`,
		`1j`:                      `expected a number`,
		`0xg`:                     `expected a number`,
		`b'é'`:                    `ASCII`,
		"'a\nb'":                  `before the end of the line`,
		strings.Repeat("[", 1000): `nested`,
		`{[1]: 2`:                 `"," or "}"`,
		`f'{x}'`:                  `expected a value`,
		`[1 2]`:                   `at position 4: expected "," or "]", found "2"`,
	} {
		_, err := Parse(in)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30s: %v, want %s", in, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`[("x", "=", "zh")]`, `{"a": [1, -2.5e3, None]}`, `'\u00e9' r"\" b'\x00'`, `0x1f`, `["a\/b", null]`, "'''"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		v, err := Parse(in)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(in) || e.Position() < 1 {
				t.Fatalf("%q: bad error %#v", in, err)
			}
			return
		}
		checkPositions(t, in, v)
	})
}

func checkPositions(t *testing.T, in string, v Value) {
	if v.Offset < 0 || v.Offset+len(v.Text) > len(in) || in[v.Offset:v.Offset+len(v.Text)] != v.Text {
		t.Fatalf("%q: value %v says it stands at %d as %q", in, v, v.Offset, v.Text)
	}
	for _, item := range v.Items {
		checkPositions(t, in, item)
	}
}
