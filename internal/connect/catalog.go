package connect

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/hfspark/hfspark/internal/connect/conf"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/types"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"github.com/hfspark/hfspark/internal/sqltext"
)

// The catalog and the database that every session has, by Spark's names.
const (
	defaultCatalog  = "spark_catalog"
	defaultDatabase = "default"
)

// catalog answers an operation on the catalog with rows. Clients read them by the position of the columns.
func (s *session) catalog(ctx context.Context, c *pb.Catalog) (plan.Relation, error) {
	rows, err := s.catalogRows(ctx, c)
	if err != nil {
		return nil, err
	}
	return rows.plan(), nil
}

func (s *session) catalogRows(ctx context.Context, c *pb.Catalog) (localRows, error) {
	switch kind := c.GetCatType().(type) {
	case *pb.Catalog_CurrentDatabase:
		return oneString("current_database", defaultDatabase), nil
	case *pb.Catalog_CurrentCatalog:
		return oneString("current_catalog", defaultCatalog), nil
	case *pb.Catalog_SetCurrentDatabase:
		return noRows(), useNamespace([]string{kind.SetCurrentDatabase.GetDbName()})
	case *pb.Catalog_SetCurrentCatalog:
		if name := kind.SetCurrentCatalog.GetCatalogName(); name != defaultCatalog {
			return localRows{}, catalogNotFound(name)
		}
		return noRows(), nil
	case *pb.Catalog_ListCatalogs:
		return listCatalogs(kind.ListCatalogs.Pattern), nil
	case *pb.Catalog_ListDatabases:
		return s.databases(kind.ListDatabases.Pattern), nil
	case *pb.Catalog_GetDatabase:
		if !strings.EqualFold(kind.GetDatabase.GetDbName(), defaultDatabase) {
			return localRows{}, schemaNotFound(kind.GetDatabase.GetDbName())
		}
		return s.databases(nil), nil
	case *pb.Catalog_DatabaseExists:
		return oneBoolean(isDatabase(kind.DatabaseExists.GetDbName())), nil
	case *pb.Catalog_CacheTable:
		return noRows(), s.setCached(kind.CacheTable.GetTableName(), cacheLevel(kind.CacheTable.GetStorageLevel()))
	case *pb.Catalog_UncacheTable:
		return noRows(), s.setCached(kind.UncacheTable.GetTableName(), nil)
	case *pb.Catalog_IsCached:
		parts, err := s.namedView(kind.IsCached.GetTableName())
		return oneBoolean(s.views.cachedAt(parts) != nil), err
	case *pb.Catalog_ClearCache:
		s.clearCache()
		return noRows(), nil
	case *pb.Catalog_RefreshTable:
		s.tables.refresh()
		_, err := s.namedView(kind.RefreshTable.GetTableName())
		return noRows(), err
	case *pb.Catalog_RefreshByPath:
		s.tables.refresh()
		return noRows(), nil
	}
	return s.catalogNames(ctx, c)
}

// catalogNames answers questions about views and functions.
func (s *session) catalogNames(ctx context.Context, c *pb.Catalog) (localRows, error) {
	switch kind := c.GetCatType().(type) {
	case *pb.Catalog_ListTables:
		return s.listTables(kind.ListTables.DbName, kind.ListTables.Pattern)
	case *pb.Catalog_ListViews:
		return s.listTables(kind.ListViews.DbName, kind.ListViews.Pattern)
	case *pb.Catalog_GetTable:
		return s.getTable(kind.GetTable.GetTableName(), kind.GetTable.DbName)
	case *pb.Catalog_TableExists:
		_, err := s.getTable(kind.TableExists.GetTableName(), kind.TableExists.DbName)
		return oneBoolean(err == nil), nil
	case *pb.Catalog_ListColumns:
		return s.listColumns(ctx, kind.ListColumns.GetTableName(), kind.ListColumns.DbName)
	case *pb.Catalog_ListFunctions:
		return listFunctions(kind.ListFunctions.Pattern), nil
	case *pb.Catalog_GetFunction:
		name := strings.ToLower(kind.GetFunction.GetFunctionName())
		if _, ok := function.Lookup(name); !ok {
			return localRows{}, functionNotFound(kind.GetFunction.GetFunctionName())
		}
		return functionRows([]string{name}), nil
	case *pb.Catalog_FunctionExists:
		_, ok := function.Lookup(strings.ToLower(kind.FunctionExists.GetFunctionName()))
		return oneBoolean(ok), nil
	case *pb.Catalog_DropTempView:
		return oneBoolean(s.views.drop(viewName{name: strings.ToLower(kind.DropTempView.GetViewName())})), nil
	case *pb.Catalog_DropGlobalTempView:
		return oneBoolean(s.views.drop(viewName{name: strings.ToLower(kind.DropGlobalTempView.GetViewName()), global: true})), nil
	case *pb.Catalog_DropView:
		parts, err := sqltext.ParseIdentifier(kind.DropView.GetViewName())
		if err != nil {
			return localRows{}, err
		}
		return noRows(), s.dropView(parts, kind.DropView.GetIfExists())
	case nil:
		return localRows{}, sparkerror.Unsupported("an empty operation on the catalog", "")
	}
	m := c.ProtoReflect()
	return localRows{}, sparkerror.Unsupported("the catalog operation "+string(m.WhichOneof(m.Descriptor().Oneofs().Get(0)).Name()),
		"There are temporary views only.")
}

