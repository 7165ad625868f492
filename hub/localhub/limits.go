package localhub

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/hfspark/hfspark/hub/wire"
)

// flow bounds how fast content is sent.
type flow struct{ limiter *rate.Limiter }

// flowPiece is how much is sent at a time when the speed is bounded. A sleep takes longer than it was asked to, so that what
// could have been sent meanwhile, up to flowSlack, is made up for afterwards.
const (
	flowPiece = 64 << 10
	flowSlack = 20 * time.Millisecond
)

func newFlow(bytesPerSecond int64) *flow {
	if bytesPerSecond <= 0 {
		return &flow{}
	}
	burst := max(flowPiece, int(float64(bytesPerSecond)*flowSlack.Seconds()))
	return &flow{limiter: rate.NewLimiter(rate.Limit(bytesPerSecond), burst)}
}

// copy sends n bytes and returns how many it has sent. Without a bound the operating system does it.
func (f *flow) copy(ctx context.Context, to io.Writer, from io.Reader, n int64) (sent int64, err error) {
	if f.limiter == nil {
		return io.CopyN(to, from, n)
	}
	for sent < n {
		piece := min(flowPiece, n-sent)
		if err := f.limiter.WaitN(ctx, int(piece)); err != nil {
			return sent, err
		}
		m, err := io.CopyN(to, from, piece)
		if sent += m; err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// wait waits until n bytes more may have been received, at most [flowPiece].
func (f *flow) wait(ctx context.Context, n int) error {
	if f.limiter == nil || n == 0 {
		return nil
	}
	return f.limiter.WaitN(ctx, n)
}

// maxWindows is how many addresses and users are remembered before those whose window is over are forgotten.
const maxWindows = 10_000

// Quota bounds requests in fixed windows of time, for each user or anonymous address. The Hub's own are 500 to 2500 API calls and
// 3000 to 12000 requests for files in 300 s.
type Quota struct {
	API, Files int           // requests in a window; 0 is no bound
	Window     time.Duration // 0 means 300 s
}

// quotas counts requests.
type quotas struct {
	quota Quota
	now   func() time.Time

	mu   sync.Mutex
	used map[quotaKey]*window
}

type quotaKey struct {
	kind Kind
	who  string
}

type window struct {
	begin time.Time
	used  int
}

func newQuotas(q Quota) *quotas {
	if q.Window <= 0 {
		q.Window = 300 * time.Second
	}
	return &quotas{quota: q, now: time.Now, used: map[quotaKey]*window{}}
}

// admit counts a request, tells the client what is left, and refuses what is too much.
//
// user is who sends it; anonymous requests count for their address.
func (q *quotas) admit(h http.Header, kind Kind, r *http.Request, user string) *failure {
	most, policy := q.quota.API, "api"
	if kind == KindResolve {
		most, policy = q.quota.Files, "resolvers"
	}
	if most <= 0 || kind == KindStorage {
		return nil
	}
	who, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		who = r.RemoteAddr
	}
	if user != "" {
		who = "user " + user
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.used) >= maxWindows {
		maps.DeleteFunc(q.used, func(_ quotaKey, w *window) bool { return q.now().Sub(w.begin) >= q.quota.Window })
	}
	key := quotaKey{kind: kind, who: who}
	w := q.used[key]
	if now := q.now(); w == nil || now.Sub(w.begin) >= q.quota.Window {
		w = &window{begin: now}
		q.used[key] = w
	}
	w.used++
	left := q.quota.Window - q.now().Sub(w.begin)
	reset := (left + time.Second - 1) / time.Second * time.Second
	limit := wire.RateLimit{Policy: policy, Remaining: int64(max(0, most-w.used)), Reset: reset}
	h.Set(wire.HeaderRateLimit, limit.String())
	h.Set(wire.HeaderRatePolicy, strings.Join([]string{`"fixed window"`, fmt.Sprintf("%q", policy), fmt.Sprintf("q=%d", most), fmt.Sprintf("w=%d", int(q.quota.Window/time.Second))}, ";"))
	if w.used > most {
		return &failure{status: http.StatusTooManyRequests, message: "You have sent too many requests; see the RateLimit header"}
	}
	return nil
}
