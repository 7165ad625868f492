package source

// Options are the options of spark.read.format("huggingface"), parsed. See ParseOptions.
type Options struct {
	Path      string    // namespace/name
	Config    string    // the subset; "" = the default one
	Split     string    // "" = train
	Revision  string    // "" = main
	Columns   []string  // nil = all
	Filters   Predicate // nil = all rows
	DataDir   string
	DataFiles any    // string, []string, or map of split to either
	Token     string `json:"-"`
	Endpoint  string
	// Parameters are options of the format, such as sep for CSV and field for JSON.
	Parameters map[string]any
}
