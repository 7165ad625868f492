package source

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shortLooks looks at files as if they were long, in short stretches.
var shortLooks = csvCutter{exact: 0, look: 64, lookMost: 1024}

// readCSVParts reads a file as a whole and in parts, each by itself from its token, one of which is too large when lists of rows differ.
func readCSVParts(t *testing.T, c csvCutter, content string, parameters map[string]any, size int64, sizes blockSizes) (whole, parts [][]any, n int, wholeErr, err error) {
	t.Helper()
	m := memFiles{"a.csv": []byte(content)}
	subset := m.subset("csv", parameters, "a.csv")
	s := m.services()
	schema, err := csvFormat{}.Schema(context.Background(), s, subset)
	if err != nil {
		return nil, nil, 0, err, err
	}
	s.blockSizes = sizes
	all := partitions(subset, subset.Resolution.Splits[0], schema, &Counters{})[0]
	read := func(p Partition) ([][]any, error) {
		reader, err := csvFormat{}.Open(context.Background(), s, p, Request{Columns: fieldNames(schema)})
		if err != nil {
			return nil, err
		}
		return drain(reader)
	}
	whole, wholeErr = read(all)
	cut, err := c.split(context.Background(), s, all, size)
	if err != nil {
		t.Fatal(err)
	}
	if len(cut) == 0 {
		return whole, whole, 1, wholeErr, wholeErr
	}
	at := int64(0)
	for _, p := range cut {
		if p.Lines.From != at || p.Lines.To <= at {
			t.Fatalf("parts %v of %q", p.Lines, content)
		}
		at = p.Lines.To
		token, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var there Partition
		if err := json.Unmarshal(token, &there); err != nil {
			t.Fatal(err)
		}
		rows, err := read(there)
		if err != nil {
			return whole, nil, len(cut), wholeErr, err
		}
		parts = append(parts, rows...)
	}
	if at != all.Size {
		t.Fatalf("parts of %q end at %d", content, at)
	}
	return whole, parts, len(cut), wholeErr, nil
}

// checkCSVParts compares reading in parts with reading as a whole. Files that are read whole to be split may not even fail otherwise.
func checkCSVParts(t *testing.T, c csvCutter, content string, parameters map[string]any, size int64, sizes blockSizes) int {
	t.Helper()
	whole, parts, n, wholeErr, err := readCSVParts(t, c, content, parameters, size, sizes)
	switch {
	case wholeErr != nil && err == nil:
		t.Fatalf("parts of %d bytes of %q with %v: no error; as a whole %v", size, content, parameters, wholeErr)
	case wholeErr == nil && err != nil && (c == shortLooks && strings.Contains(err.Error(), maxPartitionBytes)):
		return 0
	case wholeErr == nil && err != nil:
		t.Fatalf("parts of %d bytes of %q with %v: %v", size, content, parameters, err)
	case err == nil && !cmp.Equal(whole, parts):
		t.Fatalf("parts of %d bytes of %q with %v: %s", size, content, parameters, cmp.Diff(whole, parts))
	}
	return n
}

var exactLooks = csvCutter{exact: 1 << 20}

// TestCSVParts reads random files in parts and as a whole.
func TestCSVParts(t *testing.T) {
	t.Parallel()
	words := []string{"a", "x", "12", "3.5", " ", "\t", `"`, `"`, `""`, "'", `\`, "#", ";", ",", ",", "\n", "\n", "\r\n", "\r", "\"a\nb\"", "\"q,\"\"\r\n\"", "\xe9", "true", ""}
	for i, o := range csvBlockOptions {
		t.Run(fmt.Sprint(i, o), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(i), 6))
			for range 100 {
				separator := ","
				if o["sep"] == ";" {
					separator = ";"
				}
				text := randomCSV(r, words, separator)
				if r.IntN(3) == 0 {
					var wild strings.Builder
					for range r.IntN(60) {
						wild.WriteString(words[r.IntN(len(words))])
					}
					text = wild.String()
				}
				sizes := blockSizes{}
				if r.IntN(2) == 0 {
					sizes = randomSizes(r)
				}
				checkCSVParts(t, []csvCutter{exactLooks, shortLooks}[r.IntN(2)], text, o, 1+r.Int64N(80), sizes)
			}
		})
	}
}

func randomCSV(r *rand.Rand, words []string, separator string) string {
	var text strings.Builder
	end := []string{"\n", "\n", "\n", "\r\n", "\r"}[r.IntN(5)]
	for range 2 + r.IntN(20) {
		cells := []string{}
		for range 3 {
			cell := words[r.IntN(5)]
			if r.IntN(4) == 0 {
				cell = `"` + strings.ReplaceAll(words[r.IntN(len(words)-1)]+words[r.IntN(4)]+words[r.IntN(len(words)-1)], `"`, `""`) + `"`
			}
			cells = append(cells, cell)
		}
		text.WriteString(strings.Join(cells, separator) + end)
	}
	return text.String()
}

