package conf

import (
	"testing"
	"time"

	"github.com/hfspark/hfspark/internal/sparkerror"
)

// TestDefaultsThatClientsAskFor checks the keys that PySpark reads on its own, which must all be there.
func TestDefaultsThatClientsAskFor(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"spark.connect.session.planCompression.threshold":                 "10485760",
		"spark.connect.session.planCompression.defaultAlgorithm":          "ZSTD",
		"spark.sql.timestampType":                                         "TIMESTAMP_LTZ",
		"spark.sql.session.timeZone":                                      "UTC",
		"spark.sql.session.localRelationCacheThreshold":                   "1048576",
		"spark.sql.session.localRelationSizeLimit":                        "3221225472",
		"spark.sql.session.localRelationChunkSizeRows":                    "10000",
		"spark.sql.session.localRelationChunkSizeBytes":                   "16777216",
		"spark.sql.session.localRelationBatchOfChunksSizeBytes":           "1073741824",
		"spark.sql.execution.pandas.convertToArrowArraySafely":            "true",
		"spark.sql.execution.pandas.inferPandasDictAsMap":                 "false",
		"spark.sql.pyspark.inferNestedDictAsStruct.enabled":               "false",
		"spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled": "false",
		"spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled":      "false",
		"spark.sql.execution.arrow.useLargeVarTypes":                      "false",
		"spark.sql.execution.pandas.structHandlingMode":                   "legacy",
		"spark.sql.execution.arrow.pyspark.selfDestruct.enabled":          "false",
		"spark.sql.execution.pyspark.binaryAsBytes":                       "true",
		"spark.sql.repl.eagerEval.enabled":                                "false",
		"spark.sql.repl.eagerEval.maxNumRows":                             "20",
		"spark.sql.repl.eagerEval.truncate":                               "20",
		"spark.sql.execution.pythonUDF.arrow.enabled":                     "true",
		"spark.sql.connect.serverStacktrace.enabled":                      "false",
		"spark.sql.pyspark.jvmStacktrace.enabled":                         "false",
		"spark.sql.ansi.enabled":                                          "true",
		"spark.sql.shuffle.partitions":                                    "200",
		"spark.sql.caseSensitive":                                         "false",
		"spark.sql.sources.default":                                       "parquet",
		"spark.sql.sources.partitionOverwriteMode":                        "STATIC",
		"spark.sql.storeAssignmentPolicy":                                 "ANSI",
		"spark.sql.legacy.timeParserPolicy":                               "CORRECTED",
		"spark.sql.mapKeyDedupPolicy":                                     "EXCEPTION",
		"spark.sql.pivotMaxValues":                                        "10000",
		"spark.sql.execution.arrow.compression.codec":                     "none",
		"spark.sql.analyzer.strictDataFrameColumnResolution":              "true",
		"spark.sql.execution.arrow.maxRecordsPerBatch":                    "10000",
	}
	c := New(Defaults{})
	for key, value := range want {
		got, err := c.Get(key)
		if err != nil || got == nil || *got != value {
			t.Errorf("%s: got %v, %v; want %q", key, got, err, value)
		}
	}
	if n := len(entries()); n < 800 {
		t.Errorf("only %d keys are known", n)
	}
	if got := c.Duration(ProgressInterval, time.Millisecond); got != 2*time.Second {
		t.Errorf("progress every %v", got)
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	c := New(Defaults{})
	if _, err := c.Get("spark.nope"); condition(err) != "SQL_CONF_NOT_FOUND" {
		t.Errorf("unknown key: %v", err)
	}
	if got, err := c.Get("spark.sql.extensions"); err != nil || got != nil {
		t.Errorf("undefined key: %v, %v", got, err)
	}
	if _, err := c.Get("spark.executor.memory"); condition(err) != "SQL_CONF_NOT_FOUND" {
		t.Errorf("core key: %v", err)
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	cases := []struct{ key, value, condition string }{
		{"spark.sql.ansi.enabled", "FALSE", ""},
		{"spark.sql.ansi.enabled", "foo", "INVALID_CONF_VALUE.TYPE_MISMATCH"},
		{"spark.sql.shuffle.partitions", "x", "INVALID_CONF_VALUE.TYPE_MISMATCH"},
		{"spark.sql.autoBroadcastJoinThreshold", "20MB", ""},
		{"spark.sql.autoBroadcastJoinThreshold", "zz", "INVALID_CONF_VALUE.TYPE_MISMATCH"},
		{"spark.sql.broadcastTimeout", "x", "INVALID_CONF_VALUE.TYPE_MISMATCH"},
		{"spark.sql.session.timeZone", "Asia/Kolkata", ""},
		{"spark.sql.session.timeZone", "+02:00", ""},
		{"spark.sql.session.timeZone", "+25", "INVALID_CONF_VALUE.TIME_ZONE"},
		{"spark.sql.session.timeZone", "Mars/X", "INVALID_CONF_VALUE.TIME_ZONE"},
		{"spark.sql.execution.arrow.compression.codec", "zstd", ""},
		{"spark.sql.execution.arrow.compression.codec", "foo", "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS"},
		{"spark.sql.warehouse.dir", "x", "CANNOT_MODIFY_STATIC_CONFIG"},
		{"spark.executor.memory", "1g", "CANNOT_MODIFY_CONFIG"},
		{"spark.app.name", "demo", ""},
		{"my.own.key", "x", ""},
	}
	for _, test := range cases {
		c := New(Defaults{})
		err := c.Set(test.key, test.value)
		if condition(err) != test.condition {
			t.Errorf("%s=%s: got %v, want %q", test.key, test.value, err, test.condition)
		}
		if got := c.String(test.key); err == nil && got != test.value {
			t.Errorf("%s=%s: reads back %q", test.key, test.value, got)
		}
	}
}

func TestCloneDoesNotShare(t *testing.T) {
	t.Parallel()
	c := New(Defaults{})
	if err := c.Set(ANSI, "false"); err != nil {
		t.Fatal(err)
	}
	clone := c.Clone()
	if clone.Bool(ANSI) {
		t.Error("the clone lost a value")
	}
	if err := clone.Unset(ANSI); err != nil {
		t.Fatal(err)
	}
	if c.Bool(ANSI) || !clone.Bool(ANSI) {
		t.Error("the clone shares its values")
	}
}

func condition(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := sparkerror.As(err); ok {
		return e.Condition
	}
	return err.Error()
}