func oneString(column, value string) localRows {
	return localRows{columns: []types.Field{stringColumn(column, false)}, rows: [][]any{{value}}}
}

func oneBoolean(value bool) localRows {
	return localRows{columns: []types.Field{booleanColumn("value")}, rows: [][]any{{value}}}
}

func isDatabase(name string) bool {
	name = strings.TrimPrefix(strings.ToLower(name), defaultCatalog+".")
	return name == defaultDatabase
}

func listCatalogs(pattern *string) localRows {
	rows := localRows{columns: []types.Field{stringColumn("name", false), stringColumn("description", true)}}
	if matchPattern(pattern, defaultCatalog) {
		rows.add(defaultCatalog, nil)
	}
	return rows
}

func (s *session) databases(pattern *string) localRows {
	rows := localRows{columns: []types.Field{
		stringColumn("name", false), stringColumn("catalog", true), stringColumn("description", true), stringColumn("locationUri", false),
	}}
	if matchPattern(pattern, defaultDatabase) {
		rows.add(defaultDatabase, defaultCatalog, "default database", s.conf.String(conf.WarehouseDir))
	}
	return rows
}

func tableColumns() localRows {
	return localRows{columns: []types.Field{
		stringColumn("name", false), stringColumn("catalog", true),
		{Name: "namespace", Type: stringList, Nullable: true},
		stringColumn("description", true), stringColumn("tableType", false), booleanColumn("isTemporary"),
	}}
}

func (l *localRows) addView(name viewName) {
	namespace := []string{}
	if name.global {
		namespace = []string{globalDatabase}
	}
	l.add(name.name, nil, namespace, nil, "TEMPORARY", true)
}

func (s *session) listTables(database, pattern *string) (localRows, error) {
	global := database != nil && strings.EqualFold(*database, globalDatabase)
	if database != nil && !global && !isDatabase(*database) {
		return localRows{}, schemaNotFound(*database)
	}
	rows := tableColumns()
	for _, name := range s.views.list(global) {
		if matchPattern(pattern, name.name) {
			rows.addView(name)
		}
	}
	return rows, nil
}

func (s *session) getTable(name string, database *string) (localRows, error) {
	parts, err := tableParts(name, database)
	if err != nil {
		return localRows{}, err
	}
	at, ok := locate(parts)
	if _, exists := s.views.View(parts); !ok || !exists {
		return localRows{}, tableNotFound(parts, commandPath)
	}
	rows := tableColumns()
	rows.addView(at)
	return rows, nil
}

func tableParts(name string, database *string) ([]string, error) {
	parts, err := sqltext.ParseIdentifier(name)
	if err == nil && database != nil && *database != "" {
		parts = append([]string{*database}, parts...)
	}
	return parts, err
}

// namedView refuses the name of a view that is not there.
func (s *session) namedView(name string) ([]string, error) {
	parts, err := tableParts(name, nil)
	if err != nil {
		return nil, err
	}
	return parts, s.mustExist(parts, queryPath)
}

// setCached remembers how a client wants a view to be kept in memory; nil forgets it.
func (s *session) setCached(name string, level *pb.StorageLevel) error {
	parts, err := s.namedView(name)
	if err == nil {
		s.views.setCached(parts, level)
	}
	return err
}

// clearCache makes the next reads look at the Hub again, and forgets what was to be kept in memory.
func (s *session) clearCache() {
	s.mu.Lock()
	clear(s.levels)
	s.mu.Unlock()
	s.tables.refresh()
	s.views.clearCached()
}

