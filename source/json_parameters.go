package source

// jsonParameters are the parameters of JSON files (datasets, packaged_modules/json/json.py).
var jsonParameters = []string{
	"field", "encoding", "encoding_errors", "chunksize", "block_size", "use_threads", "newlines_in_values", "on_mixed_types",
	"parse_agent_traces",
}
