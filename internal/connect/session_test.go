package connect

import (
	"context"
	"hash/crc32"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/hfspark/hfspark/hub"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source"
)

func containsSecret(text string) bool {
	return strings.Contains(text, "hf_abc") || strings.Contains(text, "s3cret")
}

func (c *client) version() (*pb.AnalyzePlanResponse, error) { return c.versionSeen("") }

func (c *client) versionSeen(observed string) (*pb.AnalyzePlanResponse, error) {
	r := &pb.AnalyzePlanRequest{
		SessionId: c.session, UserContext: c.user,
		Analyze: &pb.AnalyzePlanRequest_SparkVersion_{SparkVersion: &pb.AnalyzePlanRequest_SparkVersion{}},
	}
	if observed != "" {
		r.ClientObservedServerSideSessionId = &observed
	}
	return c.AnalyzePlan(c.t.Context(), r)
}

func TestSessionIDs(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	answer, err := c.version()
	if err != nil || answer.GetSparkVersion().GetVersion() != "4.2.0" {
		t.Fatalf("%v, %v", answer, err)
	}
	again, err := c.versionSeen(answer.GetServerSideSessionId())
	if err != nil || again.GetServerSideSessionId() != answer.GetServerSideSessionId() {
		t.Fatalf("%v, %v", again, err)
	}
	_, err = c.versionSeen(uuid.NewString())
	expect(t, err, "INVALID_HANDLE.SESSION_CHANGED")
	other := c.other()
	other.session = "nonsense"
	_, err = other.version()
	expect(t, err, "INVALID_HANDLE.FORMAT")
	_, err = c.other().versionSeen(uuid.NewString())
	expect(t, err, "INVALID_HANDLE.SESSION_CHANGED")
}

