package source

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readBlocks is what a file holds by the given columns' schema, read in blocks of the given sizes; none reads row by row.
func readBlocks(t *testing.T, format, name, content string, parameters map[string]any, sizes blockSizes, r Request) ([][]any, error) {
	t.Helper()
	m := memFiles{name: []byte(content)}
	f, err := formatOf(format)
	if err != nil {
		t.Fatal(err)
	}
	subset := m.subset(format, parameters, name)
	if subset.Parameters, err = f.Parameters(parameters); err != nil {
		t.Fatal(err)
	}
	s := m.services()
	schema, err := f.Schema(context.Background(), s, subset)
	if err != nil {
		return nil, err
	}
	if r.Columns == nil {
		r.Columns = fieldNames(schema)
	}
	s.blockSizes = sizes
	reader, err := f.Open(context.Background(), s, partitions(subset, subset.Resolution.Splits[0], schema, &Counters{})[0], r)
	if err != nil {
		return nil, err
	}
	return drain(reader)
}

// checkBlocks compares reading in blocks with reading row by row.
func checkBlocks(t *testing.T, format, name, content string, parameters map[string]any, sizes blockSizes) {
	t.Helper()
	for _, columns := range [][]string{nil, {}} {
		want, wantErr := readBlocks(t, format, name, content, parameters, blockSizes{}, Request{Columns: columns})
		got, err := readBlocks(t, format, name, content, parameters, sizes, Request{Columns: columns})
		switch {
		case fmt.Sprint(err) != fmt.Sprint(wantErr):
			t.Fatalf("%v of %q with %v: error %v, row by row %v", sizes, content, parameters, err, wantErr)
		case err == nil && !cmp.Equal(got, want):
			t.Fatalf("%v of %q with %v: %s", sizes, content, parameters, cmp.Diff(want, got))
		}
	}
}

func randomSizes(r *rand.Rand) blockSizes {
	first := 1 + r.IntN(40)
	return blockSizes{first: first, most: first * (1 + r.IntN(4)), limit: 40 + r.IntN(400), parse: 1 + r.IntN(3)}
}

// csvBlockOptions are the options that change where rows end, and some others.
var csvBlockOptions = []map[string]any{
	nil,
	{"sep": ";"},
	{"sep": `\s+`},
	{"escapechar": `\`},
	{"escapechar": `\`, "doublequote": false},
	{"quoting": int64(3)},
	{"quoting": int64(1), "quotechar": "'"},
	{"comment": "#"},
	{"skipinitialspace": true},
	{"skip_blank_lines": false},
	{"lineterminator": ";"},
	{"lineterminator": ";", "quoting": int64(3)},
	{"header": nil},
	{"header": int64(1)},
	{"names": []any{"a", "b", "c"}},
	{"skiprows": int64(2)},
	{"skiprows": []any{int64(1), int64(4)}},
	{"nrows": int64(4)},
	{"on_bad_lines": "skip"},
	{"index_col": false},
	{"na_values": []any{"x"}, "keep_default_na": false},
	{"thousands": ".", "decimal": ","},
	{"encoding": "latin-1"},
}

// TestCSVBlocks reads random files in blocks and row by row: rows and errors must be the same.
func TestCSVBlocks(t *testing.T) {
	t.Parallel()
	words := []string{"a", "x", "12", "3.5", " ", "\t", `"`, `"`, `""`, "'", `\`, "#", ";", ",", ",", "\n", "\n", "\r\n", "\r", "\"a\nb\"", "\"q,\"\"\r\n\"", "\xe9", "true", ""}
	for i, o := range csvBlockOptions {
		t.Run(fmt.Sprint(i, o), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(i), 5))
			for range 50 {
				var text strings.Builder
				if r.IntN(2) == 0 { // Mostly well formed.
					separator := ","
					if o["sep"] == ";" {
						separator = ";"
					}
					for range 2 + r.IntN(20) {
						cells := []string{}
						for range 3 {
							cell := words[r.IntN(5)]
							if r.IntN(5) == 0 {
								cell = `"` + strings.ReplaceAll(words[r.IntN(len(words)-1)]+words[r.IntN(4)]+words[r.IntN(len(words)-1)], `"`, `""`) + `"`
							}
							cells = append(cells, cell)
						}
						text.WriteString(strings.Join(cells, separator))
						text.WriteString([]string{"\n", "\n", "\n", "\r\n"}[r.IntN(4)])
					}
				} else {
					for range r.IntN(60) {
						text.WriteString(words[r.IntN(len(words))])
					}
				}
				checkBlocks(t, "csv", "a.csv", text.String(), o, randomSizes(r))
			}
		})
	}
}

