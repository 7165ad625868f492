package sqltext

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

func TestParseStatement(t *testing.T) {
	t.Parallel()
	one := plan.Project{Input: plan.OneRow{}, Items: []plan.Expression{integer(1)}}
	v, of := []string{"v"}, func(s string) *string { return &s }
	for text, want := range map[string]Statement{
		"SELECT 1;":                      Query{one},
		"CREATE TEMP VIEW v AS SELECT 1": CreateView{Name: v, Query: one},
		"CREATE OR REPLACE GLOBAL TEMPORARY VIEW v (a) AS SELECT 1": CreateView{
			Name: v, Columns: []string{"a"}, Replace: true, Global: true, Query: one,
		},
		"CREATE TEMPORARY VIEW v USING huggingface OPTIONS (path 'a/b', config '7M', 'x.y' = 1)": CreateView{Name: v, Query: plan.DataSource{
			Format: "huggingface", Paths: []string{"a/b"}, Options: map[string]string{"config": "7M", "x.y": "1"},
		}},
		"CREATE TEMPORARY VIEW v (a INT, b STRING) USING csv": CreateView{Name: v, Query: plan.DataSource{
			Format: "csv", Schema: "a INT, b STRING", Options: map[string]string{},
		}},
		"DROP VIEW IF EXISTS a.v":        DropView{Name: []string{"a", "v"}, IfExists: true},
		"SET":                            SetCommand{},
		"SET -v":                         SetCommand{Verbose: true},
		"SET a.b":                        SetCommand{Key: "a.b"},
		"SET a.b = c 'd' =;":             SetCommand{Key: "a.b", Value: of("c 'd' =")},
		"SET `a b`=`c;d`":                SetCommand{Key: "a b", Value: of("c;d")},
		"SET a=":                         SetCommand{Key: "a", Value: of("")},
		"SET TIME ZONE 'UTC'":            SetCommand{Key: "spark.sql.session.timeZone", Value: of("UTC")},
		"RESET":                          ResetCommand{},
		"RESET a.b":                      ResetCommand{Key: "a.b"},
		"SHOW TABLES":                    ShowTables{},
		"SHOW TABLES IN db LIKE 'x*'":    ShowTables{Namespace: []string{"db"}, Pattern: of("x*")},
		"SHOW VIEWS 'x'":                 ShowViews{Pattern: of("x")},
		"SHOW DATABASES":                 ShowDatabases{},
		"SHOW COLUMNS FROM t IN db":      ShowColumns{Table: []string{"db", "t"}},
		"DESCRIBE TABLE v":               DescribeTable{Name: v},
		"DESC EXTENDED v":                DescribeTable{Name: v, Extended: true},
		"DESCRIBE v a.b":                 DescribeTable{Name: v, Column: []string{"a", "b"}},
		"DESCRIBE QUERY SELECT 1":        DescribeQuery{one},
		"DESCRIBE SELECT 1":              DescribeQuery{one},
		"USE NAMESPACE a.b":              UseCommand{Name: []string{"a", "b"}},
		"EXPLAIN FORMATTED SELECT 1":     Explain{Query: one, Mode: ExplainFormatted},
		"CACHE LAZY TABLE v AS SELECT 1": CacheTable{Name: v, Lazy: true, Query: one},
		"CACHE TABLE v OPTIONS ('storageLevel' 'DISK_ONLY')": CacheTable{Name: v, Options: map[string]string{"storageLevel": "DISK_ONLY"}},
		"UNCACHE TABLE IF EXISTS v":                          UncacheTable{Name: v, IfExists: true},
		"CLEAR CACHE":                                        ClearCache{},
		"REFRESH TABLE v":                                    RefreshTable{Name: v},
	} {
		got, err := ParseStatement(text, Parameters{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", text, got, want)
		}
	}
}

// TestRefusals checks that what is not supported is named, together with what to do instead.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"INSERT INTO t VALUES (1)":                             "INSERT INTO",
		"WITH q AS (SELECT 1) INSERT INTO t SELECT 1":          "INSERT INTO",
		"FROM t INSERT INTO u SELECT 1":                        "FROM … INSERT",
		"CREATE TABLE t (a INT)":                               "CREATE TABLE",
		"CREATE VIEW v AS SELECT 1":                            "CREATE VIEW",
		"DROP TABLE t":                                         "DROP TABLE",
		"MERGE INTO t USING u ON a WHEN MATCHED THEN DELETE":   "MERGE",
		"BEGIN SELECT 1; END":                                  "BEGIN",
		"WITH RECURSIVE q AS (SELECT 1) SELECT 1":              "WITH RECURSIVE",
		"SELECT a FROM t QUALIFY a":                            "QUALIFY",
		"SELECT a FROM t |> LIMIT 1":                           "|>",
		"FROM t |> LIMIT 1":                                    "|>",
		"SELECT a FROM parquet.`/x`":                           "reading parquet files by path",
		"SELECT a FROM t VERSION AS OF 1":                      "time travel (VERSION AS OF)",
		"SELECT a FROM t FOR TIMESTAMP AS OF '2024-01-01'":     "time travel (TIMESTAMP AS OF)",
		"SELECT a COLLATE UNICODE":                             "COLLATE",
		"SELECT a:b":                                           "VARIANT",
		"SELECT DATE 'today'":                                  "DATE 'today'",
		"SELECT CAST(a AS VARIANT)":                            "VARIANT",
		"SELECT CAST(a AS TIMESTAMP(9))":                       "precision",
		"SELECT TRANSFORM(a) USING 'cat' FROM t":               "TRANSFORM",
		"SELECT * FROM f(TABLE t)":                             "TABLE argument",
		"SELECT * FROM t TABLESAMPLE (10M)":                    "TABLESAMPLE by bytes",
		"SELECT * FROM t TABLESAMPLE (BUCKET 1 OUT OF 4 ON a)": "BUCKET",
		"SELECT * FROM t UNPIVOT ((a, b) FOR c IN ((d, e)))":   "UNPIVOT",
		"SELECT * FROM t ASOF JOIN u":                          "ASOF JOIN",
		"SELECT IDENTIFIER(concat(a, b))":                      "IDENTIFIER",
		"EXPLAIN SET a=b":                                      "EXPLAIN of a statement",
		"SET TIME ZONE INTERVAL 1 HOUR":                        "SET TIME ZONE INTERVAL",
	} {
		_, err := ParseStatement(text, Parameters{})
		var e *sparkerror.Error
		if !errors.As(err, &e) || e.Condition != "UNSUPPORTED_FEATURE.HFSPARK" || !strings.Contains(e.Message, want) {
			t.Errorf("%s: got %v, want a refusal of %s", text, err, want)
		}
	}
}

