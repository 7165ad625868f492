package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hfspark/hfspark/source/predicate"
)

// Memory is a budget of bytes that scans share.
type Memory interface {
	// Acquire waits until n bytes are free, takes them and returns how many are to be released.
	Acquire(ctx context.Context, n int64) (int64, error)
	// AcquireAhead is Acquire for bytes that are not needed yet: it takes them if they are free now. Asked says later that
	// they are needed, or about to be released.
	AcquireAhead(n int64) (int64, bool)
	Asked(n int64)
	Release(n int64)
}

// Options configure a scan. Zero values mean the defaults.
type Options struct {
	// Memory bounds the bytes of the slices that are fetched or not yet closed; nil bounds nothing.
	Memory Memory
	// Parallelism is how many ranges are fetched at once. Default 8.
	Parallelism int
	// SliceSize is up to how many bytes small row groups are put together into one slice. Default DefaultSliceSize. The first
	// slices of a scan are smaller, so that first rows come early.
	SliceSize int64
	// PartSize is the length from which a range is fetched in parts at once. Default 16 MiB.
	PartSize int64
	// Gap is up to how many unneeded bytes between two column chunks are fetched to save a request. Default 64 KiB, and 1 MiB
	// where the link is to a distant server.
	Gap int64
	// Ahead is how many slices are fetched ahead of the one that is asked for. Default 2, and 3 where the
	// link is to a distant server; negative fetches none.
	Ahead int
	// Link is the way to the server, shared by the scans of files that it has; nil takes it for unbounded.
	Link *Link
	// Pool keeps the memory of closed slices for new ones; nil keeps none.
	Pool *Pool
	// Kept keeps slices of files with a Hash, where Reuse is not nil; it shares the Pool.
	Kept *Kept
	// Reuse says whether slices that earlier scans have kept may be used: whoever reads may read the file now. It is asked once,
	// when there are any.
	Reuse func(ctx context.Context) bool
	// PageLimit is up to how many bytes the dictionary and the largest page of a column may take uncompressed; the columns of a row
	// group may take four times as much together. Pages that claim more are an error, ErrPageLimit. 0 bounds nothing.
	PageLimit int64
	// IndexShare is how many times larger the chunks of a row group must be than indexes that are fetched to leave some of
	// them out. Default 64; negative fetches none.
	IndexShare int64
	// ScratchDir is the folder of slices on systems without files in memory. Default: that of the system.
	ScratchDir string
}

// DefaultSliceSize is large enough for what a slice costs besides its bytes to be little, and small enough for a few slices
// to stay in a processor's cache between being fetched and being decoded.
const DefaultSliceSize = 4 << 20

func (o Options) withDefaults() Options {
	setDefault(&o.Parallelism, 8)
	setDefault(&o.SliceSize, DefaultSliceSize)
	setDefault(&o.PartSize, 16<<20)
	setDefault(&o.Gap, o.Link.gap(64<<10))
	setDefault(&o.Ahead, o.Link.slicesAhead())
	setDefault(&o.IndexShare, 64)
	if o.Memory == nil {
		o.Memory = unbounded{}
	}
	return o
}