func (s *session) listColumns(ctx context.Context, name string, database *string) (localRows, error) {
	parts, err := tableParts(name, database)
	if err != nil {
		return localRows{}, err
	}
	schema, err := s.tableSchema(ctx, parts)
	if err != nil {
		return localRows{}, err
	}
	rows := localRows{columns: []types.Field{
		stringColumn("name", false), stringColumn("description", true), stringColumn("dataType", false),
		booleanColumn("nullable"), booleanColumn("isPartition"), booleanColumn("isBucket"), booleanColumn("isCluster"),
	}}
	for _, f := range schema.Fields {
		rows.add(f.Name, comment(f), f.Type.SimpleString(), f.Nullable, false, false, false)
	}
	return rows, nil
}

// schemaOf resolves a relation and returns its schema.
func (s *session) schemaOf(ctx context.Context, relation plan.Relation) (types.Struct, error) {
	a, err := s.analyze(ctx, relation)
	if err != nil {
		return types.Struct{}, err
	}
	return a.schema(), nil
}

// tableSchema is the schema of what a command about tables names.
func (s *session) tableSchema(ctx context.Context, parts []string) (types.Struct, error) {
	if _, ok := locate(parts); ok {
		if err := s.mustExist(parts, commandPath); err != nil {
			return types.Struct{}, err
		}
	}
	return s.schemaOf(ctx, plan.NamedTable{Parts: parts})
}

// comment is a column's comment, or nil.
func comment(f types.Field) any {
	var metadata struct {
		Comment *string `json:"comment"`
	}
	if len(f.Metadata) == 0 || json.Unmarshal(f.Metadata, &metadata) != nil || metadata.Comment == nil {
		return nil
	}
	return *metadata.Comment
}

func listFunctions(pattern *string) localRows {
	var names []string
	for _, name := range function.Names() {
		if matchPattern(pattern, name) {
			names = append(names, name)
		}
	}
	return functionRows(names)
}

func functionRows(names []string) localRows {
	rows := localRows{columns: []types.Field{
		stringColumn("name", false), stringColumn("catalog", true),
		{Name: "namespace", Type: stringList, Nullable: true},
		stringColumn("description", true), stringColumn("className", true), booleanColumn("isTemporary"),
	}}
	for _, name := range names {
		rows.add(name, nil, nil, nil, nil, true)
	}
	return rows
}

// matchPattern is Spark's matching of names: * stands for any characters, | separates alternatives, case does not count.
func matchPattern(pattern *string, name string) bool {
	if pattern == nil {
		return true
	}
	for _, alternative := range strings.Split(strings.TrimSpace(*pattern), "|") {
		expression := "(?i)^" + strings.ReplaceAll(regexp.QuoteMeta(alternative), `\*`, ".*") + "$"
		if matched, err := regexp.MatchString(expression, name); err == nil && matched {
			return true
		}
	}
	return false
}

const dropAdvice = "To tolerate the error on drop use DROP VIEW IF EXISTS or DROP TABLE IF EXISTS."

// The places where Spark says that it looked for a table: those of a query, and those of a command about tables.
const (
	queryPath   = "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"
	commandPath = "[`system`.`session`, `spark_catalog`.`default`]"
)

func tableNotFound(parts []string, path string) error {
	return sparkerror.New(sparkerror.AnalysisException, "TABLE_OR_VIEW_NOT_FOUND", "42P01",
		"The table or view %s cannot be found. Verify the spelling and correctness of the schema and catalog.\nSearch path: %s.\n"+
			"If you did not qualify the name with a schema, verify the current_schema() output, or qualify the name with the correct "+
			"schema and catalog.\n%s", quoted(parts), path, dropAdvice).With("relationName", quoted(parts), "searchPath", path)
}

func schemaNotFound(name string) error {
	qualified := quoted([]string{defaultCatalog, name})
	return sparkerror.New(sparkerror.AnalysisException, "SCHEMA_NOT_FOUND", "42704",
		"The schema %s cannot be found. Verify the spelling and correctness of the schema and catalog.\n"+
			"If you did not qualify the name with a catalog, verify the current_schema() output, or qualify the name with the correct "+
			"catalog.\nTo tolerate the error on drop use DROP SCHEMA IF EXISTS.", qualified).With("schemaName", qualified)
}

func catalogNotFound(name string) error {
	return sparkerror.New(sparkerror.SparkException, "CATALOG_NOT_FOUND", "42P08",
		"The catalog %s not found. Consider to set the SQL config %q to a catalog plugin.", quoted([]string{name}), "spark.sql.catalog."+name).
		With("catalogName", quoted([]string{name}), "config", `"spark.sql.catalog.`+name+`"`)
}

func functionNotFound(name string) error {
	return sparkerror.New(sparkerror.AnalysisException, "UNRESOLVED_ROUTINE", "42883",
		"Cannot resolve routine %s on search path %s.", quoted([]string{name}), queryPath).
		With("routineName", quoted([]string{name}), "searchPath", queryPath)
}
