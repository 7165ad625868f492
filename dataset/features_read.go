package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// FeaturesFromYAML reads the list of features of a README: items with a name and a dtype, struct, list, large_list or sequence.
func FeaturesFromYAML(text []byte) (*Features, error) {
	v, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	return featuresFromYAML(v)
}

// FeaturesFromJSON reads the object of features in dataset_infos.json, and in the metadata "huggingface" of Parquet files
// (there as info.features).
func FeaturesFromJSON(text []byte) (*Features, error) {
	v, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	return featuresFromJSON(v)
}

func featuresFromYAML(v any) (*Features, error) {
	fields, err := yamlFields(v)
	if err != nil {
		return nil, err
	}
	return &Features{Columns: fields}, nil
}

// maxDepth bounds the nesting of features.
const maxDepth = 100

func yamlFields(v any) ([]Feature, error) { return yamlFieldsAt(v, 0) }

func yamlFieldsAt(v any, depth int) ([]Feature, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("features are nested more than %d deep", maxDepth)
	}
	items, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("features are %v, but must be a list of items with a name and a type", plain(v))
	}
	out := make([]Feature, 0, len(items))
	for _, item := range items {
		m, ok := item.(*mapping)
		if !ok {
			return nil, fmt.Errorf("the feature %v is not a mapping", plain(item))
		}
		value, _ := m.get("name")
		name, ok := value.(string)
		if !ok {
			if value == nil {
				return nil, fmt.Errorf("the feature %v has no name", plain(item))
			}
			return nil, fmt.Errorf("the feature name %v is not text in YAML; put it in quotes", value)
		}
		t, err := yamlType(m, depth)
		if err != nil {
			return nil, fmt.Errorf("feature %q: %w", name, err)
		}
		out = addFeature(out, Feature{name, t})
	}
	return out, nil
}

// addFeature adds a feature, or puts it at the place of an earlier one of the same name: the library keeps them in a dict.
func addFeature(features []Feature, one Feature) []Feature {
	if i := slices.IndexFunc(features, func(f Feature) bool { return f.Name == one.Name }); i >= 0 {
		features[i] = one
		return features
	}
	return append(features, one)
}

// yamlType reads the type of an item: its first key besides the name decides.
func yamlType(m *mapping, depth int) (FeatureType, error) {
	for _, k := range m.keys {
		key := fmt.Sprint(k)
		if key == "name" {
			continue
		}
		value := m.values[k]
		switch key {
		case "dtype":
			return yamlDType(value, depth)
		case "struct":
			fields, err := yamlFieldsAt(value, depth+1)
			return FeatureType{Kind: KindStruct, Fields: fields}, err
		case "list", "sequence", "large_list":
			element, err := yamlElement(value, depth)
			if err != nil {
				return FeatureType{}, err
			}
			if key == "large_list" {
				return FeatureType{Kind: KindLargeList, Element: &element}, nil
			}
			length, _ := m.get("length")
			_, members := value.([]any) // Only a list of members is a struct of lists.
			return list(element, intOf(length), key == "sequence" && members), nil
		}
		// A class may stand without dtype, as in list: {class_label: {names: [a, b]}}: the library writes elements of lists so.
		if arguments, ok := value.(*mapping); ok {
			return classType(camelCase(key), arguments)
		}
		return FeatureType{}, fmt.Errorf("%q is none of dtype, struct, list, large_list and sequence", key)
	}
	return FeatureType{}, fmt.Errorf("it has no type: dtype, struct, list, large_list or sequence")
}

func yamlElement(v any, depth int) (FeatureType, error) {
	switch v := v.(type) {
	case string:
		return yamlDType(v, depth)
	case []any:
		fields, err := yamlFieldsAt(v, depth+1)
		return FeatureType{Kind: KindStruct, Fields: fields}, err
	case *mapping:
		if depth > maxDepth {
			return FeatureType{}, fmt.Errorf("features are nested more than %d deep", maxDepth)
		}
		return yamlType(v, depth+1)
	}
	return FeatureType{}, fmt.Errorf("%v is no type for elements", plain(v))
}

// yamlDType reads what stands after dtype: a data type, the name of a class in snake case, such a name with arguments, or any other type.
func yamlDType(v any, depth int) (FeatureType, error) {
	switch v := v.(type) {
	case nil:
		return FeatureType{Kind: KindValue, DType: arrow.Null}, nil // an unquoted null
	case string:
		if v != "json" {
			if t, err := parseDType(v); err == nil {
				return FeatureType{Kind: KindValue, DType: t}, nil
			}
		}
		t, err := classType(camelCase(v), &mapping{})
		if err != nil {
			return t, fmt.Errorf("%q is neither a data type nor a class of features", v)
		}
		return t, nil
	case *mapping, []any:
		return yamlElement(v, depth)
	}
	return FeatureType{}, fmt.Errorf("%v is no dtype", plain(v))
}

