package source

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExactDecimal(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"0", "-0", "1", "+1", "0.1", ".5", "5.", "123456789.012345", "999999999999999", "0.000000000000001", "-12.75"}
	for range 20_000 {
		texts = append(texts, fmt.Sprintf("%.*f", random.IntN(9), random.Float64()*float64(random.IntN(1e6))-1000))
	}
	for _, text := range texts {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := exactDecimal([]byte(text)); ok && (got != want || fmt.Sprint(got) != fmt.Sprint(want)) {
			t.Errorf("%s is %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "-", ".", "1.2.3", "1e5", "nan", "1,5", " 1", "12345678901234567", "--1", "1-"} {
		if f, ok := exactDecimal([]byte(text)); ok {
			t.Errorf("%q is read as %v", text, f)
		}
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		var b strings.Builder
		for range random.IntN(40) {
			b.WriteString([]string{"a", "z", "é", " ", "\x7f", "!", "#", "[", "]", "\xff", "\"", "\\", "\x1f", "\n"}[random.IntN(14-min(4, random.IntN(8)))])
		}
		text := b.String()
		want := strings.IndexFunc(text, func(r rune) bool { return r == '"' || r == '\\' || r < 0x20 })
		if want < 0 {
			want = len(text)
		}
		n, ascii := plainText([]byte(text))
		wantASCII := true
		for i := range want {
			wantASCII = wantASCII && text[i] < utf8.RuneSelf
		}
		if n != want || ascii != wantASCII {
			t.Fatalf("%q: %d %t, want %d %t", text, n, ascii, want, wantASCII)
		}
	}
}
