package connect

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/hfspark/hfspark/dataset"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/localwrite"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
	"github.com/hfspark/hfspark/source/parquetfile"
	"github.com/hfspark/hfspark/source/sink"
)

// dataSource is the name of the one data source that can be written to.
const dataSource = "huggingface"

// writeOperation answers df.write.….save().
func (e *execution) writeOperation(c *pb.WriteOperation) error {
	format := strings.ToLower(c.GetSource())
	if format == "" {
		format = "parquet" // spark.sql.sources.default
	}
	if slices.Contains(localwrite.Formats(), format) {
		return e.writeFiles(c, format)
	}
	if format != dataSource {
		return unsupportedFormat(c.GetSource())
	}
	path := ""
	switch kind := c.GetSaveType().(type) {
	case *pb.WriteOperation_Path:
		path = kind.Path
	case *pb.WriteOperation_Table:
		return sparkerror.Unsupported("saveAsTable and insertInto with the data source huggingface", `Write with save("namespace/name").`)
	}
	if name := layoutOf(c); name != "" {
		return sparkerror.Unsupported(name+" with the data source huggingface",
			"A dataset is a set of files without order or partitions; sort with orderBy, and write parts apart with the options split, config and data_dir.")
	}
	if c.GetWithSchemaEvolution() {
		return sparkerror.Unsupported("schema evolution with the data source huggingface", "Write with the columns of the split, or overwrite it.")
	}
	mode, err := saveMode(c.GetMode())
	if err != nil {
		return err
	}
	return e.write(c.GetInput(), c.GetOptions(), destination{path: path, mode: mode})
}

// unsupportedFormat says which data sources can be written to.
func unsupportedFormat(name string) error {
	return sparkerror.NoDataSource(name, "writing with the format "+name,
		`Write to a dataset repository with format("huggingface"), or files with parquet, csv or json, or collect the rows with toPandas() or toArrow() and write them in the client.`)
}

// layoutOf names what a write asks for that a dataset repository cannot have.
func layoutOf(c *pb.WriteOperation) string {
	switch {
	case len(c.GetPartitioningColumns()) > 0:
		return "partitionBy"
	case c.GetBucketBy() != nil:
		return "bucketBy"
	case len(c.GetSortColumnNames()) > 0:
		return "sortBy"
	case len(c.GetClusteringColumns()) > 0:
		return "clusterBy"
	}
	return ""
}

func saveMode(m pb.WriteOperation_SaveMode) (sink.Mode, error) {
	switch m {
	case pb.WriteOperation_SAVE_MODE_UNSPECIFIED, pb.WriteOperation_SAVE_MODE_ERROR_IF_EXISTS:
		return sink.ErrorIfExists, nil
	case pb.WriteOperation_SAVE_MODE_APPEND:
		return sink.Append, nil
	case pb.WriteOperation_SAVE_MODE_OVERWRITE:
		return sink.Overwrite, nil
	case pb.WriteOperation_SAVE_MODE_IGNORE:
		return sink.Ignore, nil
	}
	return "", invalidRequest("the save mode %d is not known", m)
}

// writeOperationV2 answers df.writeTo("`namespace/name`").using("huggingface").
func (e *execution) writeOperationV2(c *pb.WriteOperationV2) error {
	if !strings.EqualFold(c.GetProvider(), dataSource) {
		return sparkerror.Unsupported("writing to the table "+c.GetTableName(),
			"Write to a dataset repository with writeTo(\"`namespace/name`\").using(\"huggingface\"), or with write.format(\"huggingface\").save(\"namespace/name\").")
	}
	parts, err := sqltext.ParseIdentifier(c.GetTableName())
	if err != nil {
		return err
	}
	switch {
	case len(c.GetPartitioningColumns()) > 0:
		return sparkerror.Unsupported("partitionedBy with the data source huggingface", "")
	case len(c.GetClusteringColumns()) > 0:
		return sparkerror.Unsupported("clusterBy with the data source huggingface", "")
	case len(c.GetTableProperties()) > 0:
		return sparkerror.Unsupported("tableProperty with the data source huggingface", "Give options with option.")
	case c.GetWithSchemaEvolution():
		return sparkerror.Unsupported("schema evolution with the data source huggingface", "")
	}
	if len(parts) > 1 {
		return sparkerror.Unsupported("the table name "+c.GetTableName()+" with the data source huggingface",
			"A repository has one name; write it between backticks: writeTo(\"`namespace/name`\").")
	}
	to := destination{path: parts[0], existing: true} // as Spark's tables, but for those two that make them
	switch c.GetMode() {
	case pb.WriteOperationV2_MODE_CREATE:
		to.mode, to.existing = sink.ErrorIfExists, false
	case pb.WriteOperationV2_MODE_CREATE_OR_REPLACE:
		to.mode, to.existing = sink.Overwrite, false
	case pb.WriteOperationV2_MODE_APPEND:
		to.mode = sink.Append
	case pb.WriteOperationV2_MODE_REPLACE:
		to.mode = sink.Overwrite
	case pb.WriteOperationV2_MODE_OVERWRITE:
		if !alwaysTrue(c.GetOverwriteCondition()) {
			return sparkerror.Unsupported("overwrite with a condition and the data source huggingface",
				"Overwrite the split as a whole: createOrReplace(), or overwrite(lit(True)).")
		}
		to.mode = sink.Overwrite
	default:
		return sparkerror.Unsupported("overwritePartitions with the data source huggingface", "Overwrite the split as a whole: createOrReplace().")
	}
	return e.write(c.GetInput(), c.GetOptions(), to)
}

