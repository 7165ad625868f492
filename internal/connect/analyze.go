package connect

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/connect/convert"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/explain"
	"github.com/hfspark/hfspark/internal/plan/pushdown"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// AnalyzePlan implements the service: it answers a question about a plan without running it.
func (s *Server) AnalyzePlan(ctx context.Context, r *pb.AnalyzePlanRequest) (*pb.AnalyzePlanResponse, error) {
	session, done, err := s.sessions.open(r)
	if err != nil {
		return nil, err
	}
	defer done()
	response := &pb.AnalyzePlanResponse{SessionId: session.id, ServerSideSessionId: session.serverID}
	if err := session.answer(ctx, r, response); err != nil {
		return nil, session.fail(ctx, err)
	}
	return response, nil
}

func (s *session) answer(ctx context.Context, r *pb.AnalyzePlanRequest, response *pb.AnalyzePlanResponse) error {
	switch question := r.GetAnalyze().(type) {
	case *pb.AnalyzePlanRequest_SparkVersion_:
		response.Result = &pb.AnalyzePlanResponse_SparkVersion_{SparkVersion: &pb.AnalyzePlanResponse_SparkVersion{Version: s.version}}
		return nil
	case *pb.AnalyzePlanRequest_DdlParse:
		parsed, err := convert.ParseDDL(question.DdlParse.GetDdlString())
		if err != nil {
			return err
		}
		t, err := convert.ToProto(parsed)
		response.Result = &pb.AnalyzePlanResponse_DdlParse{DdlParse: &pb.AnalyzePlanResponse_DDLParse{Parsed: t}}
		return err
	case *pb.AnalyzePlanRequest_JsonToDdl:
		parsed, err := convert.ParseSchema(question.JsonToDdl.GetJsonString())
		if err != nil {
			return err
		}
		response.Result = &pb.AnalyzePlanResponse_JsonToDdl{JsonToDdl: &pb.AnalyzePlanResponse_JsonToDDL{DdlString: ddl(parsed)}}
		return nil
	case *pb.AnalyzePlanRequest_Persist_:
		s.setLevel(question.Persist.GetRelation(), question.Persist.GetStorageLevel())
		response.Result = &pb.AnalyzePlanResponse_Persist_{Persist: &pb.AnalyzePlanResponse_Persist{}}
		return nil
	case *pb.AnalyzePlanRequest_Unpersist_:
		s.dropLevel(question.Unpersist.GetRelation())
		response.Result = &pb.AnalyzePlanResponse_Unpersist_{Unpersist: &pb.AnalyzePlanResponse_Unpersist{}}
		return nil
	case *pb.AnalyzePlanRequest_GetStorageLevel_:
		response.Result = &pb.AnalyzePlanResponse_GetStorageLevel_{GetStorageLevel: &pb.AnalyzePlanResponse_GetStorageLevel{
			StorageLevel: s.level(question.GetStorageLevel.GetRelation()),
		}}
		return nil
	case nil:
		return sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.UNKNOWN_ANALYZE_METHOD", "56K00",
			"The Spark Connect plan is invalid. Unknown Analyze Method ANALYZE_NOT_SET!").With("other", "ANALYZE_NOT_SET")
	}
	return s.answerPlan(ctx, r, response)
}

