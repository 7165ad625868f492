package localhub

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Root: testRoot(t)})
	address := s.URL() + "/datasets/acme/data/resolve/main/"
	small := get(t, address+"a%20b/c.txt")
	if small.body != "0123456789" || small.Header.Get("ETag") != quote("ad471007bd7f5983d273b9584e5629230150fd54") || len(small.Header.Get("X-Repo-Commit")) != 40 ||
		small.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("%v %s", small.Header, small.body)
	}
	for spec, want := range map[string]string{"bytes=2-4": "234", "bytes=7-": "789", "bytes=-2": "89", "bytes=0-100": "0123456789"} {
		a := get(t, address+"a%20b/c.txt", "Range", spec)
		if a.StatusCode != 206 || a.body != want || !strings.HasSuffix(a.Header.Get("Content-Range"), "/10") {
			t.Errorf("%s: %d %s %s", spec, a.StatusCode, a.body, a.Header.Get("Content-Range"))
		}
	}
	if a := get(t, address+"a%20b/c.txt", "Range", "bytes=10-"); a.StatusCode != 416 || a.Header.Get("Content-Range") != "bytes */10" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	if a := get(t, address+"a%20b/c.txt", "Range", "bytes=1-2", "If-Range", `"other"`); a.StatusCode != 200 {
		t.Errorf("status %d", a.StatusCode)
	}
	head := ask(t, http.MethodHead, address+"x.parquet", "")
	if head.StatusCode != 302 || head.Header.Get("X-Linked-Size") != "500" || len(head.Header.Get("X-Linked-Etag")) != 66 {
		t.Errorf("%d %v", head.StatusCode, head.Header)
	}
	location := head.Header.Get("Location")
	if strings.HasPrefix(location, s.URL()) {
		t.Errorf("the storage is the Hub itself: %s", location)
	}
	if a := get(t, location, "Range", "bytes=5-9"); a.StatusCode != 206 || a.body != "large" || a.Header.Get("Content-Range") != "bytes 5-9/500" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	raw := get(t, s.URL()+"/datasets/acme/data/raw/main/x.parquet")
	if !strings.HasPrefix(raw.body, "version https://git-lfs.github.com/spec/v1\noid sha256:") || !strings.HasSuffix(raw.body, "\nsize 500\n") {
		t.Error(raw.body)
	}
}

func TestStorageRefusals(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	s := start(t, Options{Root: root})
	location := get(t, s.URL()+"/datasets/acme/data/resolve/main/x.parquet").Header.Get("Location")
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	change := func(name, value string) string {
		v := *u
		q := v.Query()
		q.Set(name, value)
		v.RawQuery = q.Encode()
		return v.String()
	}
	if a := get(t, location, "Authorization", "Bearer hf_alice"); a.StatusCode != 400 {
		t.Errorf("with a token: %d", a.StatusCode)
	}
	for name, bad := range map[string]string{
		"signature": change("signature", "00"), "expiry": change("expires", "99999999999"), "path": change("path", "README.md"), "none": "http://" + u.Host + u.Path,
		"root": "http://" + u.Host + "/", "other repository": strings.Replace(location, "/acme/data/", "/acme/gated/", 1),
	} {
		if a := get(t, bad); a.StatusCode != 403 || strings.Contains(a.body, "large") {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if _, ok := s.signer.verify(u, time.Now().Add(signatureLife+time.Second)); ok {
		t.Error("an expired address is good")
	}
	put(t, root, "acme/data/x.parquet", "changed")
	if a := get(t, location); a.StatusCode != 404 {
		t.Errorf("of a changed file: %d %s", a.StatusCode, a.body)
	}
}