// camelCase turns class_label into ClassLabel and array2_d into Array2D.
func camelCase(s string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(s, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// mediaClasses are the features whose values are files.
var mediaClasses = []string{"Image", "Audio", "Video", "Pdf", "Nifti", "Mesh", "BioSequence", "BioStructure"}

// classType makes the feature of a class from its arguments; arguments that it does not have are dropped, as the library does.
func classType(class string, arguments *mapping) (FeatureType, error) {
	argument := func(name string) any { v, _ := arguments.get(name); return v }
	switch class {
	case "Value":
		return yamlDType(argument("dtype"), maxDepth)
	case "ClassLabel":
		names, err := labelNames(argument("names"))
		if err != nil {
			return FeatureType{}, err
		}
		return classLabel(names, intOf(argument("num_classes")))
	case "Json":
		return FeatureType{Kind: KindJSON}, nil
	case "Array2D", "Array3D", "Array4D", "Array5D":
		return arrayType(int(class[5]-'0'), argument("shape"), argument("dtype"))
	case "Translation":
		languages, ok := texts(argument("languages"))
		if !ok {
			return FeatureType{}, fmt.Errorf("a Translation needs languages, a list of texts")
		}
		return translation(languages), nil
	case "TranslationVariableLanguages":
		return variableTranslation(), nil
	}
	if slices.Contains(mediaClasses, class) {
		return FeatureType{Kind: KindMedia, Class: class}, nil
	}
	return FeatureType{}, fmt.Errorf("there is no class of features %q", class)
}

func labelNames(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		out := make([]string, len(v))
		for i, name := range v {
			out[i] = pythonText(name)
		}
		return out, nil
	case *mapping:
		out := make([]string, v.len())
		seen := make([]bool, v.len())
		for _, k := range v.keys {
			i, err := strconv.Atoi(fmt.Sprint(k))
			if err != nil || i < 0 || i >= len(out) || seen[i] {
				return nil, fmt.Errorf("the names of a class label must be numbered from 0 to %d without a gap, and %v is not one of these", len(out)-1, k)
			}
			seen[i], out[i] = true, pythonText(v.values[k])
		}
		return out, nil
	}
	return nil, fmt.Errorf("the names of a class label are %v, neither a list nor a mapping of numbers to names", plain(v))
}

// pythonText writes a value as Python's str does, since labels in YAML are often not quoted.
func pythonText(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	}
	return fmt.Sprint(v)
}

func arrayType(dimensions int, shape, dtype any) (FeatureType, error) {
	sizes, _ := shape.([]any)
	if len(sizes) != dimensions {
		return FeatureType{}, fmt.Errorf("an Array%dD needs a shape of %d sizes, not %v", dimensions, dimensions, plain(shape))
	}
	text, _ := dtype.(string)
	t, err := parseDType(text)
	if err != nil {
		return FeatureType{}, fmt.Errorf("Array%dD: %w", dimensions, err)
	}
	out := FeatureType{Kind: KindArray, DType: t, Shape: make([]int, dimensions)}
	for i, size := range sizes {
		out.Shape[i] = max(intOf(size), 0)
	}
	return out, nil
}

func intOf(v any) int {
	if n, ok := v.(int64); ok && n <= 1<<31-1 {
		return int(n)
	}
	return 0
}

func featuresFromJSON(v any) (*Features, error) {
	m, ok := v.(*mapping)
	if !ok {
		return nil, fmt.Errorf("features are not an object")
	}
	fields, err := jsonFields(m, 0)
	if err != nil {
		return nil, err
	}
	return &Features{Columns: fields}, nil
}

func jsonFields(m *mapping, depth int) ([]Feature, error) {
	out := make([]Feature, 0, m.len())
	for _, k := range m.keys {
		t, err := jsonType(m.values[k], depth)
		if err != nil {
			return nil, fmt.Errorf("feature %q: %w", fmt.Sprint(k), err)
		}
		out = append(out, Feature{fmt.Sprint(k), t})
	}
	return out, nil
}

// jsonType reads the JSON form of a feature: an object with _type, one without (a struct), or a list of one feature.
func jsonType(v any, depth int) (FeatureType, error) {
	if depth > maxDepth {
		return FeatureType{}, fmt.Errorf("features are nested more than %d deep", maxDepth)
	}
	if items, ok := v.([]any); ok && len(items) == 1 {
		element, err := jsonType(items[0], depth+1)
		return list(element, 0, false), err
	}
	m, ok := v.(*mapping)
	if !ok {
		return FeatureType{}, fmt.Errorf("%v is no feature", plain(v))
	}
	value, _ := m.get("_type")
	class, ok := value.(string)
	if !ok {
		fields, err := jsonFields(m, depth+1)
		return FeatureType{Kind: KindStruct, Fields: fields}, err
	}
	switch class {
	case "List", "Sequence", "LargeList":
		inner, _ := m.get("feature")
		element, err := jsonType(inner, depth+1)
		if err != nil {
			return FeatureType{}, err
		}
		if class == "LargeList" {
			return FeatureType{Kind: KindLargeList, Element: &element}, nil
		}
		length, _ := m.get("length")
		return list(element, intOf(length), class == "Sequence"), nil
	}
	return classType(class, m)
}
