package localhub

import (
	"net/url"
	"regexp"
	"strings"
)

// The names of the one branch; the JavaScript client asks for HEAD.
const (
	mainBranch = "main"
	mainRef    = "refs/heads/main"
	headRef    = "HEAD"
)

// routeKind is what a request is for.
type routeKind string

const (
	routeWhoami       routeKind = "whoami"
	routeHarnesses    routeKind = "agent-harnesses"
	routeValidateYAML routeKind = "validate-yaml"
	routeDatasets     routeKind = "datasets"
	routeInfo         routeKind = "info"
	routeTree         routeKind = "tree"
	routePathsInfo    routeKind = "paths-info"
	routeRefs         routeKind = "refs"
	routeCommits      routeKind = "commits"
	routeAuthCheck    routeKind = "auth-check"
	routeResolve      routeKind = "resolve"
	routeRaw          routeKind = "raw"
	routePage         routeKind = "page"
	routeUnsupported  routeKind = "unsupported" // the Hub has it, this one does not
	routeUnknown      routeKind = "unknown"
)

// route is a parsed request path.
type route struct {
	kind     routeKind
	repo     string // namespace/name as asked for
	revision string
	path     string // in the repository; "" is its root
	write    bool   // auth-check for writing
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$`)

// validName tells whether a folder's name can be a part of a repository's id, by the Hub's rules.
func validName(name string) bool {
	return len(name) <= 96 && namePattern.MatchString(name) && !strings.Contains(name, "..") &&
		!strings.Contains(name, "--") && !strings.HasSuffix(name, ".git")
}

// parseRoute reads the escaped path of a request. It works on the escaped one because a revision may hold slashes, written %2F.
func parseRoute(escaped string) route {
	segments := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil || strings.ContainsRune(plain, 0) {
			return route{kind: routeUnknown}
		}
		segments[i] = plain
	}
	switch {
	case segments[0] == "api":
		return apiRoute(segments[1:])
	case segments[0] == "datasets" && len(segments) >= 3:
		return fileRoute(segments[1:])
	}
	return route{kind: routeUnknown}
}

// apiRoute reads what follows /api/.
func apiRoute(s []string) route {
	switch strings.Join(s, "/") {
	case "whoami-v2":
		return route{kind: routeWhoami}
	case "agent-harnesses":
		return route{kind: routeHarnesses}
	case "validate-yaml":
		return route{kind: routeValidateYAML}
	case "datasets":
		return route{kind: routeDatasets}
	}
	if len(s) == 0 {
		return route{kind: routeUnknown}
	}
	if s[0] == "models" || s[0] == "spaces" || s[0] == "buckets" || s[0] == "repos" {
		return route{kind: routeUnsupported}
	}
	if s[0] != "datasets" || len(s) < 2 || s[1] == "" {
		return route{kind: routeUnknown}
	}
	if len(s) == 2 {
		return route{kind: routeInfo, repo: s[1], revision: mainBranch}
	}
	r := route{repo: s[1] + "/" + s[2], revision: mainBranch}
	if len(s) == 3 {
		r.kind = routeInfo
		return r
	}
	rest := s[4:]
	switch s[3] {
	case "refs":
		r.kind = routeRefs
	case "auth-check":
		r.kind, r.write = routeAuthCheck, len(rest) == 1 && rest[0] == "write"
		if r.write {
			rest = nil
		}
	case "revision", "tree", "paths-info", "commits":
		r.kind = map[string]routeKind{"revision": routeInfo, "tree": routeTree, "paths-info": routePathsInfo, "commits": routeCommits}[s[3]]
		if r.revision, rest = cutRevision(rest); r.revision == "" {
			return route{kind: routeUnknown}
		}
		if r.kind == routeTree {
			r.path, rest = strings.TrimSuffix(strings.Join(rest, "/"), "/"), nil
		}
	default:
		return route{kind: routeUnsupported, repo: r.repo}
	}
	if len(rest) > 0 {
		return route{kind: routeUnknown}
	}
	return r
}

// fileRoute reads what follows /datasets/.
func fileRoute(s []string) route {
	r := route{repo: s[0] + "/" + s[1], revision: mainBranch}
	if len(s) == 2 {
		r.kind = routePage
		return r
	}
	switch s[2] {
	case "resolve":
		r.kind = routeResolve
	case "raw":
		r.kind = routeRaw
	default:
		return route{kind: routeUnsupported, repo: r.repo}
	}
	var rest []string
	if r.revision, rest = cutRevision(s[3:]); r.revision == "" || len(rest) == 0 {
		return route{kind: routeUnknown}
	}
	r.path = strings.Join(rest, "/")
	return r
}

// cutRevision takes a revision off the front: one segment, or a ref whose slashes are not escaped.
func cutRevision(s []string) (string, []string) {
	if len(s) >= 3 && s[0] == "refs" && (s[1] == "heads" || s[1] == "pr" || s[1] == "convert" || s[1] == "tags") {
		return strings.Join(s[:3], "/"), s[3:]
	}
	if len(s) == 0 {
		return "", nil
	}
	return s[0], s[1:]
}
