package connect

import (
	"strings"

	"github.com/google/uuid"

	"github.com/apache/arrow-go/v18/arrow"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/connect/convert"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// command executes a command.
func (e *execution) command(c *pb.Command) error {
	switch kind := c.GetCommandType().(type) {
	case *pb.Command_SqlCommand:
		return e.sqlCommand(kind.SqlCommand)
	case *pb.Command_CreateDataframeView:
		return e.createView(kind.CreateDataframeView)
	case *pb.Command_WriteOperation:
		return e.writeOperation(kind.WriteOperation)
	case *pb.Command_WriteOperationV2:
		return e.writeOperationV2(kind.WriteOperationV2)
	case *pb.Command_CheckpointCommand:
		return e.checkpoint(kind.CheckpointCommand)
	case *pb.Command_RemoveCachedRemoteRelationCommand:
		e.session.forgetRemote(kind.RemoveCachedRemoteRelationCommand.GetRelation().GetRelationId())
		return nil
	case *pb.Command_MlCommand:
		return e.mlCommand(kind.MlCommand)
	case *pb.Command_GetResourcesCommand:
		return e.operation.emit(&pb.ExecutePlanResponse{ResponseType: &pb.ExecutePlanResponse_GetResourcesCommandResult{
			GetResourcesCommandResult: &pb.GetResourcesCommandResult{},
		}})
	}
	name, advice := refusal(c)
	return sparkerror.Unsupported(name, advice)
}

// refusal names a command that is not supported, and says what to do instead.
func refusal(c *pb.Command) (name, advice string) {
	switch kind := c.GetCommandType().(type) {
	case nil:
		return "an empty command", ""
	case *pb.Command_RegisterFunction:
		return "the user-defined function " + kind.RegisterFunction.GetFunctionName(),
			"Use the functions of pyspark.sql.functions, or collect the rows and apply it in the client."
	case *pb.Command_RegisterTableFunction:
		return "the user-defined table function " + kind.RegisterTableFunction.GetFunctionName(), ""
	case *pb.Command_RegisterDataSource:
		return "the data source " + kind.RegisterDataSource.GetName() + " written in Python", ""
	case *pb.Command_WriteStreamOperationStart, *pb.Command_StreamingQueryCommand, *pb.Command_StreamingQueryManagerCommand,
		*pb.Command_StreamingQueryListenerBusCommand:
		return "streaming", "Use spark.read."
	}
	m := c.ProtoReflect()
	return "the command " + string(m.WhichOneof(m.Descriptor().Oneofs().Get(0)).Name()), ""
}

// sqlCommand answers spark.sql. A query comes back as the relation it is, after a check that it can be resolved; any other
// statement is executed at once, and its result comes back as rows.
func (e *execution) sqlCommand(c *pb.SqlCommand) error {
	text, relation := convert.SQLOf(c)
	if text == nil {
		return sparkerror.Unsupported("a SQL command with another relation than SQL", "")
	}
	statement, err := e.statement(relation, text)
	if err != nil {
		return err
	}
	if _, ok := statement.(sqltext.Query); ok {
		query, err := e.session.convert(e.ctx, relation)
		if err != nil {
			return err
		}
		if _, err := e.session.analyze(e.ctx, query); err != nil {
			return err
		}
		return e.sqlResult(relation)
	}
	rows, err := e.execute(statement)
	if err != nil {
		return err
	}
	message, err := rows.message()
	if err != nil {
		return err
	}
	return e.sqlResult(message)
}

// statement parses the text of a SQL command. The DataFrames that the text names become part of the statement's query.
func (e *execution) statement(relation *pb.Relation, text *pb.SQL) (sqltext.Statement, error) {
	statement, err := convert.Statement(text, e.session.conversion(e.ctx))
	if _, query := statement.(sqltext.Query); err != nil || query || relation.GetWithRelations() == nil {
		return statement, err
	}
	return convert.Wrap(statement, relation, e.session.conversion(e.ctx))
}

func (e *execution) sqlResult(r *pb.Relation) error {
	return e.operation.emit(&pb.ExecutePlanResponse{ResponseType: &pb.ExecutePlanResponse_SqlCommandResult_{
		SqlCommandResult: &pb.ExecutePlanResponse_SqlCommandResult{Relation: r},
	}})
}

// createView makes a temporary view of a DataFrame. The DataFrame is resolved first, as in Spark, so that errors show here.
func (e *execution) createView(c *pb.CreateDataFrameViewCommand) error {
	relation, err := e.session.convert(e.ctx, c.GetInput())
	if err != nil {
		return err
	}
	parts, err := sqltext.ParseIdentifier(c.GetName())
	if err != nil {
		return err
	}
	if err := e.checkView(parts, nil, relation); err != nil {
		return err
	}
	return e.session.views.create(definition{parts: parts, global: c.GetIsGlobal(), replace: c.GetReplace(), plan: relation})
}

// checkpoint runs a relation and keeps its rows. On one machine a local checkpoint is as good as any other; one that is not
// eager is computed at once all the same, which only shows in when it happens.
func (e *execution) checkpoint(c *pb.CheckpointCommand) error {
	relation, err := e.session.convert(e.ctx, c.GetRelation())
	if err != nil {
		return err
	}
	batches, schema, output, err := e.collect(relation)
	if err != nil {
		return err
	}
	if len(batches) == 0 {
		batches = []arrow.RecordBatch{emptyBatch(schema)}
	}
	id := uuid.NewString()
	e.session.mu.Lock()
	e.session.remotes[id] = plan.LocalData{Records: batches, Schema: &output}
	e.session.mu.Unlock()
	return e.operation.emit(&pb.ExecutePlanResponse{ResponseType: &pb.ExecutePlanResponse_CheckpointCommandResult{
		CheckpointCommandResult: &pb.CheckpointCommandResult{Relation: &pb.CachedRemoteRelation{RelationId: id}},
	}})
}

func (s *session) forgetRemote(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.remotes, id)
}

// mlCommand answers what PySpark sends when it ends, although there is no machine learning here.
func (e *execution) mlCommand(c *pb.MlCommand) error {
	var param *pb.Expression_Literal
	switch c.GetCommand().(type) {
	case *pb.MlCommand_CleanCache_:
		param = &pb.Expression_Literal{LiteralType: &pb.Expression_Literal_Integer{Integer: 0}}
	case *pb.MlCommand_GetCacheInfo_:
		param = &pb.Expression_Literal{LiteralType: &pb.Expression_Literal_Array_{Array: &pb.Expression_Literal_Array{
			ElementType: &pb.DataType{Kind: &pb.DataType_String_{String_: &pb.DataType_String{}}},
		}}}
	default:
		return sparkerror.Unsupported("machine learning (pyspark.ml)", "Collect the rows with toPandas() and use a library in the client.")
	}
	return e.operation.emit(&pb.ExecutePlanResponse{ResponseType: &pb.ExecutePlanResponse_MlCommandResult{
		MlCommandResult: &pb.MlCommandResult{ResultType: &pb.MlCommandResult_Param{Param: param}},
	}})
}

// quoted puts the parts of a name in backticks.
func quoted(parts []string) string {
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = "`" + strings.ReplaceAll(part, "`", "``") + "`"
	}
	return strings.Join(escaped, ".")
}
