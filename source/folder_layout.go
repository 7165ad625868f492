package source

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/hfspark/hfspark/dataset"
	"github.com/hfspark/hfspark/dataset/zipdir"
)

// folderFile is a file of a split, by itself or in a zip archive.
type folderFile struct {
	dataset.File
	member *zipdir.Entry
}

func (f folderFile) size() int64 {
	if f.member != nil {
		return f.member.Size
	}
	return max(f.Size, 0)
}

// name is the path of the file, in its archive if it is in one.
func (f folderFile) name() string {
	if f.member != nil {
		return f.member.Name
	}
	return f.Path
}

// folderSplit is a split of a folder format.
type folderSplit struct {
	name        string
	files       []folderFile // what rows are made of: files, then those in archives
	metadata    []folderFile
	addLabels   bool
	addMetadata bool
}

// folderLayout finds out what the splits of a subset hold.
type folderLayout struct {
	format   folderFormat
	options  folderOptions
	services Services
	subset   Subset

	splits []folderSplit
	labels map[string]bool
	depths map[int]bool
	// The last split decides which columns there are.
	addLabels, addMetadata bool

	metadataColumns *arrow.Schema // as the metadata files have them
	linked          *arrow.Schema // with files in place of their names
}

// analyze sorts the files of all splits, in their order: labels and metadata files add up from split to split, as in the library.
func (l *folderLayout) analyze(ctx context.Context) error {
	l.labels, l.depths = map[string]bool{}, map[int]bool{}
	hasMetadata := false
	for _, s := range l.subset.Resolution.Splits {
		split := folderSplit{name: s.Name}
		if err := l.sort(ctx, s.Files, &split); err != nil {
			return err
		}
		hasMetadata = hasMetadata || len(split.metadata) > 0
		drop := l.options.dropLabels
		switch {
		case drop != nil && *drop && l.options.dropMetadata:
		case hasMetadata:
			split.addMetadata = !l.options.dropMetadata
		case drop == nil:
			split.addLabels = len(l.labels) > 1 && len(l.depths) == 1
		default:
			split.addLabels = !*drop
		}
		if split.addMetadata && len(split.metadata) == 0 && len(split.files) > 0 {
			l.services.Logger.Warn("a split has no metadata file where another one has; its files are left out, as in the datasets library",
				"dataset", l.subset.Resolution.Repository, "split", s.Name, "files", len(split.files))
		}
		l.addLabels, l.addMetadata = split.addLabels, split.addMetadata
		l.splits = append(l.splits, split)
	}
	return nil
}

// sort tells samples, metadata files and archives apart. What is none of them is ignored; in archives every file is a sample.
func (l *folderLayout) sort(ctx context.Context, files []dataset.File, into *folderSplit) error {
	var archives []dataset.File
	for _, file := range files {
		last, second := extensions(file.Path)
		known := l.format.kind.extensions
		switch {
		case known[last] || known[second]:
			into.files = append(into.files, folderFile{File: file})
			if known[last] {
				l.note(folderFile{File: file})
			}
		case l.isMetadata(file.Path):
			into.metadata = append(into.metadata, folderFile{File: file})
		case last == ".zip":
			archives = append(archives, file)
		}
	}
	slices.SortStableFunc(into.metadata, func(a, b folderFile) int { return strings.Compare(a.Path, b.Path) })
	for _, archive := range archives {
		if err := l.sortArchive(ctx, archive, into); err != nil {
			return err
		}
	}
	into.metadata = onceEach(into.metadata)
	return nil
}

// onceEach leaves out what is listed again. The library keeps metadata files in a set, unlike files that are rows.
func onceEach(files []folderFile) []folderFile {
	type key struct{ repository, commit, path, member string }
	seen := map[key]bool{}
	var out []folderFile
	for _, f := range files {
		k := key{repository: f.Repository, commit: f.Commit, path: f.Path}
		if f.member != nil {
			k.member = f.member.Name
		}
		if !seen[k] {
			out = append(out, f)
		}
		seen[k] = true
	}
	return out
}

func (l *folderLayout) sortArchive(ctx context.Context, archive dataset.File, into *folderSplit) error {
	entries, err := zipdir.Read(ctx, archive.Size, zipFetch(l.services, l.subset.partition(archive)))
	if err != nil {
		return fmt.Errorf("data file %s: %w", archive.Path, err)
	}
	odd := ""
	for _, e := range zipdir.Walk(entries) {
		file := folderFile{archive, &e}
		switch {
		case l.format.kind.extensions[path.Ext(e.Name)]:
			l.note(file)
		case l.isMetadata(e.Name):
			into.metadata = append(into.metadata, file)
		default:
			odd = e.Name
		}
		into.files = append(into.files, file)
	}
	if odd != "" && !(len(into.metadata) > 0 && !l.options.dropMetadata) {
		l.services.Logger.Warn("an archive holds files that are not "+l.format.kind.column+" files by their names; they are rows as well, as in the datasets library",
			"file", archive.Path, "for_example", odd)
	}
	return nil
}

func (l *folderLayout) isMetadata(file string) bool {
	return slices.Contains(l.options.metadataNames, path.Base(file))
}

// note counts the label and the depth of a file.
func (l *folderLayout) note(f folderFile) {
	if l.options.dropLabels != nil && *l.options.dropLabels {
		return
	}
	l.labels[l.labelOf(f)] = true
	depth := strings.Count(f.Path, "/")
	if f.member != nil {
		depth += strings.Count(f.member.Name, "/") + 1<<10 // Files beside archives lie at another depth.
	}
	l.depths[depth] = true
}

// labelOf is the name of the directory that a file is in. That of the repository's root is the repository's name with its commit,
// as in the library; in an archive it is empty.
func (l *folderLayout) labelOf(f folderFile) string {
	if dir := path.Dir(f.name()); dir != "." {
		return path.Base(dir)
	}
	if f.member != nil {
		return ""
	}
	file := l.subset.File(f.File)
	return path.Base(file.Repo.ID) + "@" + file.Revision
}

func (l *folderLayout) labelNames() []string { return slices.Sorted(maps.Keys(l.labels)) }

// split is the split that is read.
func (l *folderLayout) split() *folderSplit {
	for i := range l.splits {
		if l.splits[i].name == l.subset.Split {
			return &l.splits[i]
		}
	}
	return nil
}
