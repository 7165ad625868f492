package wire

// Bucket describes a storage bucket.
type Bucket struct {
	ID         string `json:"id"`
	Private    bool   `json:"private"`
	CreatedAt  string `json:"createdAt"` // RFC 3339
	Size       int64  `json:"size"`      // bytes of all files
	TotalFiles int    `json:"totalFiles"`
}

// BucketEntry is a file or folder of a bucket.
type BucketEntry struct {
	Type    string `json:"type"`
	Path    string `json:"path"`
	Size    *int64 `json:"size,omitempty"`    // bytes of a file
	XetHash string `json:"xetHash,omitempty"` // of a file
}

// BucketPathsRequest asks what files of a bucket are.
type BucketPathsRequest struct {
	Paths []string `json:"paths"` // at most 1,000
}
