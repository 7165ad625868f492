package dataset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hfspark/hfspark/hub"
)

// Request says which dataset, and which part of it.
type Request struct {
	// Repository is namespace/name; the prefix hf://datasets/ is cut off. A directory of a storage bucket is
	// buckets/<namespace>/<name>[/<directory>], with or without hf:// before it. It may also be the name of a format, such as csv: then
	// DataFiles names the files by hf:// addresses, of any repositories.
	Repository string
	Revision   string // branch, tag or commit; "" means main
	Config     string // the subset; "" means the default one
	DataDir    string // a directory of the repository to look into
	// DataFiles replaces the files of the subset: nil, a path, a list of paths, a list of mappings with split and path, or a
	// mapping of splits to paths.
	DataFiles any
	// Parameters are the format's, such as sep for CSV; they count more than the repository's own.
	Parameters map[string]any
	// Formats are those that the caller reads; nil is all. Of a repository in another format, or one that needs a script, the Hub's own
	// conversion to Parquet is resolved instead, where there is one.
	Formats []string
}

// Resolve decides what a dataset repository holds at a revision. Errors about the dataset are *Error; those of the Hub come
// through as they are.
func Resolve(ctx context.Context, h Hub, r Request) (*Resolution, error) {
	return NewResolver(h).Resolve(ctx, r)
}

// Resolver resolves like Resolve, and remembers the listings of the commits it has seen last.
type Resolver struct {
	hub Hub

	disk  *snapshots // nil keeps nothing
	mu    sync.Mutex
	trees []*tree // the one used last comes last
}

// keptTrees is how many commits a Resolver remembers the files of.
const keptTrees = 4

// NewResolver makes a Resolver that asks h.
func NewResolver(h Hub) *Resolver { return &Resolver{hub: h} }

// KeepIn makes the resolver keep what it learns of commits in a folder, for other processes too: listings, and the files that describe
// datasets. A commit never changes, so nothing there is ever out of date; the Hub is still asked which commit a revision is, and
// thereby whether the caller may read it. The folder holds a bounded number of commits. "" keeps nothing. It returns the resolver.
func (r *Resolver) KeepIn(folder string) *Resolver {
	if folder != "" {
		r.disk = &snapshots{folder: folder}
	}
	return r
}

func (r *Resolver) tree(repo hub.Repo, commit string) *tree {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.trees, func(t *tree) bool { return t.repo == repo && t.commit == commit })
	if i < 0 {
		if len(r.trees) == keptTrees {
			r.trees = slices.Delete(r.trees, 0, 1)
		}
		t := newTree(r.hub, repo, commit)
		r.disk.load(t)
		r.trees = append(r.trees, t)
		return r.trees[len(r.trees)-1]
	}
	t := r.trees[i]
	r.trees = append(slices.Delete(r.trees, i, i+1), t)
	return t
}

// overviewer is a Hub that tells with one wait what a repository is, and what a resolution asks for next; *hub.Client is one.
type overviewer interface {
	Overview(ctx context.Context, repo hub.Repo, revision string, texts []string) (*hub.Overview, error)
}

// begin finds out which commit a revision is. Of a repository of which nothing is known yet the files are asked for at the same time.
func (r *Resolver) begin(ctx context.Context, repo hub.Repo, revision string) (*tree, error) {
	h, ok := r.hub.(overviewer)
	if !ok || r.knows(repo) {
		info, err := r.hub.Info(ctx, repo, revision)
		if err != nil {
			return nil, err
		}
		return r.tree(repo, info.SHA), nil
	}
	found, err := h.Overview(ctx, repo, revision, []string{readmeName})
	if err != nil {
		return nil, err
	}
	t := r.tree(repo, found.SHA)
	t.learn(found)
	return t, nil
}

// knows tells whether there may be files known of some commit of a repository.
func (r *Resolver) knows(repo hub.Repo) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.trees, func(t *tree) bool { return t.repo == repo }) || r.disk.some()
}

// resolver is one resolution under way.
type resolver struct {
	*Resolver
	request Request
	repo    hub.Repo
	commit  string
	tree    *tree            // nil when the request names a format instead of a repository
	others  map[string]*tree // of other revisions and repositories that data_files names
	home    string           // the directory of a bucket that is the dataset; "" is the root, as always of a dataset repository
	base    string           // where patterns start: the data_dir option in home, without its trailing slash

	foreign  map[File]bool       // files that data_files names in a way that the library does not take for part of the repository
	archives map[string][]string // the names inside of zip archives
	warnings []string
	misnamed []string // files whose extension would be known in lower case
}

