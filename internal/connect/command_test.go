package connect

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

func TestStatements(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	cases := []struct {
		text string
		rows [][]string
	}{
		{"CREATE TEMP VIEW v AS SELECT 1 AS a, 'x' AS b", nil},
		{"CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1 AS a, 'x' AS b", nil},
		{"SHOW TABLES", [][]string{{"", "v", "true"}}},
		{"SHOW VIEWS LIKE 'V*'", [][]string{{"", "v", "true"}}},
		{"SHOW TABLES LIKE 'w'", nil},
		{"DESCRIBE v", [][]string{{"a", "int", "(null)"}, {"b", "string", "(null)"}}},
		{"DESCRIBE QUERY SELECT 1 AS z", [][]string{{"z", "int", "(null)"}}},
		{"SHOW COLUMNS IN v", [][]string{{"a"}, {"b"}}},
		{"SHOW DATABASES", [][]string{{"default"}}},
		{"SET spark.sql.ansi.enabled", [][]string{{"spark.sql.ansi.enabled", "true"}}},
		{"SET spark.sql.ansi.enabled=false", [][]string{{"spark.sql.ansi.enabled", "false"}}},
		{"SET spark.sql.ansi.enabled", [][]string{{"spark.sql.ansi.enabled", "false"}}},
		{"RESET spark.sql.ansi.enabled", nil},
		{"SET spark.sql.ansi.enabled", [][]string{{"spark.sql.ansi.enabled", "true"}}},
		{"SET spark.nope", [][]string{{"spark.nope", "<undefined>"}}},
		{"USE default", nil},
		{"CREATE GLOBAL TEMP VIEW g AS SELECT 1 AS a", nil},
		{"SHOW TABLES", [][]string{{"", "v", "true"}}},
		{"SHOW TABLES IN global_temp", [][]string{{"global_temp", "g", "true"}, {"", "v", "true"}}},
		{"DROP VIEW global_temp.g", nil},
		{"CACHE TABLE v", nil},
		{"UNCACHE TABLE v", nil},
		{"REFRESH TABLE v", nil},
		{"CLEAR CACHE", nil},
		{"DROP VIEW v", nil},
		{"DROP VIEW IF EXISTS v", nil},
		{"SHOW VIEWS", nil},
	}
	for _, test := range cases {
		rows, err := c.sqlRows(test.text)
		if err != nil || !reflect.DeepEqual(rows, test.rows) {
			t.Errorf("%s: got %v, %v; want %v", test.text, rows, err, test.rows)
		}
	}
}

