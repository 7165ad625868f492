package connect

import (
	"context"
	"errors"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/localwrite"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/source/sink"
)

// writeFiles answers df.write.parquet, csv and json: files below the folder that the operator has named.
func (e *execution) writeFiles(c *pb.WriteOperation, format string) error {
	place := e.server.config.Files
	if place == nil {
		return sparkerror.Unsupported("writing files with the format "+format+" on this server",
			`Its operator has named no folder for them (hfspark serve --write-dir). Write to a dataset repository with format("huggingface"), `+
				"or collect the rows with toPandas() or toArrow() and write them in the client.")
	}
	path := ""
	switch kind := c.GetSaveType().(type) {
	case *pb.WriteOperation_Path:
		path = kind.Path
	case *pb.WriteOperation_Table:
		return sparkerror.Unsupported("saveAsTable and insertInto", "Write files with save(path).")
	}
	if path == "" {
		path = c.GetOptions()["path"]
	}
	if name := layoutOf(c); name != "" {
		return sparkerror.Unsupported(name+" with the format "+format, "Write each part to a folder of its own, and sort with orderBy.")
	}
	if c.GetWithSchemaEvolution() {
		return sparkerror.Unsupported("schema evolution with the format "+format, "")
	}
	mode, err := saveMode(c.GetMode())
	if err != nil {
		return err
	}
	q, schema, err := e.writeQuery(c.GetInput())
	if err != nil {
		return err
	}
	var progress writeProgress
	reports := e.reports(&q, progress.response)
	defer reports.stop()
	result, err := place.Write(e.ctx, localwrite.Request{
		Format: format, Path: path, Mode: mode, Options: c.GetOptions(), TimeZone: q.TimeZone,
		Schema: schema, Arrow: types.ToArrow(schema, q.TimeZone),
	}, progress.written, func(ctx context.Context) (sink.Rows, error) { return e.session.engine.Run(ctx, q) })
	if err != nil {
		return err
	}
	e.server.config.Logger.InfoContext(e.ctx, "files were written", "path", result.Path, "rows", result.Rows, "files", len(result.Files),
		"bytes", result.Bytes, "skipped", result.Skipped)
	return nil
}

// translateFiles makes a Spark error of files that cannot be written, or returns nil.
func translateFiles(err error) *sparkerror.Error {
	var option *localwrite.OptionError
	var column *localwrite.ColumnError
	var path *localwrite.PathError
	var duplicate *localwrite.DuplicateError
	switch {
	case errors.As(err, &option) && option.Option == "compression":
		return sourceError(sparkerror.IllegalArgumentException, "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", "56038", err)
	case errors.As(err, &option):
		return sourceError(sparkerror.IllegalArgumentException, "INVALID_OPTION", "22023", err).With("option", option.Option)
	case errors.As(err, &column):
		return sourceError(sparkerror.AnalysisException, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "0A000", err).
			With("format", column.Format, "columnName", "`"+column.Column+"`", "columnType", `"`+column.Type.SQL()+`"`)
	case errors.As(err, &path):
		return sourceError(sparkerror.AnalysisException, "PATH_NOT_ALLOWED", "42501", err).With("path", path.Path)
	case errors.As(err, &duplicate):
		return sourceError(sparkerror.AnalysisException, "COLUMN_ALREADY_EXISTS", "42711", err).With("columnName", "`"+duplicate.Column+"`")
	case errors.Is(err, localwrite.ErrNoColumns):
		return sourceError(sparkerror.AnalysisException, "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE", "0A000", err)
	case errors.Is(err, localwrite.ErrExists):
		return sourceError(sparkerror.AnalysisException, "PATH_ALREADY_EXISTS", "42K04", err)
	}
	return nil
}
