package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// FuzzFASTA checks that records are the text from the first header on, cut before each header.
func FuzzFASTA(f *testing.F) {
	for _, text := range []string{"", ">", ">a b\nAC\r\nGT\n;c\n>b\rA\r", "x\n>a\n>b", "@a\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var all []byte
		lines := &sequenceLines{from: bufio.NewReader(bytes.NewReader(text))}
		for {
			one, err := nextFASTA(lines)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if one.raw[0] != '>' || len(one.texts) != len(fastaFormat.columns)-1 || strings.ContainsAny(one.texts[2], " \r\n") {
				t.Fatalf("%q", one)
			}
			all = append(all, one.raw...)
		}
		if !bytes.HasSuffix(text, all) {
			t.Fatalf("%q of %q", all, text)
		}
	})
}

// FuzzFASTQ checks that records have as many letters of quality as of sequence, and are texts of the file in its order.
func FuzzFASTQ(f *testing.F) {
	for _, text := range []string{"", "@", "@a b\nAC\n+\nII\n", "@a\r\nA\r\nC\r\n+a\r\nI\r\nI\r\n\r\n@b\n\n+\n\n", "@a\nAC\n+\nI"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		left := text
		lines := &sequenceLines{from: bufio.NewReader(bytes.NewReader(text))}
		for {
			one, err := nextFASTQ(lines)
			if err != nil {
				return // At the end, or at a record that is none.
			}
			at := bytes.Index(left, one.raw)
			if at < 0 || len([]rune(one.texts[2])) != len([]rune(one.texts[3])) {
				t.Fatalf("%q of %q", one, text)
			}
			left = left[at+len(one.raw):]
		}
	})
}
