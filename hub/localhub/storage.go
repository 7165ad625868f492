package localhub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hfspark/hfspark/hub/localhub/store"
)

// signatureLife is how long a signed address is good for, as on the Hub.
const signatureLife = time.Hour

// object is the content of a large file.
type object struct{ repo, hash, path string }

// signer makes addresses that need no token: who has one may read the object until it expires.
type signer struct{ key []byte }

// sign returns path and query of an address of o.
func (s signer) sign(o object, now time.Time) string {
	expires := strconv.FormatInt(now.Add(signatureLife).Unix(), 10)
	query := url.Values{"path": {o.path}, "expires": {expires}, "signature": {s.signature(o, expires)}}
	return "/" + o.repo + "/" + o.hash + "?" + query.Encode()
}

func (s signer) signature(o object, expires string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(strings.Join([]string{o.repo, o.hash, o.path, expires}, "\x00")))
	return hex.EncodeToString(mac.Sum(nil))
}

// verify reads an address; ok is false when it was not signed here, or has expired.
func (s signer) verify(u *url.URL, now time.Time) (o object, ok bool) {
	parts := strings.Split(strings.TrimPrefix(u.Path, "/"), "/")
	query := u.Query()
	if len(parts) != 3 {
		return object{}, false
	}
	o = object{repo: parts[0] + "/" + parts[1], hash: parts[2], path: query.Get("path")}
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil || !hmac.Equal([]byte(query.Get("signature")), []byte(s.signature(o, query.Get("expires")))) {
		return object{}, false
	}
	return o, now.Unix() < expires
}

// handleStorage answers a request to the storage port, which knows no tokens and no repositories' rules, only signatures.
func (s *Server) handleStorage(w http.ResponseWriter, r *http.Request) {
	e := s.exchange(w, r)
	if isTicket(r.URL) {
		t, ok := s.signer.readTicket(r.URL, time.Now())
		q := Request{Kind: KindStorage, Method: r.Method, Repo: t.repo, Path: r.URL.Path}
		e.answer(q, func() error { return e.receive(t, ok) })
		return
	}
	o, ok := s.signer.verify(r.URL, time.Now())
	q := Request{Kind: KindStorage, Method: r.Method, Repo: o.repo, Path: o.path, Range: r.Header.Get("Range")}
	e.answer(q, func() error { return e.object(o, ok) })
}

func (e *exchange) object(o object, signed bool) error {
	switch {
	case e.r.Method != http.MethodGet && e.r.Method != http.MethodHead:
		return &failure{status: http.StatusMethodNotAllowed, message: e.r.Method + " is not allowed here"}
	case e.r.Header.Get("Authorization") != "":
		// The real storage refuses it too; and a client that sends its token here would send it anywhere.
		return badRequest("only one way of authorization is allowed: the address is signed, so send no Authorization header")
	case !signed:
		return &failure{status: http.StatusForbidden, message: "The address is not signed, or has expired"}
	}
	content, size, err := e.server.stored(o)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrObjectMissing) || errors.Is(err, store.ErrGone) {
		return &failure{status: http.StatusNotFound, message: "There is no such object any more"}
	}
	if err != nil {
		return err
	}
	defer content.Close()
	e.w.Header().Set("ETag", quote(o.hash))
	e.w.Header().Set("Accept-Ranges", "bytes")
	return e.content(content, file{path: o.path, size: size, hash: o.hash})
}

// stored opens an object.
func (s *Server) stored(o object) (io.ReadSeekCloser, int64, error) {
	repo, err := s.store.Repository(o.repo)
	if err != nil {
		return nil, 0, err
	}
	return repo.Content(o.hash, o.path)
}
