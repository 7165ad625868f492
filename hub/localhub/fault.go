package localhub

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/hfspark/hfspark/hub/wire"
)

// Fault is a failure to play, for tests of clients. It meets the requests that Kind, Method, Repo and Path select.
type Fault struct {
	Kind   Kind   // "" is any
	Method string // "" is any
	Repo   string // namespace/name; "" is any
	// Path is a pattern of [path.Match] for the request's path, its last part, or for files the path in the repository; "" is any.
	Path string
	Skip int // how many such requests pass first
	// Count is how many requests then fail; 0 means all.
	Count int
	// Probability is the part of these requests that fail, from 0 to 1; 0 means all. Which do depends on the seed of the options and
	// on the request, and how often it was sent, not on the order of different requests.
	Probability float64

	Delay       time.Duration // before the answer; alone it only slows the request
	Status      int           // to answer with, instead of what was asked for
	Header      http.Header   // of that answer
	Cut         bool          // cut the connection after CutAfter bytes of a file, or of the body of a request that has one
	CutAfter    int64
	Lose        bool // do what was asked for, and cut the connection instead of answering
	IgnoreRange bool // send the whole file, status 200
	WrongRange  bool // send the range that begins one byte later than the one that was asked for
}

func (f *Fault) validate() error {
	if _, err := path.Match(f.Path, ""); err != nil {
		return fmt.Errorf("fault: pattern %q: %w", f.Path, err)
	}
	if !slices.Contains([]Kind{"", KindAPI, KindResolve, KindStorage}, f.Kind) {
		return fmt.Errorf("fault: there are no requests of the kind %q; expected %s, %s or %s", f.Kind, KindAPI, KindResolve, KindStorage)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("fault: %d is no status", f.Status)
	}
	if f.Skip < 0 || f.Count < 0 || f.Delay < 0 || f.CutAfter < 0 {
		return errors.New("fault: negative number")
	}
	if !(f.Probability >= 0 && f.Probability <= 1) {
		return fmt.Errorf("fault: the probability %v is not between 0 and 1", f.Probability)
	}
	if f.Status == 0 && !f.Cut && !f.Lose && !f.IgnoreRange && !f.WrongRange && f.Delay == 0 {
		return errors.New("fault: it does nothing; set Status, Cut, Lose, IgnoreRange, WrongRange or Delay")
	}
	return nil
}

func (f *Fault) meets(q Request) bool {
	if (f.Kind != "" && f.Kind != q.Kind) || (f.Repo != "" && f.Repo != q.Repo) || (f.Method != "" && f.Method != q.Method) {
		return false
	}
	whole, _ := path.Match(f.Path, q.Path) // The pattern was checked when it was taken in.
	last, _ := path.Match(f.Path, path.Base(q.Path))
	return f.Path == "" || whole || last
}

// delay, fails, loses, uncut and send work on no fault as well.
func (f *Fault) delay() time.Duration {
	if f == nil {
		return 0
	}
	return f.Delay
}

func (f *Fault) fails() bool { return f != nil && f.Status != 0 }

func (f *Fault) loses() bool { return f != nil && f.Lose }

// shift returns the range to send in place of another one.
func (f *Fault) shift(span wire.ByteRange, size int64) wire.ByteRange {
	if f == nil || !f.WrongRange || span.Start+1 >= size {
		return span
	}
	return wire.ByteRange{Start: span.Start + 1, Length: min(span.Length, size-span.Start-1)}
}

// uncut is how much of a request's body is read before it is cut, when so much was read already.
func (f *Fault) uncut(read int64) int64 {
	if f == nil || !f.Cut {
		return math.MaxInt64
	}
	return max(0, f.CutAfter-read)
}

func (f *Fault) send(w *recorder) {
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	(&failure{status: f.Status, message: "A failure that a test asked for"}).send(w)
}

// faults are those still to be played.
type faults struct {
	seed uint64

	mu   sync.Mutex
	list []*Fault
	met  []int             // how many requests each has met
	sent map[[32]byte]uint // how often each request came, for each fault with a probability
}

// Inject adds a fault. Of several that meet a request the first one added plays.
func (s *Server) Inject(f Fault) error {
	if err := f.validate(); err != nil {
		return err
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, &f)
	s.faults.met = append(s.faults.met, 0)
	return nil
}

// take returns the fault to play for a request, or nil.
func (fs *faults) take(q Request) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i, f := range fs.list {
		if !f.meets(q) || (f.Count > 0 && fs.met[i] >= f.Skip+f.Count) || !fs.lot(i, q) {
			continue
		}
		if fs.met[i]++; fs.met[i] > f.Skip {
			return f
		}
	}
	return nil
}

// lot tells whether fault i happens to a request, by its probability.
func (fs *faults) lot(i int, q Request) bool {
	probability := fs.list[i].Probability
	if probability == 0 || probability == 1 {
		return true
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%d\x00%d\x00%s\x00%s\x00%s\x00%s\x00%s", fs.seed, i, q.Kind, q.Method, q.Repo, q.Path, q.Range))
	if fs.sent == nil {
		fs.sent = map[[32]byte]uint{}
	}
	fs.sent[key]++
	drawn := sha256.Sum256(fmt.Appendf(key[:], "%d", fs.sent[key]))
	return float64(binary.BigEndian.Uint64(drawn[:])>>11)/(1<<53) < probability
}

// wait waits for d; it is false when ctx ends before that.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
