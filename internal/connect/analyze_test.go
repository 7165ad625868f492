package connect

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

func (c *client) analyze(set func(*pb.AnalyzePlanRequest)) (*pb.AnalyzePlanResponse, error) {
	r := &pb.AnalyzePlanRequest{SessionId: c.session, UserContext: c.user}
	set(r)
	return c.AnalyzePlan(c.t.Context(), r)
}

func TestAnalyze(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	cases := []struct {
		name string
		set  func(*pb.AnalyzePlanRequest)
		want func(*pb.AnalyzePlanResponse) bool
	}{
		{"schema", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_Schema_{Schema: &pb.AnalyzePlanRequest_Schema{Plan: root(numbers(3))}}
		}, func(r *pb.AnalyzePlanResponse) bool {
			f := r.GetSchema().GetSchema().GetStruct().GetFields()
			return len(f) == 1 && f[0].GetName() == "id" && f[0].GetDataType().GetLong() != nil && !f[0].GetNullable()
		}},
		{"tree string", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_TreeString_{TreeString: &pb.AnalyzePlanRequest_TreeString{Plan: root(numbers(3))}}
		}, func(r *pb.AnalyzePlanResponse) bool {
			return r.GetTreeString().GetTreeString() == "root\n |-- id: long (nullable = false)\n"
		}},
		{"explain", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_Explain_{Explain: &pb.AnalyzePlanRequest_Explain{
				Plan: root(numbers(3)), ExplainMode: pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_EXTENDED,
			}}
		}, func(r *pb.AnalyzePlanResponse) bool {
			text := r.GetExplain().GetExplainString()
			return strings.HasPrefix(text, "== Analyzed Logical Plan ==\nid: bigint\n") && strings.Contains(text, "== Physical Plan ==\nRange")
		}},
		{"ddl", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_DdlParse{DdlParse: &pb.AnalyzePlanRequest_DDLParse{DdlString: "a INT, b ARRAY<STRING>"}}
		}, func(r *pb.AnalyzePlanResponse) bool {
			f := r.GetDdlParse().GetParsed().GetStruct().GetFields()
			return len(f) == 2 && f[1].GetDataType().GetArray().GetElementType().GetString_() != nil
		}},
		{"ddl of one type", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_DdlParse{DdlParse: &pb.AnalyzePlanRequest_DDLParse{DdlString: "map<string,int>"}}
		}, func(r *pb.AnalyzePlanResponse) bool { return r.GetDdlParse().GetParsed().GetMap() != nil }},
		{"json", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_JsonToDdl{JsonToDdl: &pb.AnalyzePlanRequest_JsonToDDL{
				JsonString: `{"type":"struct","fields":[{"name":"a b","type":"integer","nullable":false,"metadata":{"comment":"it's"}}]}`,
			}}
		}, func(r *pb.AnalyzePlanResponse) bool {
			return r.GetJsonToDdl().GetDdlString() == "`a b` INT NOT NULL COMMENT 'it\\'s'"
		}},
		{"streaming", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_IsStreaming_{IsStreaming: &pb.AnalyzePlanRequest_IsStreaming{Plan: root(numbers(3))}}
		}, func(r *pb.AnalyzePlanResponse) bool {
			return r.GetIsStreaming() != nil && !r.GetIsStreaming().GetIsStreaming()
		}},
		{"local", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_IsLocal_{IsLocal: &pb.AnalyzePlanRequest_IsLocal{Plan: root(numbers(3))}}
		}, func(r *pb.AnalyzePlanResponse) bool { return r.GetIsLocal() != nil && !r.GetIsLocal().GetIsLocal() }},
		{"files", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_InputFiles_{InputFiles: &pb.AnalyzePlanRequest_InputFiles{Plan: root(numbers(3))}}
		}, func(r *pb.AnalyzePlanResponse) bool {
			return r.GetInputFiles() != nil && len(r.GetInputFiles().GetFiles()) == 0
		}},
		{"same", func(r *pb.AnalyzePlanRequest) {
			other := numbers(3)
			other.Common.PlanId = proto.Int64(9)
			r.Analyze = &pb.AnalyzePlanRequest_SameSemantics_{SameSemantics: &pb.AnalyzePlanRequest_SameSemantics{
				TargetPlan: root(numbers(3)), OtherPlan: root(other),
			}}
		}, func(r *pb.AnalyzePlanResponse) bool { return r.GetSameSemantics().GetResult() }},
		{"not same", func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_SameSemantics_{SameSemantics: &pb.AnalyzePlanRequest_SameSemantics{
				TargetPlan: root(numbers(3)), OtherPlan: root(numbers(4)),
			}}
		}, func(r *pb.AnalyzePlanResponse) bool { return !r.GetSameSemantics().GetResult() }},
	}
	for _, test := range cases {
		answer, err := c.analyze(test.set)
		if err != nil || !test.want(answer) {
			t.Errorf("%s: got %v, %v", test.name, answer, err)
		}
	}
	_, err := c.analyze(func(r *pb.AnalyzePlanRequest) {
		r.Analyze = &pb.AnalyzePlanRequest_Schema_{Schema: &pb.AnalyzePlanRequest_Schema{Plan: root(table("nope"))}}
	})
	expect(t, err, "TABLE_OR_VIEW_NOT_FOUND")
}

