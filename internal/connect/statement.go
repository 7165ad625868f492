package connect

import (
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/connect/conf"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// execute executes a statement that is not a query. The columns of its result are Spark's.
func (e *execution) execute(statement sqltext.Statement) (localRows, error) {
	s := e.session
	switch t := statement.(type) {
	case sqltext.CreateView:
		return noRows(), e.createSQLView(t)
	case sqltext.DropView:
		return noRows(), s.dropView(t.Name, t.IfExists)
	case sqltext.SetCommand:
		return s.setCommand(t)
	case sqltext.ResetCommand:
		if t.Key == "" {
			s.conf.Reset()
			return noRows(), nil
		}
		return noRows(), s.conf.Unset(t.Key)
	case sqltext.ShowTables:
		return s.showViews("tableName", t.Namespace, t.Pattern)
	case sqltext.ShowViews:
		return s.showViews("viewName", t.Namespace, t.Pattern)
	case sqltext.ShowColumns:
		return e.showColumns(t.Table)
	case sqltext.ShowDatabases:
		return showDatabases(t.Pattern), nil
	case sqltext.DescribeTable:
		return e.describeTable(t)
	case sqltext.DescribeQuery:
		return e.describe(t.Query)
	case sqltext.UseCommand:
		return noRows(), useNamespace(t.Name)
	case sqltext.Explain:
		text, err := s.explain(e.ctx, t.Query, explainModes[t.Mode])
		if err != nil {
			return localRows{}, err
		}
		return localRows{columns: []types.Field{stringColumn("plan", true)}, rows: [][]any{{text}}}, nil
	case sqltext.CacheTable:
		return noRows(), e.cacheTable(t)
	case sqltext.UncacheTable:
		err := s.mustExist(t.Name, queryPath)
		if err != nil && t.IfExists {
			return noRows(), nil
		}
		s.views.setCached(t.Name, nil)
		return noRows(), err
	case sqltext.ClearCache:
		s.clearCache()
		return noRows(), nil
	case sqltext.RefreshTable:
		s.tables.refresh()
		return noRows(), s.mustExist(t.Name, commandPath)
	}
	return localRows{}, sparkerror.Unsupported("this statement", "")
}

// createSQLView makes a view of a query as text. Its names are looked up when it is used, but it is resolved once here.
func (e *execution) createSQLView(c sqltext.CreateView) error {
	query := c.Query
	if c.Columns != nil {
		query = plan.ToDF{Input: query, Names: c.Columns}
	}
	if len(c.Name) > 1 && !c.Global {
		return qualifiedView(c.Name)
	}
	if err := e.checkView(c.Name, c.Columns, c.Query); err != nil {
		return err
	}
	return e.session.views.create(definition{
		parts: c.Name, global: c.Global, replace: c.Replace, plan: query, byName: true,
	})
}

// checkView resolves the query of a view, and compares its columns with the names that the view gives them, if it does.
func (e *execution) checkView(name, columns []string, query plan.Relation) error {
	schema, err := e.session.schemaOf(e.ctx, query)
	if err != nil {
		return err
	}
	if columns != nil && len(columns) != len(schema.Fields) {
		return viewArity(name, columns, schema)
	}
	seen := make(map[string]bool)
	for i, f := range schema.Fields {
		column := f.Name
		if columns != nil {
			column = columns[i]
		}
		folded := column
		if !e.session.conf.Bool(conf.CaseSensitive) {
			folded = strings.ToLower(column)
		}
		if seen[folded] {
			return sparkerror.New(sparkerror.AnalysisException, "COLUMN_ALREADY_EXISTS", "42711",
				"The column %s already exists. Choose another name or rename the existing column.", quoted([]string{folded})).
				With("columnName", quoted([]string{folded}))
		}
		seen[folded] = true
	}
	return nil
}

func viewArity(name, columns []string, schema types.Struct) error {
	reason, text := "NOT_ENOUGH_DATA_COLUMNS", "not enough"
	if len(schema.Fields) > len(columns) {
		reason, text = "TOO_MANY_DATA_COLUMNS", "too many"
	}
	list := func(names []string) string {
		out := make([]string, len(names))
		for i, n := range names {
			out[i] = quoted([]string{n})
		}
		return strings.Join(out, ", ")
	}
	data := make([]string, len(schema.Fields))
	for i, f := range schema.Fields {
		data[i] = f.Name
	}
	return sparkerror.New(sparkerror.AnalysisException, "CREATE_VIEW_COLUMN_ARITY_MISMATCH."+reason, "21S01",
		"Cannot create view %s, the reason is %s data columns:\nView columns: %s.\nData columns: %s.", quoted(name), text, list(columns), list(data)).
		With("viewName", quoted(name), "viewColumns", list(columns), "dataColumns", list(data))
}

// qualifiedView refuses a temporary view with a qualifier.
func qualifiedView(name []string) error {
	last, qualifier := quoted(name[len(name)-1:]), quoted(name[:len(name)-1])
	return sparkerror.New(sparkerror.ParseException, "INVALID_TEMP_OBJ_QUALIFIER", "42602",
		"Temporary VIEW %s cannot be qualified with %s. Temporary objects can only be qualified with SESSION or SYSTEM.SESSION.", last, qualifier).
		With("objectType", "VIEW", "objectName", last, "qualifier", qualifier)
}

func (s *session) dropView(parts []string, ifExists bool) error {
	if at, ok := locate(parts); ok && s.views.drop(at) || ifExists {
		return nil
	}
	qualified := []string{defaultCatalog, defaultDatabase}
	if len(parts) > 1 {
		qualified[1] = parts[len(parts)-2]
	}
	return tableNotFound(append(qualified, parts[len(parts)-1]), "["+quoted(qualified)+"]")
}

// setCommand is SET: it changes a setting, or shows one or all.
func (s *session) setCommand(c sqltext.SetCommand) (localRows, error) {
	rows := localRows{columns: []types.Field{stringColumn("key", false), stringColumn("value", false)}}
	switch {
	case c.Verbose:
		return localRows{}, sparkerror.Unsupported("SET -v", "Use SET, or spark.conf.get for one key.")
	case c.Key == "":
		for _, pair := range s.conf.All() {
			rows.add(pair.Key, s.redact(pair.Value))
		}
	case c.Value == nil:
		value, defined, _ := s.conf.Lookup(c.Key)
		if !defined {
			value = "<undefined>"
		}
		rows.add(c.Key, value)
	default:
		if err := s.conf.Set(c.Key, *c.Value); err != nil {
			return localRows{}, err
		}
		rows.add(c.Key, *c.Value)
	}
	return rows, nil
}

// showViews lists the temporary views; with the namespace global_temp the global ones as well, as Spark does.
func (s *session) showViews(column string, namespace []string, pattern *string) (localRows, error) {
	rows := localRows{columns: []types.Field{stringColumn("namespace", false), stringColumn(column, false), booleanColumn("isTemporary")}}
	if err := knownNamespace(namespace); err != nil {
		return localRows{}, err
	}
	global := len(namespace) == 1 && strings.EqualFold(namespace[0], globalDatabase)
	for _, name := range s.views.list(global) {
		if !matchPattern(pattern, name.name) {
			continue
		}
		of := ""
		if name.global {
			of = globalDatabase
		}
		rows.add(of, name.name, true)
	}
	return rows, nil
}

func showDatabases(pattern *string) localRows {
	rows := localRows{columns: []types.Field{stringColumn("namespace", false)}}
	if matchPattern(pattern, defaultDatabase) {
		rows.add(defaultDatabase)
	}
	return rows
}

func (e *execution) showColumns(table []string) (localRows, error) {
	schema, err := e.session.tableSchema(e.ctx, table)
	if err != nil {
		return localRows{}, err
	}
	rows := localRows{columns: []types.Field{stringColumn("col_name", false)}}
	for _, f := range schema.Fields {
		rows.add(f.Name)
	}
	return rows, nil
}

// describeTable lists the columns of a view, or tells about one of them.
func (e *execution) describeTable(d sqltext.DescribeTable) (localRows, error) {
	relation := plan.NamedTable{Parts: d.Name}
	if d.Column == nil {
		return e.describe(relation)
	}
	schema, err := e.session.schemaOf(e.ctx, relation)
	if err != nil {
		return localRows{}, err
	}
	name := strings.Join(d.Column, ".")
	found := schema.Lookup(name, e.session.conf.Bool(conf.CaseSensitive))
	if len(found) != 1 {
		return localRows{}, sparkerror.New(sparkerror.AnalysisException, "COLUMN_NOT_FOUND", "42703",
			"The column %s cannot be found. Verify the spelling and correctness of the column name according to the SQL config %q.",
			quoted(d.Column), conf.CaseSensitive).With("colName", quoted(d.Column), "caseSensitiveConfig", strconv.Quote(conf.CaseSensitive))
	}
	field := schema.Fields[found[0]]
	rows := localRows{columns: []types.Field{stringColumn("info_name", false), stringColumn("info_value", false)}}
	rows.add("col_name", field.Name)
	rows.add("data_type", field.Type.SimpleString())
	rows.add("comment", "NULL")
	return rows, nil
}

func (e *execution) describe(relation plan.Relation) (localRows, error) {
	schema, err := e.session.schemaOf(e.ctx, relation)
	if err != nil {
		return localRows{}, err
	}
	rows := localRows{columns: []types.Field{
		stringColumn("col_name", false), stringColumn("data_type", false), stringColumn("comment", true),
	}}
	for _, f := range schema.Fields {
		rows.add(f.Name, f.Type.SimpleString(), comment(f))
	}
	return rows, nil
}

// cacheTable is CACHE TABLE. Nothing is kept: the view is only made and resolved, and read again whenever it is used.
func (e *execution) cacheTable(c sqltext.CacheTable) error {
	level := cacheLevel(nil)
	for name, value := range c.Options {
		if strings.EqualFold(name, "storageLevel") {
			var err error
			if level, err = storageLevel(value); err != nil {
				return err
			}
		}
	}
	if c.Query != nil {
		if err := e.createSQLView(sqltext.CreateView{Name: c.Name, Query: c.Query}); err != nil {
			return err
		}
	}
	if err := e.session.mustExist(c.Name, queryPath); err != nil {
		return err
	}
	e.session.views.setCached(c.Name, level)
	return nil
}

// mustExist refuses the name of a view that is not there; path is where it was looked for.
func (s *session) mustExist(parts []string, path string) error {
	if _, ok := s.views.View(parts); ok {
		return nil
	}
	return tableNotFound(parts, path)
}

// useNamespace accepts the one database that there is.
func useNamespace(parts []string) error {
	if len(parts) > 1 && !strings.EqualFold(parts[0], defaultCatalog) {
		return catalogNotFound(parts[0])
	}
	if strings.EqualFold(parts[len(parts)-1], globalDatabase) {
		return sparkerror.New(sparkerror.AnalysisException, "_LEGACY_ERROR_TEMP_1068", "",
			"%s is a system preserved database, you cannot use it as current database. To access global temporary views, you should use "+
				"qualified name with the GLOBAL_TEMP_DATABASE, e.g. SELECT * FROM %s.viewName.", globalDatabase, globalDatabase).
			With("database", globalDatabase)
	}
	if name := parts[len(parts)-1]; strings.EqualFold(name, defaultDatabase) || len(parts) == 1 && strings.EqualFold(name, defaultCatalog) {
		return nil
	}
	return schemaNotFound(parts[len(parts)-1])
}

// knownNamespace refuses namespaces other than the default one and that of global views.
func knownNamespace(namespace []string) error {
	if len(namespace) == 0 {
		return nil
	}
	last := namespace[len(namespace)-1]
	if strings.EqualFold(last, defaultDatabase) || strings.EqualFold(last, globalDatabase) {
		return nil
	}
	return schemaNotFound(last)
}