// TestCSVIsSplit checks that usual files are split everywhere, and what is not.
func TestCSVIsSplit(t *testing.T) {
	t.Parallel()
	rows := func(format string, n int) string {
		var b strings.Builder
		b.WriteString("id,text\n")
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	looks := csvCutter{exact: 100, look: 256, lookMost: 4096}
	for name, test := range map[string]struct {
		text       string
		parameters map[string]any
		parts      int
	}{
		"plain":         {rows("%d,some text\n", 1000), nil, 10},
		"returns":       {strings.ReplaceAll(rows("%d,some text\n", 1000), "\n", "\r"), nil, 10},
		"quotes":        {rows("%d,\"some, \"\"text\"\"\nof two lines\"\n", 1000), nil, 10},
		"within quotes": {rows("%d,\""+strings.Repeat("1,2\n", 30)+"\"\n", 200), nil, 10},
		"one column":    {strings.ReplaceAll(rows("%d\n", 9000), "id,text", "id"), nil, 1},
		"escapes":       {rows("%d,some text\n", 1000), map[string]any{"escapechar": `\`}, 1},
		"some rows":     {rows("%d,some text\n", 1000), map[string]any{"nrows": int64(20)}, 1},
		"by position":   {rows("%d,some text\n", 1000), map[string]any{"usecols": []any{int64(1)}}, 10},
		"row labels":    {rows("x,%d,some text\n", 1000), nil, 10},
		"uneven rows":   {rows("%[1]d\n%[1]d,some text\n", 1000), nil, 1},
		"no header":     {rows("%d,some text\n", 1000), map[string]any{"header": nil}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if n := checkCSVParts(t, looks, test.text, test.parameters, int64(len(test.text))/10+1, blockSizes{}); n != test.parts {
				t.Errorf("%d parts, want %d", n, test.parts)
			}
		})
	}
}

// TestCSVPartsEnd checks that a part that ends within a row is an error.
func TestCSVPartsEnd(t *testing.T) {
	t.Parallel()
	// What looks like rows is in quotes: the numbers of cells are those of the header.
	text := "a,b\n1,x\n2,\"" + strings.Repeat("3,y\n", 200) + "\"\n"
	for _, sizes := range []blockSizes{{}, {first: 100, most: 200, limit: 400, parse: 2}} {
		_, _, n, wholeErr, err := readCSVParts(t, csvCutter{exact: 0, look: 64, lookMost: 128}, text, nil, 300, sizes)
		if n < 2 || wholeErr != nil || err == nil || !strings.Contains(err.Error(), "without the option max_partition_bytes") {
			t.Errorf("%d parts, %v, %v", n, wholeErr, err)
		}
	}
}

// FuzzCSVParts compares reading in parts with reading as a whole.
func FuzzCSVParts(f *testing.F) {
	f.Add("a,b\n1,\"x\ny\"\n2,z\n", uint8(0), uint64(1))
	f.Add("a,b\r1,5\" pipe\r2,\"z\"\"\"\r", uint8(3), uint64(2))
	f.Fuzz(func(t *testing.T, content string, option uint8, seed uint64) {
		if len(content) > 4096 {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		sizes := slices.Concat([]blockSizes{{}}, []blockSizes{randomSizes(r)})[r.IntN(2)]
		checkCSVParts(t, []csvCutter{exactLooks, shortLooks}[r.IntN(2)], content, csvBlockOptions[int(option)%len(csvBlockOptions)], 1+r.Int64N(100), sizes)
	})
}
