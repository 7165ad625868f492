//go:build unix

package localwrite

import (
	"os"

	"github.com/hfspark/hfspark/internal/filelock"
)

// tryLock takes the lock of a file unless somebody has it.
func tryLock(file *os.File) (taken bool, err error) { return filelock.Try(file) }
