package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/dustin/go-humanize"
	"github.com/spf13/pflag"

	"github.com/hfspark/hfspark/source/diskcache"
)

// cacheFlags say where ranges of files and listings are kept for later runs.
type cacheFlags struct{ dir, size string }

const (
	cacheDirVariable  = "HFSPARK_KEEP_DIR"
	cacheSizeVariable = "HFSPARK_KEEP_SIZE"
)

func (f *cacheFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "keep-dir", "", "folder to keep footers, fetched ranges and listings in, for later runs and other processes "+
		"(default: "+cacheDirVariable+"; else none is kept unless --keep-size is given)")
	flags.StringVar(&f.size, "keep-size", "", fmt.Sprintf("how much that folder may hold, such as 20GiB; 0 keeps nothing (default: %s, or %s)",
		cacheSizeVariable, humanize.IBytes(uint64(diskcache.DefaultBound))))
}

// values are the folder, "" for none, and how many bytes it may hold.
func (f *cacheFlags) values() (dir string, bound int64, err error) {
	dir, size := cmp.Or(f.dir, os.Getenv(cacheDirVariable)), cmp.Or(f.size, os.Getenv(cacheSizeVariable))
	if size == "" {
		return dir, diskcache.DefaultBound, nil
	}
	bytes, err := humanize.ParseBytes(size)
	if err != nil || bytes > math.MaxInt64 {
		return "", 0, usageError{fmt.Errorf("--keep-size %q: write a size such as 512MB or 20GiB, or 0", size)}
	}
	if bytes == 0 {
		return "", 0, nil
	}
	if dir == "" {
		caches, err := os.UserCacheDir()
		if err != nil {
			return "", 0, usageError{fmt.Errorf("--keep-size %s: no folder for caches is known (%w); name one with --keep-dir", size, err)}
		}
		dir = filepath.Join(caches, "hfspark")
	}
	return dir, int64(bytes), nil
}
