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
	files Files
	cache *diskcache.Cache
	// scope goes into the keys: what one user may read another may not, and who names an endpoint also makes up its hashes.
	scope string
}

func (c *client) cachedFiles(files Files, cache *diskcache.Cache) Files {
	if cache == nil {
		return files
	}
	return cachedFiles{files: files, cache: cache, scope: c.hub.Endpoint() + "\n" + c.token + "\n"}
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
	key := sha256.Sum256([]byte(c.scope + f.ETag))
	return c.cache.Range(ctx, hex.EncodeToString(key[:]), offset, wanted, func(ctx context.Context, at, n int64) (io.ReadCloser, error) {
		if at == 0 && n == f.Size {
			n = -1 // The whole file takes a request without a range.
		}
		return c.files.Range(ctx, f, at, n)
	})
}