func TestStatementsThatFail(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	if _, err := c.sql("CREATE TEMP VIEW v AS SELECT 1 AS a"); err != nil {
		t.Fatal(err)
	}
	for text, condition := range map[string]string{
		"CREATE TEMP VIEW v AS SELECT 1":                   "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS",
		"CREATE OR REPLACE TEMP VIEW v AS SELECT * FROM v": "RECURSIVE_VIEW",
		"CREATE TEMP VIEW w AS SELECT nope FROM v":         "UNRESOLVED_COLUMN.WITH_SUGGESTION",
		"DROP VIEW nope":                                          "TABLE_OR_VIEW_NOT_FOUND",
		"DESCRIBE nope":                                           "TABLE_OR_VIEW_NOT_FOUND",
		"SELECT * FROM nope":                                      "TABLE_OR_VIEW_NOT_FOUND",
		"USE nope":                                                "SCHEMA_NOT_FOUND",
		"SHOW TABLES IN nope":                                     "SCHEMA_NOT_FOUND",
		"SET spark.sql.ansi.enabled=maybe":                        "INVALID_CONF_VALUE.TYPE_MISMATCH",
		"CREATE TABLE t (a INT)":                                  "UNSUPPORTED_FEATURE.HFSPARK",
		"CREATE TEMP VIEW w USING nope":                           "DATA_SOURCE_NOT_FOUND",
		"CREATE TEMP VIEW w USING orc":                            "UNSUPPORTED_FEATURE.HFSPARK",
		"SELECT CAST(1 AS DECIMAL(50,2))":                         "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
		"SELECT CAST(1 AS DECIMAL(0,0))":                          "UNSUPPORTED_FEATURE.HFSPARK",
		"CREATE OR REPLACE TEMP VIEW IF NOT EXISTS v AS SELECT 1": "CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE",
		"SET spark.sql.warehouse.dir=x":                           "CANNOT_MODIFY_STATIC_CONFIG",
	} {
		_, err := c.sql(text)
		if err == nil {
			t.Errorf("%s: no error", text)
			continue
		}
		if got := errorInfo(t, err).GetMetadata()["errorClass"]; got != condition {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestAQueryComesBackAsItIs(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	relation, err := c.sql("SELECT id FROM range(3)")
	if err != nil || !proto.Equal(relation, sqlRelation("SELECT id FROM range(3)")) {
		t.Fatalf("%v, %v", relation, err)
	}
	// Clients before 4.0 send the text in a field that is deprecated now.
	responses, err := c.run(&pb.Plan{OpType: &pb.Plan_Command{Command: &pb.Command{CommandType: &pb.Command_SqlCommand{
		SqlCommand: &pb.SqlCommand{Sql: "SHOW DATABASES"},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := c.rows(root(responses[0].GetSqlCommandResult().GetRelation()))
	if err != nil || !reflect.DeepEqual(rows, [][]string{{"default"}}) {
		t.Errorf("%v, %v", rows, err)
	}
}

func (c *client) view(name string, replace bool, input *pb.Relation) error {
	_, err := c.run(&pb.Plan{OpType: &pb.Plan_Command{Command: &pb.Command{CommandType: &pb.Command_CreateDataframeView{
		CreateDataframeView: &pb.CreateDataFrameViewCommand{Name: name, Replace: replace, Input: input},
	}}}})
	return err
}

func table(name string) *pb.Relation {
	return &pb.Relation{RelType: &pb.Relation_Read{Read: &pb.Read{
		ReadType: &pb.Read_NamedTable_{NamedTable: &pb.Read_NamedTable{UnparsedIdentifier: name}},
	}}}
}

// TestAViewMayReplaceTheViewItReads makes a view of a DataFrame that reads the view it replaces, which Spark allows.
func TestAViewMayReplaceTheViewItReads(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	if err := c.view("v", false, numbers(5)); err != nil {
		t.Fatal(err)
	}
	if err := c.view("v", true, table("V")); err != nil {
		t.Fatal(err)
	}
	if rows, err := c.rows(root(table("v"))); err != nil || len(rows) != 5 {
		t.Fatalf("%v, %v", rows, err)
	}
	expect(t, c.view("v", false, numbers(1)), "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS")
	expect(t, c.view("a.b", false, numbers(1)), "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS")
}

func TestShow(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	rows, err := c.rows(root(&pb.Relation{RelType: &pb.Relation_ShowString{ShowString: &pb.ShowString{
		Input: numbers(3), NumRows: 2, Truncate: 20,
	}}}))
	want := "+---+\n| id|\n+---+\n|  0|\n|  1|\n+---+\nonly showing top 2 rows"
	if err != nil || len(rows) != 1 || rows[0][0] != want {
		t.Fatalf("%q, %v", rows, err)
	}
	rows, err = c.rows(root(&pb.Relation{RelType: &pb.Relation_HtmlString{HtmlString: &pb.HtmlString{
		Input: numbers(1), NumRows: 2, Truncate: 20,
	}}}))
	if err != nil || !strings.Contains(rows[0][0], "<tr><td>0</td></tr>") {
		t.Fatalf("%q, %v", rows, err)
	}
}

func TestCatalogByPosition(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	if err := c.view("v", false, numbers(5)); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		catalog *pb.Catalog
		rows    [][]string
	}{
		{&pb.Catalog{CatType: &pb.Catalog_CurrentDatabase{CurrentDatabase: &pb.CurrentDatabase{}}}, [][]string{{"default"}}},
		{&pb.Catalog{CatType: &pb.Catalog_CurrentCatalog{CurrentCatalog: &pb.CurrentCatalog{}}}, [][]string{{"spark_catalog"}}},
		{
			&pb.Catalog{CatType: &pb.Catalog_ListTables{ListTables: &pb.ListTables{}}},
			[][]string{{"v", "(null)", "[]", "(null)", "TEMPORARY", "true"}},
		},
		{
			&pb.Catalog{CatType: &pb.Catalog_ListColumns{ListColumns: &pb.ListColumns{TableName: "v"}}},
			[][]string{{"id", "(null)", "bigint", "false", "false", "false", "false"}},
		},
		{&pb.Catalog{CatType: &pb.Catalog_TableExists{TableExists: &pb.TableExists{TableName: "v"}}}, [][]string{{"true"}}},
		{&pb.Catalog{CatType: &pb.Catalog_FunctionExists{FunctionExists: &pb.FunctionExists{FunctionName: "sum"}}}, [][]string{{"true"}}},
		{&pb.Catalog{CatType: &pb.Catalog_DatabaseExists{DatabaseExists: &pb.DatabaseExists{DbName: "nope"}}}, [][]string{{"false"}}},
		{&pb.Catalog{CatType: &pb.Catalog_DropTempView{DropTempView: &pb.DropTempView{ViewName: "v"}}}, [][]string{{"true"}}},
		{&pb.Catalog{CatType: &pb.Catalog_DropTempView{DropTempView: &pb.DropTempView{ViewName: "v"}}}, [][]string{{"false"}}},
		{&pb.Catalog{CatType: &pb.Catalog_TableExists{TableExists: &pb.TableExists{TableName: "v"}}}, [][]string{{"false"}}},
	}
	for _, test := range cases {
		rows, err := c.rows(root(&pb.Relation{RelType: &pb.Relation_Catalog{Catalog: test.catalog}}))
		if err != nil || !reflect.DeepEqual(rows, test.rows) {
			t.Errorf("%v: got %v, %v; want %v", test.catalog, rows, err, test.rows)
		}
	}
	_, err := c.rows(root(&pb.Relation{RelType: &pb.Relation_Catalog{Catalog: &pb.Catalog{
		CatType: &pb.Catalog_CreateTable{CreateTable: &pb.CreateTable{TableName: "t"}},
	}}}))
	expect(t, err, "UNSUPPORTED_FEATURE.HFSPARK")
}

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	engine := &fakeEngine{}
	c := serve(t, Config{Engine: engine})
	responses, err := c.run(&pb.Plan{OpType: &pb.Plan_Command{Command: &pb.Command{CommandType: &pb.Command_CheckpointCommand{
		CheckpointCommand: &pb.CheckpointCommand{Relation: numbers(3), Local: true, Eager: true},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	handle := responses[0].GetCheckpointCommandResult().GetRelation()
	cached := root(&pb.Relation{RelType: &pb.Relation_CachedRemoteRelation{CachedRemoteRelation: handle}})
	if rows, err := c.rows(cached); err != nil || len(rows) != 3 || engine.produced() != 1 {
		t.Errorf("%v, %v, computed %d times", rows, err, engine.produced())
	}
	_, err = c.run(&pb.Plan{OpType: &pb.Plan_Command{Command: &pb.Command{CommandType: &pb.Command_RemoveCachedRemoteRelationCommand{
		RemoveCachedRemoteRelationCommand: &pb.RemoveCachedRemoteRelationCommand{Relation: handle},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.rows(cached)
	expect(t, err, "CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND")
}

func TestOtherCommandsAreRefusedByName(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	served := []string{
		"sql_command", "create_dataframe_view", "checkpoint_command", "remove_cached_remote_relation_command", "get_resources_command",
	}
	fields := (&pb.Command{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if slices.Contains(served, string(field.Name())) {
			continue
		}
		command := &pb.Command{}
		command.ProtoReflect().Set(field, command.ProtoReflect().NewField(field))
		_, err := c.run(&pb.Plan{OpType: &pb.Plan_Command{Command: command}})
		if err == nil || errorInfo(t, err).GetMetadata()["errorClass"] != "UNSUPPORTED_FEATURE.HFSPARK" {
			t.Errorf("%s: got %v", field.Name(), err)
		}
	}
	_, err := c.run(&pb.Plan{OpType: &pb.Plan_Command{Command: &pb.Command{CommandType: &pb.Command_MlCommand{
		MlCommand: &pb.MlCommand{Command: &pb.MlCommand_CleanCache_{CleanCache: &pb.MlCommand_CleanCache{}}},
	}}}})
	if err != nil {
		t.Errorf("clean_cache: %v", err)
	}
}
