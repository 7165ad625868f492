package dataset

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExtensionsAsTheLibrary compares the table of extensions with that of datasets 5.2 (packaged_modules, _EXTENSION_TO_MODULE).
func TestExtensionsAsTheLibrary(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "extensions.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string][2]any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	have := map[string][2]any{}
	for ext, v := range formats.byExtension {
		parameters := map[string]any{}
		for name, value := range v.parameters {
			parameters[name] = value
		}
		have[ext] = [2]any{v.format, parameters}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-library +ours):\n%s", diff)
	}
	for _, v := range have {
		if !isFormatName(v[0].(string)) {
			t.Errorf("%v cannot stand for a repository", v[0])
		}
	}
}