// Resolve decides what a dataset repository holds at a revision.
func (r *Resolver) Resolve(ctx context.Context, request Request) (*Resolution, error) {
	given, remote := strings.CutPrefix(request.Repository, "hf://datasets/")
	if rest, ok := strings.CutPrefix(given, "hf://"+bucketPrefix); ok && !remote {
		given = bucketPrefix + rest
	}
	request.Repository = strings.TrimSuffix(given, "/")
	one := &resolver{
		Resolver: r, request: request, repo: hub.Dataset(request.Repository),
		base: strings.TrimRight(request.DataDir, "/"), others: map[string]*tree{}, archives: map[string][]string{}, foreign: map[File]bool{},
	}
	if !remote && isFormatName(request.Repository) {
		resolution, err := one.resolveNamed(ctx)
		return resolution, one.locate(err)
	}
	if !remote && strings.HasPrefix(given, bucketPrefix) {
		resolution, err := one.resolveBucket(ctx)
		return resolution, one.locate(err)
	}
	if err := one.checkRepository(); err != nil {
		return nil, err
	}
	var err error
	if one.tree, err = r.begin(ctx, one.repo, request.Revision); err != nil {
		return nil, err
	}
	one.commit = one.tree.commit
	defer r.disk.save(one.tree)
	resolution, err := one.resolve(ctx)
	if why := one.unreadable(resolution, err); why != "" {
		converted, conversionErr := one.converted(ctx, resolution, why)
		if converted != nil || conversionErr != nil {
			return converted, one.locate(conversionErr)
		}
		var e *Error
		if errors.As(err, &e) {
			e.Hint = "The Hub holds no conversion of it to Parquet either: there is no branch " + convertedRevision
		}
	}
	return resolution, one.locate(err)
}

func (r *resolver) checkRepository() error {
	id := r.request.Repository
	switch {
	case id == "":
		return r.fail(CodeRepository, "no dataset repository is named", "Give namespace/name as the path")
	case !strings.Contains(id, "/"):
		return r.fail(CodeRepository, fmt.Sprintf("%q is not the id of a dataset repository: it lacks the namespace", id),
			"Write namespace/name, as on the dataset's page")
	case strings.Count(id, "/") > 1 || strings.Contains(id, "://"):
		return r.fail(CodeRepository, fmt.Sprintf("%q is not the id of a dataset repository: expected namespace/name", id),
			"Files and directories of a repository go into the options data_files and data_dir")
	}
	return nil
}

// fail makes an error about the repository.
func (r *resolver) fail(code Code, message, hint string) *Error {
	e := fail(code, message, hint)
	e.Repository, e.Revision = r.repo.Name(), r.request.Revision
	return e
}

func (r *resolver) wrap(code Code, message string, err error) *Error {
	e := r.fail(code, message, "")
	e.Err = err
	return e
}

// locate fills in the repository of an error that does not know it.
func (r *resolver) locate(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Repository == "" {
		e.Repository, e.Revision = r.repo.Name(), r.request.Revision
	}
	return err
}

func (r *resolver) file(f File) hub.File {
	out := hub.File{Repo: r.repo, Revision: r.commit, Path: f.Path, Size: f.Size}
	if f.Commit != "" {
		out.Revision = f.Commit
	}
	if f.Repository != "" {
		out.Repo = hub.RepoNamed(f.Repository)
	}
	return out
}

// resolve follows the order of the library (load.py, HubDatasetModuleFactory.get_module), errors included.
func (r *resolver) resolve(ctx context.Context) (*Resolution, error) {
	script := r.repo.ID[strings.LastIndexByte(r.repo.ID, '/')+1:] + ".py"
	present, err := r.describing(ctx, script)
	if err != nil {
		return nil, err
	}
	if _, ok := present[script]; ok {
		return nil, r.fail(CodeScript, fmt.Sprintf("it is read by the Python script %s, and nothing runs such scripts any more", script),
			"The Hub may have converted the dataset to Parquet: try the option revision=refs/convert/parquet")
	}
	return r.resolveFiles(ctx, present)
}

