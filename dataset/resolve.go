package dataset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hfspark/hfspark/hub"
)

// Request says which dataset, and which part of it.
type Request struct {
	Repository string // namespace/name; the prefix hf://datasets/ is cut off
	Revision   string // branch, tag or commit; "" means main
	Config     string // the subset; "" means the default one
	DataDir    string // a directory of the repository to look into
	// DataFiles replaces the files of the subset: nil, a path, a list of paths, a list of mappings with split and path, or a
	// mapping of splits to paths.
	DataFiles any
	// Parameters are the format's, such as sep for CSV; they count more than the repository's own.
	Parameters map[string]any
}

// Resolve decides what a dataset repository holds at a revision. Errors about the dataset are *Error; those of the Hub come
// through as they are.
func Resolve(ctx context.Context, h Hub, r Request) (*Resolution, error) {
	return NewResolver(h).Resolve(ctx, r)
}

// Resolver resolves like Resolve, and remembers the listings of the commits it has seen last.
type Resolver struct {
	hub Hub

	mu    sync.Mutex
	trees []*tree // the one used last comes last
}

// keptTrees is how many commits a Resolver remembers the files of.
const keptTrees = 4

// NewResolver makes a Resolver that asks h.
func NewResolver(h Hub) *Resolver { return &Resolver{hub: h} }

func (r *Resolver) tree(repo hub.Repo, commit string) *tree {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.trees, func(t *tree) bool { return t.repo == repo && t.commit == commit })
	if i < 0 {
		if len(r.trees) == keptTrees {
			r.trees = slices.Delete(r.trees, 0, 1)
		}
		r.trees = append(r.trees, newTree(r.hub, repo, commit))
		return r.trees[len(r.trees)-1]
	}
	t := r.trees[i]
	r.trees = append(slices.Delete(r.trees, i, i+1), t)
	return t
}

// resolver is one resolution under way.
type resolver struct {
	*Resolver
	request Request
	repo    hub.Repo
	commit  string
	tree    *tree
	others  map[string]*tree // of other revisions that data_files names
	base    string           // the data_dir option without its trailing slash

	warnings []string
}

// Resolve decides what a dataset repository holds at a revision.
func (r *Resolver) Resolve(ctx context.Context, request Request) (*Resolution, error) {
	request.Repository = strings.TrimSuffix(strings.TrimPrefix(request.Repository, "hf://datasets/"), "/")
	one := &resolver{
		Resolver: r, request: request, repo: hub.Dataset(request.Repository),
		base: strings.TrimRight(request.DataDir, "/"), others: map[string]*tree{},
	}
	if err := one.checkRepository(); err != nil {
		return nil, err
	}
	info, err := r.hub.Info(ctx, one.repo, request.Revision)
	if err != nil {
		return nil, err
	}
	one.commit = info.SHA
	one.tree = r.tree(one.repo, info.SHA)
	resolution, err := one.resolve(ctx)
	return resolution, one.locate(err)
}

func (r *resolver) checkRepository() error {
	id := r.request.Repository
	switch {
	case id == "":
		return r.fail(CodeRepository, "no dataset repository is named", "Give namespace/name as the path")
	case strings.HasPrefix(id, "buckets/") || strings.HasPrefix(id, "hf://buckets/"):
		return r.fail(CodeUnsupported, "storage buckets are not read yet", "")
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
	e.Repository, e.Revision = r.repo.ID, r.request.Revision
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
		e.Repository, e.Revision = r.repo.ID, r.request.Revision
	}
	return err
}

func (r *resolver) file(f File) hub.File {
	return hub.File{Repo: r.repo, Revision: r.commit, Path: f.Path, Size: f.Size}
}

// candidate is a subset that may be chosen, before its files are looked up.
type candidate struct {
	name       string
	base       string
	patterns   []splitPatterns // resolved when the subset is chosen, unless files are there
	splits     []Split
	features   *Features
	parameters map[string]any
}

// resolve follows the order of the library (load.py, HubDatasetModuleFactory.get_module), errors included.
func (r *resolver) resolve(ctx context.Context) (*Resolution, error) {
	script := r.repo.ID[strings.LastIndexByte(r.repo.ID, '/')+1:] + ".py"
	present, err := r.tree.lookUp(ctx, []string{readmeName, standaloneName, legacyInfosName, script})
	if err != nil {
		return nil, err
	}
	if _, ok := present[script]; ok {
		return nil, r.fail(CodeScript, fmt.Sprintf("it is read by the Python script %s, and nothing runs such scripts any more", script),
			"The Hub may have converted the dataset to Parquet: try the option revision=refs/convert/parquet")
	}
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
	chosen, err := r.choose(candidates, defaultName)
	if err != nil {
		return nil, err
	}
	if err := r.fillSplits(ctx, chosen, format, voters); err != nil {
		return nil, err
	}
	out := &Resolution{
		Repository: r.repo.ID, Revision: r.request.Revision, Commit: r.commit, DefaultConfig: defaultName,
		Config: chosen.name, Format: format.format, Splits: chosen.splits, Parameters: chosen.parameters,
		Features: chosen.features, Warnings: r.warnings,
	}
	for _, c := range candidates {
		out.Configs = append(out.Configs, c.name)
	}
	// The info is that of the name asked for or of the default, even if the subset got chosen for being the only one.
	asked := r.request.Config
	if asked == "" {
		asked = defaultName
	}
	if features := all.features[asked]; features != nil {
		out.Features = features
	}
	return out, nil
}

