package source

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/diskcache"
	"github.com/hfspark/hfspark/source/parquet"
)

// Config configures a Source. Zero values are usable.
type Config struct {
	// Endpoint is this process's own Hub; "" means HF_ENDPOINT, else the public one. The token of this process (HF_TOKEN, or that of
	// a login) is sent there and nowhere else: who chooses another endpoint in the options of a read gives the token for it.
	Endpoint string
	// Client opens the Hub at an endpoint with a token, where "" means what huggingface_hub would use. nil means the clients of a
	// [hub.Pool] of the Source's own.
	Client func(endpoint, token string) (*hub.Client, error)
	// Memory bounds fetch buffers and slices together, in bytes; zero means DefaultMemory.
	Memory int64
	// Kept is how many bytes of Memory hold parts of Parquet files that were read, for later reads of the same; zero keeps none,
	// and half of Memory is the most.
	Kept int64
	// Parallelism is how many ranges one reader fetches at once; zero means 16: they wait for the network, not for
	// processors, and the link bounds how many bytes they ask for.
	Parallelism int
	// CacheDir is a folder to keep ranges of files and listings of commits in, for later reads and for other processes; "" keeps none on
	// disk.
	CacheDir string
	// CacheSize is about how many bytes of files CacheDir holds; zero means diskcache.DefaultBound.
	CacheSize int64
	// ResolutionCache is a folder to keep listings of commits in, for other processes too; see [dataset.Resolver.KeepIn]. "" means
	// what the environment variable HFSPARK_RESOLUTION_CACHE says; without it they are kept in memory alone.
	ResolutionCache string
	// Logger gets retries at debug and oddities of data at warn; nil discards them.
	Logger *slog.Logger
}

// Source reads dataset repositories. It is safe for concurrent use.
type Source struct {
	open        func(endpoint, token string) (*hub.Client, error)
	memory      *Memory
	parallelism int
	logger      *slog.Logger
	resolutions string // a folder, or ""
	footers     *parquet.Footers
	pool        *parquet.Pool
	kept        *parquet.Kept // nil keeps nothing in memory
	heads       *heads
	busy        downloads
	cache       *diskcache.Cache // nil keeps nothing on disk

	mu      sync.Mutex
	clients []*client // the one used last comes last
}

// hubClient is what a Source uses of *hub.Client.
type hubClient interface {
	dataset.Hub
	Files
}

// client is a hub client and the listings it has seen.
type client struct {
	endpoint, token string
	hub             hubClient
	access          *access
	resolver        *dataset.Resolver
	link            *parquet.Link
}

const defaultParallelism = 16

// keptClients is how many pairs of endpoint and token a Source remembers.
const keptClients = 32

// New makes a Source.
func New(c Config) *Source {
	if c.Memory <= 0 {
		c.Memory = DefaultMemory
	}
	// What the pool keeps is not in use; the rest of the budget is for what is.
	idle, begun := c.Memory/8, c.Memory/32
	c.Kept = min(max(c.Kept, 0), c.Memory/2)
	s := &Source{
		memory: NewMemory(c.Memory - idle - begun - c.Kept), heads: newHeads(begun), pool: parquet.NewPool(idle), footers: parquet.NewFooters(0),
		parallelism: c.Parallelism, logger: c.Logger, resolutions: cmp.Or(c.ResolutionCache, os.Getenv("HFSPARK_RESOLUTION_CACHE")),
	}
	if c.CacheDir != "" {
		s.resolutions = cmp.Or(s.resolutions, filepath.Join(c.CacheDir, "resolutions"))
	}
	if c.Kept > 0 {
		s.kept = parquet.NewKept(c.Kept, s.pool)
	}
	if s.parallelism <= 0 {
		s.parallelism = defaultParallelism
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if c.CacheDir != "" {
		s.cache = diskcache.Open(c.CacheDir, c.CacheSize, s.logger)
	}
	if c.Client == nil {
		c.Client = hub.NewPool(hub.Options{Endpoint: c.Endpoint, Logger: c.Logger}).Client
	}
	s.open = c.Client
	return s
}

// Hub is the client that a read with the same endpoint and token uses; "" means what they mean in options.
func (s *Source) Hub(endpoint, token string) (*hub.Client, error) { return s.open(endpoint, token) }

func (s *Source) client(endpoint, token string) (*client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.clients, func(c *client) bool {
		return c.token == token && (c.endpoint == endpoint || c.hub.Endpoint() == endpoint)
	})
	if i >= 0 {
		c := s.clients[i]
		s.clients = append(slices.Delete(s.clients, i, i+1), c)
		return c, nil
	}
	h, err := s.open(endpoint, token)
	if err != nil {
		return nil, err
	}
	allowed := newAccess(h)
	c := &client{
		endpoint: endpoint, token: token, hub: h, access: allowed, resolver: dataset.NewResolver(allowed).KeepIn(s.resolutions),
		link: parquet.NewLink(),
	}
	if len(s.clients) == keptClients {
		s.clients = slices.Delete(s.clients, 0, 1)
	}
	s.clients = append(s.clients, c)
	return c, nil
}

