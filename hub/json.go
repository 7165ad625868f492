package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxAPIBody bounds an answer of the API: a page of a listing is far below it.
const maxAPIBody = 256 << 20

// getJSON sends a call and decodes its answer into out; a nil out takes any answer. It returns the answer's headers.
func (c *Client) getJSON(ctx context.Context, cl call, out any) (http.Header, error) {
	var header http.Header
	err := c.do(ctx, cl, func(rep *reply) error {
		defer rep.Body.Close()
		header = rep.Header
		raw, err := io.ReadAll(io.LimitReader(rep.Body, maxAPIBody+1))
		switch {
		case err != nil:
			cut := cl.fail(fmt.Sprintf("the answer of %s was cut: %v", rep.Request.URL.Host, cause(err)), "", unavailable(cause(err)))
			if !cl.retry.afterFailure(err) {
				return cut
			}
			return &transient{err: cut}
		case len(raw) > maxAPIBody:
			return cl.fail(fmt.Sprintf("the answer of %s has more than %d bytes", rep.Request.URL.Host, maxAPIBody), "", ErrMalformed)
		case out == nil:
			return nil
		}
		if err := json.Unmarshal(raw, out); err != nil {
			return c.malformed(cl.subject, rep, raw, err)
		}
		return nil
	})
	return header, err
}

// sendJSON sends in as the JSON body of a call and decodes the answer into out; a nil out takes any answer.
func (c *Client) sendJSON(ctx context.Context, cl call, in, out any) (http.Header, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(in); err != nil {
		return nil, cl.fail(fmt.Sprintf("cannot write the request: %v", err), "", err)
	}
	cl.body = bytes.TrimSuffix(body.Bytes(), []byte("\n"))
	header := cl.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	cl.header = header
	return c.getJSON(ctx, cl, out)
}

// malformed explains an answer that is not the JSON it should be: a web page comes from something that is no Hub.
func (c *Client) malformed(s subject, rep *reply, raw []byte, err error) *Error {
	e := s.fail(fmt.Sprintf("the answer of %s is not what a Hub sends: %v", rep.Request.URL.Host, err),
		fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s).", c.Endpoint()), ErrMalformed)
	if isHTML(rep.Header, raw) {
		e = c.webPage(s, rep)
	}
	e.Status, e.RequestID = rep.StatusCode, requestID(rep.Header)
	return e
}

// webPage says that a web page came where JSON was due.
func (c *Client) webPage(s subject, rep *reply) *Error {
	return s.fail(fmt.Sprintf("%s answered %s with a web page instead of JSON", rep.Request.URL.Host, statusText(rep.StatusCode)),
		fmt.Sprintf("Check that HF_ENDPOINT names a Hub (now %s), and whether a proxy or a login page of the network answers in its place.", c.Endpoint()),
		ErrNotHub)
}

// isHTML tells whether an answer is a web page.
func isHTML(h http.Header, body []byte) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err == nil && (kind == "text/html" || kind == "application/xhtml+xml") {
		return true
	}
	start := strings.ToLower(strings.TrimSpace(string(body[:min(len(body), 512)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}
