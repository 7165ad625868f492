package store

// DefaultLargeFile is the size in bytes from which a file counts as large.
const DefaultLargeFile = 1 << 20

// IsLarge tells whether a file of that name and size belongs into LFS by the .gitattributes of new datasets on the Hub, or because it
// has at least threshold bytes. Empty files never do.
func IsLarge(name string, size, threshold int64) bool { panic("todo") }

// GitAttributes is the file .gitattributes of a new repository: which files are in LFS.
func GitAttributes() []byte { panic("todo") }
