package dataset

import (
	"strings"
	"testing"
)

func TestFeatures(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"- {name: a, dtype: int64}":                                       "a: int64",
		"- {name: a, dtype: null}":                                        "a: null",
		"- {name: a, dtype: large_string}":                                "a: large_utf8",
		"- {name: a, dtype: 'timestamp[us, tz=Europe/Paris]'}":            "a: timestamp[us, tz=Europe/Paris]",
		"- {name: a, dtype: 'time64[ns]'}":                                "a: time64[ns]",
		"- {name: a, dtype: 'decimal128(10, 2)'}":                         "a: decimal(10, 2)",
		"- {name: a, dtype: 'fixed_size_binary[3]'}":                      "a: fixed_size_binary[3]",
		"- {name: a, dtype: image}":                                       "a: struct<bytes: binary, path: utf8>",
		"- {name: a, dtype: {audio: {sampling_rate: 16000}}}":             "a: struct<bytes: binary, path: utf8>",
		"- {name: a, dtype: json}":                                        "a: utf8",
		"- {name: a, dtype: {class_label: {names: {'0': no, '1': 'b'}}}}": "a: int64",
		"- {name: a, dtype: {class_label: {num_classes: 3}}}":             "a: int64",
		"- {name: a, class_label: {names: [x, y]}}":                       "a: int64",
		"- {name: a, sequence: {class_label: {names: {'0': O, '1': P}}}}": "a: list<item: int64>",
		"- {name: a, large_list: {image: {decode: false}}}":               "a: large_list<item: struct<bytes: binary, path: utf8>>",
		"- {name: a, list: {array2_d: {shape: [1, 2], dtype: int8}}}":     "a: list<item: list<item: list<item: int8>>>",
		"- {name: a, sequence: string}":                                   "a: list<item: utf8>",
		"- {name: a, sequence: float32, length: 3}":                       "a: fixed_size_list<item: float32>[3]",
		"- {name: a, list: [{name: b, dtype: int8}]}":                     "a: list<item: struct<b: int8>>",
		"- {name: a, sequence: [{name: b, dtype: int8}]}":                 "a: struct<b: list<item: int8>>",
		"- {name: a, large_list: {dtype: bool}}":                          "a: large_list<item: bool>",
		"- {name: a, list: {list: string}}":                               "a: list<item: list<item: utf8>>",
		"- {name: a, struct: [{name: b, dtype: int8}]}":                   "a: struct<b: int8>",
		"- {name: a, dtype: {array2_d: {shape: [2, 2], dtype: float32}}}": "a: list<item: list<item: float32>>",
		"- {name: a, dtype: {translation: {languages: [fr, en]}}}":        "a: struct<en: utf8, fr: utf8>",
		"- {name: a, sequence: {struct: [{name: b, dtype: int8}]}}":       "a: list<item: struct<b: int8>>",
		"- {name: a, dtype: {list: int8}}":                                "a: list<item: int8>",
		"- {name: a, dtype: [{name: b, dtype: int8}]}":                    "a: struct<b: int8>",
		"[{name: a, dtype: int8}, {name: a, dtype: int16}]":               "a: int16",
		"- {name: a, dtype: {class_label: {names: [x], num_classes: 3}}}": "a: int64",
	} {
		features, err := FeaturesFromYAML([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		f := features.ArrowSchema().Field(0)
		if got := f.Name + ": " + strings.ReplaceAll(f.Type.String(), ", nullable", ""); strings.ReplaceAll(got, " nullable", "") != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
		if !f.Nullable {
			t.Errorf("%s is not nullable", text)
		}
	}
	for text, want := range map[string]string{
		"- {dtype: int64}":                 "has no name",
		"- {name: no, dtype: int64}":       "put it in quotes",
		"- {name: a}":                      "it has no type",
		"- {name: a, dtype: int65}":        `"int65" is neither a data type nor a class of features`,
		"- {name: a, kind: int64}":         `"kind" is none of dtype`,
		"a: int64":                         "must be a list",
		"- {name: a, dtype: {foo: {}}}":    `there is no class of features "Foo"`,
		"- {name: a, dtype: 'time32[us]'}": "neither",
		"- {name: a, dtype: {class_label: {names: {'0': x, '2': y}}}}": "numbered from 0 to 1 without a gap",
		"- {name: a, dtype: {class_label: {names: [x, x]}}}":           "a name twice",
		"- {name: a, dtype: {array2_d: {shape: [2], dtype: int8}}}":    "needs a shape of 2 sizes",
	} {
		if _, err := FeaturesFromYAML([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestFeaturesKeepClassLabels(t *testing.T) {
	t.Parallel()
	features, err := FeaturesFromJSON([]byte(`{"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}, "x": [{"_type": "Json"}],
		"s": {"feature": {"a": {"dtype": "string", "_type": "Value"}}, "length": -1, "_type": "Sequence"}}`))
	if err != nil {
		t.Fatal(err)
	}
	schema := features.ArrowSchema()
	label, ok := FieldFeature(schema.Field(0))
	if !ok || label.Kind != KindClassLabel || strings.Join(label.Names, " ") != "neg pos" || label.NumClasses != 2 {
		t.Errorf("label is %+v", label)
	}
	if _, ok := FieldFeature(schema.Field(1)); ok {
		t.Error("a list has the feature of its elements")
	}
	if got := schema.Field(2).Type.String(); !strings.HasPrefix(got, "struct<a: list<item: utf8") {
		t.Errorf("the sequence is %s", got)
	}
}
