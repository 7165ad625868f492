package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/hfspark/hfspark/dataset"
)

func TestJSONFiles(t *testing.T) {
	t.Parallel()
	m := memFiles{
		"empty.jsonl":  nil,
		"a.jsonl":      []byte("{\"n\":1,\"s\":\"x\",\"o\":{\"p\":1,\"q\":[1.5]}}\n"),
		"b.jsonl":      []byte("{\"o\":{\"q\":[],\"p\":2},\"n\":3.0}\n\n{\"s\":{\"any\": [\"thing\"]},\"n\":\"4\"}\nnull\n"),
		"c.json":       []byte("[{\"n\":5},\n{\"s\":true}]"),
		"extra.jsonl":  []byte("{\"n\":1,\"x\":2}\n"),
		"type.jsonl":   []byte("{\"n\":1}\n{\"o\":{\"q\":[1,\"x\"]}}\n"),
		"member.jsonl": []byte("{\"o\":{\"z\":1}}\n"),
		"d.jsonl.gz":   zipped("{\"n\":6}\n"),
	}
	_, rows, err := m.table(m.subset("json", nil, "empty.jsonl", "a.jsonl", "b.jsonl", "c.json", "d.jsonl.gz"), Request{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{
		{int64(1), "x", map[string]any{"p": int64(1), "q": []any{1.5}}},
		{int64(3), nil, map[string]any{"p": int64(2), "q": []any{}}},
		{int64(4), `{"any":["thing"]}`, nil},
		{nil, nil, nil},
		{int64(5), nil, nil},
		{nil, "true", nil},
		{int64(6), nil, nil},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for file, want := range map[string]string{
		"extra.jsonl":  `data file extra.jsonl, line 1: there is a column "x", which the subset does not have`,
		"type.jsonl":   `data file type.jsonl, line 2: column o.q[1]: expected a number, found "x"`,
		"member.jsonl": `data file member.jsonl, line 1: column o: the member "z" is not among those of its type`,
	} {
		if _, _, err := m.table(m.subset("json", nil, "a.jsonl", file), Request{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestJSONFeatures(t *testing.T) {
	t.Parallel()
	features, err := dataset.FeaturesFromJSON([]byte(`{
		"i": {"dtype": "int8", "_type": "Value"}, "u": {"dtype": "uint64", "_type": "Value"}, "f": {"dtype": "float32", "_type": "Value"},
		"y": {"dtype": "binary", "_type": "Value"}, "d": {"dtype": "date32", "_type": "Value"}, "t": {"dtype": "timestamp[us]", "_type": "Value"},
		"c": {"names": ["no", "yes"], "_type": "ClassLabel"}, "j": {"_type": "Json"}, "m": {"_type": "Image"},
		"e": {"dtype": "decimal128(10, 3)", "_type": "Value"}, "l": {"feature": {"dtype": "int64", "_type": "Value"}, "length": 2, "_type": "List"},
		"q": {"feature": {"a": {"dtype": "string", "_type": "Value"}}, "_type": "Sequence"},
		"tr": {"languages": ["fr", "en"], "_type": "Translation"}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	m := memFiles{"a.jsonl": []byte(`{"i":-128,"u":18446744073709551615,"f":1,"y":"b","d":"2024-02-29","t":"2024-02-29T01:02:03.5Z","c":"yes",` +
		`"j":[1, {"a" : null}],"m":"x.png","e":1.25,"l":[1,2],"q":{"a":["x",null]},"tr":{"en":"one","fr":"un"}}` + "\n" +
		`{"c":-1,"j":"text","m":{"path":"p"}}` + "\n")}
	subset := m.subset("json", nil, "a.jsonl")
	subset.Resolution.Features = features
	_, rows, err := m.table(subset, Request{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{
		{
			float64(-128), uint64(18446744073709551615), float32(1), []byte("b"), "2024-02-29", "2024-02-29T01:02:03", int64(1), `[1,{"a":null}]`,
			map[string]any{"bytes": nil, "path": "x.png"},
			"1.25",
			[]any{int64(1), int64(2)},
			map[string]any{"a": []any{"x", nil}},
			map[string]any{"en": "one", "fr": "un"},
		},
		{nil, nil, nil, nil, nil, nil, int64(-1), `"text"`, map[string]any{"bytes": nil, "path": "p"}, nil, nil, nil, nil},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for row, want := range map[string]string{
		`{"i":128}`: "column i: expected an integer from -128 to 127, found 128", `{"c":"maybe"}`: "no name of a class label",
		`{"c":2}`: "class label 2 is greater", `{"l":[1]}`: "expected an array of 2 elements, found one of 1", `{"d":"2024-02-30"}`: "a date",
		`{"tr":{"de":"eins"}}`: `the member "de" is not among`, `{"e":1.23456789}`: "decimal(10, 3)", `{"i":1} x`: "expected",
		`{"u":-1}`: "not negative", `[1]`: "expected an object",
	} {
		m["a.jsonl"] = []byte("{\"i\":1}\n" + row + "\n")
		if _, _, err := m.table(subset, Request{}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: %v", row, err)
		}
	}
}

// FuzzJSONText compares the grammar and the compact form with encoding/json.
func FuzzJSONText(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00"]}`, ` [ ] `, `"\/"`, `01`, `{"a":1,}`, `nul`, `"a`, "\"\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &jsonText{data: text}
		compact, err := p.compact(nil)
		if err == nil {
			err = atEnd(p)
		}
		special := bytes.Contains(text, []byte("NaN")) || bytes.Contains(text, []byte("Inf"))
		if err != nil {
			// Half characters and bytes that are no UTF-8 are errors here, and replaced there.
			if json.Valid(text) && !bytes.Contains(text, []byte(`\u`)) && !errors.Is(err, errJSONDepth) && json.Valid(bytes.ToValidUTF8(text, nil)) &&
				bytes.Equal(text, bytes.ToValidUTF8(text, nil)) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if special {
			return
		}
		var want, got any
		if err := json.Unmarshal(text, &want); err != nil {
			if strings.Contains(err.Error(), "cannot unmarshal number") {
				return // The grammar has no bounds for numbers.
			}
			t.Fatalf("%q is taken, encoding/json says %v", text, err)
		}
		if err := json.Unmarshal(compact, &got); err != nil {
			t.Fatalf("%q becomes %q: %v", text, compact, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q becomes %q:\n%s", text, compact, diff)
		}
	})
}

// FuzzJSONValues checks that the values of a stream do not depend on how it arrives.
func FuzzJSONValues(f *testing.F) {
	for _, seed := range []string{"{\"a\":1}\n{\"b\":\"}\\\"\"}", "[1, [2], \"]\"]", "{\"x\":0,\"data\":[{\"a\":1}]}", "[1,]", "\"\\\\\" 1"} {
		f.Add(seed, "")
		f.Add(seed, "data")
	}
	f.Add("{\"}\n{", "")
	f.Fuzz(func(t *testing.T, text, field string) {
		whole, failed := jsonRowsOf(strings.NewReader(text), field)
		pieces, failedToo := jsonRowsOf(iotest.OneByteReader(strings.NewReader(text)), field)
		// Of what is no JSON, more or fewer rows may come before the error.
		if diff := cmp.Diff(whole, pieces); diff != "" && !failed || failed != failedToo {
			t.Fatalf("%q depends on how it arrives: %v %v\n%s", text, failed, failedToo, diff)
		}
	})
}

// checkJSON returns an error if a text is not one JSON value.
func checkJSON(p *jsonText) error {
	if _, err := p.compact(nil); err != nil {
		return err
	}
	return atEnd(p)
}

func jsonRowsOf(input io.Reader, field string) (rows []string, failed bool) {
	f := &jsonFile{values: newJSONValues(input)}
	if err := f.begin(&jsonOptions{field: field}); err != nil {
		return nil, true
	}
	for {
		row, _, err := f.values.next()
		if errors.Is(err, io.EOF) {
			return rows, false
		}
		if err != nil {
			return rows, true
		}
		// The cut looks for ends alone: what is no JSON may be cut anywhere, and fails when it is parsed.
		if checkJSON(&jsonText{data: row}) != nil {
			return rows, true
		}
		rows = append(rows, string(row))
	}
}

// TestJSONUnions checks files of which not each line is a row, and rows in a member: objects get all members that were met.
func TestJSONUnions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, field, types string
	}{
		"lines":       {"{\"a\": {\"x\": 1}}\n{\"a\": {\"y\": 2}}\n", "", "extension<arrow.json>"},
		"blank lines": {"{\"a\": {\"x\": 1}}\n\n{\"a\": {\"y\": 2}}\n", "", "struct<x: int64, y: int64>"},
		"array":       {"[{\"a\": {\"x\": 1}},\n\n{\"a\": {\"y\": 2}}]\n", "", "extension<arrow.json>"},
		"field":       {`{"d": [{"a": {"x": 1}}, {"a": {"y": "2024-01-02"}}]}`, "d", "struct<x: int64, y: string>"},
		"whole":       {`{"d": [{"a": 1.0}, {"a": 2}]}`, "d", "int64"},
		"text":        {`{"d": [{"a": "2024-01-02"}]}`, "d", "string"},
		"nulls":       {`[null, null]`, "", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := memFiles{"a.json": []byte(test.text)}
			parameters := map[string]any{}
			if test.field != "" {
				parameters["field"] = test.field
			}
			types, rows, err := readJSONValues(t, m, m.subset("json", parameters, "a.json"))
			if err != nil || len(types) != 1 || len(rows) == 0 {
				t.Fatalf("%v, %v, %v", types, rows, err)
			}
			if _, of, _ := strings.Cut(types[0], ": "); of != test.types {
				t.Errorf("%s, want %s", of, test.types)
			}
		})
	}
}