// describing finds the files that describe the dataset, and its script, by their names in the dataset's directory.
func (r *resolver) describing(ctx context.Context, script string) (map[string]File, error) {
	names := []string{readmeName, standaloneName, legacyInfosName}
	if script != "" {
		names = append(names, script)
	}
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = join(r.home, name)
	}
	found, err := r.tree.lookUp(ctx, paths)
	if err != nil {
		return nil, err
	}
	out := map[string]File{}
	for i, path := range paths {
		if file, ok := found[path]; ok {
			out[names[i]] = file
		}
	}
	return out, nil
}

// resolveFiles decides what the files hold, given those of them that describe the dataset.
func (r *resolver) resolveFiles(ctx context.Context, present map[string]File) (*Resolution, error) {
	card, err := r.readCard(ctx, present)
	if err != nil {
		return nil, err
	}
	format, voters, err := r.chooseFormat(ctx, card)
	if err != nil {
		return nil, err
	}
	candidates, defaultName, err := r.candidates(ctx, card, format, voters)
	if err != nil {
		return nil, err
	}
	all, err := r.addLegacyInfos(ctx, present, card.infos)
	if err != nil {
		return nil, err
	}
	if defaultName == "" && len(all.names) == 1 {
		defaultName = all.names[0]
	}
	chosen, err := r.choose(candidates, defaultName, format.format)
	if err != nil {
		return nil, err
	}
	if err := r.fillSplits(ctx, chosen, format, voters); err != nil {
		return nil, err
	}
	out := &Resolution{
		Repository: r.repo.Name(), Revision: r.request.Revision, Commit: r.commit, DefaultConfig: defaultName,
		Config: chosen.name, Format: format.format, Splits: chosen.splits, Parameters: chosen.parameters,
		Features: chosen.features, ConfigFeatures: chosen.features, Warnings: r.warnings,
	}
	for _, c := range candidates {
		out.Configs = append(out.Configs, c.name)
	}
	// The info is that of the name asked for or of the default, even if the subset got chosen for being the only one.
	asked := r.request.Config
	if asked == "" {
		asked = defaultName
	}
	// What the caller chose the files of is not what dataset_info tells of.
	if features := all.features[asked]; features != nil && r.request.DataDir == "" && r.request.DataFiles == nil {
		out.Features = features
	}
	out.Warnings = append(out.Warnings, r.quirks(out)...)
	return out, nil
}

// chooseFormat finds the one format of the repository, and the files whose names decided it.
func (r *resolver) chooseFormat(ctx context.Context, c *card) (voted, []Split, error) {
	var patterns []splitPatterns
	var err error
	switch {
	case r.request.DataFiles != nil:
		patterns, err = sanitize(r.request.DataFiles)
	case len(c.configs) > 0 && r.request.DataDir == "" && c.configs[0].hasDataFiles:
		patterns, err = sanitize(c.configs[0].dataFiles)
	default:
		patterns, err = r.defaultPatterns(ctx, r.base)
	}
	if err != nil {
		return voted{}, nil, err
	}
	if len(patterns) == 0 {
		return voted{}, nil, r.fail(CodeDataFiles, "data_files is empty", "Name files, or leave the option out")
	}
	splits, err := r.find(ctx, r.base, patterns, true)
	if err != nil {
		return voted{}, nil, err
	}
	var winner voted
	for i, s := range splits {
		v, found, zips := formats.vote(s.Files)
		if zips {
			if v, found, err = r.voteInside(ctx, s.Files); err != nil {
				return voted{}, nil, err
			}
		}
		if !found {
			v = voted{name: "no known format"}
		}
		if i > 0 && v.name != winner.name {
			return voted{}, nil, r.fail(CodeMixedFormats, fmt.Sprintf("its splits have different formats: %s is %s, %s is %s",
				splits[0].Name, winner.name, s.Name, v.name), "Choose files of one format with the option data_files")
		}
		winner = v
	}
	if winner.format == "" {
		return voted{}, nil, r.fail(CodeNoData, fmt.Sprintf("%s has no data files of a known format", placeOf(r.base)),
			"Known are CSV, JSON, Parquet, Arrow, text and others, by their extensions")
	}
	return winner, splits, nil
}
