package sink

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source"
)

// target is what a repository holds, at one commit, where a write goes to.
type target struct {
	commit  string
	config  string
	configs []string        // all subsets
	implied []dataset.Split // of the default subset, when the README does not name it and another one is written
	splits  []dataset.Split // of the subset, with files
	files   []dataset.File  // of the split

	schema   *arrow.Schema // of the split when it is appended to, or else of another split of the subset; nil when none binds
	schemaOf string
	features *dataset.Features

	folder string   // of new files
	around []string // all files in that folder
	readme []byte   // nil when there is none
	card   dataset.CardSplit
}

// readFiles are the files that tell what a repository holds.
const (
	readmeName     = "README.md"
	standaloneName = ".huggingface.yaml"
	maxReadme      = 64 << 20
)

// look reads what is there at a commit.
func (w *Write) look(ctx context.Context, commit string) (*target, error) {
	t := &target{commit: commit}
	if w.Options.ByName != "" {
		return t, w.lookByName(ctx, t)
	}
	if w.Options.folderAlone() {
		return t, w.lookFolder(ctx, t)
	}
	if err := w.lookSubset(ctx, t); err != nil {
		return nil, err
	}
	if err := w.lookCard(ctx, t); err != nil {
		return nil, err
	}
	t.folder = directory(w.Options.DataDir, t.config)
	if w.Options.DataDir == "" && t.card.Folder != "" {
		t.folder = t.card.Folder
	}
	if strings.ContainsAny(t.folder, magic) {
		return nil, fmt.Errorf("write to %s: the folder %q of the subset %s has characters that patterns of files are made of: give another one with the option data_dir",
			w.Repo, t.folder, t.config)
	}
	if err := w.lookAround(ctx, t); err != nil {
		return nil, err
	}
	return t, w.bind(ctx, t)
}

// magic are the characters of a pattern that stand for others.
const magic = "*?["

