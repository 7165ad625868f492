package source

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// xmlFormat reads XML files as text: a file is a row (datasets, packaged_modules/xml/xml.py).
type xmlFormat struct{}

// xmlParameters are the parameters of XML files.
var xmlParameters = []string{"encoding", "encoding_errors"}

// xmlColumn is the column of XML files.
const xmlColumn = "xml"

// Parameters implements Format.
func (xmlFormat) Parameters(given map[string]any) (map[string]any, error) {
	if _, err := parseXMLOptions(given); err != nil {
		return nil, err
	}
	return given, nil
}

func parseXMLOptions(given map[string]any) (*textOptions, error) {
	o := &textOptions{sampleBy: "document"}
	p := newParameters("XML", given)
	p.only(xmlParameters)
	p.encoding(&o.encoding)
	if p.err != nil {
		return nil, p.err
	}
	return o, nil
}

// Schema implements Format. It opens no file.
func (xmlFormat) Schema(_ context.Context, _ Services, subset Subset) (*arrow.Schema, error) {
	return textSchema(subset, xmlColumn)
}

// Open implements Format.
func (xmlFormat) Open(ctx context.Context, s Services, p Partition, r Request) (Reader, error) {
	o, err := parseXMLOptions(p.Parameters)
	if err != nil {
		return nil, err
	}
	return openTextRows(ctx, s, p, r, o)
}
