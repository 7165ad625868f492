package connect

import (
	"maps"
	"slices"
	"strings"
	"sync"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/plan/analyzer"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// globalDatabase is the database of global temporary views (spark.sql.globalTempDatabase).
const globalDatabase = "global_temp"

// globalViews are the temporary views that all sessions of a server share.
type globalViews struct {
	mu    sync.RWMutex
	views map[string]analyzer.View
}

func newGlobalViews() *globalViews { return &globalViews{views: make(map[string]analyzer.View)} }

// views are the temporary views that a session sees. Their names are lower case, as in Spark.
type views struct {
	globals *globalViews

	mu     sync.RWMutex
	local  map[string]analyzer.View
	cached map[viewName]*pb.StorageLevel // what the client has asked to be kept in memory
}

func newViews(globals *globalViews) *views {
	return &views{globals: globals, local: make(map[string]analyzer.View), cached: make(map[viewName]*pb.StorageLevel)}
}

func (v *views) clone() *views {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return &views{globals: v.globals, local: maps.Clone(v.local), cached: maps.Clone(v.cached)}
}

// viewName is where a view is kept: its name in lower case, and whether it is global.
type viewName struct {
	name   string
	global bool
}

// locate tells which view the parts of a name mean; ok is false where they mean a table of a catalog.
func locate(parts []string) (viewName, bool) {
	switch {
	case len(parts) == 1:
		return viewName{name: strings.ToLower(parts[0])}, true
	case len(parts) == 2 && strings.EqualFold(parts[0], globalDatabase):
		return viewName{name: strings.ToLower(parts[1]), global: true}, true
	case len(parts) == 2 && strings.EqualFold(parts[0], "session"),
		len(parts) == 3 && strings.EqualFold(parts[0], "system") && strings.EqualFold(parts[1], "session"):
		return viewName{name: strings.ToLower(parts[len(parts)-1])}, true
	}
	return viewName{}, false
}

// View implements analyzer.Catalog.
func (v *views) View(parts []string) (analyzer.View, bool) {
	at, ok := locate(parts)
	if !ok {
		return analyzer.View{}, false
	}
	if at.global {
		v.globals.mu.RLock()
		defer v.globals.mu.RUnlock()
		found, ok := v.globals.views[at.name]
		return found, ok
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	found, ok := v.local[at.name]
	return found, ok
}

// frozen is a catalog of a few views as they were at one moment.
type frozen map[viewName]analyzer.View

// View implements analyzer.Catalog.
func (f frozen) View(parts []string) (analyzer.View, bool) {
	at, ok := locate(parts)
	if !ok {
		return analyzer.View{}, false
	}
	found, ok := f[at]
	return found, ok
}

// freeze keeps the views that a relation names as they are now. A view made of a DataFrame goes on meaning what it meant,
// even when it replaces a view that it reads.
func (v *views) freeze(relation plan.Relation) analyzer.Catalog {
	kept := make(frozen)
	for _, parts := range tableNames(relation) {
		if at, ok := locate(parts); ok {
			if found, ok := v.View(parts); ok {
				if found.Catalog == nil {
					found.Catalog = v.freeze(found.Plan)
				}
				kept[at] = found
			}
		}
	}
	return kept
}

// definition is a view to be made.
type definition struct {
	parts   []string
	global  bool
	replace bool
	plan    plan.Relation
	byName  bool // the plan's names are looked up when the view is used, as in a view made by SQL
}

// create makes a view.
func (v *views) create(d definition) error {
	if len(d.parts) != 1 && !(d.global && len(d.parts) == 2 && strings.EqualFold(d.parts[0], globalDatabase)) {
		return sparkerror.New(sparkerror.AnalysisException, "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", "428EK",
			"CREATE TEMPORARY VIEW or the corresponding Dataset APIs only accept single-part view names, but got: %s.",
			sparkerror.QuoteName(strings.Join(d.parts, "."))).With("actualName", sparkerror.QuoteName(strings.Join(d.parts, ".")))
	}
	at := viewName{name: strings.ToLower(d.parts[len(d.parts)-1]), global: d.global}
	made := analyzer.View{Plan: d.plan}
	if d.byName {
		if path := v.cycle(at, d.plan, nil); path != nil {
			return recursive(path)
		}
	} else {
		made.Catalog = v.freeze(d.plan)
	}
	mu, all := &v.mu, v.local
	if d.global {
		mu, all = &v.globals.mu, v.globals.views
	}
	mu.Lock()
	defer mu.Unlock()
	if _, exists := all[at.name]; exists && !d.replace {
		return sparkerror.New(sparkerror.AnalysisException, "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", "42P07",
			"Cannot create the temporary view %s because it already exists.\nChoose a different name, drop or replace the existing view.",
			at.quoted()).With("relationName", at.quoted())
	}
	all[at.name] = made
	return nil
}

func (n viewName) quoted() string {
	if n.global {
		return "`" + globalDatabase + "`." + "`" + n.name + "`"
	}
	return "`" + n.name + "`"
}

// cycle finds a way from a relation through the views it names back to the view at, which is about to be replaced.
func (v *views) cycle(at viewName, relation plan.Relation, path []viewName) []viewName {
	for _, parts := range tableNames(relation) {
		next, ok := locate(parts)
		if !ok || slices.Contains(path, next) {
			continue
		}
		found, ok := v.View(parts)
		if !ok {
			continue
		}
		way := append(slices.Clone(path), next)
		if next == at {
			return way
		}
		if found.Catalog == nil {
			if way := v.cycle(at, found.Plan, way); way != nil {
				return way
			}
		}
	}
	return nil
}

func recursive(path []viewName) error {
	last := path[len(path)-1]
	cycle := last.quoted()
	for _, step := range path {
		cycle += " -> " + step.quoted()
	}
	return sparkerror.New(sparkerror.AnalysisException, "RECURSIVE_VIEW", "42K0H", "Recursive view %s detected (cycle: %s).", last.quoted(), cycle).
		With("viewIdent", last.quoted(), "newPath", cycle)
}

// drop removes a view and reports whether it was there.
func (v *views) drop(at viewName) bool {
	mu, all := &v.mu, v.local
	if at.global {
		mu, all = &v.globals.mu, v.globals.views
	}
	mu.Lock()
	defer mu.Unlock()
	_, ok := all[at.name]
	delete(all, at.name)
	if !at.global {
		delete(v.cached, at)
	}
	return ok
}

// setCached remembers that a view is wanted in memory, and how; nil forgets it. What is wanted already stays as it is.
func (v *views) setCached(parts []string, level *pb.StorageLevel) {
	at, ok := locate(parts)
	if !ok {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if level == nil {
		delete(v.cached, at)
	} else if v.cached[at] == nil {
		v.cached[at] = level
	}
}

// cachedAt is how a view is wanted in memory; nil where it is not.
func (v *views) cachedAt(parts []string) *pb.StorageLevel {
	at, ok := locate(parts)
	if !ok {
		return nil
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.cached[at]
}

func (v *views) clearCached() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.cached)
}

// list names the views, the global ones first if they are wanted, each group sorted.
func (v *views) list(withGlobals bool) []viewName {
	var names []viewName
	if withGlobals {
		v.globals.mu.RLock()
		for _, name := range slices.Sorted(maps.Keys(v.globals.views)) {
			names = append(names, viewName{name: name, global: true})
		}
		v.globals.mu.RUnlock()
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(v.local)) {
		names = append(names, viewName{name: name})
	}
	return names
}
