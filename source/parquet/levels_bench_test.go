package parquet

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkCheckLevels looks at the levels of lists, whose lengths are by chance. Bytes are pairs of levels.
func BenchmarkCheckLevels(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, limits := range []levelLimits{
		{0, 3, []byte{0}},
		{1, 3, []byte{0, 2}},
		{3, 9, []byte{0, 2, 5, 8}},
	} {
		const n = 100_000
		rep, def, _ := pairs(r, n, limits)
		repetition, definition := encodeLevels(r, rep, limits.maxRepetition), encodeLevels(r, def, limits.maxDefinition)
		b.Run(fmt.Sprintf("%d of %d", limits.maxRepetition, limits.maxDefinition), func(b *testing.B) {
			b.SetBytes(n)
			for b.Loop() {
				if _, err := checkLevels(repetition, definition, n, limits, true); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
