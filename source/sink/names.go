package sink

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/dataset"
)

// Files are named <folder>/<split>-NNNNN-of-MMMMM.parquet, which is what push_to_hub of the datasets library writes and what the
// library finds without a configs entry. An append goes on counting behind the highest number there and renames nothing: MMMMM
// then tells how many files there were when the file was written. Names cannot collide, because the commit is bound to the commit
// that the names were chosen for; when another writer was faster they are chosen anew.

// maxFiles is how many files the five digits can number.
const maxFiles = 100_000

var numbered = regexp.MustCompile(`-([0-9]{5})-of-[0-9]{5}[^/]*$`)

// directory is the folder of a split's files: as push_to_hub chooses it.
func directory(dataDir, config string) string {
	switch {
	case dataDir != "":
		return dataDir
	case config == defaultConfig:
		return "data"
	}
	return config
}

// defaultConfig is the name of the subset of a repository that names none.
const defaultConfig = "default"

// pattern matches the files of a split that the sink writes.
func pattern(directory, split string) string { return directory + "/" + split + "-*" }

// pathsOf lists the paths of files.
func pathsOf(files []dataset.File) []string {
	out := make([]string, len(files))
	for i, f := range files {
		out[i] = f.Path
	}
	return out
}

// inFolder tells whether a path is a file of the split in a folder, by the names that the sink and push_to_hub give.
func inFolder(file, folder, split string) bool {
	return path.Dir(file) == folder && strings.HasPrefix(path.Base(file), split+"-")
}

// nextNumber is the number of the first file that is added behind others.
func nextNumber(taken []string, directory, split string) int {
	next := 0
	for _, file := range taken {
		if !inFolder(file, directory, split) {
			continue
		}
		if m := numbered.FindStringSubmatch(file); m != nil {
			n, err := strconv.Atoi(m[1])
			if err == nil {
				next = max(next, n+1)
			}
		}
	}
	return next
}

// names chooses the paths of n files behind those that are there.
func names(taken []string, directory, split string, n int) ([]string, error) {
	first := nextNumber(taken, directory, split)
	if first+n > maxFiles {
		return nil, fmt.Errorf("%d files behind the %d of the split %s cannot be numbered with five digits: write larger files with max_bytes_per_file, or overwrite",
			n, first, split)
	}
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s/%s-%05d-of-%05d.parquet", directory, split, first+i, first+n)
	}
	return out, nil
}

// partName is a file of a folder that is written by name: part-00000.parquet and so on, as the Hub's documentation does it.
var partName = regexp.MustCompile(`^part-([0-9]{5,})\.parquet$`)

// partNames chooses the paths of n files in a folder behind those that are kept.
func partNames(kept []string, folder string, n int) []string {
	next := 0
	for _, file := range kept {
		if m := partName.FindStringSubmatch(path.Base(file)); m != nil {
			if number, err := strconv.Atoi(m[1]); err == nil {
				next = max(next, number+1)
			}
		}
	}
	out := make([]string, n)
	for i := range out {
		out[i] = path.Join(folder, fmt.Sprintf("part-%05d.parquet", next+i))
	}
	return out
}
