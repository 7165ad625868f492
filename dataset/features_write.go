package dataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"go.yaml.in/yaml/v3"
)

// UnsupportedTypeError says that the datasets library has no feature for a column's type.
type UnsupportedTypeError struct {
	Column string // dotted path
	Type   arrow.DataType
	Hint   string
}

// Error implements error.
func (e *UnsupportedTypeError) Error() string {
	return fmt.Sprintf("column %s of type %s cannot be in a dataset: the datasets library has no feature for it; %s", e.Column, TypeName(e.Type), e.Hint)
}

// FeaturesFromArrow gives each column the feature that the library gives its type (features.py, generate_from_arrow_type). Types
// that it refuses, such as maps, are an *UnsupportedTypeError. Fields that [Features.ArrowSchema] made keep their class labels.
func FeaturesFromArrow(schema *arrow.Schema) (*Features, error) {
	columns, err := featuresOf(schema.Fields(), "")
	if err != nil {
		return nil, err
	}
	return &Features{Columns: columns}, nil
}

func featuresOf(fields []arrow.Field, parent string) ([]Feature, error) {
	out := make([]Feature, len(fields))
	for i, f := range fields {
		path := f.Name
		if parent != "" {
			path = parent + "." + f.Name
		}
		t, err := featureOf(f, path)
		if err != nil {
			return nil, err
		}
		out[i] = Feature{f.Name, t}
	}
	return out, nil
}

func featureOf(f arrow.Field, path string) (FeatureType, error) {
	if t, ok := FieldFeature(f); ok {
		return t, nil
	}
	list := func(kind FeatureKind, element arrow.Field, length int32) (FeatureType, error) {
		e, err := featureOf(element, path+".element")
		return FeatureType{Kind: kind, Element: &e, Length: int(length)}, err
	}
	switch t := f.Type.(type) {
	case *arrow.StructType:
		fields, err := featuresOf(t.Fields(), path)
		return FeatureType{Kind: KindStruct, Fields: fields}, err
	case *arrow.ListType:
		return list(KindList, t.ElemField(), 0)
	case *arrow.LargeListType:
		return list(KindLargeList, t.ElemField(), 0)
	case *arrow.FixedSizeListType:
		return list(KindList, t.ElemField(), t.Len())
	case *arrow.MapType:
		return FeatureType{}, &UnsupportedTypeError{path, t, "make it a list of key and value with map_entries()"}
	}
	if _, err := parseDType(dtypeText(f.Type)); err != nil {
		return FeatureType{}, &UnsupportedTypeError{path, f.Type, "cast it to a plain type or to string"}
	}
	return FeatureType{Kind: KindValue, DType: f.Type}, nil
}

// dtypeText is the dtype of a Value as the library writes it: pyarrow's name but for floats and dates.
func dtypeText(t arrow.DataType) string {
	switch t.ID() {
	case arrow.FLOAT16:
		return "float16"
	case arrow.FLOAT32:
		return "float32"
	case arrow.FLOAT64:
		return "float64"
	case arrow.DATE32:
		return "date32"
	case arrow.DATE64:
		return "date64"
	}
	return TypeName(t)
}

// MarshalJSON writes the object of features as in the metadata "huggingface" of Parquet files, the columns in order.
func (f *Features) MarshalJSON() ([]byte, error) { return marshalFields(f.Columns) }

func marshalFields(fields []Feature) ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(f.Name)
		if err != nil {
			return nil, err
		}
		value, err := f.Type.marshal()
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func (t FeatureType) marshal() ([]byte, error) {
	switch t.Kind {
	case KindStruct:
		return marshalFields(t.Fields)
	case KindList, KindLargeList:
		element, err := t.Element.marshal()
		if err != nil {
			return nil, err
		}
		o := struct {
			Feature json.RawMessage `json:"feature"`
			Length  int             `json:"length,omitempty"`
			Type    string          `json:"_type"`
		}{element, t.Length, "List"}
		if t.Kind == KindLargeList {
			o.Type = "LargeList"
		}
		return json.Marshal(o)
	case KindClassLabel:
		return json.Marshal(struct {
			Names      []string `json:"names,omitempty"`
			NumClasses int      `json:"num_classes,omitempty"`
			Type       string   `json:"_type"`
		}{t.Names, unnamed(t), "ClassLabel"})
	case KindArray:
		return json.Marshal(struct {
			Shape []any  `json:"shape"`
			DType string `json:"dtype"`
			Type  string `json:"_type"`
		}{t.shape(), dtypeText(t.DType), fmt.Sprintf("Array%dD", len(t.Shape))})
	case KindTranslation:
		if t.variable() {
			return []byte(`{"_type":"TranslationVariableLanguages"}`), nil
		}
		return json.Marshal(struct {
			Languages []string `json:"languages"`
			Type      string   `json:"_type"`
		}{t.languages(), "Translation"})
	case KindMedia:
		return json.Marshal(struct {
			Type string `json:"_type"`
		}{t.Class})
	case KindJSON:
		return []byte(`{"_type":"Json"}`), nil
	}
	return json.Marshal(struct {
		DType string `json:"dtype"`
		Type  string `json:"_type"`
	}{dtypeText(t.DType), "Value"})
}

