// Package conf holds the configuration of a session: the keys of Spark with Spark's own defaults, the rules by which they
// may be changed, and the values that a session has set.
package conf

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hfspark/hfspark/internal/sparkerror"
)

// The keys whose values this server acts upon.
const (
	AppName          = "spark.app.name"
	ANSI             = "spark.sql.ansi.enabled"
	ArrowCodec       = "spark.sql.execution.arrow.compression.codec"
	CaseSensitive    = "spark.sql.caseSensitive"
	DefaultSource    = "spark.sql.sources.default"
	LargeVarTypes    = "spark.sql.execution.arrow.useLargeVarTypes"
	MaxPlanSize      = "spark.connect.maxPlanSize"
	ProgressInterval = "spark.connect.progress.reportInterval"
	RecordsPerBatch  = "spark.sql.execution.arrow.maxRecordsPerBatch"
	TimeZone         = "spark.sql.session.timeZone"
	WarehouseDir     = "spark.sql.warehouse.dir"

	serverStacktrace = "spark.sql.connect.serverStacktrace.enabled"
)

// Conf is the configuration of one session. It is safe for concurrent use.
type Conf struct {
	mu   sync.RWMutex
	base map[string]string // what the server gives every session
	set  map[string]string
}

// Defaults are the values of a server's own that every session begins with.
type Defaults struct {
	TimeZone     string // a name of the zone database; empty means UTC
	WarehouseDir string
	AppID        string
	Master       string // what spark.master says; empty means local[*]
}

// New makes the configuration of a new session.
func New(d Defaults) *Conf {
	if d.TimeZone == "" {
		d.TimeZone = "UTC"
	}
	if d.Master == "" {
		d.Master = "local[*]"
	}
	return &Conf{
		base: map[string]string{
			AppName:        "hfspark",
			"spark.app.id": d.AppID,
			"spark.master": d.Master,
			TimeZone:       d.TimeZone,
			WarehouseDir:   d.WarehouseDir,
			// Spark shows the stack of its JVM below each error; here there is none to show.
			serverStacktrace: "false",
		},
		set: make(map[string]string),
	}
}

// Clone copies the configuration with what was set.
func (c *Conf) Clone() *Conf {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return &Conf{base: c.base, set: maps.Clone(c.set)}
}

// Lookup returns the value of a key. known tells whether the key is one of Spark's or was set; a known key may be without
// a value, which defined tells.
func (c *Conf) Lookup(key string) (value string, defined, known bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.lookup(key)
}

func (c *Conf) lookup(key string) (value string, defined, known bool) {
	if v, ok := c.set[key]; ok {
		return v, true, true
	}
	if v, ok := c.base[key]; ok {
		return v, true, true
	}
	e, ok := entries()[key]
	if !ok || e.kind == coreKey {
		return "", false, false
	}
	if e.defaultValue == undefined {
		return "", false, true
	}
	return e.defaultValue, true, true
}

// Get returns the value of a key, nil for a key without one, and SQL_CONF_NOT_FOUND for a key that is not known.
func (c *Conf) Get(key string) (*string, error) {
	value, defined, known := c.Lookup(key)
	if !known {
		return nil, sparkerror.New(sparkerror.SparkNoSuchElementException, "SQL_CONF_NOT_FOUND", "42K0I",
			"The SQL config %q cannot be found. Please verify that the config exists.", key).
			With("sqlConf", strconv.Quote(key))
	}
	if !defined {
		return nil, nil
	}
	return &value, nil
}

// Set changes a key of this session. A key of the user's own may have any name.
func (c *Conf) Set(key, value string) error {
	if err := changeable(key); err != nil {
		return err
	}
	if err := Check(key, value); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set[key] = value
	return nil
}

// Unset gives a key its default back.
func (c *Conf) Unset(key string) error {
	if err := changeable(key); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.set, key)
	return nil
}

// Reset gives all keys their defaults back.
func (c *Conf) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.set)
}

// All returns what was set and what the server gives every session, sorted by key.
func (c *Conf) All() []Pair {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := maps.Clone(c.base)
	maps.Copy(all, c.set)
	pairs := make([]Pair, 0, len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, Pair{Key: key, Value: all[key]})
	}
	return pairs
}

// Pair is a key and its value.
type Pair struct{ Key, Value string }

// Bool is the value of a boolean key.
func (c *Conf) Bool(key string) bool {
	value, _, _ := c.Lookup(key)
	return strings.EqualFold(strings.TrimSpace(value), "true")
}

// String is the value of a key, or "".
func (c *Conf) String(key string) string {
	value, _, _ := c.Lookup(key)
	return value
}

// Int is the value of a number key.
func (c *Conf) Int(key string) int {
	value, _, _ := c.Lookup(key)
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil {
		return 0 // Set lets no other value in
	}
	return n
}

// Modifiable reports whether a key is one of Spark's that a session may change.
func Modifiable(key string) bool {
	e, ok := entries()[key]
	return ok && e.kind == runtimeKey
}

// changeable refuses keys that only hold when a server starts.
func changeable(key string) error {
	quoted := strconv.Quote(key)
	switch entries()[key].kind {
	case staticKey:
		return sparkerror.New(sparkerror.AnalysisException, "CANNOT_MODIFY_STATIC_CONFIG", "46110",
			"Cannot modify the value of the static Spark config: %s.", quoted).With("key", quoted)
	case coreKey:
		const docs = "https://spark.apache.org/docs/latest"
		return sparkerror.New(sparkerror.AnalysisException, "CANNOT_MODIFY_CONFIG", "46110",
			"Cannot modify the value of the Spark config: %s.\nSee also '%s/sql-migration-guide.html#ddl-statements'.", quoted, docs).
			With("key", quoted, "docroot", docs)
	}
	return nil
}

// Explicit returns the value of a key that does not come from Spark's defaults.
func (c *Conf) Explicit(key string) (string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if v, ok := c.set[key]; ok {
		return v, true
	}
	v, ok := c.base[key]
	return v, ok
}
