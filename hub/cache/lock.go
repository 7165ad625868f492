package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hfspark/hfspark/internal/filelock"
)

// lockInterval is how often a lock that another process holds is tried again; Python's filelock waits as long.
const lockInterval = 50 * time.Millisecond

// Lock is a lock that is held.
type Lock struct {
	file *os.File // nil where the file system has no locks
}

// Exclusive tells whether the lock keeps others out. Some network file systems have no locks: whoever writes there must use names
// that nobody else does.
func (l *Lock) Exclusive() bool { return l.file != nil }

// Unlock gives the lock back. The file stays: to remove it would break the lock for whoever waits at it.
func (l *Lock) Unlock() {
	if l.file != nil {
		_ = l.file.Close() // It releases the lock whatever it returns.
	}
}

func (r *Repository) locks() string { return filepath.Join(r.cache.dir, ".locks", r.name) }

// Lock waits until this process alone writes the blob with an entity tag.
func (r *Repository) Lock(ctx context.Context, etag string) (*Lock, error) {
	return LockFile(ctx, filepath.Join(r.locks(), etag+".lock"))
}

// LockFile waits for the lock that a file stands for, which huggingface_hub and this module honour alike. The file is made if it is
// not there, its folder is not. Where the file system has no locks it succeeds without one.
func LockFile(ctx context.Context, path string) (*Lock, error) {
	file, err := openLock(path)
	if err != nil {
		return nil, fmt.Errorf("lock a file of the cache: %w", err)
	}
	for {
		taken, err := filelock.Try(file)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return &Lock{}, file.Close()
		case err != nil:
			return nil, fmt.Errorf("lock %s: %w", path, errors.Join(err, file.Close()))
		case taken:
			return &Lock{file: file}, nil
		}
		timer := time.NewTimer(lockInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, errors.Join(context.Cause(ctx), file.Close())
		case <-timer.C:
		}
	}
}

// openLock opens a lock file that all users of a group may wait at. One that belongs to somebody else can be locked all the same.
func openLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o664) //nolint:gosec // As huggingface_hub makes them.
	if errors.Is(err, fs.ErrPermission) {
		return os.Open(path)
	}
	if err == nil {
		_ = file.Chmod(0o664) // The umask may have taken the group's rights; only the owner can give them.
	}
	return file, err
}