// lookAround lists the folder of new files. Among them may be some that belong to no split.
func (w *Write) lookAround(ctx context.Context, t *target) error {
	for e, err := range w.client.List(ctx, hub.Dataset(w.Repo), t.commit, t.folder, false) {
		if errors.Is(err, hub.ErrEntryNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Type == hub.TypeFile {
			t.around = append(t.around, e.Path)
		}
	}
	return nil
}

// patterns find files of a split, and no others: those that lie and are named as the sink does it by one pattern, unless that finds
// files that are neither among them nor removed, and others by their paths.
func (t *target) patterns(split string, files []string, removed []dataset.File) []string {
	ours := map[string]bool{}
	for _, f := range files {
		ours[f] = true
	}
	for _, f := range removed {
		ours[f.Path] = true
	}
	byPattern := !slices.ContainsFunc(t.around, func(f string) bool { return inFolder(f, t.folder, split) && !ours[f] })
	var out []string
	for _, f := range files {
		p := f
		if byPattern && inFolder(f, t.folder, split) {
			p = pattern(t.folder, split)
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func (w *Write) readOptions(commit string) source.Options {
	return source.Options{Path: w.Repo, Revision: commit, Token: w.Options.Token, Endpoint: w.Options.Endpoint}
}

// lookFolder lists the split's files in a folder.
func (w *Write) lookFolder(ctx context.Context, t *target) error {
	t.config, t.folder = defaultConfig, w.Options.DataDir
	for e, err := range w.client.List(ctx, hub.Dataset(w.Repo), t.commit, t.folder, false) {
		if errors.Is(err, hub.ErrEntryNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Type == hub.TypeFile && inFolder(e.Path, t.folder, w.Options.Split) {
			t.files = append(t.files, dataset.File{Path: e.Path, Size: e.Size, Hash: e.ContentHash()})
		}
	}
	if len(t.files) == 0 || w.Options.Mode != Append {
		return nil
	}
	slices.SortFunc(t.files, func(a, b dataset.File) int { return strings.Compare(a.Path, b.Path) })
	o := w.readOptions(t.commit)
	o.Split = w.Options.Split
	o.DataFiles = []any{map[string]any{"split": w.Options.Split, "path": t.folder + "/" + w.Options.Split + "-*"}}
	return w.bindTo(ctx, t, o)
}

// lookByName finds the file, or the parts in the folder.
func (w *Write) lookByName(ctx context.Context, t *target) error {
	t.config, t.folder = defaultConfig, w.Options.ByName
	if w.Options.oneFile() {
		entries, err := w.client.PathsInfo(ctx, hub.Dataset(w.Repo), t.commit, []string{w.Options.ByName})
		for _, e := range entries {
			if e.Type != hub.TypeFile {
				return fmt.Errorf("write to %s: %s is a folder there; name a file in it", w.Repo, e.Path)
			}
			t.files = append(t.files, dataset.File{Path: e.Path, Size: e.Size, Hash: e.ContentHash()})
		}
		return err
	}
	folder := strings.TrimPrefix(t.folder, ".")
	for e, err := range w.client.List(ctx, hub.Dataset(w.Repo), t.commit, folder, false) {
		if errors.Is(err, hub.ErrEntryNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.Type == hub.TypeFile && partName.MatchString(path.Base(e.Path)) {
			t.files = append(t.files, dataset.File{Path: e.Path, Size: e.Size, Hash: e.ContentHash()})
		}
	}
	slices.SortFunc(t.files, func(a, b dataset.File) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// lookSubset resolves the subset; one that is not there yet has no splits.
func (w *Write) lookSubset(ctx context.Context, t *target) error {
	o := w.readOptions(t.commit)
	o.Config = w.Options.Config
	r, err := w.sink.tables.Resolve(ctx, o)
	var failed *dataset.Error
	switch {
	case err == nil:
	case errors.As(err, &failed) && (failed.Code == dataset.CodeEmpty || failed.Code == dataset.CodeNoData):
		t.config = orDefault(w.Options.Config)
		return nil
	case errors.As(err, &failed) && failed.Code == dataset.CodeConfigNotFound:
		t.config = w.Options.Config
		return w.lookOthers(ctx, t)
	default:
		return err
	}
	if r.Converted {
		return fmt.Errorf("write to %s: its data come from a script or a format that cannot be read, and what is read is the Hub's conversion of them; "+
			"write to another repository, or with the option data_dir to a folder", w.Repo)
	}
	t.config, t.configs, t.features = r.Config, r.Configs, r.Features
	for _, s := range r.Splits {
		if len(s.Files) == 0 {
			continue
		}
		if s.Name == w.Options.Split {
			t.files = s.Files
		}
		t.splits = append(t.splits, s)
	}
	if r.Format != "parquet" && len(t.splits) > 0 && !w.replacesAll(t) {
		return fmt.Errorf("write to %s, subset %s: its files are %s, and one subset has one format: hfspark writes Parquet; "+
			"overwrite the only split, or write to another repository", w.Repo, t.config, r.Format)
	}
	return nil
}

// lookOthers looks at the subsets of a repository that lacks the one that is written.
func (w *Write) lookOthers(ctx context.Context, t *target) error {
	o := w.readOptions(t.commit)
	r, err := w.sink.tables.Resolve(ctx, o)
	var failed *dataset.Error
	if errors.As(err, &failed) && failed.Code == dataset.CodeConfigMissing { // The README names them all, and no default.
		if err := w.lookReadme(ctx, t); err != nil {
			return err
		}
		subsets, err := dataset.CardSubsets(t.readme)
		if err != nil || len(subsets) == 0 {
			return errors.Join(err, failed)
		}
		o.Config = subsets[0].Name
		if r, err = w.sink.tables.Resolve(ctx, o); err != nil {
			return err
		}
	} else if err != nil {
		if failed != nil && (failed.Code == dataset.CodeEmpty || failed.Code == dataset.CodeNoData) {
			t.configs = []string{defaultConfig}
			return nil
		}
		return err
	}
	if r.Converted || r.Format != "parquet" {
		return fmt.Errorf("write to %s, subset %s: its subset %s is not kept as Parquet, and all subsets of a repository have one format: hfspark writes Parquet; "+
			"write to another repository, or with the option data_dir to a folder", w.Repo, t.config, r.Config)
	}
	t.configs, t.implied = r.Configs, r.Splits
	return nil
}

func orDefault(config string) string {
	if config == "" {
		return defaultConfig
	}
	return config
}

// replacesAll tells whether nothing of the subset is left after the write.
func (w *Write) replacesAll(t *target) bool {
	return w.Options.Mode == Overwrite && len(t.splits) == 1 && len(t.files) > 0 && len(t.configs) <= 1
}

// lookCard reads what the README tells of the split.
func (w *Write) lookCard(ctx context.Context, t *target) (err error) {
	if err := w.lookReadme(ctx, t); err != nil {
		return err
	}
	t.card, err = dataset.ReadCardSplit(t.readme, t.config, w.Options.Split)
	return err
}

// lookReadme reads the README.
func (w *Write) lookReadme(ctx context.Context, t *target) error {
	if t.readme != nil {
		return nil
	}
	entries, err := w.client.PathsInfo(ctx, hub.Dataset(w.Repo), t.commit, []string{readmeName, standaloneName})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Path == standaloneName {
			return fmt.Errorf("write to %s: its %s takes the place of the README's lists of subsets, and hfspark does not edit it; "+
				"move its contents to the README, or write with the option data_dir to a folder", w.Repo, standaloneName)
		}
		text, err := w.client.ReadFile(ctx, hub.File{Repo: hub.Dataset(w.Repo), Revision: t.commit, Path: e.Path, Size: e.Size}, maxReadme)
		if err != nil {
			return err
		}
		t.readme = text
	}
	return nil
}

// bind finds the columns that new rows must have: those of the split when they are appended, and else those of the other splits,
// since a subset has one list of features.
func (w *Write) bind(ctx context.Context, t *target) error {
	name := ""
	for _, s := range t.splits {
		own := s.Name == w.Options.Split
		if own && w.Options.Mode == Append || !own && name == "" {
			name = s.Name
			if own {
				break
			}
		}
	}
	if name == "" {
		return nil
	}
	o := w.readOptions(t.commit)
	o.Config, o.Split = t.config, name
	if !slices.Contains(t.configs, t.config) {
		o.Config = ""
	}
	return w.bindTo(ctx, t, o)
}

func (w *Write) bindTo(ctx context.Context, t *target, o source.Options) error {
	table, err := w.sink.tables.Table(ctx, o)
	if err != nil {
		return fmt.Errorf("look at the columns that are there: %w", err)
	}
	t.schema, t.schemaOf = table.Schema, o.Split
	return nil
}
