package gunzip

import (
	"bytes"
	stdlib "compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

// pack packs data with the standard library.
func pack(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := stdlib.NewWriterLevel(&b, level)
	if err == nil {
		_, err = w.Write(data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpack(from io.Reader) ([]byte, error) {
	r, err := NewReader(from)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func unpackStdlib(packed []byte) ([]byte, error) {
	r, err := stdlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// samples are data of many kinds.
func samples() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 700_000)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	skewed := make([]byte, 900_000) // Some bytes are so rare that their codes are long.
	for i := range skewed {
		skewed[i] = byte(r.ExpFloat64() * 9)
	}
	var words strings.Builder
	for words.Len() < 2_000_000 {
		fmt.Fprintf(&words, "%d is the number %x of %s; ", r.IntN(1000), r.IntN(50), []string{"one", "another", "all of them"}[r.IntN(3)])
	}
	return map[string][]byte{
		"empty": nil, "byte": {7}, "zeros": make([]byte, 1_000_000), "random": random, "skewed": skewed, "words": []byte(words.String()),
		"pairs": bytes.Repeat([]byte("ab"), 300_000), "sevens": bytes.Repeat([]byte("abcdefg"), 90_000),
		"far": bytes.Repeat(random[:32<<10], 20),
	}
}

// TestUnpack unpacks what the standard library packs, from whole buffers and from bytes that come one by one.
func TestUnpack(t *testing.T) {
	t.Parallel()
	for name, data := range samples() {
		for _, level := range []int{stdlib.HuffmanOnly, stdlib.NoCompression, 1, 6, 9} {
			t.Run(fmt.Sprint(name, level), func(t *testing.T) {
				t.Parallel()
				packed := pack(t, data, level)
				for i, from := range []io.Reader{bytes.NewReader(packed), iotest.HalfReader(bytes.NewReader(packed)), iotest.OneByteReader(bytes.NewReader(packed)), iotest.DataErrReader(bytes.NewReader(packed))} {
					got, err := unpack(from)
					if err != nil || !bytes.Equal(got, data) {
						t.Errorf("reader %d: %d bytes instead of %d, error %v", i, len(got), len(data), err)
					}
				}
			})
		}
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	var named bytes.Buffer
	w := stdlib.NewWriter(&named)
	w.Name, w.Comment, w.Extra = "a name", "a comment", []byte("more")
	_, err := w.Write([]byte("three"))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	all := bytes.Join([][]byte{pack(t, []byte("one "), 6), pack(t, nil, 6), pack(t, []byte("two "), 0), named.Bytes(), make([]byte, 600)}, nil)
	got, err := unpack(bytes.NewReader(all))
	if err != nil || string(got) != "one two three" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := unpack(bytes.NewReader(append(all, 'x'))); !errors.Is(err, ErrTrailing) {
		t.Errorf("a byte behind the members: %v", err)
	}
	if _, err := unpack(strings.NewReader("no gzip data")); !errors.Is(err, ErrHeader) {
		t.Errorf("something else: %v", err)
	}
	if _, err := unpack(strings.NewReader("")); !errors.Is(err, io.EOF) {
		t.Errorf("nothing: %v", err)
	}
}

// TestCutOff unpacks what is left of the beginning, and tells that it is cut off.
func TestCutOff(t *testing.T) {
	t.Parallel()
	data := samples()["words"][:5000]
	packed := pack(t, data, 6)
	for n := 1; n < len(packed); n++ {
		got, err := unpack(bytes.NewReader(packed[:n]))
		if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(data, got) {
			t.Fatalf("%d of %d bytes: %d bytes, %v", n, len(packed), len(got), err)
		}
		if want, _ := unpackStdlib(packed[:n]); len(got) < len(want) {
			t.Fatalf("%d of %d bytes: %d bytes, the standard library %d", n, len(packed), len(got), len(want))
		}
	}
}

// TestDamaged compares with the standard library what comes of damaged data.
func TestDamaged(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for name, data := range samples() {
		packed := pack(t, data[:min(len(data), 60_000)], 6)
		for range 60 {
			damaged := bytes.Clone(packed)
			for range 1 + r.IntN(3) {
				damaged[10+r.IntN(len(damaged)-10)] ^= byte(1 << r.IntN(8))
			}
			compare(t, name, damaged)
		}
	}
}

// compare fails when data that the standard library unpacks is unpacked otherwise, or when it does not and no error comes.
func compare(t *testing.T, name string, packed []byte) {
	t.Helper()
	want, wantErr := unpackStdlib(packed)
	got, err := unpack(bytes.NewReader(packed))
	switch {
	case wantErr == nil && (err != nil || !bytes.Equal(got, want)):
		t.Fatalf("%s: %d bytes and error %v, the standard library %d bytes", name, len(got), err, len(want))
	case wantErr != nil && err == nil && !trailingZeros(packed):
		t.Fatalf("%s: no error, the standard library %v", name, wantErr)
	}
}

// trailingZeros tells of data that the standard library refuses, but Python reads.
func trailingZeros(packed []byte) bool { return len(packed) > 0 && packed[len(packed)-1] == 0 }

func FuzzReader(f *testing.F) {
	for _, data := range samples() {
		f.Add(pack(f, data[:min(len(data), 3000)], 6))
		f.Add(pack(f, data[:min(len(data), 3000)], stdlib.HuffmanOnly))
	}
	f.Fuzz(func(t *testing.T, packed []byte) {
		if len(packed) > 1<<16 {
			return
		}
		compare(t, "fuzz", packed)
	})
}

func BenchmarkReader(b *testing.B) {
	data := samples()["words"]
	packed := pack(b, data, 6)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(packed))
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