func setDefault[T int | int64](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

type unbounded struct{}

func (unbounded) Acquire(ctx context.Context, n int64) (int64, error) { return n, ctx.Err() }
func (unbounded) AcquireAhead(n int64) (int64, bool)                  { return n, true }
func (unbounded) Asked(int64)                                         {}
func (unbounded) Release(int64)                                       {}

// Query is what a scan wants of a file.
type Query struct {
	// Columns are the names of the top-level columns to cut; the slices have them in file order. Names that the file does not
	// have are passed over. Without any, the scan has no slices.
	Columns []string
	// Members names, for nested columns of which not all is needed, what is: the names of the fields of structs that lead to
	// each member, where lists are passed over. The slices then have these members alone, and are to be decoded by an engine
	// that matches fields by name. Columns of which the file has none of the members are cut whole.
	Members map[string][][]string
	// RowGroups are the indexes of the row groups to read, in order; nil means all.
	RowGroups []int
	// Prune leaves out row groups whose statistics show that it is true for none of their rows. May be nil.
	Prune predicate.Predicate
	// Cut allows slices to leave out pages that Prune shows not to matter: the rows of Slice.Keep are then all that count.
	Cut bool
	// Limit is the number of rows after which no more are wanted; 0 wants all. The scan then fetches one row group at a time,
	// when it is asked for.
	Limit int64
	// Nanoseconds keeps all digits of the timestamps of type INT96; a slice else has microseconds, and other digits are an error.
	// Timestamps then lie between the years 1677 and 2262.
	Nanoseconds bool
	// Sparing says that the scan may be closed before its end: it fetches nothing ahead of the first slices.
	Sparing bool
	// Filtered says that rows will be left out afterwards, so that the limit does not tell which row groups are needed.
	Filtered bool
}

// Scan yields the slices of a file. Its methods are not safe for concurrent use.
type Scan struct {
	file    File
	footer  *Footer
	options Options
	fetcher *fetcher
	plan    *plan
	next    int
	pending []*pending // of plan.slices, nil when not begun
	sparing bool
	reuse   func(ctx context.Context) bool
	layout  func() string // see Slice.Layout

	ctx    context.Context //nolint:containedctx // the life of the scan's goroutines, ended by Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// pending is a slice on its way.
type pending struct {
	ahead int64 // memory that was taken ahead of need
	done  chan struct{}
	slice *Slice
	err   error
}

func (p *pending) takeAhead() int64 {
	n := p.ahead
	p.ahead = 0
	return n
}

// NewScan plans a scan. It fetches bloom filters and page indexes where these are small and can leave something out, and
// nothing else: the first Next does. The context is not kept beyond its values; Close ends what the scan started.
func NewScan(ctx context.Context, file File, footer *Footer, q Query, o Options) (*Scan, error) {
	o = o.withDefaults()
	plan, err := footer.plan(ctx, file, q, o)
	if err != nil {
		return nil, file.wrap(err)
	}
	if q.Limit > 0 {
		o.Ahead = -1
	}
	s := &Scan{
		file: file, footer: footer, options: o, plan: plan,
		fetcher: newFetcher(file, footer, o),
		pending: make([]*pending, len(plan.slices)), sparing: q.Sparing,
	}
	s.layout = sync.OnceValue(func() string {
		w := &compactWriter{}
		footer.writeSchema(w, plan.selection)
		return string(w.buf)
	})
	if o.Kept != nil && o.Reuse != nil && file.Hash != "" {
		s.reuse = once(o.Reuse)
	}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s, nil
}

// Rows is the number of rows of the row groups that the scan reads.
func (s *Scan) Rows() int64 { return s.plan.rows }

// HasColumns says whether the file has any of the columns. Without, the scan has rows but no slices.
func (s *Scan) HasColumns() bool { return len(s.plan.selection.columns) > 0 }

// Pruning tells what the scan leaves out, and why.
func (s *Scan) Pruning() Pruning {
	return Pruning{
		RowGroups: s.plan.asked, RowGroupsSkipped: s.plan.skipped, Pages: s.plan.pages, PagesSkipped: s.plan.passed,
		Rows: s.plan.rows, Bytes: s.Bytes() + s.plan.looked, Reasons: s.plan.why.list(),
	}
}

// Bytes is the number of bytes that the scan fetches if it is read to the end.
func (s *Scan) Bytes() int64 {
	var n int64
	for _, slice := range s.plan.slices {
		for _, r := range slice.ranges {
			n += r.to - r.from
		}
	}
	return n
}

// Next returns the next slice, to be closed by the caller, or io.EOF after the last.
func (s *Scan) Next(ctx context.Context) (*Slice, error) {
	if s.next >= len(s.plan.slices) {
		return nil, io.EOF
	}
	if !s.begun(ctx, s.next) {
		s.start(ctx, s.next, 0)
	}
	ahead := s.options.Ahead
	if s.sparing {
		ahead = min(ahead, s.next-1)
	}
	for i := s.next + 1; i <= s.next+ahead && i < len(s.plan.slices); i++ {
		if s.begun(ctx, i) {
			continue
		}
		taken, ok := s.options.Memory.AcquireAhead(s.plan.slices[i].size)
		if !ok {
			break
		}
		s.start(ctx, i, taken)
	}
	p := s.pending[s.next]
	s.options.Memory.Asked(p.takeAhead())
	select {
	case <-p.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.err != nil {
		return nil, s.file.wrap(p.err)
	}
	s.pending[s.next] = nil
	s.next++
	return p.slice, nil
}

// once remembers the first answer.
func once(ask func(ctx context.Context) bool) func(ctx context.Context) bool {
	var asked, answer bool
	return func(ctx context.Context) bool {
		if !asked {
			asked, answer = true, ask(ctx)
		}
		return answer
	}
}

// begun says whether slice i is here, on its way, or was kept by an earlier scan; it is here then.
func (s *Scan) begun(ctx context.Context, i int) bool {
	if s.pending[i] != nil || s.reuse == nil {
		return s.pending[i] != nil
	}
	plan, kept := s.plan.slices[i], s.options.Kept
	key := plan.key(s.file.Hash)
	if !kept.has(key) || !s.reuse(ctx) {
		return false
	}
	found := kept.get(key)
	if found == nil {
		return false
	}
	p := &pending{done: make(chan struct{}), slice: s.slice(plan, found.file)}
	p.slice.again = found
	close(p.done)
	s.pending[i] = p
	return true
}

// start begins to fetch slice i. Its memory has been taken already, or is waited for when taken is zero.
// It returns when the slice has its place on the link, so that slices come in their order; but who waits for a slice that is here, or no
// longer, is not kept.
func (s *Scan) start(ctx context.Context, i int, taken int64) {
	p := &pending{ahead: taken, done: make(chan struct{})}
	s.pending[i] = p
	queued := make(chan struct{})
	plan := s.plan.slices[i]
	plan.queued = sync.OnceFunc(func() { close(queued) })
	s.wg.Go(func() {
		defer close(p.done)
		p.slice, p.err = s.fetch(plan, taken)
	})
	select {
	case <-queued:
	case <-p.done:
	case <-s.pending[s.next].done:
	case <-ctx.Done():
	}
}

func (s *Scan) fetch(plan slicePlan, taken int64) (*Slice, error) {
	memory := s.options.Memory
	if taken == 0 {
		var err error
		if taken, err = memory.Acquire(s.ctx, plan.size); err != nil {
			return nil, err
		}
	}
	slice, err := s.cut(plan)
	if err != nil {
		memory.Release(taken)
		return nil, err
	}
	slice.taken = taken
	return slice, nil
}

func (s *Scan) cut(plan slicePlan) (*Slice, error) {
	file, groups, err := s.fill(plan)
	if err == nil {
		err = s.recount(file, groups)
	}
	if err == nil && plan.recode {
		file, groups, err = s.recode(file, groups)
	}
	if err != nil {
		return nil, err
	}
	if err := s.check(file, groups); err != nil {
		return nil, errors.Join(err, s.options.Pool.put(file))
	}
	return s.slice(plan, file), nil
}

// check looks at the pages of a slice.
func (s *Scan) check(file *sliceFile, groups []sliceGroup) error {
	check := pageCheck{footer: s.footer, limit: s.options.PageLimit}
	return check.slice(file, groups)
}

func (s *Scan) slice(plan slicePlan, file *sliceFile) *Slice {
	return &Slice{file: file, plan: plan, scan: s}
}

// farBehind is a place that no slice has, and that takes more bytes to write than any that one has.
const farBehind = 1 << 60

// fill fetches the pages of a slice and puts a footer behind them, at the end of a file that may be longer. It returns the
// places that the chunks got.
func (s *Scan) fill(plan slicePlan) (*sliceFile, []sliceGroup, error) {
	// Places further behind may take more bytes to write.
	longest := len(s.footer.appendFooter(nil, s.plan.selection, moved(plan.groups, farBehind)))
	file, err := s.options.Pool.get(plan.end+int64(longest), s.reuse != nil && s.options.Kept.room(plan.end), s.options.ScratchDir)
	if err != nil {
		return nil, nil, err
	}
	shift := file.size - plan.end - int64(longest)
	groups := moved(plan.groups, shift)
	footer := s.footer.appendFooter(nil, s.plan.selection, groups)
	err = s.fetcher.fetch(s.ctx, plan.ranges, file, shift, plan.queued)
	if err == nil {
		err = file.set(0, []byte(magic))
	}
	for _, f := range plan.fills {
		if err == nil {
			err = file.set(f.at+shift, f.bytes)
		}
	}
	if err == nil {
		err = file.set(file.size-int64(len(footer)), footer)
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.options.Pool.put(file))
	}
	return file, groups, nil
}

// recount writes the footer anew where only the pages tell what belongs into it. It takes no more bytes then.
func (s *Scan) recount(file *sliceFile, groups []sliceGroup) error {
	any, err := s.footer.recount(file, groups)
	if err == nil && any {
		footer := s.footer.appendFooter(nil, s.plan.selection, groups)
		err = file.set(file.size-int64(len(footer)), footer)
	}
	if err != nil {
		return errors.Join(err, s.options.Pool.put(file))
	}
	return nil
}

// moved is the groups with all chunks so many bytes further behind.
func moved(groups []sliceGroup, by int64) []sliceGroup {
	out := make([]sliceGroup, len(groups))
	for i, g := range groups {
		out[i] = sliceGroup{index: g.index, chunks: slices.Clone(g.chunks)}
		for j := range out[i].chunks {
			out[i].chunks[j].at += by
		}
	}
	return out
}

// recode replaces a slice by one without pages that decoders do not know.
func (s *Scan) recode(from *sliceFile, groups []sliceGroup) (*sliceFile, []sliceGroup, error) {
	again, err := s.footer.recode(from, groups, s.plan.selection.unit, s.options.PageLimit)
	if err = errors.Join(err, s.options.Pool.put(from)); err != nil {
		return nil, nil, err
	}
	data := s.footer.appendFooter(again.bytes, s.plan.selection, again.groups)
	file, err := newSliceFile(s.options.ScratchDir)
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(file.resize(int64(len(data))), file.set(0, data)); err != nil {
		return nil, nil, errors.Join(err, file.close())
	}
	return file, again.groups, nil
}

// Close stops fetching, waits until that has ended and frees the slices that were not handed out. It is safe to call it
// more than once.
func (s *Scan) Close() error {
	s.cancel()
	s.wg.Wait()
	var errs []error
	for i, p := range s.pending {
		if p == nil {
			continue
		}
		s.options.Memory.Asked(p.takeAhead())
		if p.slice != nil {
			errs = append(errs, p.slice.Close())
		}
		s.pending[i] = nil
	}
	s.next = len(s.pending)
	return errors.Join(errs...)
}

// Slice is a small Parquet file, cut from a larger one.
type Slice struct {
	scan    *Scan
	plan    slicePlan
	file    *sliceFile
	taken   int64      // of the budget
	again   *keptSlice // where an earlier scan kept it
	damaged atomic.Bool
	once    sync.Once
}

// Path names the slice for any library of this process, until it is closed. A later slice may have the same path, and lie
// in the same memory: nothing may read it after Close.
func (s *Slice) Path() string { return s.file.path }

// Keep lists the rows that count, in order; nil is all. Others have no values of the file: see Query.Cut.
func (s *Slice) Keep() []RowRange { return s.plan.keep }

// Rows is the number of rows, those that do not count among them.
func (s *Slice) Rows() int64 { return s.plan.rows }

// Damaged is the error to report when a decoder cannot read the slice, for the reason that it gave: it names the file and the
// row groups. Such a slice is not kept.
func (s *Slice) Damaged(reason error) error {
	s.damaged.Store(true)
	groups := s.plan.groups
	where := fmt.Sprintf("row group %d", groups[0].index)
	if last := len(groups) - 1; last > 0 {
		where = fmt.Sprintf("row groups %d to %d", groups[0].index, groups[last].index)
	}
	return &Error{File: s.scan.file.Name, Err: fmt.Errorf("%s: a page is damaged: %w", where, reason)}
}

// Size is about the number of its bytes.
func (s *Slice) Size() int64 { return s.plan.size }

// Layout is equal for slices with the same columns, stored as the same types, of any files.
func (s *Slice) Layout() string { return s.scan.layout() }

// Close frees the slice, or keeps it for later scans. It is safe to call it more than once.
func (s *Slice) Close() error {
	var err error
	s.once.Do(func() {
		err = s.free()
		if s.taken > 0 {
			s.scan.options.Memory.Release(s.taken)
		}
	})
	return err
}

func (s *Slice) free() error {
	kept := s.scan.options.Kept
	switch damaged := s.damaged.Load(); {
	case s.again != nil:
		if damaged {
			kept.drop(s.again)
		}
		return kept.release(s.again)
	case s.scan.reuse == nil || damaged:
		return s.scan.options.Pool.put(s.file)
	}
	return kept.put(s.plan.key(s.scan.file.Hash), s.file)
}