// answerPlan answers the questions that need the plan to be resolved.
func (s *session) answerPlan(ctx context.Context, r *pb.AnalyzePlanRequest, response *pb.AnalyzePlanResponse) error {
	switch question := r.GetAnalyze().(type) {
	case *pb.AnalyzePlanRequest_Schema_:
		schema, err := s.planSchema(ctx, question.Schema.GetPlan())
		if err != nil {
			return err
		}
		t, err := convert.ToProto(schema)
		response.Result = &pb.AnalyzePlanResponse_Schema_{Schema: &pb.AnalyzePlanResponse_Schema{Schema: t}}
		return err
	case *pb.AnalyzePlanRequest_TreeString_:
		schema, err := s.planSchema(ctx, question.TreeString.GetPlan())
		response.Result = &pb.AnalyzePlanResponse_TreeString_{TreeString: &pb.AnalyzePlanResponse_TreeString{
			TreeString: types.TreeString(schema, int(question.TreeString.GetLevel())),
		}}
		return err
	case *pb.AnalyzePlanRequest_Explain_:
		relation, err := s.planRelation(ctx, question.Explain.GetPlan())
		if err != nil {
			return err
		}
		text, err := s.explain(ctx, relation, question.Explain.GetExplainMode())
		response.Result = &pb.AnalyzePlanResponse_Explain_{Explain: &pb.AnalyzePlanResponse_Explain{ExplainString: text}}
		return err
	case *pb.AnalyzePlanRequest_IsLocal_:
		a, err := s.planAnalysis(ctx, question.IsLocal.GetPlan())
		local := isLocal(a.node)
		response.Result = &pb.AnalyzePlanResponse_IsLocal_{IsLocal: &pb.AnalyzePlanResponse_IsLocal{IsLocal: local}}
		return err
	case *pb.AnalyzePlanRequest_IsStreaming_:
		_, err := s.planAnalysis(ctx, question.IsStreaming.GetPlan())
		response.Result = &pb.AnalyzePlanResponse_IsStreaming_{IsStreaming: &pb.AnalyzePlanResponse_IsStreaming{}}
		return err
	case *pb.AnalyzePlanRequest_InputFiles_:
		a, err := s.planAnalysis(ctx, question.InputFiles.GetPlan())
		response.Result = &pb.AnalyzePlanResponse_InputFiles_{InputFiles: &pb.AnalyzePlanResponse_InputFiles{Files: a.files()}}
		return err
	case *pb.AnalyzePlanRequest_SameSemantics_:
		same, err := s.sameSemantics(ctx, question.SameSemantics.GetTargetPlan(), question.SameSemantics.GetOtherPlan())
		response.Result = &pb.AnalyzePlanResponse_SameSemantics_{SameSemantics: &pb.AnalyzePlanResponse_SameSemantics{Result: same}}
		return err
	case *pb.AnalyzePlanRequest_SemanticHash_:
		text, err := s.meaning(ctx, question.SemanticHash.GetPlan())
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(text))
		response.Result = &pb.AnalyzePlanResponse_SemanticHash_{SemanticHash: &pb.AnalyzePlanResponse_SemanticHash{Result: int32(hash.Sum32())}}
		return err
	}
	return invalidRequest("AnalyzePlan asks what is not known")
}

// planRelation converts a plan that must be a relation.
func (s *session) planRelation(ctx context.Context, p *pb.Plan) (plan.Relation, error) {
	root, err := s.root(p)
	if err != nil {
		return nil, err
	}
	return s.convert(ctx, root)
}

func (s *session) root(p *pb.Plan) (*pb.Relation, error) {
	unpacked, err := convert.Plan(p, s.maxPlanSize())
	if err != nil {
		return nil, err
	}
	root := unpacked.GetRoot()
	if root == nil {
		return nil, sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.ASSERTION_FAILURE", "56K00",
			"The Spark Connect plan is invalid. A command cannot be analyzed.")
	}
	return root, nil
}

func (s *session) planAnalysis(ctx context.Context, p *pb.Plan) (analysis, error) {
	relation, err := s.planRelation(ctx, p)
	if err != nil {
		return analysis{}, err
	}
	return s.analyze(ctx, relation)
}

func (s *session) planSchema(ctx context.Context, p *pb.Plan) (types.Struct, error) {
	root, err := s.root(p)
	if err != nil {
		return types.Struct{}, err
	}
	switch root.GetRelType().(type) {
	case *pb.Relation_ShowString:
		return types.Struct{Fields: []types.Field{stringColumn("show_string", false)}}, nil
	case *pb.Relation_HtmlString:
		return types.Struct{Fields: []types.Field{stringColumn("html_string", false)}}, nil
	}
	relation, err := s.convert(ctx, root)
	if err != nil {
		return types.Struct{}, err
	}
	return s.schemaOf(ctx, relation)
}

func (a analysis) schema() types.Struct { return typed.Schema(a.node) }

