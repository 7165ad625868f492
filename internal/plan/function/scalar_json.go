package function

import (
	"sync"
	"time"

	"github.com/hfspark/hfspark/internal/plan/types"
)

// jsonScalars read JSON.
var jsonScalars = []UDF{
	{Name: "json_get", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		return orNull(jsonGet(a[0].(string), a[1].(string)))
	}},
	{Name: "json_member", Params: []string{"VARCHAR", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		v, ok := parseJSON(a[0].(string))
		if !ok {
			return nil, nil
		}
		member, ok := v.get(a[1].(string))
		if !ok {
			return nil, nil
		}
		return orNull(member.plain())
	}},
	{Name: "json_length", Params: []string{"VARCHAR"}, Result: "INTEGER", Eval: func(a []any) (any, error) {
		v, ok := parseJSON(a[0].(string))
		return orNull(int32(len(v.members)), ok && v.kind == 'a')
	}},
	{Name: "json_names", Params: []string{"VARCHAR"}, Result: "VARCHAR[]", Eval: func(a []any) (any, error) {
		v, ok := parseJSON(a[0].(string))
		names := make([]any, len(v.names))
		for i, n := range v.names {
			names[i] = n
		}
		return orNull(names, ok && v.kind == 'o')
	}},
	{Name: "json_fit", Params: []string{"VARCHAR", "VARCHAR", "VARCHAR"}, Result: "VARCHAR", Eval: func(a []any) (any, error) {
		t, err := jsonType(a[1].(string))
		if err != nil {
			return nil, err
		}
		return orNull(jsonFitter{zone: a[2].(string)}.fit(a[0].(string), t))
	}},
}

// jsonTypes caches the schemas of from_json.
var jsonTypes sync.Map

func jsonType(schema string) (types.DataType, error) {
	if cached, ok := jsonTypes.Load(schema); ok {
		return cached.(types.DataType), nil
	}
	t, err := types.FromJSON([]byte(schema))
	if err != nil {
		return nil, err
	}
	jsonTypes.Store(schema, t)
	return t, nil
}

func isoMicros(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02 15:04:05.000000")
}
