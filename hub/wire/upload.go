package wire

// Limits of one request, in files (huggingface_hub, _commit_api.py).
const (
	MaxPreupload = 256
	MaxLFSBatch  = 256
)

// MaxSample is how many bytes of a file's head go into [PreuploadFile.Sample].
const MaxSample = 512

// Values of [PreuploadAnswer.UploadMode].
const (
	ModeRegular = "regular" // the content travels in the commit request
	ModeLFS     = "lfs"     // the content is uploaded first, and the commit names its hash
)

// MediaTypeLFS is the media type of Git LFS requests and answers; MediaTypeNDJSON is that of a commit request.
const (
	MediaTypeLFS    = "application/vnd.git-lfs+json"
	MediaTypeNDJSON = "application/x-ndjson"
)

// PreuploadRequest asks how files are to be uploaded.
type PreuploadRequest struct {
	Files         []PreuploadFile `json:"files"`
	GitIgnore     string          `json:"gitIgnore,omitempty"`
	GitAttributes string          `json:"gitAttributes,omitempty"`
}

// PreuploadFile is one file that is to be uploaded.
type PreuploadFile struct {
	Path   string `json:"path"`
	Sample []byte `json:"sample"` // the first [MaxSample] bytes; base64 in JSON
	Size   int64  `json:"size"`
}

// PreuploadResponse is the answer to a [PreuploadRequest].
type PreuploadResponse struct {
	Files     []PreuploadAnswer `json:"files"`
	CommitOID string            `json:"commitOid,omitempty"` // what the revision stands for
}

// PreuploadAnswer tells how one file is to be uploaded.
type PreuploadAnswer struct {
	Path         string `json:"path"`
	UploadMode   string `json:"uploadMode"`
	ShouldIgnore bool   `json:"shouldIgnore"`  // by .gitignore: leave it out of the commit
	OID          string `json:"oid,omitempty"` // of what is at the path now: the SHA-256 of an LFS file, else the git blob id
}

// LFSBatchRequest asks where LFS objects are to be sent.
type LFSBatchRequest struct {
	Operation     string      `json:"operation"` // "upload"
	Transfers     []string    `json:"transfers,omitempty"`
	Objects       []LFSObject `json:"objects"`
	HashAlgorithm string      `json:"hash_algo,omitempty"`
	Ref           *LFSRef     `json:"ref,omitempty"`
}

// LFSRef names the revision that a batch is for.
type LFSRef struct {
	Name string `json:"name"`
}

// LFSObject names content by its SHA-256.
type LFSObject struct {
	OID  string `json:"oid"`
	Size int64  `json:"size"`
}

// LFSBatchResponse is the answer to an [LFSBatchRequest].
type LFSBatchResponse struct {
	Transfer string           `json:"transfer,omitempty"`
	Objects  []LFSBatchAnswer `json:"objects"`
	Message  string           `json:"message,omitempty"`
}

// LFSBatchAnswer tells what to do with one object: nothing when there are no actions, because the Hub holds it.
type LFSBatchAnswer struct {
	OID           string      `json:"oid"`
	Size          int64       `json:"size"`
	Authenticated bool        `json:"authenticated,omitempty"`
	Actions       *LFSActions `json:"actions,omitempty"` // must be left out, not null: huggingface_hub breaks on null
	Error         *LFSError   `json:"error,omitempty"`
}

// LFSActions are the requests that upload an object.
type LFSActions struct {
	Upload *LFSAction `json:"upload,omitempty"`
	Verify *LFSAction `json:"verify,omitempty"`
}

// LFSAction is one request. A multipart upload is told by the key [LFSChunkSize] in the header of an upload action; its other keys are
// part numbers and their addresses, and Href is where the upload is completed.
type LFSAction struct {
	Href   string            `json:"href"`
	Header map[string]string `json:"header,omitempty"`
}

// LFSChunkSize is the key of the part size in [LFSAction.Header].
const LFSChunkSize = "chunk_size"

// LFSError is why one object cannot be uploaded.
type LFSError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// LFSCompletion completes a multipart upload.
type LFSCompletion struct {
	OID   string    `json:"oid"`
	Parts []LFSPart `json:"parts"`
}

// LFSPart is one part of an [LFSCompletion].
type LFSPart struct {
	PartNumber int    `json:"partNumber"` // from 1
	ETag       string `json:"etag"`       // as the storage sent it, quotes included
}

// Keys of the lines of a commit request. The first line is the header.
const (
	KeyHeader        = "header"
	KeyFile          = "file"
	KeyLFSFile       = "lfsFile"
	KeyDeletedFile   = "deletedFile"
	KeyDeletedFolder = "deletedFolder"
)

// CommitHeader is the value of a [KeyHeader] line.
type CommitHeader struct {
	Summary      string `json:"summary"`
	Description  string `json:"description"`
	ParentCommit string `json:"parentCommit,omitempty"`
}

// CommitFile is the value of a [KeyFile] line.
type CommitFile struct {
	Path     string `json:"path"`
	Content  string `json:"content"`
	Encoding string `json:"encoding"` // "base64" or "utf-8"
}

// CommitLFSFile is the value of a [KeyLFSFile] line.
type CommitLFSFile struct {
	Path string `json:"path"`
	Algo string `json:"algo"` // "sha256"
	OID  string `json:"oid"`
	Size *int64 `json:"size,omitempty"` // left out by copies
}

// CommitDeletion is the value of a [KeyDeletedFile] or [KeyDeletedFolder] line.
type CommitDeletion struct {
	Path string `json:"path"`
}

// CommitResponse is the answer to a commit request.
type CommitResponse struct {
	Success        bool   `json:"success"`
	CommitOID      string `json:"commitOid"`
	CommitURL      string `json:"commitUrl"`
	HookOutput     string `json:"hookOutput"`
	PullRequestURL string `json:"pullRequestUrl,omitempty"` // ends in /discussions/ and the number
}

// DuplicateRequest registers LFS objects of one repository with another one.
type DuplicateRequest struct {
	Target DuplicateTarget `json:"target"`
	Files  []DuplicateFile `json:"files"`
}

// DuplicateTarget is the repository that gets the objects.
type DuplicateTarget struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// DuplicateFile is one object of a [DuplicateRequest].
type DuplicateFile struct {
	XetHash  string `json:"xetHash,omitempty"`
	SHA256   string `json:"sha256"`
	Filename string `json:"filename"`
}

// DuplicateResponse tells which objects of a [DuplicateRequest] failed.
type DuplicateResponse struct {
	Failed []DuplicateFailure `json:"failed"`
}

// DuplicateFailure is one object that could not be duplicated.
type DuplicateFailure struct {
	SHA256 string `json:"sha256"`
	Error  string `json:"error"`
}

// ValidateYAML asks whether a README's metadata is valid; the answer is a [Validation].
type ValidateYAML struct {
	Content  string `json:"content"`
	RepoType string `json:"repoType"`
}
