package parquet

import (
	"strconv"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
)

// schemas keeps the schemas of files: the files of a dataset are alike, and telling what a footer means takes longer than reading it.
// It is safe for concurrent use; a nil *schemas keeps nothing.
type schemas struct {
	mu    sync.Mutex
	byKey map[string]*arrow.Schema
	texts map[string]string // of some columns, as slices have them
}

// maxSchemas and maxSchemaKey bound what is kept, the second in bytes of a footer.
const (
	maxSchemas   = 64
	maxSchemaKey = 64 << 10
)

// schemaKey has all that decides the schema of a file.
func (f *Footer) schemaKey() string {
	var b strings.Builder
	b.Write(f.schema)
	for _, kv := range f.metadata {
		if kv.key == arrowSchemaKey || kv.key == featuresKey {
			for _, text := range []string{kv.key, kv.value} {
				b.WriteString(strconv.Itoa(len(text)))
				b.WriteByte(' ')
				b.WriteString(text)
			}
		}
	}
	return b.String()
}

func (s *schemas) get(key string) *arrow.Schema {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byKey[key]
}

func (s *schemas) put(key string, schema *arrow.Schema) {
	if s == nil || len(key) > maxSchemaKey {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byKey == nil || len(s.byKey) >= maxSchemas {
		s.byKey = map[string]*arrow.Schema{}
	}
	s.byKey[key] = schema
}

// text returns what a slice of some columns of a file has under ARROW:schema, and remembers what encode gives.
func (s *schemas) text(key string, columns []column, encode func() (string, error)) (string, error) {
	if s == nil || len(key) > maxSchemaKey {
		return encode()
	}
	for _, c := range columns {
		key += " " + strconv.Itoa(c.firstElement)
	}
	s.mu.Lock()
	known, ok := s.texts[key]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	text, err := encode()
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.texts == nil || len(s.texts) >= maxSchemas {
		s.texts = map[string]string{}
	}
	s.texts[key] = text
	return text, nil
}
