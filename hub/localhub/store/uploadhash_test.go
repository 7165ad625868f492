package store

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
)

// Parts arrive in any order, several at once and some twice, first with other bytes.
func TestPartsInAnyOrder(t *testing.T) {
	t.Parallel()
	o := created(t).Objects()
	const size = 10_000
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		content := make([]byte, 50*size+random.IntN(size))
		for i := range content {
			content[i] = byte(random.Uint32())
		}
		hash := hashOf(string(content))
		id, err := o.Begin(hash, int64(len(content)), size)
		if err != nil {
			t.Fatal(err)
		}
		parts := make([]Part, (len(content)+size-1)/size)
		var sending sync.WaitGroup
		for _, n := range random.Perm(len(parts)) {
			again := random.IntN(4) == 0
			part := content[n*size : min((n+1)*size, len(content))]
			sending.Go(func() {
				if again {
					if _, err := o.PutPart(t.Context(), id, n+1, bytes.NewReader(make([]byte, len(part)))); err != nil {
						t.Error(err)
					}
				}
				etag, err := o.PutPart(t.Context(), id, n+1, bytes.NewReader(part))
				if err != nil {
					t.Error(err)
				}
				parts[n] = Part{Number: n + 1, ETag: etag}
			})
		}
		sending.Wait()
		if err := o.Complete(t.Context(), id, parts); err != nil {
			t.Fatal(err)
		}
	}
}
