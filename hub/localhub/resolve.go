package localhub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/localhub/store"
	"github.com/hfspark/hfspark/hub/wire"
)

// resolve answers a request for a file: with its bytes, or for a large one with where to get them.
func (e *exchange) resolve() error {
	if !e.rule.Opens(e.user) {
		return e.gated()
	}
	s, err := e.snapshot()
	if err != nil {
		return err
	}
	commit := s.Commit().SHA
	f, err := s.Entry(e.route.path)
	if errors.Is(err, store.ErrNoEntry) || (err == nil && f.Directory) {
		return entryNotFound(e.route.path, commit)
	}
	if err != nil {
		return err
	}
	h := e.w.Header()
	h.Set(wire.HeaderRepoCommit, commit)
	h.Set("Accept-Ranges", "bytes")
	if e.route.bucket {
		h.Set(wire.HeaderXetHash, contentHash(f))
	}
	if !f.Large() {
		h.Set("ETag", quote(f.OID))
		return e.small(s, f)
	}
	if e.route.kind == routeRaw {
		h.Set("ETag", quote(f.OID))
		pointer := f.Pointer()
		return e.content(bytes.NewReader(pointer), file{path: f.Path, size: int64(len(pointer)), hash: f.OID})
	}
	h.Set("ETag", quote(f.SHA256))
	h.Set(wire.HeaderLinkedETag, quote(f.SHA256))
	h.Set(wire.HeaderLinkedSize, strconv.FormatInt(f.Size, 10))
	h.Set("Location", e.server.storageURL(e.r.Host, object{repo: e.repo.ID(), hash: f.SHA256, path: f.Path}, time.Now()))
	h.Set("Cache-Control", "no-store")
	sendBody(e.w, http.StatusFound, []byte("Found\n"))
	return nil
}

func quote(hash string) string { return `"` + hash + `"` }

// storageURL is a signed address of an object at the storage port. host is how the client reached the Hub: the storage is on the
// same machine.
func (s *Server) storageURL(host string, o object, now time.Time) string {
	return s.storageBase(host) + s.signer.sign(o, now)
}

// storageBase is the base URL of the storage port for a client that reached the Hub at host.
func (s *Server) storageBase(host string) string {
	if s.publicStorage != "" {
		return s.publicStorage
	}
	address := s.storage.(*net.TCPAddr)
	if s.sameIP || address.IP.IsUnspecified() {
		return "http://" + net.JoinHostPort(hostname(host), strconv.Itoa(address.Port))
	}
	return "http://" + address.String()
}

// hostname is the Host header without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// file is what an answer tells of the file that it holds.
type file struct {
	path string
	size int64
	hash string // the ETag
}

// small sends a file that is not in LFS.
func (e *exchange) small(s *store.Snapshot, f store.Entry) error {
	content, err := s.Open(f)
	if errors.Is(err, store.ErrGone) {
		return &failure{
			status: http.StatusNotFound, code: wire.CodeRevisionNotFound,
			message: fmt.Sprintf("%s is no longer what it was at this commit: the folder has changed", f.Path),
		}
	}
	if err != nil {
		return err
	}
	defer content.Close()
	return e.content(content, file{path: f.Path, size: f.Size, hash: f.OID})
}

// content sends a file, or the range of it that is asked for.
func (e *exchange) content(content io.ReadSeeker, f file) error {
	size := f.size
	h := e.w.Header()
	h.Set("Content-Type", contentType(f.path))
	span, partial, err := wire.ParseRange(e.wantedRange(f), size)
	if err != nil {
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		return &failure{status: http.StatusRequestedRangeNotSatisfiable, message: "The requested range is not satisfiable"}
	}
	status := http.StatusOK
	if partial {
		status = http.StatusPartialContent
		span = e.fault.shift(span, size)
		h.Set("Content-Range", span.ContentRange(size))
	} else {
		span = wire.ByteRange{Length: size}
	}
	if size == 0 && e.r.Header.Get("Range") != "" {
		h.Set("Content-Range", "bytes */0") // The JavaScript client reads the size nowhere else.
	}
	h.Set("Content-Length", strconv.FormatInt(span.Length, 10))
	e.w.WriteHeader(status)
	if e.r.Method == http.MethodHead {
		return nil
	}
	if _, err := content.Seek(span.Start, io.SeekStart); err != nil {
		return e.abort(err)
	}
	return e.copy(content, span.Length)
}

// wantedRange is the Range header, unless a condition or a fault takes it away. An empty file has no ranges, but clients that ask
// for one of any file, such as the JavaScript one, want to read it all the same.
func (e *exchange) wantedRange(f file) string {
	if f.size == 0 {
		return ""
	}
	if condition := e.r.Header.Get("If-Range"); condition != "" && condition != quote(f.hash) {
		return ""
	}
	if e.fault != nil && e.fault.IgnoreRange {
		return ""
	}
	return e.r.Header.Get("Range")
}

// contentType is what the Hub tells of a file: it never calls one a page, so that no browser runs what it holds.
func contentType(name string) string {
	kind := mime.TypeByExtension(path.Ext(name))
	if strings.HasPrefix(kind, "image/") && !strings.Contains(kind, "svg") || strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/") {
		return kind
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".txt", ".csv", ".json", ".jsonl", ".yaml", ".yml", ".py", "":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// copy sends n bytes of a file, as fast as the options allow, and cuts the connection where a fault says so.
func (e *exchange) copy(from io.Reader, n int64) error {
	cut := e.fault != nil && e.fault.Cut && e.fault.CutAfter < n
	if cut {
		n = e.fault.CutAfter
	}
	sent, err := e.server.flow.copy(e.r.Context(), e.w.ResponseWriter, from, n)
	e.w.bytes += sent
	if err != nil {
		return e.abort(err)
	}
	if cut {
		return e.abort(errors.New("a fault that tests asked for"))
	}
	return nil
}

// abort cuts the connection: the client must not take an answer whose headers are out for complete.
func (e *exchange) abort(cause error) error {
	e.server.log.Debug("cut an answer", "path", e.r.URL.Path, "cause", cause)
	if e.w.status != 0 {
		_ = http.NewResponseController(e.w).Flush() // So that what was to arrive before the cut does.
	}
	panic(http.ErrAbortHandler)
}
