package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/hfspark/hfspark/hub"
	"github.com/hfspark/hfspark/source/diskcache"
)

// cachedFiles reads ranges of files from the cache on disk, and those that are not there from elsewhere.
type cachedFiles struct {
	files  Files
	cache  *diskcache.Cache
	access *access
	scope  string // see client.scope
}

func (c *client) cachedFiles(files Files, cache *diskcache.Cache) Files {
	if cache == nil {
		return files
	}
	return cachedFiles{files: files, cache: cache, access: c.access, scope: c.scope()}
}

// Range implements Files.
func (c cachedFiles) Range(ctx context.Context, f hub.File, offset, length int64) (io.ReadCloser, error) {
	wanted := length
	if length < 0 {
		wanted = f.Size - offset
	}
	if f.ETag == "" || f.Size < 0 || wanted <= 0 || offset > f.Size-wanted {
		return c.files.Range(ctx, f, offset, length)
	}
	sum := sha256.Sum256([]byte(c.scope + f.ETag))
	key := hex.EncodeToString(sum[:])
	if c.cache.Has(key, offset, wanted) && !c.access.allows(ctx, f.Repo) {
		return c.files.Range(ctx, f, offset, length)
	}
	return c.cache.Range(ctx, key, offset, wanted, func(ctx context.Context, at, n int64) (io.ReadCloser, error) {
		if at == 0 && n == f.Size {
			n = -1 // The whole file takes a request without a range.
		}
		return c.files.Range(ctx, f, at, n)
	})
}
