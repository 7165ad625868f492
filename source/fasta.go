package source

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// fastaFormat reads FASTA files: a header that begins with > and lines of the sequence.
var fastaFormat = sequenceFormat{name: "FASTA", columns: []string{"id", "description", "sequence", recordColumn}, next: nextFASTA}

// nextFASTA reads a record. What stands before the first header is passed over, and so are lines of comment, which begin with a semicolon.
func nextFASTA(lines *sequenceLines) (*sequence, error) {
	one := &sequence{}
	var header string
	for {
		line, err := lines.next()
		if err != nil {
			return nil, err
		}
		if line[0] == '>' {
			header = string(line)
			one.raw = append(one.raw, line...)
			break
		}
	}
	var letters strings.Builder
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if line[0] == '>' {
			lines.push()
			break
		}
		if err := one.addRaw(line); err != nil {
			return nil, err
		}
		if line[0] != ';' {
			for _, part := range bytes.FieldsFunc(line, pythonSpace) {
				letters.Write(part)
			}
		}
	}
	id, description := sequenceHeader(strings.TrimRightFunc(header, pythonSpace)[1:])
	one.texts = []string{id, description, letters.String()}
	return one, nil
}
