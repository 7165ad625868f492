package source

import (
	"bytes"
	"context"
	"slices"
)

const (
	// splitProbe is how much of a file is looked at to find out whether its rows are lines, and splitProbeMore how much when a first
	// line is longer than that.
	splitProbe     = 64 << 10
	splitProbeMore = 4 << 20
)

// Split implements splitter. Rows that are lines can be split: each JSON text is one, since strings have no line breaks. The first line
// must be an object that ends with it; a later one that does not is an error when it is read.
func (jsonFormat) Split(ctx context.Context, s Services, p Partition, size int64) ([]Partition, error) {
	o, err := parseJSONOptions(p.Parameters)
	if err != nil || o.field != "" || !o.encoding.splits() {
		return nil, err
	}
	if kind, err := compressionOf(p.Path); err != nil || kind != plainFile && kind != sniffed {
		return nil, err
	}
	for _, probe := range []int64{splitProbe, splitProbeMore} {
		head, err := readRange(ctx, s, p, 0, probe)
		if err != nil {
			return nil, err
		}
		line, _, found := bytes.Cut(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), []byte{'\n'})
		if !found && len(line) > 0 && line[0] == '{' {
			continue
		}
		text := &jsonText{data: line}
		if text.peek() == '{' && text.skip() == nil && atEnd(text) == nil {
			return splitLines(p, size)
		}
		return nil, nil
	}
	return nil, nil
}

// Split implements splitter: texts of which each line is a row can be split.
func (textFormat) Split(ctx context.Context, s Services, p Partition, size int64) ([]Partition, error) {
	o, err := parseTextOptions(p.Parameters)
	if err != nil || o.sampleBy != "line" || !o.encoding.splits() {
		return nil, err
	}
	if plain, err := isPlain(ctx, s, p); err != nil || !plain {
		return nil, err
	}
	return splitLines(p, size)
}

// isPlain says whether a file is not packed. Where its name does not tell, its first bytes do.
func isPlain(ctx context.Context, s Services, p Partition) (bool, error) {
	kind, err := compressionOf(p.Path)
	if err != nil || kind != sniffed {
		return kind == plainFile, err
	}
	head, err := readRange(ctx, s, p, 0, 8)
	return !slices.ContainsFunc(signatures, func(known signature) bool { return bytes.HasPrefix(head, []byte(known.bytes)) }), err
}

// splits says whether the line breaks of a text in the encoding are single bytes that mean nothing else.
func (e textEncoding) splits() bool {
	decoder, err := decoderOf(e.name)
	return err == nil && decoder == nil
}

// maxParts bounds the partitions of one file: each of them is kept, and takes a request or two.
const maxParts = 10_000

// splitLines cuts a file into ranges of equal length, of at most size bytes.
func splitLines(p Partition, size int64) ([]Partition, error) {
	n := (p.Size-1)/size + 1
	if n > maxParts {
		return nil, tooManyParts(p, size, n)
	}
	out := make([]Partition, 0, n)
	for i := range n {
		part := p
		part.Lines = &ByteRange{From: p.Size / n * i, To: p.Size / n * (i + 1)}
		if i == n-1 {
			part.Lines.To = p.Size
		}
		part.Length = part.Lines.To - part.Lines.From
		out = append(out, part)
	}
	return out, nil
}

func tooManyParts(p Partition, size, n int64) error {
	return badOption(maxPartitionBytes, "%d bytes would make %d partitions of %s, which has %d bytes; at most %d are made of a file", size, n, p.Path, p.Size, maxParts)
}
