package dataset

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// Features are the columns of a dataset as the datasets library describes them: more than an Arrow schema, since they
// know class labels, images and their like.
type Features struct {
	Columns []Feature
}

// Feature is one column, or one member of a struct.
type Feature struct {
	Name string
	Type FeatureType
}

// FeatureKind is a class of features of the datasets library.
type FeatureKind string

// The kinds of features.
const (
	KindValue       FeatureKind = "Value"      // DType
	KindClassLabel  FeatureKind = "ClassLabel" // Names, or only NumClasses; int64, and -1 is no label
	KindStruct      FeatureKind = "Struct"     // Fields
	KindList        FeatureKind = "List"       // Element, and Length when it is fixed
	KindLargeList   FeatureKind = "LargeList"  // Element
	KindArray       FeatureKind = "Array"      // DType and Shape: two to five dimensions
	KindJSON        FeatureKind = "Json"       // text of any JSON value
	KindMedia       FeatureKind = "Media"      // Class: bytes of a file, or its path
	KindTranslation FeatureKind = "Translation"
)

// FeatureType is what the values of a column are. Which members count depends on Kind.
type FeatureType struct {
	Kind       FeatureKind
	Class      string // the library's name of a media class: Image, Audio, Video, Pdf, Nifti or Mesh
	DType      arrow.DataType
	Names      []string // of class labels, by number
	NumClasses int
	Element    *FeatureType
	Length     int // of lists; 0 is any
	Fields     []Feature
	Shape      []int // of arrays; 0 is any
}

// FeatureMetadata is the key of an Arrow field's metadata that keeps what the Arrow type does not tell: for class labels and JSON
// text the feature in the library's JSON form.
const FeatureMetadata = "hfspark:feature"

// libraryType is the key of an Arrow field's metadata that keeps the name of the library's Arrow type where another one carries the values.
const libraryType = "hfspark:type"

// ArrowSchema returns the Arrow schema that the library gives the features, with JSON text as strings and arrays of several
// dimensions as nested lists. Everything is nullable.
func (f *Features) ArrowSchema() *arrow.Schema {
	fields := make([]arrow.Field, len(f.Columns))
	for i, c := range f.Columns {
		fields[i] = c.Type.field(c.Name)
	}
	return arrow.NewSchema(fields, nil)
}

func (t FeatureType) field(name string) arrow.Field {
	field := arrow.Field{Name: name, Type: t.ArrowType(), Nullable: true}
	var note any
	switch t.Kind {
	case KindClassLabel:
		note = classLabelNote{Type: "ClassLabel", Names: t.Names, NumClasses: t.NumClasses}
	case KindJSON:
		note = classLabelNote{Type: "Json"}
	case KindArray:
		class := fmt.Sprintf("Array%dDExtensionType", len(t.Shape))
		field.Metadata = arrow.NewMetadata([]string{libraryType}, []string{"extension<datasets.features.features." + class + "<" + class + ">>"})
		return field
	default:
		return field
	}
	text, err := json.Marshal(note)
	if err != nil { // Strings and a number always marshal.
		panic(fmt.Sprintf("dataset: describe feature %s: %v", name, err))
	}
	field.Metadata = arrow.NewMetadata([]string{FeatureMetadata}, []string{string(text)})
	return field
}

type classLabelNote struct {
	Type       string   `json:"_type"`
	Names      []string `json:"names,omitempty"`
	NumClasses int      `json:"num_classes,omitempty"`
}

// FieldFeature returns the feature that ArrowSchema noted at a field; ok is false when its type says it all.
func FieldFeature(field arrow.Field) (t FeatureType, ok bool) {
	text, ok := field.Metadata.GetValue(FeatureMetadata)
	if !ok {
		return FeatureType{}, false
	}
	var note classLabelNote
	if json.Unmarshal([]byte(text), &note) != nil {
		return FeatureType{}, false
	}
	switch note.Type {
	case "ClassLabel":
		return FeatureType{Kind: KindClassLabel, Names: note.Names, NumClasses: note.NumClasses}, true
	case "Json":
		return FeatureType{Kind: KindJSON}, true
	}
	return FeatureType{}, false
}

// ArrowType returns the Arrow type of the values.
func (t FeatureType) ArrowType() arrow.DataType {
	switch t.Kind {
	case KindClassLabel:
		return arrow.PrimitiveTypes.Int64
	case KindStruct, KindTranslation:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = f.Type.field(f.Name)
		}
		return arrow.StructOf(fields...)
	case KindList:
		if t.Length > 0 {
			return arrow.FixedSizeListOfField(int32(t.Length), t.Element.field("item"))
		}
		return arrow.ListOfField(t.Element.field("item"))
	case KindLargeList:
		return arrow.LargeListOfField(t.Element.field("item"))
	case KindArray:
		out := t.DType
		for range t.Shape {
			out = arrow.ListOf(out)
		}
		return out
	case KindJSON:
		return arrow.BinaryTypes.String
	case KindMedia:
		return arrow.StructOf(
			arrow.Field{Name: "bytes", Type: arrow.BinaryTypes.Binary, Nullable: true},
			arrow.Field{Name: "path", Type: arrow.BinaryTypes.String, Nullable: true},
		)
	}
	return t.DType
}

// classLabel checks the names of a class label. Either names or their number is known.
func classLabel(names []string, number int) (FeatureType, error) {
	if names == nil && number <= 0 {
		return FeatureType{}, fmt.Errorf("a class label needs names or num_classes")
	}
	if names != nil { // They count, whatever num_classes says.
		sorted := slices.Clone(names)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) != len(names) {
			return FeatureType{}, fmt.Errorf("a class label has a name twice")
		}
		number = len(names)
	}
	return FeatureType{Kind: KindClassLabel, Names: names, NumClasses: number}, nil
}

// list makes a list; Sequence of a struct becomes a struct of lists, as the library keeps it from its beginnings with TensorFlow.
func list(element FeatureType, length int, sequence bool) FeatureType {
	if length < 0 {
		length = 0
	}
	if !sequence || element.Kind != KindStruct {
		return FeatureType{Kind: KindList, Element: &element, Length: length}
	}
	out := FeatureType{Kind: KindStruct}
	for _, f := range element.Fields {
		out.Fields = append(out.Fields, Feature{f.Name, list(f.Type, length, false)})
	}
	return out
}

func translation(languages []string) FeatureType {
	languages = slices.Clone(languages)
	slices.Sort(languages)
	out := FeatureType{Kind: KindTranslation}
	for _, l := range languages {
		out.Fields = append(out.Fields, Feature{l, FeatureType{Kind: KindValue, DType: arrow.BinaryTypes.String}})
	}
	return out
}

func variableTranslation() FeatureType {
	text := FeatureType{Kind: KindValue, DType: arrow.BinaryTypes.String}
	return FeatureType{Kind: KindTranslation, Fields: []Feature{
		{"language", list(text, 0, false)}, {"translation", list(text, 0, false)},
	}}
}
