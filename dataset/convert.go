package dataset

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hfspark/hfspark/hub"
)

// convertedRevision is the branch that holds the Hub's own conversion of a dataset to Parquet.
const convertedRevision = "refs/convert/parquet"

// partialSplit begins the folder of a split that the Hub converted only the beginning of.
const partialSplit = "partial-"

// unreadable tells why a repository cannot be read as it is, though its conversion to Parquet may; "" when it can, or when the
// request asks for more than a subset.
func (r *resolver) unreadable(resolution *Resolution, err error) string {
	if r.request.Revision != "" && r.request.Revision != "main" || r.request.DataFiles != nil || r.request.DataDir != "" {
		return ""
	}
	var e *Error
	switch {
	case errors.As(err, &e) && e.Code == CodeScript:
		return "the dataset is read by a Python script"
	case err == nil && r.request.Formats != nil && !slices.Contains(r.request.Formats, resolution.Format):
		return fmt.Sprintf("the format %s is not read here", resolution.Format)
	}
	return ""
}

// converted resolves the conversion to Parquet: <subset>/<split>/<number>.parquet. It returns nil when there is none.
func (r *resolver) converted(ctx context.Context, original *Resolution, why string) (*Resolution, error) {
	info, err := r.hub.Info(ctx, r.repo, convertedRevision)
	if errors.Is(err, hub.ErrRevisionNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	files, err := r.Resolver.tree(r.repo, info.SHA).below(ctx, "", false)
	if err != nil {
		return nil, err
	}
	subsets, names := map[string][]Split{}, []string(nil)
	partial := map[string]bool{}
	for _, f := range files {
		parts := strings.Split(f.Path, "/")
		if len(parts) != 3 || !strings.HasSuffix(parts[2], ".parquet") {
			continue
		}
		config := parts[0]
		split, cut := strings.CutPrefix(parts[1], partialSplit)
		if cut {
			partial[config] = true
		}
		splits := subsets[config]
		if splits == nil {
			names = append(names, config)
		}
		i := slices.IndexFunc(splits, func(s Split) bool { return s.Name == split })
		if i < 0 {
			splits, i = append(splits, Split{Name: split}), len(splits)
		}
		splits[i].Files = append(splits[i].Files, f)
		subsets[config] = splits
	}
	if len(names) == 0 {
		return nil, nil
	}
	out := &Resolution{
		Repository: r.repo.ID, Revision: r.request.Revision, Commit: info.SHA, Configs: names, Format: "parquet", Converted: true,
		DefaultConfig: convertedDefault(names, original), Parameters: r.request.Parameters,
	}
	for name := range r.request.Parameters {
		if !knowsParameter(out.Format, name) {
			return nil, r.noParameter(out.Format, name)
		}
	}
	out.Config = r.request.Config
	if out.Config == "" {
		out.Config = out.DefaultConfig
	}
	if subsets[out.Config] == nil {
		return nil, r.noSubset(out.Config, names)
	}
	out.Splits = subsets[out.Config]
	slices.SortStableFunc(out.Splits, func(a, b Split) int { return splitRank(a.Name) - splitRank(b.Name) })
	out.Warnings = append(out.Warnings, fmt.Sprintf("%s: what is read instead is the Hub's own conversion to Parquet, its branch %s", why, convertedRevision))
	if partial[out.Config] {
		out.Warnings = append(out.Warnings, "the Hub converted only the beginning of the subset "+out.Config+" to Parquet: rows are missing")
	}
	return out, nil
}

// convertedDefault is the default subset of a conversion.
func convertedDefault(names []string, original *Resolution) string {
	switch {
	case len(names) == 1:
		return names[0]
	case original != nil && slices.Contains(names, original.DefaultConfig):
		return original.DefaultConfig
	case slices.Contains(names, defaultConfig):
		return defaultConfig
	}
	return ""
}
