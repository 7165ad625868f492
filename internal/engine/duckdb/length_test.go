package duckdb

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hfspark/hfspark/internal/plan/types"
)

func TestCharacters(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	letters := []string{"a", "é", "水", "🐦", "\x00", "\x7f", "\u0080", "\uffff", "\U0010ffff"}
	for size := range 400 {
		var b strings.Builder
		for range size {
			b.WriteString(letters[random.IntN(len(letters))])
		}
		text := b.String()
		for at := range min(len(text), 3) {
			if part := text[at:]; utf8.ValidString(part) && characters(part) != utf8.RuneCountInString(part) {
				t.Fatalf("%q has %d characters, counted %d", part, utf8.RuneCountInString(part), characters(part))
			}
		}
	}
	// Lanes count to 255, and no further.
	for _, size := range []int{0, 1, 15, 16, 17, 16 * 255, 16*255 + 1, 16 * 256, 100_000} {
		for _, letter := range letters {
			text := strings.Repeat(letter, size)
			if characters(text) != size {
				t.Fatalf("%d times %q: counted %d", size, letter, characters(text))
			}
		}
	}
}

func BenchmarkCharacters(b *testing.B) {
	text := strings.Repeat("the quick brown fox ", 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		characters(text)
	}
}

// The function sees texts in vectors and next to them, and nulls.
func TestLengthOfVectors(t *testing.T) {
	t.Parallel()
	db, c := open(t)
	if err := db.RegisterLength(c); err != nil {
		t.Fatal(err)
	}
	const differs = `SELECT count(*) FROM (SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE repeat('é', i % 40) || 'a' END AS t FROM range(10000) r(i))
		WHERE hf_length(t) IS DISTINCT FROM length(t)`
	want(t, c, types.Long, differs, "0")
	want(t, c, types.Integer, "SELECT hf_length('水a')", "2")
	want(t, c, types.Integer, "SELECT hf_length(NULL)", "(null)")
	want(t, c, types.Integer, "SELECT hf_length('longer than twelve')", "18")
}