func TestReleaseSession(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	if _, err := c.version(); err != nil {
		t.Fatal(err)
	}
	release := &pb.ReleaseSessionRequest{SessionId: c.session, UserContext: c.user, AllowReconnect: true}
	if _, err := c.ReleaseSession(t.Context(), release); err != nil {
		t.Fatal(err)
	}
	if _, err := c.version(); err != nil {
		t.Fatalf("a client that may come back cannot: %v", err)
	}
	release.AllowReconnect = false
	for range 2 { // a session that is gone is released already
		if _, err := c.ReleaseSession(t.Context(), release); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.version()
	expect(t, err, "INVALID_HANDLE.SESSION_CLOSED")
}

func TestIdleSessionsEnd(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	if _, err := c.version(); err != nil {
		t.Fatal(err)
	}
	if err := c.server.sessions.sweep(time.Now().Add(59*time.Minute), time.Hour, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := c.version(); err != nil {
		t.Fatalf("the session ended early: %v", err)
	}
	if err := c.server.sessions.sweep(time.Now().Add(61*time.Minute), time.Hour, time.Minute); err != nil {
		t.Fatal(err)
	}
	_, err := c.version()
	expect(t, err, "INVALID_HANDLE.SESSION_CLOSED")
}

func TestUnreadOperationsAreGivenUp(t *testing.T) {
	t.Parallel()
	engine := &fakeEngine{before: func(ctx context.Context, _ Query, batch int) error {
		if batch > 0 {
			<-ctx.Done()
		}
		return ctx.Err()
	}}
	c := serve(t, Config{Engine: engine})
	request := c.reattachable(root(numbers(3)))
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := c.ExecutePlan(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	waitDetached(t, c, request.GetOperationId())
	if err := c.server.sessions.sweep(time.Now().Add(6*time.Minute), time.Hour, 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	expect(t, reattachError(c, &pb.ReattachExecuteRequest{
		SessionId: c.session, UserContext: c.user, OperationId: request.GetOperationId(),
	}), "INVALID_HANDLE.OPERATION_ABANDONED")
}

func TestCloneSession(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	for _, text := range []string{"SET spark.sql.ansi.enabled=false", "CREATE TEMP VIEW v AS SELECT 1 AS a"} {
		if _, err := c.sql(text); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := c.CloneSession(t.Context(), &pb.CloneSessionRequest{SessionId: c.session, UserContext: c.user})
	if err != nil {
		t.Fatal(err)
	}
	clone := c.other()
	clone.session = answer.GetNewSessionId()
	if rows, err := clone.sqlRows("SET spark.sql.ansi.enabled"); err != nil || rows[0][1] != "false" {
		t.Errorf("%v, %v", rows, err)
	}
	if _, err := clone.sql("DROP VIEW v"); err != nil {
		t.Error(err)
	}
	if rows, err := c.sqlRows("SHOW VIEWS"); err != nil || len(rows) != 1 {
		t.Errorf("%v, %v", rows, err)
	}
	_, err = c.CloneSession(t.Context(), &pb.CloneSessionRequest{SessionId: c.session, UserContext: c.user, NewSessionId: &clone.session})
	expect(t, err, "INVALID_CLONE_SESSION_REQUEST.TARGET_SESSION_ID_ALREADY_EXISTS")
}

func TestTokenIsAskedFor(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Token: "s3cret"})
	_, err := c.version()
	if status.Code(err) != codes.Unauthenticated || containsSecret(err.Error()) {
		t.Fatalf("got %v", err)
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer s3cret")
	_, err = c.AnalyzePlan(ctx, &pb.AnalyzePlanRequest{
		SessionId: c.session, UserContext: c.user,
		Analyze: &pb.AnalyzePlanRequest_SparkVersion_{SparkVersion: &pb.AnalyzePlanRequest_SparkVersion{}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUnknownFieldsOfRequestsAreRefused(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	r := &pb.ConfigRequest{SessionId: c.session, UserContext: c.user}
	r.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 77, protowire.VarintType), 1))
	_, err := c.Config(t.Context(), r)
	expect(t, err, "UNSUPPORTED_FEATURE.HFSPARK")
	if !strings.Contains(err.Error(), "field 77 of message spark.connect.ConfigRequest") {
		t.Errorf("got %v", err)
	}
}

// failingSource fails the way a Hub does that knows no such repository.
type failingSource struct{}

// Table implements Source.
func (failingSource) Table(_ context.Context, o source.Options) (*source.Table, error) {
	return nil, &hub.Error{
		Op: "info", Repo: o.Path, Message: "no dataset \"a/b\", or it is private; token " + o.Token, Hint: "Check the spelling.",
		Err: hub.ErrRepositoryNotFound,
	}
}

func TestErrorsOfTheHub(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{Source: failingSource{}})
	read := &pb.Relation{RelType: &pb.Relation_Read{Read: &pb.Read{ReadType: &pb.Read_DataSource_{DataSource: &pb.Read_DataSource{
		Format: proto.String("huggingface"), Paths: []string{"a/b"}, Options: map[string]string{"Token": "my-s3cret"},
	}}}}}
	_, err := c.run(root(read))
	expect(t, err, "HUGGINGFACE_DATASET.REPOSITORY_NOT_FOUND")
	info := errorInfo(t, err)
	if info.GetReason() != "org.apache.spark.sql.AnalysisException" || !strings.Contains(err.Error(), "Check the spelling.") {
		t.Errorf("got %v, %v", info, err)
	}
	details, err2 := c.FetchErrorDetails(t.Context(), &pb.FetchErrorDetailsRequest{
		SessionId: c.session, UserContext: c.user, ErrorId: info.GetMetadata()["errorId"],
	})
	if err2 != nil || len(details.GetErrors()) == 0 || details.GetErrors()[0].GetSparkThrowable().GetSqlState() != "42P01" {
		t.Fatalf("%v, %v", details, err2)
	}
	if containsSecret(err.Error()) || containsSecret(info.String()) || containsSecret(details.String()) {
		t.Errorf("an error shows the token: %v %v", err, details)
	}
	details, err2 = c.FetchErrorDetails(t.Context(), &pb.FetchErrorDetailsRequest{
		SessionId: c.session, UserContext: c.user, ErrorId: info.GetMetadata()["errorId"],
	})
	if err2 != nil || details.RootErrorIdx != nil {
		t.Errorf("an error is told twice: %v, %v", details, err2)
	}
}

func TestParseErrorsTellWhere(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	_, err := c.sql("SELEKT 1")
	expect(t, err, "PARSE_SYNTAX_ERROR")
	info := errorInfo(t, err)
	details, err := c.FetchErrorDetails(t.Context(), &pb.FetchErrorDetailsRequest{
		SessionId: c.session, UserContext: c.user, ErrorId: info.GetMetadata()["errorId"],
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := details.GetErrors()[0].GetSparkThrowable().GetQueryContexts(); len(c) != 1 || c[0].GetFragment() != "SELEKT" {
		t.Errorf("got %v", details)
	}
}

func TestArtifactsHoldLocalRows(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	local := localRows{columns: []types.Field{stringColumn("a", true)}, rows: [][]any{{"x"}, {"y"}}}
	record := local.record()
	defer record.Release()
	data, err := encode(record, []ipc.Option{ipc.WithSchema(record.Schema())})
	if err != nil {
		t.Fatal(err)
	}
	half := len(data) / 2
	stream, err := c.AddArtifacts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chunk := func(data []byte) *pb.AddArtifactsRequest_ArtifactChunk {
		return &pb.AddArtifactsRequest_ArtifactChunk{Data: data, Crc: int64(crc32.ChecksumIEEE(data))}
	}
	bad := chunk([]byte("broken"))
	bad.Crc++
	for _, payload := range []*pb.AddArtifactsRequest{
		{Payload: &pb.AddArtifactsRequest_BeginChunk{BeginChunk: &pb.AddArtifactsRequest_BeginChunkedArtifact{
			Name: "cache/data", TotalBytes: int64(len(data)), NumChunks: 2, InitialChunk: chunk(data[:half]),
		}}},
		{Payload: &pb.AddArtifactsRequest_Chunk{Chunk: chunk(data[half:])}},
		{Payload: &pb.AddArtifactsRequest_Batch_{Batch: &pb.AddArtifactsRequest_Batch{
			Artifacts: []*pb.AddArtifactsRequest_SingleChunkArtifact{
				{Name: "cache/schema", Data: chunk([]byte("a string"))}, {Name: "cache/bad", Data: bad},
			},
		}}},
	} {
		payload.SessionId, payload.UserContext = c.session, c.user
		if err := stream.Send(payload); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := stream.CloseAndRecv()
	if err != nil {
		t.Fatal(err)
	}
	var intact []bool
	for _, a := range answer.GetArtifacts() {
		intact = append(intact, a.GetIsCrcSuccessful())
	}
	if !slices.Equal(intact, []bool{true, true, false}) {
		t.Errorf("got %v", answer)
	}
	statuses, err := c.ArtifactStatus(t.Context(), &pb.ArtifactStatusesRequest{
		SessionId: c.session, UserContext: c.user, Names: []string{"cache/data", "cache/bad"},
	})
	if err != nil || !statuses.GetStatuses()["cache/data"].GetExists() || statuses.GetStatuses()["cache/bad"].GetExists() {
		t.Errorf("%v, %v", statuses, err)
	}
	rows, err := c.rows(root(&pb.Relation{RelType: &pb.Relation_ChunkedCachedLocalRelation{
		ChunkedCachedLocalRelation: &pb.ChunkedCachedLocalRelation{DataHashes: []string{"data"}, SchemaHash: proto.String("schema")},
	}}))
	if err != nil || len(rows) != 2 || rows[1][0] != "y" {
		t.Errorf("%v, %v", rows, err)
	}
	_, err = c.rows(root(&pb.Relation{RelType: &pb.Relation_CachedLocalRelation{CachedLocalRelation: &pb.CachedLocalRelation{Hash: "nope"}}}))
	expect(t, err, "CONNECT_INVALID_PLAN.CANNOT_FIND_CACHED_LOCAL_RELATION")
}

func TestArtifactNames(t *testing.T) {
	t.Parallel()
	for name, condition := range map[string]string{
		"cache/../x": "INVALID_ARTIFACT_PATH", "/etc/x": "INVALID_ARTIFACT_PATH", "": "INVALID_ARTIFACT_PATH",
		"pyfiles/x.py": "UNSUPPORTED_FEATURE.HFSPARK",
	} {
		if e := translate(t.Context(), checkArtifact(name)); e.Condition != condition {
			t.Errorf("%q: got %v", name, e)
		}
	}
}
