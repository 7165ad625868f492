package sparkerror

import "testing"

func TestNoDataSource(t *testing.T) {
	t.Parallel()
	const want = "[DATA_SOURCE_NOT_FOUND] Failed to find the data source: nope. Make sure the provider name is correct and the package is " +
		"properly registered and compatible with your Spark version. SQLSTATE: 42K02"
	if e := NoDataSource("nope", "reading nope", ""); e.Error() != want || e.Class != AnalysisException || e.Parameters["provider"] != "nope" {
		t.Errorf("%#v: %v", e, e)
	}
	if e := NoDataSource("ORC", "reading ORC", "Do not."); e.Condition != "UNSUPPORTED_FEATURE.HFSPARK" {
		t.Errorf("a data source of Spark: %v", e)
	}
}
