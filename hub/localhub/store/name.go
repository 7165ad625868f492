package store

// ValidName tells whether name can be a part of a repository's id, by the Hub's rules.
func ValidName(name string) bool { panic("todo") }

// CheckPath tells whether a file of a repository can be called path: what is absolute, holds empty, "." or ".." components, ".git"
// or ".cache" in any capitals, control characters or backslashes, is not UTF-8 or longer than 4096 bytes cannot, and is an
// [ErrBadPath] in a [PathError].
func CheckPath(path string) error { panic("todo") }
