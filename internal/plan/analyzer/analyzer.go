// Package analyzer resolves a plan as written: every name becomes a column, every expression gets a type and nullability,
// by the rules of Spark 4. Its errors are *sparkerror.Error with Spark's conditions.
package analyzer

import (
	"context"
	"time"

	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/function"
	"github.com/hfspark/hfspark/internal/plan/typed"
	"github.com/hfspark/hfspark/source"
)

// View is what a temporary view stands for.
type View struct {
	Plan plan.Relation
	// Catalog is where the names inside Plan are looked up: the state of the session when the view was made. nil means the
	// catalog that the view was found in.
	Catalog Catalog
}

// Catalog finds temporary views by name, as they are at the moment of the call.
type Catalog interface {
	// View returns the view that a name of one or two parts (global_temp.name) stands for.
	View(parts []string) (View, bool)
}

// Tables opens what spark.read.format(…).options(…).load(…) names. Errors go to the user as they are.
type Tables interface {
	Table(ctx context.Context, format string, options map[string]string, paths []string) (*source.Table, error)
}

// Options are the session's settings that analysis depends on.
type Options struct {
	ANSI          bool      // spark.sql.ansi.enabled, true in Spark 4
	TimeZone      string    // spark.sql.session.timeZone
	CaseSensitive bool      // spark.sql.caseSensitive
	CurrentTime   time.Time // what current_timestamp() and its like give; the zero time leaves them to the engine
	Catalog       Catalog   // nil: no views
	Tables        Tables    // nil: no data sources
	// Distinct runs a plan of one column and returns its distinct values in ascending order, at most limit of them; pivot
	// without values needs it. nil: such a pivot is refused.
	Distinct func(ctx context.Context, n typed.Node, limit int) ([]any, error)
}

// Analyze resolves a plan. The columns of the result have the names, types and nullability that Spark gives them.
func Analyze(ctx context.Context, r plan.Relation, o Options) (typed.Node, error) {
	a := &analyzer{ctx: ctx, options: o, origins: map[typed.ColumnID]typed.ColumnID{}}
	resolved, err := a.relation(r, query{catalog: o.Catalog})
	if err != nil {
		return nil, err
	}
	return a.named(resolved), nil
}

// analyzer is the state of one analysis.
type analyzer struct {
	ctx     context.Context
	options Options
	last    typed.ColumnID
	// origins maps columns that merely repeat another one of the same rows (select("a", "a")) to that one, so that a name
	// for both is not ambiguous.
	origins map[typed.ColumnID]typed.ColumnID
}

// query is what relations inside one query share.
type query struct {
	outer   *scope // the query around a subquery or before a lateral join, or nil
	names   *names // common table expressions in reach
	catalog Catalog
	views   int // how many views deep
}

// names is a chain of named relations, the innermost first.
type names struct {
	name    string
	columns []string
	plan    plan.Relation
	query   query // what the relation's own names are looked up in
	next    *names
}

func (a *analyzer) id() typed.ColumnID {
	a.last++
	return a.last
}

func (a *analyzer) functionContext() function.Context {
	return function.Context{ANSI: a.options.ANSI, TimeZone: a.options.TimeZone}
}

// origin is the column of which id is a repetition, or id itself.
func (a *analyzer) origin(id typed.ColumnID) typed.ColumnID {
	if first, ok := a.origins[id]; ok {
		return first
	}
	return id
}