func (s *Source) services(c *client, counters *Counters) Services {
	if counters == nil {
		counters = &Counters{}
	}
	return Services{
		Files:  headFiles{c.cachedFiles(countedFiles{c.hub, counters}, s.cache), s.heads, c.access, c.scope(), false},
		Memory: s.memory, Parallelism: s.parallelism, Logger: s.logger, Progress: counters,
		Footers: s.footers, Slices: s.pool, Kept: s.kept, Link: c.link, access: c.access, scope: c.scope(),
	}
}

// Resolve tells what a repository holds, without choosing a split and without opening data files.
func (s *Source) Resolve(ctx context.Context, o Options) (*dataset.Resolution, error) {
	c, err := s.client(o.Endpoint, o.Token)
	if err != nil {
		return nil, err
	}
	return c.resolve(ctx, o)
}

func (c *client) resolve(ctx context.Context, o Options) (*dataset.Resolution, error) {
	resolution, err := c.resolver.Resolve(ctx, dataset.Request{
		Repository: o.Path, Revision: o.Revision, Config: o.Config, DataDir: o.DataDir, DataFiles: o.DataFiles, Parameters: o.Parameters,
		Formats: formatNames(),
	})
	if err == nil && o.Columns != nil {
		err = resolution.CheckOption("columns")
	}
	if err == nil && o.Filters != nil {
		err = resolution.CheckOption("filters")
	}
	if err != nil {
		return nil, err
	}
	return resolution, nil
}

// defaultSplit is the split that is read when none is asked for.
const defaultSplit = "train"

