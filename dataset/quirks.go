package dataset

import (
	"fmt"
	"slices"
	"strings"
)

// quirks tells what the library's rules do to the rows of a resolution that is easily overlooked: files that are read twice, in two
// splits, or not at all.
func (r *resolver) quirks(out *Resolution) []string {
	var warnings []string
	splitOf := map[string]string{}
	for _, s := range out.Splits {
		seen := map[string]bool{}
		var twice []string
		elsewhere := map[string][]string{}
		for _, f := range s.Files {
			key := f.Repository + "@" + f.Commit + "/" + f.Path
			if seen[key] {
				twice = append(twice, f.Path)
			} else if other, ok := splitOf[key]; ok {
				elsewhere[other] = append(elsewhere[other], f.Path)
			}
			seen[key] = true
		}
		for key := range seen {
			if _, ok := splitOf[key]; !ok {
				splitOf[key] = s.Name
			}
		}
		if len(twice) > 0 {
			warnings = append(warnings, fmt.Sprintf("the split %q lists %s more than once, so that their rows come more than once: "+
				"several patterns match them", s.Name, countFiles(twice)))
		}
		for _, other := range sortedKeys(elsewhere) {
			warnings = append(warnings, fmt.Sprintf("both in the split %q and in %q: %s", other, s.Name, countFiles(elsewhere[other])))
		}
	}
	if missed := unique(r.misnamed); len(missed) > 0 {
		warnings = append(warnings, fmt.Sprintf("left out, since the extension is known in lower case only: %s", countFiles(missed)))
	}
	return warnings
}

func sortedKeys(m map[string][]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func unique(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return slices.Compact(out)
}

// countFiles names a few files and counts the others.
func countFiles(paths []string) string {
	paths = unique(paths)
	const most = 3
	text := strings.Join(paths[:min(most, len(paths))], ", ")
	if len(paths) > most {
		return fmt.Sprintf("%d files (%s and others)", len(paths), text)
	}
	if len(paths) == 1 {
		return "1 file (" + text + ")"
	}
	return fmt.Sprintf("%d files (%s)", len(paths), text)
}
