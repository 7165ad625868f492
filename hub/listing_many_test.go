package hub

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// TestListManyFiles lists more files than fit into a page a hundred times: one request a page, and no more memory for many than for few.
// It is not parallel: others would use memory as well.
func TestListManyFiles(t *testing.T) {
	const pages, each = 100, 1000
	requests := 0
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		page := 0
		if cursor := r.URL.Query().Get("cursor"); cursor != "" {
			if _, err := fmt.Sscan(cursor, &page); err != nil {
				t.Error(err)
			}
		}
		if page+1 < pages {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?recursive=true&cursor=%d>; rel="next"`, r.Host, r.URL.Path, page+1))
		}
		entries := make([]string, each)
		for i := range entries {
			entries[i] = fmt.Sprintf(`{"type":"file","oid":"%040d","size":50000,"path":"data/%03d/file-%07d.parquet"}`, i, page, page*each+i)
		}
		fmt.Fprintf(w, "[%s]", strings.Join(entries, ","))
	})
	c, _ := testClient(t, srv.URL, Options{})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var files int
	var early, most uint64
	for _, err := range c.List(t.Context(), testRepo, testCommit, "", true) {
		if err != nil {
			t.Fatal(err)
		}
		switch files++; {
		case files == 2*each:
			early = heap()
		case files%(10*each) == 0:
			most = max(most, heap())
		}
	}
	if files != pages*each || requests != pages {
		t.Errorf("%d files by %d requests", files, requests)
	}
	if most > early+4<<20 {
		t.Errorf("memory grew from %d to %d bytes", early, most)
	}
}