// Table plans the read of a split: it resolves the repository, announces the columns, checks columns and filters against them,
// and lists the partitions. Errors are *dataset.Error, *OptionError or *hub.Error.
func (s *Source) Table(ctx context.Context, o Options) (*Table, error) {
	c, err := s.client(o.Endpoint, o.Token)
	if err != nil {
		return nil, err
	}
	resolution, err := c.resolve(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, w := range resolution.Warnings {
		s.logger.Warn(w, "dataset", resolution.Repository)
	}
	format, err := formatOf(resolution.Format)
	if err != nil {
		return nil, &dataset.Error{
			Code: dataset.CodeUnsupported, Repository: resolution.Repository, Revision: resolution.Revision, Message: err.Error(),
		}
	}
	if columns, ok := parquetColumns(resolution); ok && o.Columns == nil {
		o.Columns = columns
	}
	filters, err := readmeFilters(resolution)
	if err != nil {
		return nil, parameterError(err, resolution, o)
	}
	if o.Filters == nil {
		o.Filters = filters
	}
	parameters, err := format.Parameters(maps.Clone(resolution.Parameters))
	if err != nil {
		return nil, parameterError(err, resolution, o)
	}
	name := o.Split
	if name == "" {
		name = defaultSplit
	}
	split, err := chooseSplit(resolution, name)
	if err != nil {
		return nil, err
	}
	counters := &Counters{}
	subset := Subset{Endpoint: c.hub.Endpoint(), Resolution: resolution, Split: name, Parameters: parameters}
	full, parts, err := planSplit(ctx, s.services(c, counters), format, subset, split, o)
	if err != nil {
		return nil, asDataError(err, resolution.Repository, "")
	}
	table := &Table{Resolution: resolution, Split: name, Options: o, Partitions: parts, counters: counters, token: o.Token}
	table.Options.Token = ""
	if table.Schema, err = project(full, o.Columns); err != nil {
		return nil, err
	}
	if table.Filters, err = checkFilters(o.Filters, full); err != nil {
		return nil, err
	}
	return table, nil
}

// parquetColumns takes the parameter columns, which a README may set for Parquet files, out of the parameters: here all formats have
// it, as an option.
func parquetColumns(r *dataset.Resolution) ([]string, bool) {
	items, ok := r.Parameters["columns"].([]any)
	if !ok || r.Format != "parquet" {
		return nil, false
	}
	out := make([]string, len(items))
	for i, item := range items {
		if out[i], ok = item.(string); !ok {
			return nil, false // The format refuses what is no list of names.
		}
	}
	delete(r.Parameters, "columns")
	return out, true
}

// readmeFilters takes the parameter filters, which a README may set for Parquet files and folders of media, out of the parameters.
func readmeFilters(r *dataset.Resolution) (Predicate, error) {
	items, ok := r.Parameters["filters"].([]any)
	if !ok {
		return nil, nil // The format refuses what is no list.
	}
	text, err := json.Marshal(items)
	if err != nil {
		return nil, badOption("filters", "it cannot be written as JSON: %v", err)
	}
	delete(r.Parameters, "filters")
	return parseFilters(string(text))
}

// parameterError tells of a parameter that the README sets, rather than an option, where to look for it.
func parameterError(err error, r *dataset.Resolution, o Options) error {
	var option *OptionError
	if !errors.As(err, &option) {
		return err
	}
	if _, given := o.Parameters[option.Option]; given {
		return err
	}
	return &dataset.Error{
		Code: dataset.CodeMetadata, Repository: r.Repository, Revision: r.Revision,
		Message: fmt.Sprintf("README.md sets parameters of the subset %q", r.Config), Err: err,
	}
}

func chooseSplit(r *dataset.Resolution, name string) (dataset.Split, error) {
	names := make([]string, len(r.Splits))
	for i, split := range r.Splits {
		if split.Name == name {
			return split, nil
		}
		names[i] = split.Name
	}
	hint := "Choose one with the option split: " + quoteList(names, ", ")
	if len(names) == 0 {
		hint = ""
	}
	return dataset.Split{}, &dataset.Error{
		Code: dataset.CodeSplitNotFound, Repository: r.Repository, Revision: r.Revision,
		Message: fmt.Sprintf("the subset %q has no split %q", r.Config, name), Hint: hint,
	}
}

func partitions(subset Subset, split dataset.Split, schema *arrow.Schema, counters *Counters) []Partition {
	out := make([]Partition, len(split.Files))
	for i, f := range split.Files {
		file := subset.File(f)
		out[i] = Partition{
			Endpoint: subset.Endpoint, Repository: file.Repo.ID, Commit: file.Revision, Path: f.Path, Size: f.Size,
			Hash: f.Hash, Format: subset.Resolution.Format, Parameters: subset.Parameters, Schema: Schema{schema}, counters: counters,
		}
		counters.files.Add(1)
		counters.listed.Add(max(f.Size, 0))
	}
	return out
}

// Read opens a partition. token is that of Options, or "" for what the environment gives. The partition may have travelled as
// JSON from another machine; its endpoint is used.
func (s *Source) Read(ctx context.Context, p Partition, token string, r Request) (Reader, error) {
	if p.Schema.Schema == nil {
		return nil, fmt.Errorf("read %s of dataset %s: the partition has no schema", p.Path, p.Repository)
	}
	for _, name := range slices.Concat(r.Columns, Columns(r.Filters)) {
		if !p.Schema.HasField(name) {
			return nil, fmt.Errorf("read %s of dataset %s: there is no column %q; %s", p.Path, p.Repository, name,
				didYouMean(name, fieldNames(p.Schema.Schema)))
		}
	}
	format, err := formatOf(p.Format)
	if err != nil {
		return nil, err
	}
	c, err := s.client(p.Endpoint, token)
	if err != nil {
		return nil, err
	}
	services := s.services(c, p.counters)
	if h, ok := services.Files.(headFiles); ok {
		h.whole = r.Limit == 0 && !r.Sparing
		services.Files = h
	}
	if p.Download {
		services.Files = s.downloads(c, services)
	}
	open := func(ctx context.Context, p Partition, r Request) (Reader, error) {
		reader, err := format.Open(ctx, services, p, r)
		if err != nil {
			return nil, asDataError(err, p.Repository, p.Path)
		}
		return checkedReader{reader, p}, nil
	}
	if len(p.More) == 0 {
		return open(ctx, p, r)
	}
	left := p.files()
	reader := &filesReader{left: left, open: open, request: r, ctx: ctx, skip: services.Progress.FileDone}
	if r.Limit == 0 && p.Folder == nil { // Of metadata files the rows count, not the bytes.
		reader.ahead = newFetchAhead(ctx, services.Files, left, services.Parallelism)
		services.Files = reader.ahead
	}
	return reader, nil
}

// Token is the token that the options gave, or "". It is kept apart from what is printed and what travels.
func (t *Table) Token() string { return t.token }

// Progress tells how far the reads of the table's partitions have come in this process.
func (t *Table) Progress() Progress { return t.counters.Progress() }