// unnamed is the number of classes when their names are not known.
func unnamed(t FeatureType) int {
	if len(t.Names) > 0 {
		return 0
	}
	return t.NumClasses
}

func (t FeatureType) shape() []any {
	out := make([]any, len(t.Shape))
	for i, n := range t.Shape {
		if n > 0 {
			out[i] = n
		}
	}
	return out
}

func (t FeatureType) variable() bool {
	return len(t.Fields) == 2 && t.Fields[0].Name == "language" && t.Fields[0].Type.Kind == KindList
}

func (t FeatureType) languages() []string {
	var out []string
	for _, f := range t.Fields {
		out = append(out, f.Name)
	}
	return out
}

// yamlNode writes features as the list of a README.
func (f *Features) yamlNode() *yaml.Node { return yamlList(f.Columns) }

func yamlList(fields []Feature) *yaml.Node {
	list := sequenceNode()
	for _, f := range fields {
		item := mappingNode(textNode("name"), textNode(f.Name))
		item.Content = append(item.Content, f.Type.yamlPairs()...)
		list.Content = append(list.Content, item)
	}
	return list
}

// yamlPairs is the keys and values of an item behind its name.
func (t FeatureType) yamlPairs() []*yaml.Node {
	class := func(name string, arguments ...*yaml.Node) []*yaml.Node {
		return []*yaml.Node{textNode("dtype"), mappingNode(textNode(name), mappingNode(arguments...))}
	}
	switch t.Kind {
	case KindStruct:
		return []*yaml.Node{textNode("struct"), yamlList(t.Fields)}
	case KindList, KindLargeList:
		key := "list"
		if t.Kind == KindLargeList {
			key = "large_list"
		}
		pairs := []*yaml.Node{textNode(key), t.Element.yamlElement()}
		if t.Length > 0 {
			pairs = append(pairs, textNode("length"), intNode(int64(t.Length)))
		}
		return pairs
	case KindClassLabel:
		if len(t.Names) == 0 {
			return class("class_label", textNode("num_classes"), intNode(int64(t.NumClasses)))
		}
		names := mappingNode()
		for i, n := range t.Names {
			names.Content = append(names.Content, quotedNode(strconv.Itoa(i)), textNode(n))
		}
		return class("class_label", textNode("names"), names)
	case KindArray:
		shape := sequenceNode()
		for _, n := range t.shape() {
			if n == nil {
				shape.Content = append(shape.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"})
			} else {
				shape.Content = append(shape.Content, intNode(int64(n.(int))))
			}
		}
		return class(fmt.Sprintf("array%d_d", len(t.Shape)), textNode("shape"), shape, textNode("dtype"), textNode(dtypeText(t.DType)))
	case KindTranslation:
		if t.variable() {
			return []*yaml.Node{textNode("dtype"), textNode("translation_variable_languages")}
		}
		languages := sequenceNode()
		for _, l := range t.languages() {
			languages.Content = append(languages.Content, textNode(l))
		}
		return class("translation", textNode("languages"), languages)
	case KindMedia:
		return []*yaml.Node{textNode("dtype"), textNode(snakeCase(t.Class))}
	case KindJSON:
		return []*yaml.Node{textNode("dtype"), textNode("json")}
	}
	return []*yaml.Node{textNode("dtype"), textNode(dtypeText(t.DType))}
}

// yamlElement is what stands behind list: the dtype alone where that says it all.
func (t FeatureType) yamlElement() *yaml.Node {
	if t.Kind == KindStruct {
		return yamlList(t.Fields)
	}
	pairs := t.yamlPairs()
	if len(pairs) == 2 && pairs[0].Value == "dtype" && pairs[1].Kind == yaml.ScalarNode {
		return pairs[1]
	}
	return mappingNode(pairs...)
}

func snakeCase(class string) string {
	var out []byte
	for i, c := range []byte(class) {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				out = append(out, '_')
			}
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

func mappingNode(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: slices.Clip(content)}
}

func sequenceNode(content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: slices.Clip(content)}
}

// textNode is a text that the encoder quotes when YAML 1.2 needs it, or YAML 1.1, which Python reads.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	// A lone equals sign is a type of its own in YAML 1.1, which Python's reader refuses.
	if v, err := parseYAML([]byte(s)); err != nil || v != any(s) || s == "=" {
		n.Style = yaml.SingleQuotedStyle
	}
	return n
}

func quotedNode(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.SingleQuotedStyle}
}

func intNode(n int64) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(n, 10)}
}
