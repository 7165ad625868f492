package hub

import (
	"container/list"
	"net/url"
	"sync"
)

// maxRedirects bounds how many redirect targets a client remembers; one takes about a kilobyte.
const maxRedirects = 4096

// redirectKey names content: it never changes, so its remembered address can be used until the storage refuses it.
type redirectKey struct{ repo, commit, path string }

// redirectTo is where the content of a file is served.
type redirectTo struct {
	url  *url.URL
	etag string // content hash that the Hub told with the redirect; may be empty
}

// redirectCache remembers the most recently used redirect targets.
type redirectCache struct {
	size int

	mu    sync.Mutex
	order *list.List // of *redirectItem, the most recently used first
	items map[redirectKey]*list.Element
}

type redirectItem struct {
	key redirectKey
	to  redirectTo
}

func newRedirectCache(size int) *redirectCache {
	return &redirectCache{size: size, order: list.New(), items: map[redirectKey]*list.Element{}}
}

func (r *redirectCache) get(key redirectKey) (redirectTo, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	element, ok := r.items[key]
	if !ok {
		return redirectTo{}, false
	}
	r.order.MoveToFront(element)
	return element.Value.(*redirectItem).to, true
}

func (r *redirectCache) put(key redirectKey, to redirectTo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if element, ok := r.items[key]; ok {
		element.Value.(*redirectItem).to = to
		r.order.MoveToFront(element)
		return
	}
	r.items[key] = r.order.PushFront(&redirectItem{key: key, to: to})
	for r.order.Len() > r.size {
		last := r.order.Back()
		delete(r.items, last.Value.(*redirectItem).key)
		r.order.Remove(last)
	}
}

// drop forgets to, unless another goroutine has put a newer target in its place.
func (r *redirectCache) drop(key redirectKey, to redirectTo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if element, ok := r.items[key]; ok && element.Value.(*redirectItem).to.url == to.url {
		delete(r.items, key)
		r.order.Remove(element)
	}
}

// redirectKey returns the key of f; ok is false when f's revision is a name, which may come to mean other content.
func (f File) redirectKey() (key redirectKey, ok bool) {
	return redirectKey{repo: f.Repo.ID, commit: f.Revision, path: f.Path}, isCommit(f.Revision)
}

// isCommit tells whether a revision is a full commit id.
func isCommit(revision string) bool {
	if len(revision) != 40 {
		return false
	}
	for _, r := range revision {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return false
		}
	}
	return true
}