func TestStorageLevels(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	level := func() *pb.StorageLevel {
		answer, err := c.analyze(func(r *pb.AnalyzePlanRequest) {
			r.Analyze = &pb.AnalyzePlanRequest_GetStorageLevel_{GetStorageLevel: &pb.AnalyzePlanRequest_GetStorageLevel{Relation: numbers(3)}}
		})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetGetStorageLevel().GetStorageLevel()
	}
	if level().GetUseMemory() {
		t.Error("persisted before it was")
	}
	_, err := c.analyze(func(r *pb.AnalyzePlanRequest) {
		r.Analyze = &pb.AnalyzePlanRequest_Persist_{Persist: &pb.AnalyzePlanRequest_Persist{Relation: numbers(3)}}
	})
	if err != nil || !level().GetUseMemory() || !level().GetUseDisk() {
		t.Errorf("%v, %v", level(), err)
	}
	_, err = c.analyze(func(r *pb.AnalyzePlanRequest) {
		r.Analyze = &pb.AnalyzePlanRequest_Unpersist_{Unpersist: &pb.AnalyzePlanRequest_Unpersist{Relation: numbers(3)}}
	})
	if err != nil || level().GetUseMemory() {
		t.Errorf("%v, %v", level(), err)
	}
}

func TestConfigOperations(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	config := func(o *pb.ConfigRequest_Operation) (*pb.ConfigResponse, error) {
		return c.Config(t.Context(), &pb.ConfigRequest{SessionId: c.session, UserContext: c.user, Operation: o})
	}
	pair := func(key, value string) *pb.KeyValue { return &pb.KeyValue{Key: key, Value: &value} }
	answer, err := config(&pb.ConfigRequest_Operation{OpType: &pb.ConfigRequest_Operation_Set{Set: &pb.ConfigRequest_Set{
		Pairs: []*pb.KeyValue{pair("spark.executor.memory", "1g"), pair("spark.app.name", "x")}, Silent: proto.Bool(true),
	}}})
	if err != nil || len(answer.GetWarnings()) != 1 || !strings.Contains(answer.GetWarnings()[0], "spark.executor.memory") {
		t.Errorf("%v, %v", answer, err)
	}
	_, err = config(&pb.ConfigRequest_Operation{OpType: &pb.ConfigRequest_Operation_Set{Set: &pb.ConfigRequest_Set{
		Pairs: []*pb.KeyValue{pair("spark.executor.memory", "1g")},
	}}})
	expect(t, err, "CANNOT_MODIFY_CONFIG")
	_, err = config(&pb.ConfigRequest_Operation{OpType: &pb.ConfigRequest_Operation_Get{Get: &pb.ConfigRequest_Get{Keys: []string{"spark.nope"}}}})
	expect(t, err, "SQL_CONF_NOT_FOUND")
	answer, err = config(&pb.ConfigRequest_Operation{OpType: &pb.ConfigRequest_Operation_GetOption{
		GetOption: &pb.ConfigRequest_GetOption{Keys: []string{"spark.nope", "spark.app.name"}},
	}})
	if err != nil || answer.GetPairs()[0].Value != nil || answer.GetPairs()[1].GetValue() != "x" {
		t.Errorf("%v, %v", answer, err)
	}
	answer, err = config(&pb.ConfigRequest_Operation{OpType: &pb.ConfigRequest_Operation_GetWithDefault{
		GetWithDefault: &pb.ConfigRequest_GetWithDefault{Pairs: []*pb.KeyValue{pair("spark.nope", "d"), pair("spark.app.name", "d")}},
	}})
	if err != nil || answer.GetPairs()[0].GetValue() != "d" || answer.GetPairs()[1].GetValue() != "x" {
		t.Errorf("%v, %v", answer, err)
	}
	answer, err = config(&pb.ConfigRequest_Operation{OpType: &pb.ConfigRequest_Operation_GetAll{
		GetAll: &pb.ConfigRequest_GetAll{Prefix: proto.String("spark.app.")},
	}})
	if err != nil || len(answer.GetPairs()) != 2 || answer.GetPairs()[1].GetKey() != "name" {
		t.Errorf("%v, %v", answer, err)
	}
	answer, err = config(&pb.ConfigRequest_Operation{OpType: &pb.ConfigRequest_Operation_IsModifiable{
		IsModifiable: &pb.ConfigRequest_IsModifiable{Keys: []string{"spark.sql.ansi.enabled", "spark.sql.warehouse.dir", "spark.nope"}},
	}})
	if err != nil || answer.GetPairs()[0].GetValue() != "true" || answer.GetPairs()[1].GetValue() != "false" || answer.GetPairs()[2].GetValue() != "false" {
		t.Errorf("%v, %v", answer, err)
	}
	if _, err = config(&pb.ConfigRequest_Operation{OpType: &pb.ConfigRequest_Operation_Unset{
		Unset: &pb.ConfigRequest_Unset{Keys: []string{"spark.app.name"}},
	}}); err != nil {
		t.Error(err)
	}
}
