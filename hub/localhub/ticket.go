package localhub

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ticketLife is how long the address of an upload is good for: large files are sent part after part.
const ticketLife = 24 * time.Hour

// action is what a [ticket] allows.
type action string

const (
	actionPut      action = "put"      // the content
	actionPart     action = "part"     // a part of it
	actionComplete action = "complete" // to put the parts together
)

// ticket is the right to upload an object, or a part of it, without a token.
type ticket struct {
	action    action
	repo, oid string
	size      int64  // bytes of what is sent; of the object for actionComplete
	upload    string // of parts
	part      int    // its number, from 1
}

// ticketPath is how the addresses of uploads begin. Those of downloads have one segment less.
const ticketPath = "/upload/"

// ticket returns path and query of an address for t.
func (s signer) ticket(t ticket, now time.Time) string {
	path := ticketPath + t.repo + "/" + t.oid
	query := url.Values{
		"action": {string(t.action)}, "size": {strconv.FormatInt(t.size, 10)}, "expires": {strconv.FormatInt(now.Add(ticketLife).Unix(), 10)},
	}
	if t.upload != "" {
		query.Set("upload", t.upload)
	}
	if t.part > 0 {
		query.Set("part", strconv.Itoa(t.part))
	}
	signature := s.seal(path, query)
	query.Set("signature", signature)
	return path + "?" + query.Encode()
}

// seal signs path and query. The first word keeps these signatures apart from those of downloads.
func (s signer) seal(path string, query url.Values) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("upload\x00" + path + "\x00" + query.Encode()))
	return hex.EncodeToString(mac.Sum(nil))
}

// isTicket tells whether an address is one of an upload.
func isTicket(u *url.URL) bool {
	return strings.HasPrefix(u.Path, ticketPath) && strings.Count(u.Path, "/") == 4
}

// readTicket reads an address; ok is false when it was not signed here, or has expired.
func (s signer) readTicket(u *url.URL, now time.Time) (t ticket, ok bool) {
	parts := strings.Split(strings.TrimPrefix(u.Path, ticketPath), "/")
	if len(parts) != 3 {
		return ticket{}, false
	}
	query := u.Query()
	signature := query.Get("signature")
	query.Del("signature")
	t = ticket{repo: parts[0] + "/" + parts[1], oid: parts[2], action: action(query.Get("action")), upload: query.Get("upload")}
	var errs [3]error
	var expires int64
	t.size, errs[0] = strconv.ParseInt(query.Get("size"), 10, 64)
	expires, errs[1] = strconv.ParseInt(query.Get("expires"), 10, 64)
	if text := query.Get("part"); text != "" {
		t.part, errs[2] = strconv.Atoi(text)
	}
	if errs != [3]error{} || !hmac.Equal([]byte(signature), []byte(s.seal(u.Path, query))) {
		return t, false
	}
	return t, now.Unix() < expires
}
