package sink

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/source/parquetfile"
)

// featuresKey is the key of a Parquet file's metadata where the datasets library keeps features (arrow_writer.py).
const featuresKey = "huggingface"

// SchemaError says that the columns to be written are not those that are there.
type SchemaError struct {
	Repository, Config, Split string
	// Of names the split whose columns are meant; another one than Split when a split is new in its subset.
	Of          string
	Differences []string // one for each column
}

// Error implements error.
func (e *SchemaError) Error() string {
	what, advice := "the columns differ from those of the split "+e.Of, ", use mode overwrite"
	if e.Of != e.Split {
		what = fmt.Sprintf("the columns for the split %s differ from those of the split %s, and all splits of a subset have the same", e.Split, e.Of)
		advice = ""
	}
	return fmt.Sprintf("write to %s, subset %s: %s: %s. Cast or rename the columns%s, or write to another subset with the option config",
		e.Repository, e.Config, what, strings.Join(e.Differences, "; "), advice)
}

// checkColumns refuses names that files or the library cannot hold.
func checkColumns(schema *arrow.Schema) error { return checkFields(schema.Fields(), "") }

func checkFields(fields []arrow.Field, parent string) error {
	seen := map[string]string{}
	for _, f := range fields {
		column := parent + f.Name
		if f.Name == "" && parent == "" {
			return &parquetfile.ColumnError{Column: `""`, Type: f.Type, Hint: "a column needs a name; use alias"}
		}
		if strings.ContainsRune(f.Name, 0) {
			return &parquetfile.ColumnError{Column: fmt.Sprintf("%q", column), Type: f.Type, Hint: "its name holds a NUL character; rename it"}
		}
		// Spark and DuckDB find columns in any case, so that two names that differ in it alone could not be read back.
		key := strings.ToLower(f.Name)
		if other, ok := seen[key]; ok {
			return &parquetfile.ColumnError{Column: column, Type: f.Type, Hint: fmt.Sprintf("the column %s has the same name; rename one", parent+other)}
		}
		seen[key] = f.Name
		if err := checkNested(f.Type, column); err != nil {
			return err
		}
	}
	return nil
}

func checkNested(t arrow.DataType, column string) error {
	switch t := t.(type) {
	case *arrow.StructType:
		return checkFields(t.Fields(), column+".")
	case arrow.ListLikeType:
		return checkNested(t.Elem(), column+".element")
	}
	return nil
}

// normalSchema is the schema that files get: everything nullable, as in the datasets library, times in UTC, and the names that
// pyarrow gives the members of lists.
func normalSchema(schema *arrow.Schema) *arrow.Schema {
	fields := make([]arrow.Field, schema.NumFields())
	for i, f := range schema.Fields() {
		fields[i] = arrow.Field{Name: f.Name, Type: normalType(f.Type), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func normalType(t arrow.DataType) arrow.DataType {
	switch t := t.(type) {
	case *arrow.TimestampType:
		if t.TimeZone != "" {
			return &arrow.TimestampType{Unit: t.Unit, TimeZone: "UTC"}
		}
	case *arrow.StructType:
		return arrow.StructOf(normalSchema(arrow.NewSchema(t.Fields(), nil)).Fields()...)
	case *arrow.ListType:
		return arrow.ListOfField(arrow.Field{Name: "item", Type: normalType(t.Elem()), Nullable: true})
	case *arrow.LargeListType:
		return arrow.LargeListOfField(arrow.Field{Name: "item", Type: normalType(t.Elem()), Nullable: true})
	}
	return t
}

// fileSchema adds the features to the schema of files, as the library's Parquet writer does.
func fileSchema(schema *arrow.Schema, features *dataset.Features) (*arrow.Schema, error) {
	text, err := json.Marshal(map[string]any{"info": map[string]any{"features": features}})
	if err != nil {
		return nil, fmt.Errorf("describe the features: %w", err)
	}
	metadata := arrow.NewMetadata([]string{featuresKey}, []string{string(text)})
	return arrow.NewSchema(schema.Fields(), &metadata), nil
}

// differences lists what keeps rows of one schema out of a table of another: columns that only one has, and types that Spark
// tells apart. The order of columns does not matter.
func differences(have, want *arrow.Schema) []string {
	var out []string
	for _, f := range want.Fields() {
		at := have.FieldIndices(f.Name)
		if len(at) == 0 {
			out = append(out, fmt.Sprintf("%s (%s) is missing", f.Name, dataset.TypeName(f.Type)))
			continue
		}
		if g := have.Field(at[0]); !sameInSpark(g.Type, f.Type) {
			out = append(out, fmt.Sprintf("%s is %s and not %s", f.Name, dataset.TypeName(g.Type), dataset.TypeName(f.Type)))
		}
	}
	for _, f := range have.Fields() {
		if len(want.FieldIndices(f.Name)) == 0 {
			out = append(out, fmt.Sprintf("%s (%s) is new", f.Name, dataset.TypeName(f.Type)))
		}
	}
	return out
}

// sameInSpark tells whether Spark sees two types as one: it knows no unsigned numbers and no large lists, for example.
func sameInSpark(a, b arrow.DataType) bool {
	if arrow.TypeEqual(normalType(a), normalType(b)) {
		return true
	}
	x, err := types.FromArrowType(a)
	if err != nil {
		return false
	}
	y, err := types.FromArrowType(b)
	if err != nil {
		return false
	}
	return types.EqualIgnoringNulls(x, y)
}

// fitter gives batches the schema of files.
type fitter struct {
	schema *arrow.Schema
	from   []int // column of the batch for each column of the file
}

func newFitter(batches, files *arrow.Schema) (*fitter, error) {
	f := &fitter{schema: files}
	for _, field := range files.Fields() {
		at := batches.FieldIndices(field.Name)
		if len(at) != 1 {
			return nil, fmt.Errorf("the rows have %d columns %q", len(at), field.Name)
		}
		f.from = append(f.from, at[0])
	}
	return f, nil
}

// fit returns the batch with the columns of the file. Values that do not fit a narrower type of the file are an error.
func (f *fitter) fit(ctx context.Context, batch arrow.RecordBatch) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, len(f.from))
	defer func() {
		for _, c := range columns {
			if c != nil {
				c.Release()
			}
		}
	}()
	for i, at := range f.from {
		c, err := fitColumn(ctx, batch.Column(at), f.schema.Field(i).Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.schema.Field(i).Name, err)
		}
		columns[i] = c
	}
	return array.NewRecordBatch(f.schema, columns, batch.NumRows()), nil
}

func fitColumn(ctx context.Context, a arrow.Array, want arrow.DataType) (arrow.Array, error) {
	if arrow.TypeEqual(a.DataType(), want) {
		a.Retain()
		return a, nil
	}
	if arrow.TypeEqual(normalType(a.DataType()), normalType(want)) {
		return retyped(a, want), nil
	}
	return compute.CastArray(ctx, a, compute.SafeCastOptions(want))
}

// retyped is the array under a type of the same layout: other names of members, another time zone, other nullability.
func retyped(a arrow.Array, t arrow.DataType) arrow.Array {
	data := retypedData(a.Data(), t)
	defer data.Release()
	return array.MakeFromData(data)
}

func retypedData(d arrow.ArrayData, t arrow.DataType) arrow.ArrayData {
	var children []arrow.ArrayData
	if nested, ok := t.(arrow.NestedType); ok {
		for i, f := range nested.Fields() {
			children = append(children, retypedData(d.Children()[i], f.Type))
		}
	}
	return array.NewData(t, d.Len(), d.Buffers(), children, d.NullN(), d.Offset())
}
