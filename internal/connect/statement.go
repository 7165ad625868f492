package connect

import (
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
		return localRows{columns: []types.Field{stringColumn("plan", false)}, rows: [][]any{{text}}}, nil
	case sqltext.CacheTable:
		return noRows(), e.cacheTable(t)
	case sqltext.UncacheTable:
		if t.IfExists {
			return noRows(), nil
		}
		return noRows(), s.mustExist(t.Name)
	case sqltext.ClearCache:
		s.tables.refresh()
		return noRows(), nil
	case sqltext.RefreshTable:
		s.tables.refresh()
		return noRows(), s.mustExist(t.Name)
	}
	return localRows{}, sparkerror.Unsupported("this statement", "")
}

// createSQLView makes a view of a query as text. Its names are looked up when it is used, but it is resolved once here.
func (e *execution) createSQLView(c sqltext.CreateView) error {
	query := c.Query
	if c.Columns != nil {
		query = plan.ToDF{Input: query, Names: c.Columns}
	}
	if c.IfNotExists {
		if _, ok := e.session.views.View(c.Name); ok {
			return nil
		}
	}
	if _, err := e.session.analyze(e.ctx, query); err != nil {
		return err
	}
	return e.session.views.create(definition{
		parts: c.Name, global: c.Global, replace: c.Replace, ignore: c.IfNotExists, plan: query, byName: true,
	})
}

func (s *session) dropView(parts []string, ifExists bool) error {
	if at, ok := locate(parts); ok && s.views.drop(at) || ifExists {
		return nil
	}
	return tableNotFound(parts)
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
	schema, err := e.session.schemaOf(e.ctx, plan.NamedTable{Parts: table})
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
		names := make([]string, len(schema.Fields))
		for i, f := range schema.Fields {
			names[i] = f.Name
		}
		return localRows{}, sparkerror.UnresolvedColumn(name, names)
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
	if c.Query == nil {
		return e.session.mustExist(c.Name)
	}
	return e.createSQLView(sqltext.CreateView{Name: c.Name, Query: c.Query})
}

// mustExist refuses the name of a view that is not there.
func (s *session) mustExist(parts []string) error {
	if _, ok := s.views.View(parts); ok {
		return nil
	}
	return tableNotFound(parts)
}

// useNamespace accepts the one database that there is.
func useNamespace(parts []string) error {
	if len(parts) > 1 && !strings.EqualFold(parts[0], defaultCatalog) {
		return catalogNotFound(parts[0])
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