func TestParseSchema(t *testing.T) {
	t.Parallel()
	for _, ddl := range []string{
		"a int, b string NOT NULL COMMENT 'x'",
		"struct<a: int, b: string NOT NULL COMMENT 'x'>",
	} {
		schema, err := ParseSchema(ddl)
		if err != nil {
			t.Fatal(err)
		}
		if got := schema.SQL(); got != "STRUCT<a: INT, b: STRING NOT NULL>" {
			t.Errorf("%s is %s", ddl, got)
		}
		if got := string(schema.Fields[1].Metadata); got != `{"comment":"x"}` {
			t.Errorf("%s: metadata %s", ddl, got)
		}
	}
	for _, ddl := range []string{"a", "a: int", "a int b", "a int,", "struct<a: int", ""} {
		if _, err := ParseSchema(ddl); err == nil {
			t.Errorf("%q is accepted", ddl)
		}
	}
}

func TestParseIdentifier(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a":              {"a"},
		"a.b.c":          {"a", "b", "c"},
		"`a.b`.`c``d`":   {"a.b", "c`d"},
		"1a.select":      {"1a", "select"},
		" a . b /* x */": {"a", "b"},
	} {
		if got, err := ParseIdentifier(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a.", ".a", "a b", "a-b", "é", "'a'", "a..b"} {
		if got, err := ParseIdentifier(text); err == nil {
			t.Errorf("%q is %q", text, got)
		}
	}
}

// TestIfNotExistsOfTemporaryViews checks that they are refused as Spark refuses them, with all of the statement shown.
func TestIfNotExistsOfTemporaryViews(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"CREATE TEMP VIEW IF NOT EXISTS v AS SELECT 1": "\nIt is not allowed to define a TEMPORARY view with IF NOT EXISTS.\n" +
			"== SQL (line 1, position 1) ==\nCREATE TEMP VIEW IF NOT EXISTS v AS SELECT 1\n^^^^",
		"CREATE GLOBAL TEMPORARY VIEW IF NOT EXISTS v AS SELECT 1": "It is not allowed",
		"CREATE OR REPLACE TEMP VIEW IF NOT EXISTS v AS SELECT 1": "[CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE] CREATE VIEW v with both " +
			"IF NOT EXISTS and REPLACE is not allowed. SQLSTATE: 42601",
		"CREATE TEMP VIEW IF NOT EXISTS v USING huggingface": "[PARSE_SYNTAX_ERROR] Syntax error at or near 'USING'",
	} {
		_, err := ParseStatement(text, Parameters{})
		if e, ok := sparkerror.As(err); !ok || e.Class != sparkerror.ParseException || !strings.Contains("\n"+e.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
