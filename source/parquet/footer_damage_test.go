package parquet

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// TestDamagedFootersLoseNoRows changes each bit of a footer: it is refused, or tells of as many rows as before.
func TestDamagedFootersLoseNoRows(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	data := writeFile(t, []arrow.RecordBatch{sample(r, 30, 3)}, 15)
	n, err := footerLength(data[len(data)-trailer:], int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	end := int64(len(data)) - trailer - n
	whole := data[end : len(data)-trailer]
	for at := range whole {
		for bit := range 8 {
			raw := bytes.Clone(whole)
			raw[at] ^= 1 << bit
			if footer, err := parseFooter("f", raw, end); err == nil && footer.Rows() != 30 {
				t.Errorf("bit %d of byte %d of %d: %d rows of 30", bit, at, len(whole), footer.Rows())
			}
		}
	}
}