// TestJSONBlocks reads random lines in blocks and value by value: rows and errors must be the same.
func TestJSONBlocks(t *testing.T) {
	t.Parallel()
	words := []string{
		`{"a":1,"b":"x"}`, `{"a":2}`, `{"b":"\"}{\n"}`, `{"a": 3, "b": "é"}`, `{"b":"long enough for more than one of the blocks"}`, "null", "\n", "\n", "\n", "\r\n", " ",
		"{\"a\":\n4}", "{\"a\":5}{\"a\":6}", `{"b":{}}`, "{", "}", `"`, `{"c":1}`, "[", "]", ",", "7", "\xe9", "\xef\xbb\xbf",
	}
	r := rand.New(rand.NewPCG(3, 5))
	for range 500 {
		var text strings.Builder
		bad := r.IntN(3)
		for range r.IntN(20) {
			if bad == 0 {
				text.WriteString(words[r.IntN(len(words))])
				continue
			}
			text.WriteString(words[r.IntN(5)])
			text.WriteString([]string{"\n", "\n", "\r\n", " \n\n"}[r.IntN(4)])
			if bad == 1 && r.IntN(12) == 0 {
				text.WriteString(words[r.IntN(len(words))])
			}
		}
		checkBlocks(t, "json", "a.jsonl", text.String(), nil, randomSizes(r))
	}
}

// TestTextBlocks reads random lines in blocks and one by one: rows and errors must be the same.
func TestTextBlocks(t *testing.T) {
	t.Parallel()
	words := []string{"a", "b c", "\u00e9", "\n", "\n", "\r\n", "\r", "\r", "", "long enough for more than one of the blocks", "\xff"}
	r := rand.New(rand.NewPCG(4, 5))
	for i := range 500 {
		var text strings.Builder
		for range r.IntN(40) {
			text.WriteString(words[r.IntN(len(words)-min(1, i%8))])
		}
		content := text.String()
		if i%3 == 0 {
			content = strings.ReplaceAll(content, "\n", "\r")
		}
		checkBlocks(t, "text", "a.txt", content, textBlockOptions[i%len(textBlockOptions)], randomSizes(r))
	}
}

var textBlockOptions = []map[string]any{nil, {"keep_linebreaks": true}, {"encoding": "latin-1"}, {"encoding_errors": "replace"}}

// FuzzBlocks compares reading in blocks with reading row by row.
func FuzzBlocks(f *testing.F) {
	f.Add("a,b\n1,\"x\ny\"\n2,z\n", uint8(0), uint64(1))
	f.Add("a,b\r\n1,5\" pipe\r\n2,\"z\"\"\"\r\n", uint8(3), uint64(2))
	f.Add("{\"a\":1}\n{\"a\":\n2}\n", uint8(255), uint64(3))
	f.Fuzz(func(t *testing.T, content string, option uint8, seed uint64) {
		if len(content) > 4096 {
			return
		}
		sizes := randomSizes(rand.New(rand.NewPCG(seed, 0)))
		switch n := int(option) - len(csvBlockOptions); {
		case n >= 0 && n < len(textBlockOptions):
			checkBlocks(t, "text", "a.txt", content, textBlockOptions[n], sizes)
			return
		case n >= 0:
			checkBlocks(t, "json", "a.jsonl", content, nil, sizes)
			return
		}
		checkBlocks(t, "csv", "a.csv", content, csvBlockOptions[option], sizes)
	})
}
