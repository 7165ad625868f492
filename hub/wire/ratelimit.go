package wire

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// RateLimit is one item of a RateLimit header (draft-ietf-httpapi-ratelimit-headers-09): Remaining requests until Reset has passed.
type RateLimit struct {
	Policy    string
	Remaining int64
	Reset     time.Duration // whole seconds from the answer on
}

// String prints the item as it travels.
func (r RateLimit) String() string {
	return fmt.Sprintf("%q;r=%d;t=%d", r.Policy, r.Remaining, int64(r.Reset/time.Second))
}

// maxReset bounds what a server may make its clients wait: no window of the Hub is longer than an hour.
const maxReset = time.Hour

// ParseRateLimit reads the values of a RateLimit header. ok is false when there is none or when it is not well formed, which
// callers treat alike: the header is advice. Of several items the tightest (fewest requests left) is returned.
func ParseRateLimit(values []string) (limit RateLimit, ok bool) {
	for _, value := range values {
		for _, item := range splitQuoted(value, ',') {
			one, good := parseRateItem(item)
			if good && (!ok || one.Remaining < limit.Remaining) {
				limit, ok = one, true
			}
		}
	}
	return limit, ok
}

func parseRateItem(item string) (RateLimit, bool) {
	parts := splitQuoted(item, ';')
	name := strings.TrimSpace(parts[0])
	if len(name) < 2 || name[0] != '"' || name[len(name)-1] != '"' {
		return RateLimit{}, false
	}
	limit := RateLimit{Policy: name[1 : len(name)-1]}
	var haveR, haveT bool
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if key != "r" && key != "t" {
			continue
		}
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return RateLimit{}, false
		}
		if key == "r" {
			limit.Remaining, haveR = n, true
			continue
		}
		limit.Reset, haveT = min(time.Duration(min(n, int64(maxReset/time.Second)))*time.Second, maxReset), true
	}
	return limit, haveR && haveT
}

// RatePolicy is one item of a RateLimit-Policy header: Quota requests in each Window.
type RatePolicy struct {
	Name   string
	Quota  int64
	Window time.Duration
}

// ParseRatePolicy reads the values of a RateLimit-Policy header and returns the policy called name. The Hub puts that name second:
// "fixed window";"api";q=500;w=300. ok is false when there is none or when it is not well formed.
func ParseRatePolicy(values []string, name string) (policy RatePolicy, ok bool) {
	quoted := `"` + name + `"`
	for _, value := range values {
		for _, item := range splitQuoted(value, ',') {
			named, found := false, RatePolicy{Name: name}
			for _, part := range splitQuoted(item, ';') {
				part = strings.TrimSpace(part)
				key, number, _ := strings.Cut(part, "=")
				n, err := strconv.ParseInt(number, 10, 64)
				switch {
				case part == quoted:
					named = true
				case key == "q" && err == nil && n > 0:
					found.Quota = n
				case key == "w" && err == nil && n > 0:
					found.Window = time.Duration(min(n, int64(maxReset/time.Second))) * time.Second
				}
			}
			if named && found.Quota > 0 {
				return found, true
			}
		}
	}
	return RatePolicy{}, false
}

// splitQuoted splits at sep outside of double quotes. It returns at least one part.
func splitQuoted(s string, sep byte) []string {
	var parts []string
	quoted, start := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}
