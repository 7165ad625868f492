package function

import (
	"encoding/json"
	"testing"

	"github.com/hfspark/hfspark/internal/plan/types"
)

func TestJSONGet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, path, want string }{
		{`{"a":{"b":[1,{"c":"x"}]}}`, "$.a.b[1].c", "x"},
		{`{"a":[{"b":1},{"b":2}]}`, "$.a[*].b", "[1,2]"},
		{`{"a":{"x":1,"y":2}}`, "$.a.*", "[1,2]"},
		{`{"a.b":1.0}`, "$['a.b']", "1.0"},
		{`{"a":"é\n<"}`, "$", `{"a":"é\n<"}`},
	} {
		if got, ok := jsonGet(c.text, c.path); !ok || got != c.want {
			t.Errorf("%s at %s is %q, want %q", c.text, c.path, got, c.want)
		}
	}
	for _, c := range [][2]string{{`{"a":1}`, "$.b"}, {`{"a":1}`, "a"}, {`{"a":1}`, "$."}, {`{"a":1}`, "$[x]"}, {`[1`, "$[0]"}, {`[1]`, "$[5]"}, {`{"a":null}`, "$.a"}} {
		if got, ok := jsonGet(c[0], c[1]); ok {
			t.Errorf("%s at %s is %q, want none", c[0], c[1], got)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":1,"b":[true,null,"x"],"c":{"d":1.5}}`, "$.b[*]")
	f.Add(`[1,2`, "$['a']")
	schema := types.Struct{Fields: []types.Field{
		{Name: "a", Type: types.Integer},
		{Name: "b", Type: types.Array{Element: types.String}},
		{Name: "A", Type: types.Map{Key: types.String, Value: types.Timestamp}},
		{Name: "c", Type: types.Decimal{Precision: 5, Scale: 2}},
	}}
	f.Fuzz(func(t *testing.T, text, path string) {
		jsonGet(text, path)
		if fitted, ok := (jsonFitter{zone: "UTC"}).fit(text, schema); ok && !json.Valid([]byte(fitted)) {
			t.Errorf("%q becomes %q, which is no JSON", text, fitted)
		}
	})
}
