package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/hub"
)

// candidate is a subset that may be chosen, before its files are looked up.
type candidate struct {
	name       string
	base       string
	patterns   []splitPatterns // resolved when the subset is chosen, unless files are there
	splits     []Split
	features   *Features
	parameters map[string]any
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
				e.Hint = "Check data_dir and data_files of that subset in README.md"
			}
		}
		if err != nil {
			return nil, "", err
		}
		if entry.badName != nil {
			return nil, "", entry.badName
		}
		one.addParameters(r, format.format, entry.parameters)
		out = append(out, one)
	}
	return out, defaultName, nil
}

func (c *candidate) addParameters(r *resolver, format string, parameters *mapping) {
	for _, k := range parameters.keys {
		name := fmt.Sprint(k)
		if !knowsParameter(format, name) || deafParameters[format] == name {
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
func (r *resolver) choose(candidates []*candidate, defaultName, format string) (*candidate, error) {
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
		return nil, r.noSubset(asked, names)
	}
	if len(candidates) == 1 {
		return candidates[0], nil
	}
	if r.request.DataDir == "" && r.request.DataFiles == nil && len(r.request.Parameters) == 0 {
		return nil, r.noSubset("", names)
	}
	if r.request.DataDir == "" && r.request.DataFiles == nil {
		for name := range r.request.Parameters {
			if !knowsParameter(format, name) {
				return nil, r.noParameter(format, name)
			}
		}
		return nil, r.fail(CodeConfigMissing, "it has several subsets and none of them is the default; parameters alone do not choose one",
			"Choose one with the option config: "+list)
	}
	return &candidate{name: defaultConfig, base: r.base}, nil
}

// noSubset tells that a subset that was asked for, or "" for the default one, is not there.
func (r *resolver) noSubset(name string, names []string) error {
	list := strings.Join(names, ", ")
	if name == "" {
		return r.fail(CodeConfigMissing, "it has several subsets and none of them is the default", "Choose one with the option config: "+list)
	}
	return r.fail(CodeConfigNotFound, fmt.Sprintf("there is no subset %q", name), "There are: "+list)
}

// fillSplits finds the files of the chosen subset and gives it the caller's parameters.
func (r *resolver) fillSplits(ctx context.Context, c *candidate, format voted, voters []Split) error {
	for name, value := range r.request.Parameters {
		if !knowsParameter(format.format, name) {
			return r.noParameter(format.format, name)
		}
		if c.parameters == nil {
			c.parameters = map[string]any{}
		}
		c.parameters[name] = value
	}
	var err error
	switch {
	case r.request.DataDir != "":
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
	if err := r.checkBelongs(c.splits); err != nil {
		return err
	}
	for _, s := range c.splits {
		if !splitName.MatchString(s.Name) {
			return r.fail(CodeSplitName, fmt.Sprintf("%q is not a name for a split: those have letters, digits, underscores and single dots only", s.Name), "")
		}
	}
	return nil
}

// checkBelongs refuses data files that are not of the repository, as the library does at this late point (builder.py).
func (r *resolver) checkBelongs(splits []Split) error {
	if r.repo.Type == hub.RepoBucket {
		return nil // The library asks it of repositories alone.
	}
	for _, s := range splits {
		for _, f := range s.Files {
			if r.foreign[f] {
				return r.fail(CodeForeignFile, fmt.Sprintf("its data file %s of %s is not taken for part of the repository", f.Path, cmp.Or(f.Repository, r.repo.ID)),
					"Give paths relative to its root, or hf://datasets/"+r.repo.ID+"@<revision>/<path>; a table of files of several repositories is "+
						"loaded by the name of their format as the path, such as parquet, with data_files")
			}
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
