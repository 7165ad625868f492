package hub

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/hfspark/hfspark/hub/wire"
)

// warnings are what a Hub tells its users beside its answers. Each topic is logged once.
type warnings struct {
	mu   sync.Mutex
	seen map[string]bool
}

// maxTopics bounds how many topics are remembered, and so how many are told.
const maxTopics = 100

// fresh tells whether a topic comes for the first time.
func (w *warnings) fresh(topic string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[topic] || len(w.seen) >= maxTopics {
		return false
	}
	if w.seen == nil {
		w.seen = map[string]bool{}
	}
	w.seen[topic] = true
	return true
}

// warn logs the warnings of an answer of the endpoint: "topic; message", or a message alone (huggingface_hub, utils/_http.py).
func (c *Client) warn(ctx context.Context, h http.Header) {
	for _, value := range h.Values(wire.HeaderWarning) {
		topic, message, found := strings.Cut(value, ";")
		if !found {
			topic, message = "", value
		}
		topic, message = strings.TrimSpace(topic), strings.TrimSpace(message)
		if message != "" && c.warnings.fresh(topic) {
			c.log.WarnContext(ctx, "the Hub warns: "+c.redact(message), "topic", topic)
		}
	}
}
