package parquet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/pierrec/lz4/v4"
)

// samplePages are contents that compress in different ways.
func samplePages() [][]byte {
	r := rand.New(rand.NewPCG(11, 11))
	noise := make([]byte, 70_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	var words bytes.Buffer
	for range 20_000 {
		fmt.Fprintf(&words, "word%d ", r.IntN(300))
	}
	return [][]byte{{7}, []byte("abc"), bytes.Repeat([]byte{1}, 300_000), noise, words.Bytes(), append(bytes.Repeat([]byte("abcdefg"), 9000), noise...)}
}

func compressPage(t testing.TB, codec int32, content []byte) []byte {
	t.Helper()
	switch codec {
	case codecUncompressed:
		return content
	case codecLZ4Raw:
		out := make([]byte, lz4.CompressBlockBound(len(content))+16)
		n, err := lz4.CompressBlock(content, out, nil)
		if err != nil || n == 0 {
			t.Skipf("LZ4 does not compress %d bytes: %v", len(content), err)
		}
		return out[:n]
	}
	c, err := compress.GetCodec(compress.Compression(codec))
	if err != nil {
		t.Fatal(err)
	}
	return c.Encode(nil, content)
}

func TestPrefixIsTheBeginningOfThePage(t *testing.T) {
	t.Parallel()
	for _, codec := range []int32{codecUncompressed, codecSnappy, codecGzip, codecBrotli, codecZstd, codecLZ4Raw} {
		for i, content := range samplePages() {
			t.Run(fmt.Sprint(codec, " ", i), func(t *testing.T) {
				t.Parallel()
				page := compressPage(t, codec, content)
				var p prefix
				defer p.close()
				for _, lengths := range [][]int{{0, 1, len(content)}, {len(content) / 2, len(content)}, {len(content)}} {
					p.reset(codec, page)
					for _, n := range lengths {
						if got, err := p.take(n); err != nil || !bytes.Equal(got, content[:n]) {
							t.Fatalf("the first %d of %d bytes: %d bytes, %v", n, len(content), len(got), err)
						}
					}
					if _, err := p.take(len(content) + 1); err == nil {
						t.Error("there are more bytes than were compressed")
					}
				}
			})
		}
	}
}

func FuzzPrefix(f *testing.F) {
	for _, codec := range []int32{codecSnappy, codecGzip, codecBrotli, codecZstd, codecLZ4Raw} {
		f.Add(codec, 10, compressPage(f, codec, bytes.Repeat([]byte("some text, "), 30)))
	}
	f.Add(int32(codecGzip), 10, []byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, codec int32, n int, page []byte) {
		const most = 1 << 20
		n = int(uint(n) % most)
		var p prefix
		defer p.close()
		p.reset(codec, page)
		if got, err := p.take(n); err == nil && len(got) != n {
			t.Errorf("%d bytes instead of %d", len(got), n)
		}
		if codec != codecUncompressed && cap(p.known) > 8*most {
			t.Errorf("%d bytes for a prefix of %d", cap(p.known), n)
		}
	})
}
