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
	for _, text := range []string{"", "-", ".", "1.2.3", "1e5", "nan", "1,5", " 1", "--1", "1-", "123456789012345678901"} {
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

// TestDecimalFloat compares with strconv, where it says that it knows: nearly always.
func TestDecimalFloat(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	unsure := 0
	const n = 100_000
	for i := range n {
		m, e := random.Uint64()>>random.IntN(64), random.IntN(2*mostPower+1)-mostPower
		if i%4 == 0 { // Halfway between two doubles, or near that.
			m = uint64(random.Int64N(1<<53)|1<<52)<<1 | 1 + uint64(random.IntN(2))
			e = random.IntN(5) - 2
		}
		want, err := strconv.ParseFloat(fmt.Sprintf("%de%d", m, e), 64)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := decimalFloat(m, e)
		if !ok {
			unsure++
		} else if got != want {
			t.Fatalf("%de%d is %v, want %v", m, e, got, want)
		}
	}
	if unsure > n/3 {
		t.Errorf("%d of %d take a closer look", unsure, n)
	}
}

// TestPlainLines compares the ends of strings, and what texts are plain, with a look at each byte.
func TestPlainLines(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	words := []string{"a", "some words that are longer", strings.Repeat("x", 90), "\u00e9", "\n", "\r\n", "\"", "\\", "\x7f", "\x1f", "\r", "\t", "\xff"}
	for i := range 20_000 {
		var b strings.Builder
		for range random.IntN(12) {
			b.WriteString(words[random.IntN(len(words)-7*(i%2))])
		}
		text := b.String()
		end := strings.IndexAny(text, "\"\\")
		if end < 0 {
			end = len(text)
		}
		if n := stringEnd([]byte(text)); n != end {
			t.Fatalf("stringEnd(%q) = %d, want %d", text, n, end)
		}
		controls := strings.ContainsFunc(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", ""), "\n", ""), func(r rune) bool { return r < 0x20 })
		if plain := plainLines([]byte(text)); plain != (utf8.ValidString(text) && !controls) {
			t.Fatalf("plainLines(%q) = %t", text, plain)
		}
	}
}
