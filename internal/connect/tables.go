package connect

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hfspark/hfspark/source"
)

// tables opens data sources for a session and keeps what it opened: the same load() has the same commit and files when its
// schema is asked for and when it is read, and is planned once.
type tables struct {
	source   Source
	endpoint string

	mu      sync.Mutex
	entries *recentMap[[sha256.Size]byte, *tableEntry]
}

// The number of tables that a session keeps, and how long each is good for; then a load() looks at the Hub again.
const (
	maxTables     = 256
	tableLifetime = 10 * time.Minute
)

// tableEntry is a table that is open, or is being opened by whoever holds turn.
type tableEntry struct {
	turn   chan struct{} // holds one token
	table  *source.Table
	opened time.Time
}

func newTables(s Source, endpoint string) *tables {
	return &tables{source: s, endpoint: endpoint, entries: newRecentMap[[sha256.Size]byte, *tableEntry](maxTables)}
}

// open opens a table or returns the one that is open.
func (t *tables) open(ctx context.Context, options map[string]string, paths []string) (*source.Table, error) {
	parsed, err := source.ParseOptions(options, paths)
	if err != nil {
		return nil, err
	}
	if parsed.Endpoint == "" {
		parsed.Endpoint = t.endpoint
	}
	e := t.entry(tableKey(options, paths))
	select {
	case e.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-e.turn }()
	if e.table != nil && time.Since(e.opened) < tableLifetime {
		return e.table, nil
	}
	table, err := t.source.Table(ctx, parsed)
	if err != nil {
		return nil, err
	}
	e.table, e.opened = table, time.Now()
	return table, nil
}

func (t *tables) entry(k [sha256.Size]byte) *tableEntry {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.entries.get(k)
	if !ok {
		e = &tableEntry{turn: make(chan struct{}, 1)}
		t.entries.put(k, e)
	}
	return e
}

// refresh forgets all tables, so that the next load() looks at the Hub again.
func (t *tables) refresh() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries = newRecentMap[[sha256.Size]byte, *tableEntry](maxTables)
}

// tableKey is the same for options that mean the same; credentials cannot be read out of it.
func tableKey(options map[string]string, paths []string) [sha256.Size]byte {
	var b strings.Builder
	for _, path := range paths {
		fmt.Fprintf(&b, "%q\n", path)
	}
	folded := make(map[string]string, len(options))
	for name, value := range options {
		folded[strings.ToLower(name)] = value
	}
	for _, name := range slices.Sorted(maps.Keys(folded)) {
		fmt.Fprintf(&b, "%q=%q\n", name, folded[name])
	}
	return sha256.Sum256([]byte(b.String()))
}

// requestTables opens the tables of one request and remembers them.
type requestTables struct {
	session *session
	mu      sync.Mutex
	opened  []*source.Table
}

// Table implements analyzer.Tables. The analyzer lets the one format through that there is.
func (r *requestTables) Table(ctx context.Context, _ string, options map[string]string, paths []string) (*source.Table, error) {
	r.session.learnSecrets(options)
	table, err := r.session.tables.open(ctx, options, paths)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened = append(r.opened, table)
	return table, nil
}
