package conf

import (
	_ "embed"
	"strings"
	"sync"
)

// keysText lists the configuration keys of Apache Spark 4.2.1, one a line: name, kind, type and default, with tabs between
// them. It was read from a running Spark; a default of the machine's own is empty and filled in by Defaults.
//
//go:embed keys.tsv
var keysText string

// kind is who may change a key.
type kind string

// The kinds of keys. A core key belongs to Spark's core: it has no default here and no session may set it.
const (
	runtimeKey kind = "runtime"
	staticKey  kind = "static"
	coreKey    kind = "core"
)

// undefined stands for the default of a key that is known but has no value until it is set.
const undefined = "<undefined>"

// entry is a key that Spark knows.
type entry struct {
	kind         kind
	valueType    string // boolean, int, long, double, string, "time zone", "bytes in …", "time in …" or "one of A, B"
	defaultValue string
}

var entries = sync.OnceValue(func() map[string]entry {
	known := make(map[string]entry)
	for line := range strings.Lines(keysText) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) == 4 {
			known[fields[0]] = entry{kind: kind(fields[1]), valueType: fields[2], defaultValue: fields[3]}
		}
	}
	return known
})