// files lists the data files that a plan reads, as URLs of the Hub.
func (a analysis) files() []string {
	var files []string
	for _, table := range a.tables {
		for _, p := range table.Partitions {
			files = append(files, p.URL())
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// isLocal reports whether a plan is nothing but rows that came with it.
func isLocal(n typed.Node) bool {
	for {
		p, ok := n.(*typed.Project)
		if !ok {
			break
		}
		for _, item := range p.Items {
			if _, ok := item.Expression.(typed.Reference); !ok {
				return false
			}
		}
		n = p.Input
	}
	_, ok := n.(*typed.LocalData)
	return ok
}

// ddl writes a schema as the text that StructType.toDDL gives.
func ddl(s types.Struct) string {
	columns := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		columns[i] = types.QuoteIfNeeded(f.Name) + " " + f.Type.SQL()
		if !f.Nullable {
			columns[i] += " NOT NULL"
		}
		if c, ok := comment(f).(string); ok {
			columns[i] += " COMMENT '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(c) + "'"
		}
	}
	return strings.Join(columns, ",")
}

// explainModes are the modes of EXPLAIN as the protocol has them.
var explainModes = map[sqltext.ExplainMode]pb.AnalyzePlanRequest_Explain_ExplainMode{
	sqltext.ExplainSimple:    pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_SIMPLE,
	sqltext.ExplainExtended:  pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_EXTENDED,
	sqltext.ExplainFormatted: pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_FORMATTED,
	sqltext.ExplainCost:      pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_COST,
	sqltext.ExplainCodegen:   pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_CODEGEN,
}

// explain prints a plan under Spark's headings.
func (s *session) explain(ctx context.Context, relation plan.Relation, mode pb.AnalyzePlanRequest_Explain_ExplainMode) (string, error) {
	a, err := s.analyze(ctx, relation)
	if err != nil {
		return "", err
	}
	analyzed := typed.String(a.node)
	plan := s.optimize(ctx, a.node)
	optimized := typed.String(plan)
	physical := func() string {
		estimator, _ := s.tables.source.(explain.Estimator)
		return explain.Text(ctx, plan, estimator)
	}
	var b strings.Builder
	section := func(title, text string) {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "== %s ==\n%s\n", title, strings.TrimRight(text, "\n"))
	}
	switch mode {
	case pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_EXTENDED:
		section("Analyzed Logical Plan", columnList(a.schema())+"\n"+analyzed)
		section("Optimized Logical Plan", optimized)
		section("Physical Plan", physical())
	case pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_COST:
		section("Optimized Logical Plan", optimized)
		section("Physical Plan", physical())
		b.WriteByte('\n')
	case pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_CODEGEN:
		b.WriteString("Found 0 WholeStageCodegen subtrees.\n")
	case pb.AnalyzePlanRequest_Explain_EXPLAIN_MODE_UNSPECIFIED:
		return "", invalidRequest("explain has no mode")
	default:
		section("Physical Plan", physical())
		b.WriteByte('\n')
	}
	return s.redact(b.String()), nil
}

func columnList(s types.Struct) string {
	columns := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		columns[i] = f.Name + ": " + f.Type.SimpleString()
	}
	return strings.Join(columns, ", ")
}

// sameSemantics reports whether two plans give the same rows as far as their form shows.
func (s *session) sameSemantics(ctx context.Context, one, other *pb.Plan) (bool, error) {
	first, err := s.meaning(ctx, one)
	if err != nil {
		return false, err
	}
	second, err := s.meaning(ctx, other)
	if err != nil {
		return false, err
	}
	if first != second {
		return false, nil
	}
	// Two equal trees may still hold different local rows.
	a, err := s.root(one)
	if err != nil {
		return false, err
	}
	b, err := s.root(other)
	if err != nil {
		return false, err
	}
	return localData(a) == localData(b), nil
}

// meaning is the same text for plans that do the same.
func (s *session) meaning(ctx context.Context, p *pb.Plan) (string, error) {
	a, err := s.planAnalysis(ctx, p)
	if err != nil {
		return "", err
	}
	return typed.String(pushdown.Optimize(a.node)), nil
}

// fingerprintOf is the same for relations that are equal but for the numbers that a client gives its DataFrames.
func fingerprintOf(r *pb.Relation) [sha256.Size]byte {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(renumbered(r))
	if err != nil {
		return [sha256.Size]byte{} // strings that are no UTF-8 do not get through gRPC
	}
	return sha256.Sum256(data)
}
