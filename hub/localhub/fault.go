package localhub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"sync"
	"time"
)

// Fault is a failure to play, for tests of clients. It meets the requests that Kind, Repo and Path select.
type Fault struct {
	Kind Kind   // "" is any
	Repo string // namespace/name; "" is any
	Path string // pattern of [path.Match] for the file's path or its last part; "" is any
	Skip int    // how many such requests pass first
	// Count is how many requests then fail; 0 means all.
	Count int

	Delay       time.Duration // before the answer; alone it only slows the request
	Status      int           // to answer with, instead of what was asked for
	Header      http.Header   // of that answer
	Cut         bool          // cut the connection after CutAfter bytes of a file
	CutAfter    int64
	IgnoreRange bool // send the whole file, status 200
}

func (f *Fault) validate() error {
	if _, err := path.Match(f.Path, ""); err != nil {
		return fmt.Errorf("fault: pattern %q: %w", f.Path, err)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("fault: %d is no status", f.Status)
	}
	if f.Skip < 0 || f.Count < 0 || f.Delay < 0 || f.CutAfter < 0 {
		return errors.New("fault: negative number")
	}
	if f.Status == 0 && !f.Cut && !f.IgnoreRange && f.Delay == 0 {
		return errors.New("fault: it does nothing; set Status, Cut, IgnoreRange or Delay")
	}
	return nil
}

func (f *Fault) meets(q Request) bool {
	if (f.Kind != "" && f.Kind != q.Kind) || (f.Repo != "" && f.Repo != q.Repo) {
		return false
	}
	whole, _ := path.Match(f.Path, q.Path) // The pattern was checked when it was taken in.
	last, _ := path.Match(f.Path, path.Base(q.Path))
	return f.Path == "" || whole || last
}

// delay, fails and send work on no fault as well.
func (f *Fault) delay() time.Duration {
	if f == nil {
		return 0
	}
	return f.Delay
}

func (f *Fault) fails() bool { return f != nil && f.Status != 0 }

func (f *Fault) send(w *recorder) {
	for name, values := range f.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	(&failure{status: f.Status, message: "A failure that a test asked for"}).send(w)
}

// faults are those still to be played.
type faults struct {
	mu   sync.Mutex
	list []*Fault
	met  []int // how many requests each has met
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
		if !f.meets(q) || (f.Count > 0 && fs.met[i] >= f.Skip+f.Count) {
			continue
		}
		if fs.met[i]++; fs.met[i] > f.Skip {
			return f
		}
	}
	return nil
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
