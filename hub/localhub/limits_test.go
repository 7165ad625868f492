package localhub

import (
	"net/http"
	"testing"
	"time"
)

// TestQuotaByUser counts the tokens of a user together, and unknown ones with anonymous requests.
func TestQuotaByUser(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{Quota: Quota{API: 2, Window: time.Hour}})
	for i, tt := range []struct {
		as     string
		status int
	}{
		{asAlice, 200},
		{asReader, 200},
		{asAlice, 429},
		{asBob, 200},
		{"", 200},
		{"Bearer hf_nobody", 401},
		{"Bearer hf_no_other", 429},
		{"", 429},
	} {
		a := s.send(http.MethodGet, "/api/datasets/acme/plain", "", tt.as)
		if a.StatusCode != tt.status || a.Header.Get("RateLimit-Policy") != `"fixed window";"api";q=2;w=3600` {
			t.Errorf("request %d: status %d, want %d; %v", i, a.StatusCode, tt.status, a.Header)
		}
	}
}