// destination is where a write goes to.
type destination struct {
	path     string
	mode     sink.Mode
	existing bool // the repository must be there
}

func alwaysTrue(e *pb.Expression) bool { return e.GetLiteral().GetBoolean() }

// writeQuery prepares the query whose rows are written.
func (e *execution) writeQuery(input *pb.Relation) (Query, types.Struct, error) {
	relation, err := e.session.convert(e.ctx, input)
	if err != nil {
		return Query{}, types.Struct{}, err
	}
	node, err := e.session.prepare(e.ctx, relation)
	if err != nil {
		return Query{}, types.Struct{}, err
	}
	q := e.session.query(node)
	q.BatchRows, q.BatchBytes = sink.BatchRows, sink.BatchBytes // a client's limits do not concern them
	return q, typed.Schema(node), nil
}

// write runs a plan and writes its rows to a dataset repository.
func (e *execution) write(input *pb.Relation, options map[string]string, to destination) error {
	if e.server.config.Sink == nil {
		return sparkerror.Unsupported("writing on this server", "")
	}
	e.session.learnSecrets(options)
	parsed, err := sink.ParseOptions(options, to.path, to.mode)
	if err != nil {
		return err
	}
	parsed.Existing = to.existing
	if parsed.Endpoint == "" {
		parsed.Endpoint = e.server.config.Endpoint
	}
	q, schema, err := e.writeQuery(input)
	if err != nil {
		return err
	}
	var progress writeProgress
	reports := e.reports(&q, progress.response)
	defer reports.stop()
	result, err := e.server.config.Sink.WriteRows(e.ctx, parsed, types.ToArrow(schema, q.TimeZone), progress.written, func(ctx context.Context) (sink.Rows, error) {
		return e.session.engine.Run(ctx, q)
	})
	if err != nil {
		return err
	}
	e.session.tables.refresh() // What was loaded before may be another table now.
	e.server.config.Logger.InfoContext(e.ctx, "rows were written", "repo", parsed.Path, "rows", result.Rows, "files", len(result.Files),
		"bytes", result.Bytes, "commit", result.URL, "skipped", result.Skipped, "gradual", result.Gradual)
	return e.operation.emit(writtenResponse(result))
}

// writtenResponse tells what became of a write as observed metrics, which PySpark shows in df.executionInfo.flows.
func writtenResponse(r *sink.Result) *pb.ExecutePlanResponse {
	metrics := &pb.ExecutePlanResponse_ObservedMetrics{Name: dataSource}
	text := func(key, value string) {
		metrics.Keys = append(metrics.Keys, key)
		metrics.Values = append(metrics.Values, &pb.Expression_Literal{LiteralType: &pb.Expression_Literal_String_{String_: value}})
	}
	number := func(key string, value int64) {
		metrics.Keys = append(metrics.Keys, key)
		metrics.Values = append(metrics.Values, &pb.Expression_Literal{LiteralType: &pb.Expression_Literal_Long{Long: value}})
	}
	text("commit", r.Commit)
	text("url", r.URL)
	number("rows", r.Rows)
	number("files", int64(len(r.Files)))
	number("bytes", r.Bytes)
	number("deleted", int64(r.Deleted))
	number("commits", int64(r.Commits))
	if r.Gradual {
		text("gradual", "true")
	}
	return &pb.ExecutePlanResponse{ObservedMetrics: []*pb.ExecutePlanResponse_ObservedMetrics{metrics}}
}

// writeProgress shows a write as two stages: the data files it reads, and the files it writes and uploads.
type writeProgress struct {
	mu  sync.Mutex
	now sink.Progress
}

func (w *writeProgress) written(p sink.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = p
}

func (w *writeProgress) response(p Progress) *pb.ExecutePlanResponse {
	w.mu.Lock()
	now := w.now
	w.mu.Unlock()
	response := progressResponse(p)
	progress := response.GetExecutionProgress()
	tasks := now.Files + 1 // the file at hand
	progress.Stages = append(progress.Stages, &pb.ExecutePlanResponse_ExecutionProgress_StageInfo{
		StageId: 1, NumTasks: tasks, NumCompletedTasks: now.Uploaded, InputBytesRead: now.Sent,
	})
	progress.NumInflightTasks += tasks - now.Uploaded
	return response
}

// translateWrite makes a Spark error of a write that a repository does not allow, or returns nil.
func translateWrite(err error) *sparkerror.Error {
	var schema *sink.SchemaError
	var column *parquetfile.ColumnError
	var feature *dataset.UnsupportedTypeError
	switch {
	case errors.As(err, &column):
		return sourceError(sparkerror.AnalysisException, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000", err).With("columnName", column.Column, "format", dataSource)
	case errors.As(err, &feature):
		return sourceError(sparkerror.AnalysisException, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000", err).With("columnName", feature.Column, "format", dataSource)
	case errors.Is(err, sink.ErrNoColumns):
		return sourceError(sparkerror.AnalysisException, "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE", "0A000", err).With("format", dataSource)
	case errors.Is(err, sink.ErrExists):
		return sourceError(sparkerror.AnalysisException, "PATH_ALREADY_EXISTS", "42K04", err)
	case errors.As(err, &schema):
		return sourceError(sparkerror.AnalysisException, "HUGGINGFACE_DATASET.COLUMNS_DIFFER", "42K03", err).With("repository", schema.Repository)
	}
	return nil
}
