package types

import (
	"strings"
	"testing"
)

// deepSchema is a schema with each kind of nesting; deepTree is what Spark prints of it.
const (
	deepSchema = `{"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}},` +
		`{"name":"b\tc","type":{"type":"array","elementType":{"type":"struct","fields":[{"name":"from","type":"string","nullable":false,"metadata":{}},` +
		`{"name":"m","type":{"type":"map","keyType":"string","valueType":{"type":"array","elementType":"decimal(10,2)","containsNull":false},` +
		`"valueContainsNull":false},"nullable":true,"metadata":{}}]},"containsNull":true},"nullable":false,"metadata":{"comment":"x"}},` +
		`{"name":"t","type":"timestamp_ntz","nullable":true,"metadata":{}},{"name":"c","type":"char(3)","nullable":true,"metadata":{}},` +
		`{"name":"i","type":"interval day to second","nullable":true,"metadata":{}}]}`
	deepTree = `root
 |-- a: integer (nullable = true)
 |-- b\tc: array (nullable = false)
 |    |-- element: struct (containsNull = true)
 |    |    |-- from: string (nullable = false)
 |    |    |-- m: map (nullable = true)
 |    |    |    |-- key: string
 |    |    |    |-- value: array (valueContainsNull = false)
 |    |    |    |    |-- element: decimal(10,2) (containsNull = false)
 |-- t: timestamp_ntz (nullable = true)
 |-- c: char(3) (nullable = true)
 |-- i: interval day to second (nullable = true)
`
)

func TestTreeString(t *testing.T) {
	t.Parallel()
	schema, err := FromJSON([]byte(deepSchema))
	if err != nil {
		t.Fatal(err)
	}
	for level, depth := range map[int]int{-1: 4, 0: 4, 1: 0, 2: 1, 3: 2, 4: 3, 9: 4} {
		var want strings.Builder
		for line := range strings.Lines(deepTree) {
			if strings.Count(line, " |  ") <= depth {
				want.WriteString(line)
			}
		}
		if got := TreeString(schema.(Struct), level); got != want.String() {
			t.Errorf("level %d: got\n%swant\n%s", level, got, want.String())
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	schema, err := FromJSON([]byte(deepSchema))
	if err != nil {
		t.Fatal(err)
	}
	if got := ToJSON(schema); got != deepSchema {
		t.Errorf("got\n%s\nwant\n%s", got, deepSchema)
	}
	for _, plain := range []DataType{
		Null, Boolean, Byte, Short, Integer, Long, Float, Double, String, Binary, Date, Timestamp, TimestampNTZ, Time, CalendarInterval,
		DayTimeInterval, YearMonthInterval,
		Decimal{38, 18},
		Char{3},
		VarChar{10},
		Struct{},
		Struct{Fields: []Field{{Name: `<"&>é`, Type: Integer}}},
	} {
		back, err := FromJSON([]byte(ToJSON(plain)))
		if err != nil {
			t.Errorf("%s: %v", ToJSON(plain), err)
		} else if !Equal(plain, back) {
			t.Errorf("%s came back as %s", ToJSON(plain), ToJSON(back))
		}
	}
}

func TestFromJSONRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                           "a type is missing",
		`"int256"`:                   `"int256" is not the name`,
		`"decimal(39,1)"`:            "1 to 38 digits",
		`"decimal(5)"`:               "parameters of a decimal",
		`"char(1,2)"`:                "parameters of a char",
		`"timestamp(9)"`:             "not supported",
		`{"type":"set"}`:             "nested type",
		`{"type":"udt","class":"x"}`: "user-defined types",
		`{"type":"array"}`:           "elementType: a type is missing",
		`{"type":"struct","fields":[{"type":"integer"}]}`:                                                     "fields[0]: the member name is missing",
		`{"type":"struct","fields":[{"name":"a","type":{"type":"map","keyType":"integer","valueType":"x"}}]}`: "fields[0]: a: valueType:",
		`[`: "JSON",
		strings.Repeat(`{"type":"array","elementType":`, 600) + `"integer"` + strings.Repeat(`}`, 600): "levels deep",
	} {
		if _, err := FromJSON([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %q in it", text, err, want)
		}
	}
}

func FuzzFromJSON(f *testing.F) {
	f.Add(deepSchema)
	f.Add(`"decimal(10,2)"`)
	f.Fuzz(func(t *testing.T, text string) {
		read, err := FromJSON([]byte(text))
		if err != nil {
			return
		}
		again, err := FromJSON([]byte(ToJSON(read)))
		if err != nil || !Equal(read, again) {
			t.Errorf("%s is written as %s, which reads as %v, %v", text, ToJSON(read), again, err)
		}
	})
}