// chooseFormat finds the one format of the repository, and the files whose names decided it.
func (r *resolver) chooseFormat(ctx context.Context, c *card) (voted, []Split, error) {
	var patterns []splitPatterns
	var err error
	switch {
	case r.request.DataFiles != nil:
		patterns, err = sanitize(r.request.DataFiles)
	case len(c.configs) > 0 && r.base == "" && c.configs[0].hasDataFiles:
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
			return voted{}, nil, r.fail(CodeUnsupported, fmt.Sprintf("the data of the split %q is in zip archives, which are not read yet", s.Name),
				"The Hub may have converted the dataset to Parquet: try the option revision=refs/convert/parquet")
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
		return voted{}, nil, r.fail(CodeNoData, fmt.Sprintf("%s has no data files of a known format", r.place(r.base)),
			"Known are CSV, JSON, Parquet, Arrow, text and others, by their extensions")
	}
	return winner, splits, nil
}

// candidates lists the subsets, and tells the default one.
func (r *resolver) candidates(ctx context.Context, c *card, format voted, voters []Split) ([]*candidate, string, error) {
	if len(c.configs) == 0 {
		return []*candidate{{
			name: defaultConfig, base: r.base, splits: filterSplits(format, voters), parameters: maps.Clone(format.parameters),
		}}, "", nil
	}
	defaultName, err := defaultOf(c.configs)
	if err != nil {
		return nil, "", err
	}
	var out []*candidate
	for _, entry := range c.configs {
		one := &candidate{name: entry.name, base: r.base, features: entry.features, parameters: maps.Clone(format.parameters)}
		if entry.dataDir != "" {
			one.base = strings.TrimRight(join(r.base, entry.dataDir), "/")
		}
		if entry.dataFiles != nil {
			one.patterns, err = sanitize(entry.dataFiles)
		} else {
			one.patterns, err = r.defaultPatterns(ctx, one.base)
			var e *Error
			if errors.As(err, &e) && e.Code == CodeEmpty {
				e.Message = fmt.Sprintf("the subset %q of README.md has no data files: %s", entry.name, e.Message)
			}
		}
		if err != nil {
			return nil, "", err
		}
		one.addParameters(r, format.format, entry.parameters)
		out = append(out, one)
	}
	return out, defaultName, nil
}

func (c *candidate) addParameters(r *resolver, format string, parameters *mapping) {
	for _, k := range parameters.keys {
		name := fmt.Sprint(k)
		if !knowsParameter(format, name) {
			r.warnings = append(r.warnings, fmt.Sprintf("README.md sets %s for the subset %q, which is no parameter of the format %s", name, c.name, format))
			continue
		}
		if c.parameters == nil {
			c.parameters = map[string]any{}
		}
		c.parameters[name] = plain(parameters.values[k])
	}
}

// choose picks the subset that was asked for or is the default, or makes one from options alone where several are possible.
func (r *resolver) choose(candidates []*candidate, defaultName string) (*candidate, error) {
	names := make([]string, len(candidates))
	for i, c := range candidates {
		names[i] = c.name
	}
	list := strings.Join(names, ", ")
	asked := r.request.Config
	if asked == "" {
		asked = defaultName
	}
	if asked != "" {
		i := slices.Index(names, asked)
		switch {
		case i >= 0:
			return candidates[i], nil
		case r.request.Config == "":
			return nil, r.fail(CodeConfigNotFound, fmt.Sprintf("its dataset_info makes %q the default subset, but there is none of that name", asked),
				"Choose a subset with the option config: "+list)
		}
		return nil, r.fail(CodeConfigNotFound, fmt.Sprintf("there is no subset %q", asked), "There are: "+list)
	}
	if len(candidates) == 1 {
		return candidates[0], nil
	}
	if r.request.DataDir == "" && r.request.DataFiles == nil && len(r.request.Parameters) == 0 {
		return nil, r.fail(CodeConfigMissing, "it has several subsets and none of them is the default",
			"Choose one with the option config: "+list)
	}
	if r.request.DataDir == "" && r.request.DataFiles == nil {
		return nil, r.fail(CodeConfigMissing, "it has several subsets and none of them is the default; parameters alone do not choose one",
			"Choose one with the option config: "+list)
	}
	return &candidate{name: defaultConfig, base: r.base}, nil
}

// fillSplits finds the files of the chosen subset and gives it the caller's parameters.
func (r *resolver) fillSplits(ctx context.Context, c *candidate, format voted, voters []Split) error {
	for name, value := range r.request.Parameters {
		if !knowsParameter(format.format, name) {
			return r.fail(CodeParameter, fmt.Sprintf("%q is no parameter of the format %s", name, format.format),
				"Its parameters are "+strings.Join(strings.Fields(knownParameters[format.format]), ", "))
		}
		if c.parameters == nil {
			c.parameters = map[string]any{}
		}
		c.parameters[name] = value
	}
	var err error
	switch {
	case r.base != "":
		c.splits = filterSplits(format, voters)
	case r.request.DataFiles != nil:
		patterns, perr := sanitize(r.request.DataFiles)
		if perr != nil {
			return perr
		}
		c.splits, err = r.find(ctx, r.base, patterns, false)
	case c.splits == nil:
		c.splits, err = r.find(ctx, c.base, c.patterns, true)
	}
	if err != nil {
		return err
	}
	for _, s := range c.splits {
		if !splitName.MatchString(s.Name) {
			return r.fail(CodeSplitName, fmt.Sprintf("%q is not a name for a split: those have letters, digits, underscores and single dots only", s.Name), "")
		}
	}
	return nil
}

func filterSplits(format voted, splits []Split) []Split {
	out := make([]Split, len(splits))
	for i, s := range splits {
		out[i] = Split{Name: s.Name, Files: formats.filter(format.format, s.Files)}
	}
	return out
}
