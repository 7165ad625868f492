package localhub

import (
	"maps"
	"net/http"
	"slices"
)

// endpoints are the answers to requests, by what they are for and by method. GET goes with HEAD.
var endpoints = map[routeKind]map[string]func(*exchange) error{
	routeWhoami:       {http.MethodGet: (*exchange).whoami},
	routeValidateYAML: {http.MethodPost: (*exchange).validateYAML},
	routeDatasets:     {http.MethodGet: (*exchange).datasets},
	routeInfo:         {http.MethodGet: (*exchange).info},
	routeTree:         {http.MethodGet: (*exchange).tree},
	routeTreeSize:     {http.MethodGet: (*exchange).treeSize},
	routePathsInfo:    {http.MethodPost: (*exchange).pathsInfo},
	routeBucket:       {http.MethodGet: (*exchange).bucketInfo},
	routeBucketTree:   {http.MethodGet: (*exchange).bucketTree},
	routeBucketPaths:  {http.MethodPost: (*exchange).bucketPaths},
	routeRefs:         {http.MethodGet: (*exchange).refs},
	routeCommits:      {http.MethodGet: (*exchange).commits},
	routeAuthCheck:    {http.MethodGet: (*exchange).authCheck},
	routeResolve:      {http.MethodGet: (*exchange).resolve},
	routeRaw:          {http.MethodGet: (*exchange).resolve},
	routePage:         {http.MethodGet: (*exchange).page},

	routeCreate:      {http.MethodPost: (*exchange).createRepo},
	routeDelete:      {http.MethodDelete: (*exchange).deleteRepo},
	routeMove:        {http.MethodPost: (*exchange).moveRepo},
	routeSettings:    {http.MethodPut: (*exchange).changeSettings},
	routeDuplicate:   {http.MethodPost: (*exchange).duplicateRepo},
	routeBranch:      {http.MethodPost: (*exchange).createBranch, http.MethodDelete: (*exchange).deleteBranch},
	routeTag:         {http.MethodPost: (*exchange).createTag, http.MethodDelete: (*exchange).deleteTag},
	routeSquash:      {http.MethodPost: (*exchange).squash},
	routePreupload:   {http.MethodPost: (*exchange).preupload},
	routeCommit:      {http.MethodPost: (*exchange).commitChanges},
	routeLFSObjects:  {http.MethodPost: (*exchange).lfsObjects},
	routeLFSFiles:    {http.MethodGet: (*exchange).lfsFiles, http.MethodPost: (*exchange).changeLFSFiles},
	routeDiscussions: {http.MethodGet: (*exchange).discussions, http.MethodPost: (*exchange).discuss},
	routeRequests:    {http.MethodGet: (*exchange).accessRequests, http.MethodPost: (*exchange).decideAccess},
	routeAskAccess:   {http.MethodPost: (*exchange).askAccess},
}

// dispatch has the endpoint answer that the request is for.
func (e *exchange) dispatch() error {
	methods, known := endpoints[e.route.kind]
	switch {
	case e.route.kind == routeXet:
		return &failure{
			status:  http.StatusNotImplemented,
			message: "This Hub has no Xet storage: set HF_HUB_DISABLE_XET=1, so that the client sends large files by Git LFS",
		}
	case e.route.kind == routeUnknown || e.route.kind == routeHarnesses:
		return &failure{status: http.StatusNotFound, message: "Sorry, this Hub has no such page"}
	case !known:
		return &failure{status: http.StatusNotImplemented, message: "This Hub serves dataset repositories; it has no " + e.r.Method + " " + e.r.URL.Path}
	}
	method := e.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	respond, ok := methods[method]
	if !ok {
		allowed := slices.Sorted(maps.Keys(methods))
		if _, reads := methods[http.MethodGet]; reads {
			allowed = append(allowed, http.MethodHead)
		}
		e.w.Header()["Allow"] = allowed
		return &failure{status: http.StatusMethodNotAllowed, message: e.r.Method + " is not allowed here"}
	}
	return respond(e)
}
