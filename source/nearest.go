package source

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// nearest picks up to three of the names that look like the given one, the nearest first.
func nearest(name string, names []string) []string {
	type scored struct {
		name     string
		distance int
	}
	var out []scored
	lower := strings.ToLower(name)
	for _, n := range names {
		candidate := strings.ToLower(n)
		d := distance(lower, candidate)
		if len(lower) >= 3 && (strings.Contains(candidate, lower) || len(candidate) >= 3 && strings.Contains(lower, candidate)) {
			d = min(d, 2)
		}
		if d <= max(2, len(lower)/3) {
			out = append(out, scored{n, d})
		}
	}
	slices.SortStableFunc(out, func(a, b scored) int { return cmp.Compare(a.distance, b.distance) })
	found := []string{}
	for _, s := range out[:min(3, len(out))] {
		found = append(found, s.name)
	}
	return found
}

// distance is how many characters must be changed, added or dropped to make b of a (Levenshtein).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(y)]
}

// didYouMean ends a message about an unknown name: with the nearest names, or with all of them when none is near.
func didYouMean(name string, names []string) string {
	if near := nearest(name, names); len(near) > 0 {
		return "did you mean " + quoteList(near, " or ") + "?"
	}
	const most = 50
	if len(names) > most {
		return "there are " + quoteList(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
	}
	return "there are " + quoteList(names, ", ")
}

func quoteList(names []string, separator string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	return strings.Join(quoted, separator)
}
