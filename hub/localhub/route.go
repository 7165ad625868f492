package localhub

import (
	"net/url"
	"slices"
	"strconv"
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
	routeTreeSize     routeKind = "treesize"
	routePathsInfo    routeKind = "paths-info"
	routeRefs         routeKind = "refs"
	routeCommits      routeKind = "commits"
	routeAuthCheck    routeKind = "auth-check"
	routeCreate       routeKind = "repos/create"
	routeDelete       routeKind = "repos/delete"
	routeMove         routeKind = "repos/move"
	routeSettings     routeKind = "settings"
	routeDuplicate    routeKind = "duplicate"
	routeBranch       routeKind = "branch"
	routeTag          routeKind = "tag"
	routeSquash       routeKind = "super-squash"
	routePreupload    routeKind = "preupload"
	routeCommit       routeKind = "commit"
	routeLFSFiles     routeKind = "lfs-files"       // sub: "", "batch" or "duplicate"
	routeLFSObjects   routeKind = "lfs/objects"     // sub: "batch" or "verify"
	routeDiscussions  routeKind = "discussions"     // number 0: all of them
	routeRequests     routeKind = "access-requests" // sub: a status, "handle" or "grant"
	routeAskAccess    routeKind = "ask-access"
	routeXet          routeKind = "xet"
	routeResolve      routeKind = "resolve"
	routeRaw          routeKind = "raw"
	routePage         routeKind = "page"
	routeBucket       routeKind = "bucket"
	routeBucketTree   routeKind = "bucket tree"
	routeBucketPaths  routeKind = "bucket paths-info"
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
	number   int    // of a discussion
	sub      string // what follows the kind, for those that have several
	bucket   bool   // the repository is asked for as a storage bucket
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
	case segments[0] == "buckets":
		return bucketFileRoute(segments[1:])
	}
	return route{kind: routeUnknown}
}

// fixedRoutes are the addresses below /api/ that concern no repository of their path.
var fixedRoutes = map[string]routeKind{
	"whoami-v2": routeWhoami, "agent-harnesses": routeHarnesses, "validate-yaml": routeValidateYAML, "datasets": routeDatasets,
	"repos/create": routeCreate, "repos/delete": routeDelete, "repos/move": routeMove,
}

// apiRoute reads what follows /api/.
func apiRoute(s []string) route {
	if kind, ok := fixedRoutes[strings.Join(s, "/")]; ok {
		return route{kind: kind}
	}
	if len(s) == 0 {
		return route{kind: routeUnknown}
	}
	if s[0] == "buckets" {
		return bucketRoute(s[1:])
	}
	if s[0] == "models" || s[0] == "spaces" || s[0] == "repos" {
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
	return repoRoute(r, s[3], s[4:])
}

// revisionRoutes are those whose name is followed by a revision, or the name of a branch or tag.
var revisionRoutes = map[string]routeKind{
	"revision": routeInfo, "tree": routeTree, "treesize": routeTreeSize, "paths-info": routePathsInfo, "commits": routeCommits, "preupload": routePreupload, "commit": routeCommit,
	"branch": routeBranch, "tag": routeTag, "super-squash": routeSquash, "xet-read-token": routeXet, "xet-write-token": routeXet,
}

// subRoutes are those whose name is followed by one of the given segments; "" is nothing.
var subRoutes = map[string]struct {
	kind routeKind
	subs []string
}{
	"refs":                {routeRefs, []string{""}},
	"settings":            {routeSettings, []string{""}},
	"duplicate":           {routeDuplicate, []string{""}},
	"lfs-files":           {routeLFSFiles, []string{"", "batch", "duplicate"}},
	"user-access-request": {routeRequests, []string{"pending", "accepted", "rejected", "handle", "grant"}},
	"auth-check":          {routeAuthCheck, []string{"", "write"}},
}

// repoRoute reads what follows /api/datasets/<namespace>/<name>/.
func repoRoute(r route, name string, rest []string) route {
	if sub, ok := subRoutes[name]; ok {
		r.kind, r.sub = sub.kind, strings.Join(rest, "/")
		if !slices.Contains(sub.subs, r.sub) {
			return route{kind: routeUnknown}
		}
		if r.kind == routeAuthCheck {
			r.write, r.sub = r.sub == "write", ""
		}
		return r
	}
	if name == "discussions" {
		return discussionRoute(r, rest)
	}
	kind, ok := revisionRoutes[name]
	if !ok {
		return route{kind: routeUnsupported, repo: r.repo}
	}
	r.kind = kind
	switch kind {
	case routeBranch, routeTag, routeSquash: // Names may hold slashes that are not escaped.
		r.revision, rest = strings.Join(rest, "/"), nil
	default:
		r.revision, rest = cutRevision(rest)
	}
	if kind == routeTree || kind == routeTreeSize {
		r.path, rest = joined(rest), nil
	}
	if r.revision == "" || len(rest) > 0 {
		return route{kind: routeUnknown}
	}
	return r
}

// joined makes the path of a file or folder of segments.
func joined(segments []string) string { return strings.TrimSuffix(strings.Join(segments, "/"), "/") }

// discussionRoute reads what follows discussions/: nothing, or a number and what to do there.
func discussionRoute(r route, rest []string) route {
	r.kind = routeDiscussions
	if len(rest) == 0 {
		return r
	}
	n, err := strconv.Atoi(rest[0])
	if err != nil || n < 1 {
		return route{kind: routeUnknown}
	}
	r.number, r.sub = n, strings.Join(rest[1:], "/")
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
	case "ask-access":
		if len(s) == 3 {
			r.kind = routeAskAccess
			return r
		}
	case "info":
		id, isGit := strings.CutSuffix(r.repo, ".git")
		if sub, ok := strings.CutPrefix(strings.Join(s[2:], "/"), "info/lfs/objects/"); ok && isGit && (sub == "batch" || sub == "verify") {
			return route{kind: routeLFSObjects, repo: id, revision: mainBranch, sub: sub}
		}
	}
	if r.kind == "" {
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
