package source

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

func TestReadAhead(t *testing.T) {
	t.Parallel()
	content := make([]byte, 3<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range content {
		content[i] = byte(random.Uint32())
	}
	failure := errors.New("broken")
	for name, c := range map[string]struct {
		from io.Reader
		want error
	}{
		"all":            {bytes.NewReader(content), nil},
		"in halves":      {iotest.HalfReader(bytes.NewReader(content)), nil},
		"data and error": {iotest.DataErrReader(bytes.NewReader(content)), nil},
		"broken":         {io.MultiReader(bytes.NewReader(content), iotest.ErrReader(failure)), failure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReadAhead(c.from)
			defer r.Close()
			got, err := io.ReadAll(r)
			if !bytes.Equal(got, content) || !errors.Is(err, c.want) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}

func TestReadAheadStops(t *testing.T) {
	t.Parallel()
	r := newReadAhead(neverEnding{})
	if _, err := r.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	r.Close()
	r.Close()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("after Close: %v", err)
	}
	p := newReadAhead(panicking{})
	defer p.Close()
	if _, err := p.Read(make([]byte, 10)); err == nil {
		t.Error("no error of a reader that panics")
	}
}

type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) { return len(p), nil }

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("out of range") }
