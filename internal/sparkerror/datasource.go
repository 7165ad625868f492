package sparkerror

import "strings"

// sparkDataSources are the data sources that come with Spark, or of which it knows that they come in packages of its own.
var sparkDataSources = map[string]bool{
	"avro": true, "binaryfile": true, "csv": true, "hive": true, "image": true, "jdbc": true, "json": true, "kafka": true,
	"libsvm": true, "noop": true, "orc": true, "parquet": true, "rate": true, "socket": true, "text": true, "xml": true,
}

// NoDataSource says that there is no data source of a name: that feature is not supported where Spark has the data source, with
// advice on what to do instead, and else what Spark says of a data source that it does not find.
func NoDataSource(name, feature, advice string) *Error {
	if sparkDataSources[strings.ToLower(name)] {
		return Unsupported(feature, advice)
	}
	return New(AnalysisException, "DATA_SOURCE_NOT_FOUND", "42K02",
		"Failed to find the data source: %s. Make sure the provider name is correct and the package is properly registered and compatible "+
			"with your Spark version.", name).With("provider", name)
}
