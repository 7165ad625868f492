package source

import (
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
)

// agentTraces is what the library announces for files that are logs of coding agents, one row a file (datasets,
// packaged_modules/json/json.py, AGENT_TRACES_FEATURES).
func agentTraces() *arrow.Schema {
	text := dataset.FeatureType{Kind: dataset.KindValue, DType: arrow.BinaryTypes.String}
	count := dataset.FeatureType{Kind: dataset.KindValue, DType: arrow.PrimitiveTypes.Int64}
	values := dataset.FeatureType{Kind: dataset.KindList, Element: &jsonFeature}
	return (&dataset.Features{Columns: []dataset.Feature{
		{Name: "harness", Type: text},
		{Name: "session_id", Type: text},
		{Name: "prompt", Type: text},
		{Name: "messages", Type: values},
		{Name: "tools", Type: values},
		{Name: "metadata", Type: jsonFeature},
		{Name: "sent_at", Type: text},
		{Name: "num_user_messages", Type: count},
		{Name: "num_tool_calls", Type: count},
		{Name: "trace", Type: jsonFeature},
		{Name: "file_path", Type: text},
	}}).ArrowSchema()
}

// isAgentTrace says whether the columns of a file are those of an agent's log (has_agent_traces_markers).
func isAgentTrace(schema *arrow.Schema) bool {
	is := func(name string, fits func(f arrow.Field, isJSON bool) bool) bool {
		i := slices.IndexFunc(schema.Fields(), func(f arrow.Field) bool { return f.Name == name })
		if i < 0 {
			return false
		}
		feature, ok := dataset.FieldFeature(schema.Field(i))
		return fits(schema.Field(i), ok && feature.Kind == dataset.KindJSON)
	}
	text := func(f arrow.Field, isJSON bool) bool { return !isJSON && f.Type.ID() == arrow.STRING }
	encoded := func(_ arrow.Field, isJSON bool) bool { return isJSON }
	number := func(f arrow.Field, _ bool) bool { return f.Type.ID() == arrow.INT64 }
	listed := func(f arrow.Field, isJSON bool) bool { return isJSON || f.Type.ID() == arrow.LIST }
	return is("type", text) && (is("message", encoded) || is("payload", encoded) || is("id", text) && is("version", number) && is("cwd", text)) ||
		is("id", text) && is("source", text) && is("model", text) && is("system_prompt", text) && is("messages", listed)
}

// refuseTraces is an error when the columns are those that the library announces for logs of agents: what is in them, another package knows.
func refuseTraces(p Partition) error {
	if !p.Schema.Equal(agentTraces()) {
		return nil
	}
	return fmt.Errorf("data file %s is a log of an agent, of which the datasets library has the package teich make rows; nothing here does that. "+
		"With the option parse_agent_traces=false each of its lines is read as the JSON that it is", p.Path)
}
