package dataset

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"go.yaml.in/yaml/v3"
)

// every kind of feature, as a README has it.
const everyFeature = `
- name: plain
  dtype: int64
- name: 'yes'
  dtype: string
- name: when
  dtype: timestamp[us, tz=UTC]
- name: price
  dtype: decimal128(10, 2)
- name: label
  dtype:
    class_label:
      names:
        '0': 'no'
        '1': good
- name: s
  struct:
  - name: a
    dtype: date32
  - name: b
    list:
    - name: c
      dtype: float32
- name: l
  list:
    list: 'null'
- name: fixed
  list: int8
  length: 3
- name: large
  large_list: string
- name: image
  dtype: image
- name: matrix
  dtype:
    array2_d:
      shape:
      - null
      - 3
      dtype: float32
- name: t
  dtype:
    translation:
      languages:
      - de
      - fr
- name: j
  dtype: json
`

func TestFeaturesAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	features, err := FeaturesFromYAML([]byte(everyFeature))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	e := yaml.NewEncoder(&text)
	e.SetIndent(2)
	e.CompactSeqIndent()
	if err := e.Encode(features.yamlNode()); err != nil {
		t.Fatal(err)
	}
	if got := "\n" + text.String(); got != everyFeature {
		t.Errorf("YAML is\n%s\nwant\n%s", got, everyFeature)
	}
	object, err := json.Marshal(features)
	if err != nil {
		t.Fatal(err)
	}
	again, err := FeaturesFromJSON(object)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again, features) {
		t.Errorf("features from JSON are\n%+v\nwant\n%+v\n%s", again, features, object)
	}
}

func TestFeaturesFromArrow(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "i", Type: arrow.PrimitiveTypes.Int32},
		{Name: "f", Type: arrow.PrimitiveTypes.Float64},
		{Name: "d", Type: arrow.FixedWidthTypes.Duration_us},
		{Name: "l", Type: arrow.ListOf(arrow.StructOf(arrow.Field{Name: "x", Type: arrow.BinaryTypes.Binary}))},
		{Name: "n", Type: arrow.FixedSizeListOf(2, arrow.Null)},
	}, nil)
	features, err := FeaturesFromArrow(schema)
	if err != nil {
		t.Fatal(err)
	}
	object, err := json.Marshal(features)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"i":{"dtype":"int32","_type":"Value"},"f":{"dtype":"float64","_type":"Value"},"d":{"dtype":"duration[us]","_type":"Value"},` +
		`"l":{"feature":{"x":{"dtype":"binary","_type":"Value"}},"_type":"List"},` +
		`"n":{"feature":{"dtype":"null","_type":"Value"},"length":2,"_type":"List"}}`
	if string(object) != want {
		t.Errorf("features are\n%s\nwant\n%s", object, want)
	}
}

func TestTypesWithoutFeature(t *testing.T) {
	t.Parallel()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "a", Type: arrow.StructOf(arrow.Field{Name: "m", Type: arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64)})},
	}, nil)
	_, err := FeaturesFromArrow(schema)
	var unsupported *UnsupportedTypeError
	if !errors.As(err, &unsupported) || unsupported.Column != "a.m" || !strings.Contains(err.Error(), "map_entries()") {
		t.Errorf("error is %v", err)
	}
}
