package source

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// fastqFormat reads FASTQ files: a header that begins with @, the sequence, a line that begins with +, and as many letters of quality.
var fastqFormat = sequenceFormat{name: "FASTQ", columns: []string{"id", "description", "sequence", "quality", recordColumn}, next: nextFASTQ}

// nextFASTQ reads a record. Lines that are no header are passed over where one is expected.
func nextFASTQ(lines *sequenceLines) (*sequence, error) {
	one := &sequence{}
	header := ""
	for {
		line, err := lines.next()
		if err != nil {
			return nil, err
		}
		if line[0] == '@' {
			header = strings.TrimRightFunc(string(line[1:]), pythonSpace)
			one.raw = append(one.raw, line...)
			break
		}
	}
	id, description := sequenceHeader(header)
	// stripped reads a line of the record, without the white space at its end.
	stripped := func() (string, error) {
		line, err := lines.next()
		if err == nil {
			err = one.addRaw(line)
		}
		return strings.TrimRightFunc(string(line), pythonSpace), err
	}
	var letters, quality strings.Builder
	for {
		line, err := stripped()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("the record %q has no line that begins with +: the file is cut off, or is not FASTQ", id)
		}
		if err != nil {
			return nil, err
		}
		if again, found := strings.CutPrefix(line, "+"); found {
			if again != "" && again != header {
				return nil, fmt.Errorf("the line with + of the record %q names another one: %q", id, again)
			}
			break
		}
		letters.WriteString(line)
	}
	want, got := utf8.RuneCountInString(letters.String()), 0
	for first := true; first || got < want; first = false { // Even an empty sequence has a line of quality.
		line, err := stripped()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		quality.WriteString(line)
		got += utf8.RuneCountInString(line)
	}
	if got != want {
		return nil, fmt.Errorf("the record %q has %d letters of quality for a sequence of %d", id, got, want)
	}
	one.texts = []string{id, description, letters.String(), quality.String()}
	return one, nil
}
