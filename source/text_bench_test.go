package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// benchmarkRead reads a file of about 16 MiB in memory, with all columns.
func benchmarkRead(b *testing.B, format, header string, row func(i int) string) {
	var text strings.Builder
	text.WriteString(header)
	for i := 0; text.Len() < 16<<20; i++ {
		text.WriteString(row(i))
	}
	m := memFiles{"a": []byte(text.String())}
	subset := m.subset(format, nil, "a")
	f, err := formatOf(format)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	schema, err := f.Schema(ctx, m.services(), subset)
	if err != nil {
		b.Fatal(err)
	}
	p := partitions(subset, subset.Resolution.Splits[0], schema, &Counters{})[0]
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		reader, err := f.Open(ctx, m.services(), p, Request{Columns: fieldNames(schema)})
		if err != nil {
			b.Fatal(err)
		}
		for {
			piece, err := reader.Next(ctx)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			piece.Release()
		}
		_ = reader.Close()
	}
}

func BenchmarkCSVNumbers(b *testing.B) {
	benchmarkRead(b, "csv", "a,b,c,d,e\n", func(i int) string {
		return fmt.Sprintf("%d,%d.%02d,%s,%d,%.4f\n", i, i%977, i%100, []string{"Ideal", "Good", "Fair"}[i%3], i*7, float64(i)/3)
	})
}

func BenchmarkCSVText(b *testing.B) {
	line := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 20)
	benchmarkRead(b, "csv", "id,text\n", func(i int) string { return fmt.Sprintf("%d,\"%s, he said \"\"%d\"\".\"\n", i, line, i) })
}

func BenchmarkJSONText(b *testing.B) {
	line := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 20)
	benchmarkRead(b, "json", "", func(i int) string { return fmt.Sprintf("{\"id\":%d,\"text\":\"%s\\n%d\"}\n", i, line, i) })
}

func BenchmarkJSONNested(b *testing.B) {
	benchmarkRead(b, "json", "", func(i int) string {
		return fmt.Sprintf("{\"id\":\"r%d\",\"score\":%.3f,\"turns\":[{\"from\":\"human\",\"value\":\"Hello %d\"},{\"from\":\"gpt\",\"value\":\"Hi\\n\"}],\"ok\":%t}\n",
			i, float64(i)/7, i, i%2 == 0)
	})
}
