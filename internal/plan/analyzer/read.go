package analyzer

import (
	"slices"
	"strings"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// formatName is the one format that spark.read reads here.
const formatName = "huggingface"

// maxViewDepth is how many views may read each other in a row, as in Spark.
const maxViewDepth = 100

func (a *analyzer) dataSource(r plan.DataSource) (*relation, error) {
	if !strings.EqualFold(r.Format, formatName) {
		if r.Format == "" {
			return nil, sparkerror.Unsupported("reading without a format", `Use spark.read.format("huggingface").load("namespace/name").`)
		}
		return nil, sparkerror.NoDataSource(r.Format, "the data source "+r.Format,
			`Use spark.read.format("huggingface"), which reads the files of dataset repositories.`)
	}
	if r.Schema != "" {
		return nil, sparkerror.Unsupported("a schema for the data source huggingface", "Leave out schema(…), and select or cast columns after load.")
	}
	if a.options.Tables == nil {
		return nil, sparkerror.Unsupported("reading data sources in this session", "")
	}
	table, err := a.options.Tables.Table(a.ctx, formatName, r.Options, r.Paths)
	if err != nil {
		return nil, err
	}
	schema, err := types.FromArrow(table.Schema)
	if err != nil {
		return nil, sparkerror.Unsupported("a column of "+table.Options.Path+": "+err.Error(), "Name the other columns in the option columns.")
	}
	scan := &typed.Scan{Table: table, Columns: a.newColumns(schema), Fields: positions(len(schema.Fields))}
	return barrier(scan, scan.Columns), nil
}

// newColumns makes columns for the fields of a schema.
func (a *analyzer) newColumns(schema types.Struct) []typed.Column {
	columns := make([]typed.Column, len(schema.Fields))
	for i, f := range schema.Fields {
		columns[i] = typed.Column{ID: a.id(), Name: f.Name, Type: f.Type, Nullable: f.Nullable, Metadata: string(f.Metadata)}
	}
	return columns
}

func positions(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// namedTable finds a common table expression, a view, or huggingface.`namespace/name`.
func (a *analyzer) namedTable(r plan.NamedTable, q query) (*relation, error) {
	if len(r.Parts) == 1 {
		for n := q.names; n != nil; n = n.next {
			if strings.EqualFold(n.name, r.Parts[0]) {
				return a.commonTable(n, r.Parts[0])
			}
		}
	}
	if q.catalog != nil {
		if view, ok := q.catalog.View(r.Parts); ok {
			return a.view(view, r, q)
		}
	}
	if len(r.Parts) == 2 && strings.EqualFold(r.Parts[0], formatName) && strings.Contains(r.Parts[1], "/") {
		return a.dataSource(plan.DataSource{Format: formatName, Options: r.Options, Paths: r.Parts[1:]})
	}
	name := quoteParts(r.Parts)
	return nil, fail("TABLE_OR_VIEW_NOT_FOUND", "42P01",
		"The table or view %s cannot be found. Verify the spelling and correctness of the schema and catalog.\nSearch path: %s.\n"+
			"If you did not qualify the name with a schema, verify the current_schema() output, or qualify the name with the correct schema and catalog.\n"+
			"To tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS.", name, searchPath).
		With("relationName", name, "searchPath", searchPath)
}

func (a *analyzer) commonTable(n *names, name string) (*relation, error) {
	resolved, err := a.relation(plan.SubqueryAlias{Input: n.plan, Name: name, Columns: n.columns}, n.query)
	if err != nil {
		return nil, err
	}
	return resolved, nil
}

func (a *analyzer) view(v View, r plan.NamedTable, q query) (*relation, error) {
	if len(r.Options) > 0 {
		return nil, sparkerror.Unsupported("options on the temporary view "+quoteParts(r.Parts), "Give the options where the view is made.")
	}
	if q.views >= maxViewDepth {
		name := quoteParts(r.Parts)
		return nil, fail("RECURSIVE_VIEW", "42K0H", "Recursive view %s detected (cycle: %s).", name, name).With("viewIdent", name, "newPath", name)
	}
	inner := query{catalog: v.Catalog, views: q.views + 1}
	if inner.catalog == nil {
		inner.catalog = q.catalog
	}
	resolved, err := a.relation(v.Plan, inner)
	if err != nil {
		return nil, err
	}
	return a.qualified(resolved, r.Parts...), nil
}

// with resolves a query with common table expressions; each may read those before it.
func (a *analyzer) with(r plan.With, q query) (*relation, error) {
	inner := q
	for _, n := range r.Named {
		inner.names = &names{name: n.Name, columns: n.Columns, plan: n.Plan, query: inner, next: inner.names}
	}
	return a.relation(r.Input, inner)
}

// localData resolves rows that came with the plan. The client's schema, if there is one, is met by position.
func (a *analyzer) localData(r plan.LocalData) (*relation, error) {
	if len(r.Records) == 0 {
		if r.Schema == nil {
			return nil, sparkerror.New(sparkerror.InvalidPlanInput, "INVALID_PLAN", "", "Local data has neither records nor a schema.")
		}
		node := &typed.Values{Columns: a.newColumns(*r.Schema)}
		return barrier(node, node.Columns), nil
	}
	schema, err := types.FromConnectArrow(r.Records[0].Schema())
	if err != nil {
		return nil, sparkerror.Unsupported("local data with "+err.Error(), "")
	}
	columns := a.newColumns(schema)
	data := barrier(&typed.LocalData{Records: r.Records, Columns: columns, Fields: positions(len(columns))}, columns)
	if r.Schema == nil {
		return data, nil
	}
	if len(r.Schema.Fields) != len(columns) {
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "",
			"requirement failed: The number of columns doesn't match.\nLocal data has %d columns, its schema %d.", len(columns), len(r.Schema.Fields))
	}
	items := make([]typed.Item, len(columns))
	for i, f := range r.Schema.Fields {
		value, err := a.reconcile(typed.Reference{Column: columns[i]}, f.Type, []string{f.Name})
		if err != nil {
			return nil, err
		}
		c := typed.Column{ID: columns[i].ID, Name: f.Name, Type: f.Type, Nullable: f.Nullable, Metadata: string(f.Metadata)}
		if _, same := value.(typed.Reference); !same {
			c.ID = a.id()
		}
		items[i] = typed.Item{Column: c, Expression: value}
	}
	return barrier(&typed.Project{Input: data.node, Items: items}, (&typed.Project{Items: items}).Output(), data), nil
}

// values resolves VALUES; the cells of a column are brought to a common type.
func (a *analyzer) values(r plan.Values, q query) (*relation, error) {
	s := a.scope(q)
	rows := make([][]typed.Expression, len(r.Rows))
	for i, row := range r.Rows {
		var err error
		if rows[i], err = s.expressions(row); err != nil {
			return nil, err
		}
		if len(rows[i]) != len(rows[0]) {
			return nil, inlineWidth(len(rows[0]), len(rows[i]), i)
		}
		for j, cell := range rows[i] {
			if hasAggregate(cell) || hasWindow(cell) || hasGenerator(cell) {
				text := `"` + s.pretty(row[j]) + `"`
				return nil, fail("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", "42000",
					"Invalid inline table. Cannot evaluate the expression %s in inline table definition.", text).With("expr", text)
			}
		}
	}
	node := &typed.Values{Rows: rows}
	for j := range rows[0] {
		cells := make([]types.DataType, len(rows))
		for i := range rows {
			cells[i] = rows[i][j].Type()
		}
		name := "col" + itoa(j+1)
		common, ok := types.WiderWithoutTextOf(cells, a.options.ANSI)
		if !ok {
			return nil, fail("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE", "42000",
				"Invalid inline table. Found incompatible types in the column `%s` for inline table.", name).With("colName", "`"+name+"`")
		}
		c := typed.Column{ID: a.id(), Name: name, Type: common}
		for i := range rows {
			rows[i][j] = a.castTo(rows[i][j], common)
			c.Nullable = c.Nullable || rows[i][j].Nullable()
			c.Type = mergeNulls(c.Type, rows[i][j].Type())
		}
		node.Columns = append(node.Columns, c)
	}
	return barrier(node, node.Columns), nil
}

func inlineWidth(expected, found, row int) error {
	return fail("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", "42000",
		"Invalid inline table. Inline table expected %d columns but found %d columns in row %d.", expected, found, row).
		With("expectedNumCols", itoa(expected), "actualNumCols", itoa(found), "rowIndex", itoa(row))
}

func (a *analyzer) numbers(r plan.Range) (*relation, error) {
	if r.Step == 0 {
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "", "requirement failed: step (0) cannot be 0")
	}
	node := &typed.Range{Start: r.Start, End: r.End, Step: r.Step, Column: typed.Column{ID: a.id(), Name: "id", Type: types.Long}}
	return barrier(node, slices.Clone(node.Output())), nil
}
