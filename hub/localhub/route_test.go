package localhub

import (
	"strings"
	"testing"
)

func TestParseRoute(t *testing.T) {
	t.Parallel()
	sha := strings.Repeat("a", 40)
	tests := map[string]route{
		"/api/whoami-v2":       {kind: routeWhoami},
		"/api/agent-harnesses": {kind: routeHarnesses},
		"/api/validate-yaml":   {kind: routeValidateYAML},
		"/api/datasets":        {kind: routeDatasets},
		"/api/datasets/squad":  {kind: routeInfo, repo: "squad", revision: "main"},
		"/api/datasets/a/b":    {kind: routeInfo, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/revision/refs%2Fheads%2Fmain":           {kind: routeInfo, repo: "a/b", revision: "refs/heads/main"},
		"/api/datasets/a/b/revision/feat%2Fx":                      {kind: routeInfo, repo: "a/b", revision: "feat/x"},
		"/api/datasets/a/b/revision/" + sha:                        {kind: routeInfo, repo: "a/b", revision: sha},
		"/api/datasets/a/b/revision":                               {kind: routeUnknown},
		"/api/datasets/a/b/revision/x/y":                           {kind: routeUnknown},
		"/api/datasets/a/b/tree/main":                              {kind: routeTree, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/tree/main/":                             {kind: routeTree, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/tree/main/c%2Fd%20e":                    {kind: routeTree, repo: "a/b", revision: "main", path: "c/d e"},
		"/api/datasets/a/b/tree/main/c/d/":                         {kind: routeTree, repo: "a/b", revision: "main", path: "c/d"},
		"/api/datasets/a/b/tree/refs/pr/1/c":                       {kind: routeTree, repo: "a/b", revision: "refs/pr/1", path: "c"},
		"/api/datasets/a/b/paths-info/main":                        {kind: routePathsInfo, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/refs":                                   {kind: routeRefs, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/commits/main":                           {kind: routeCommits, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/auth-check":                             {kind: routeAuthCheck, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/auth-check/write":                       {kind: routeAuthCheck, repo: "a/b", revision: "main", write: true},
		"/api/datasets/a/b/preupload/main":                         {kind: routePreupload, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/commit/refs%2Fpr%2F1":                   {kind: routeCommit, repo: "a/b", revision: "refs/pr/1"},
		"/api/datasets/a/b/commit/refs/pr/1":                       {kind: routeCommit, repo: "a/b", revision: "refs/pr/1"},
		"/api/datasets/a/b/commit":                                 {kind: routeUnknown},
		"/api/datasets/a/b/branch/feat/x":                          {kind: routeBranch, repo: "a/b", revision: "feat/x"},
		"/api/datasets/a/b/tag/v1%2F0":                             {kind: routeTag, repo: "a/b", revision: "v1/0"},
		"/api/datasets/a/b/branch/":                                {kind: routeUnknown},
		"/api/datasets/a/b/super-squash/main":                      {kind: routeSquash, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/settings":                               {kind: routeSettings, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/lfs-files/batch":                        {kind: routeLFSFiles, repo: "a/b", revision: "main", sub: "batch"},
		"/api/datasets/a/b/lfs-files/nope":                         {kind: routeUnknown},
		"/api/datasets/a/b/discussions":                            {kind: routeDiscussions, repo: "a/b", revision: "main"},
		"/api/datasets/a/b/discussions/7/comment/x/hide":           {kind: routeDiscussions, repo: "a/b", revision: "main", number: 7, sub: "comment/x/hide"},
		"/api/datasets/a/b/discussions/0":                          {kind: routeUnknown},
		"/api/datasets/a/b/user-access-request/pending":            {kind: routeRequests, repo: "a/b", revision: "main", sub: "pending"},
		"/api/datasets/a/b/xet-write-token/None":                   {kind: routeXet, repo: "a/b", revision: "None"},
		"/api/repos/create":                                        {kind: routeCreate},
		"/api/datasets/a/b/likers":                                 {kind: routeUnsupported, repo: "a/b"},
		"/api/models/a/b":                                          {kind: routeUnsupported},
		"/datasets/a/b":                                            {kind: routePage, repo: "a/b", revision: "main"},
		"/datasets/a/b/resolve/main/c/d%20e%23%3F%25.txt":          {kind: routeResolve, repo: "a/b", revision: "main", path: "c/d e#?%.txt"},
		"/datasets/a/b/resolve/refs%2Fconvert%2Fparquet/x.parquet": {kind: routeResolve, repo: "a/b", revision: "refs/convert/parquet", path: "x.parquet"},
		"/datasets/a/b/raw/main/c":                                 {kind: routeRaw, repo: "a/b", revision: "main", path: "c"},
		"/datasets/a/b/resolve/main":                               {kind: routeUnknown},
		"/datasets/a/b/resolve/main/../../c":                       {kind: routeResolve, repo: "a/b", revision: "main", path: "../../c"},
		"/datasets/a/b/resolve/main/%2e%2e%2fc":                    {kind: routeResolve, repo: "a/b", revision: "main", path: "../c"},
		"/datasets/a/b/resolve/main/a%00":                          {kind: routeUnknown},
		"/datasets/a/b.git/info/lfs/objects/batch":                 {kind: routeLFSObjects, repo: "a/b", revision: "main", sub: "batch"},
		"/datasets/a/b.git/info/refs":                              {kind: routeUnsupported, repo: "a/b.git"},
		"/datasets/a/b/info/lfs/objects/batch":                     {kind: routeUnsupported, repo: "a/b"},
		"/datasets/a/b/ask-access":                                 {kind: routeAskAccess, repo: "a/b", revision: "main"},
		"/a/b/resolve/main/c":                                      {kind: routeUnknown},
		"/":                                                        {kind: routeUnknown},
		"":                                                         {kind: routeUnknown},
		"/api":                                                     {kind: routeUnknown},
		"/api/datasets/":                                           {kind: routeUnknown},
	}
	for in, want := range tests {
		if got := parseRoute(in); got != want {
			t.Errorf("parseRoute(%q) = %+v, want %+v", in, got, want)
		}
	}
}

func FuzzParseRoute(f *testing.F) {
	for _, seed := range []string{
		"/", "/api/datasets/a/b/tree/refs%2Fpr%2F1/x", "/datasets/a/b/resolve/main/%2e%2e/x", "/api//datasets", "/datasets/%/b", "/api/datasets/a/b/auth-check/write",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		r := parseRoute(in)
		switch r.kind {
		case "":
			t.Fatalf("%q has no kind", in)
		case routeWhoami, routeHarnesses, routeValidateYAML, routeDatasets, routeCreate, routeDelete, routeMove, routeUnsupported, routeUnknown:
		default:
			if r.repo == "" || r.revision == "" || strings.ContainsRune(r.repo+r.revision+r.path, 0) {
				t.Fatalf("%q: %+v", in, r)
			}
		}
	})
}
