package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// blockSizes says how a text is cut into blocks.
type blockSizes struct {
	first int // bytes of the first block; each next one has twice as many
	most  int // up to so many
	limit int // bytes in which a row must end
	parse int // goroutines that parse
}

const (
	// blockFile is the size from which files are cut into blocks; smaller ones are read sooner than goroutines start.
	blockFile  = 512 << 10
	blockFirst = 120 << 10
	blockMost  = 960 << 10 // Columns of text, whose room is a power of two, then need no more than 1 MiB.
	blockLimit = 8 << 20
	// blockParsers bounds the goroutines that parse one file.
	blockParsers = 8
)

// blocks says how to cut a document of a partition into blocks, and takes the memory for it, which free gives back. ok is false when its rows
// are better read one after the other.
func (s Services) blocks(p Partition, d document, r Request) (sizes blockSizes, free func(), ok bool) {
	switch sizes = s.blockSizes; {
	case !d.alone: // Members of an archive are read one after the other.
		return sizes, nil, false
	case sizes.parse > 0:
		return sizes, func() {}, true
	case p.DataSize() < blockFile || r.Limit > 0:
		return sizes, nil, false
	}
	sizes = blockSizes{blockFirst, blockMost, blockLimit, min(runtime.GOMAXPROCS(0), blockParsers)}
	// Each block is there as text and as rows.
	held, ok := s.Memory.TryAcquire(int64(2 * sizes.inFlight() * sizes.most))
	return sizes, func() { s.Memory.Release(held) }, ok
}

// freeAfter calls free when rows need no blocks any more.
func freeAfter(rows rowSource, free func()) rowSource {
	if blocks, ok := rows.(*blockRows); ok {
		blocks.free = free
	} else {
		free()
	}
	return rows
}

// queued is how many blocks wait for their turn, and inFlight how many there are at once: besides those one is cut, and one handed out.
func (b blockSizes) queued() int   { return b.parse + 1 }
func (b blockSizes) inFlight() int { return b.queued() + 2 }

// rowBlock is a stretch of a text that ends where a row does, as far as that can be told without parsing it.
type rowBlock struct {
	data  []byte
	last  bool          // the text ends with it
	ready chan struct{} // closed when it has been parsed

	// whole says that it has been parsed without any doubt: a row ended where the block does.
	whole bool
	lines int
	rows  packedRows
}

// blockParser parses blocks. A parser belongs to one goroutine.
type blockParser interface {
	// parse appends the rows of a block, and tells how many they are and how many lines the block has. whole says that its last row ends
	// with it.
	parse(ctx context.Context, data []byte, to *array.RecordBuilder) (rows, lines int, whole bool, err error)
}

// blockSource says what the rows of a text are, for reading it block by block.
type blockSource struct {
	// parser makes a parser that appends to the builders of a schema.
	parser func() blockParser
	// oneByOne reads the rows of a text from a row on that begins in the given line: it is what settles each doubt.
	oneByOne func(from io.Reader, line int) rowSource
}

// blockRows reads the rows of a text of which several blocks are parsed at once.
//
// Blocks are cut at what looks like the end of a row. They are handed out in order, and each only when the one before ended where a row
// does: the next one begins with a row then, which makes its rows those that reading one row after the other would find. A block that
// does not end so, or in which something is wrong, is read again one row after the other, together with all that follows. That tells
// errors with their lines, too.
type blockRows struct {
	blockSource
	cutter *blockCutter
	sizes  blockSizes
	needed *arrow.Schema
	file   io.Closer
	free   func() // gives back what was taken for blocks
	line   int    // where the next block begins
	exact  bool   // the last row must end with the text

	order   chan *rowBlock
	work    chan *rowBlock
	stop    chan struct{}
	stopped sync.Once
	running sync.WaitGroup
	cancel  context.CancelFunc
	after   rowSource // once rows are read one by one
}

// packedRows are rows that were parsed and filtered.
type packedRows struct {
	batch arrow.RecordBatch // nil is a bare count
	rows  int64
}

func (p packedRows) release() {
	if p.batch != nil {
		p.batch.Release()
	}
}

// start begins to cut and to parse. pack is what is to be done with the rows of a builder; several goroutines call it.
func (b *blockRows) start(ctx context.Context, pack func(build *array.RecordBuilder, rows int) (packedRows, error)) {
	ctx, b.cancel = context.WithCancel(ctx)
	b.order, b.work, b.stop = make(chan *rowBlock, b.sizes.queued()), make(chan *rowBlock, b.sizes.queued()), make(chan struct{})
	b.running.Go(b.cut)
	for range b.sizes.parse {
		b.running.Go(func() { b.parse(ctx, pack) })
	}
}

// cut makes blocks until the text ends, or until it is stopped.
func (b *blockRows) cut() {
	defer close(b.order)
	defer close(b.work)
	for {
		data, last, ok := b.cutter.next()
		block := &rowBlock{data: data, last: last, ready: make(chan struct{})}
		select {
		case b.order <- block:
		case <-b.stop:
			b.cutter.unread(data)
			return
		}
		if !ok {
			close(block.ready)
			return
		}
		select {
		case b.work <- block:
		case <-b.stop:
			return
		}
		if last {
			return
		}
	}
}

// parse parses blocks as they are cut.
func (b *blockRows) parse(ctx context.Context, pack func(build *array.RecordBuilder, rows int) (packedRows, error)) {
	var build *array.RecordBuilder
	var parser blockParser
	defer func() {
		if build != nil {
			build.Release()
		}
	}()
	var sizes textSizes
	for block := range b.work {
		if build == nil {
			build, parser = array.NewRecordBuilder(allocator, b.needed), b.parser()
		}
		sizes.reserve(build, len(block.data))
		rows, lines, whole, err := parser.parse(ctx, block.data, build)
		if err == nil && (whole || block.last && !b.exact) {
			block.rows, err = pack(build, rows)
			sizes.measure(block.rows.batch, len(block.data))
			block.lines, block.whole = lines, err == nil
		}
		if !block.whole { // Its builders may hold halves of rows.
			build.Release()
			build = nil
		}
		close(block.ready)
	}
}

// errOneByOne says that the rows are to be read one by one from here on.
var errOneByOne = errors.New("rows are read one by one")

// next returns the rows of the next block. The error after the last one is io.EOF; after errOneByOne read goes on.
func (b *blockRows) next(ctx context.Context) (packedRows, error) {
	for {
		if b.after != nil {
			return packedRows{}, errOneByOne
		}
		block, ok := <-b.order // Reading ends with ctx.
		if !ok {
			return packedRows{}, io.EOF
		}
		select {
		case <-block.ready:
		case <-ctx.Done():
			return packedRows{}, context.Cause(ctx)
		}
		if !block.whole {
			if ctx.Err() != nil {
				return packedRows{}, context.Cause(ctx)
			}
			b.goOn(block)
			continue
		}
		b.line += block.lines
		b.cutter.recycle(block.data)
		if block.rows.rows > 0 {
			return block.rows, nil
		}
		block.rows.release()
	}
}

// goOn makes read go on at the beginning of a block.
func (b *blockRows) goOn(block *rowBlock) {
	rest := []io.Reader{bytes.NewReader(block.data)}
	for _, block := range b.halt() {
		rest = append(rest, bytes.NewReader(block.data))
	}
	b.after = b.oneByOne(io.MultiReader(append(rest, b.cutter.rest())...), b.line)
}

// halt ends cutting and parsing, and returns the blocks that nobody took.
func (b *blockRows) halt() []*rowBlock {
	b.stopped.Do(func() { close(b.stop) })
	var left []*rowBlock
	for block := range b.order {
		left = append(left, block)
	}
	b.running.Wait()
	for _, block := range left {
		block.rows.release()
	}
	return left
}

// read implements rowSource, after next has returned errOneByOne.
func (b *blockRows) read(ctx context.Context, most int, to *array.RecordBuilder) (int, error) {
	return b.after.read(ctx, most, to)
}

// close ends everything.
func (b *blockRows) close() error {
	if b.cancel != nil {
		b.cancel()
	}
	err := b.file.Close() // A read under way ends.
	if b.order != nil && b.after == nil {
		b.halt()
	}
	b.free()
	return err
}

// blockCutter cuts a text into blocks. It never has an end beyond doubt, so that who parses a block must look at it.
type blockCutter struct {
	from  io.Reader
	sizes blockSizes
	// end measures the rows in data, from its beginning to the end of the last one: 0 is none. sure asks for an end that is likely, and
	// not just possible.
	end func(data []byte, sure bool) int

	size  int    // of the next block
	carry []byte // read, and not in a block yet
	err   error  // that ended reading
	free  chan []byte
}

func newBlockCutter(from io.Reader, sizes blockSizes, end func(data []byte, sure bool) int) *blockCutter {
	return &blockCutter{from: from, sizes: sizes, end: end, size: sizes.first, free: make(chan []byte, sizes.inFlight())}
}

// next returns the next block; ok is false when it cannot be parsed by itself: no row ends in it, or reading failed behind it.
func (c *blockCutter) next() (data []byte, last, ok bool) {
	size := c.size
	c.size = min(2*c.size, c.sizes.most)
	buffer := c.buffer(max(size, len(c.carry)+size/2))
	n := copy(buffer, c.carry)
	c.carry = c.carry[:0]
	for {
		n += c.fill(buffer[n:])
		switch {
		case errors.Is(c.err, io.EOF):
			return buffer[:n], true, true
		case c.err != nil:
			return buffer[:n], false, false
		}
		end := c.end(buffer[:n], n < 2*c.sizes.most)
		if end > 0 {
			c.carry = append(c.carry, buffer[end:n]...)
			return buffer[:end], false, true
		}
		if n >= c.sizes.limit {
			return buffer[:n], false, false
		}
		buffer = append(buffer[:n], make([]byte, n)...)
	}
}

// fill reads until the buffer is full, or reading ends.
func (c *blockCutter) fill(buffer []byte) (n int) {
	defer func() {
		if p := recover(); p != nil { // An unpacker that stumbles over damaged data must not end the process.
			c.err = fmt.Errorf("it cannot be unpacked: %v", p)
		}
	}()
	for tries := 0; n < len(buffer) && c.err == nil; tries++ {
		var read int
		read, c.err = c.from.Read(buffer[n:])
		n += read
		if read > 0 {
			tries = 0
		} else if tries > 100 && c.err == nil {
			c.err = io.ErrNoProgress
		}
	}
	return n
}

func (c *blockCutter) buffer(size int) []byte {
	select {
	case b := <-c.free:
		if cap(b) >= size {
			return b[:size]
		}
	default:
	}
	return make([]byte, size)
}

// recycle takes back the bytes of a block that nobody needs any more.
func (c *blockCutter) recycle(data []byte) {
	if cap(data) > 2*c.sizes.most {
		return
	}
	select {
	case c.free <- data[:0]:
	default:
	}
}

// unread takes back a block that nobody has seen.
func (c *blockCutter) unread(data []byte) { c.carry = append(data[:len(data):len(data)], c.carry...) }

// rest is what has not become part of a block.
func (c *blockCutter) rest() io.Reader {
	after := c.from
	if c.err != nil {
		after = errorReader{c.err}
	}
	return io.MultiReader(bytes.NewReader(c.carry), after)
}

// errorReader fails.
type errorReader struct{ err error }

// Read implements io.Reader.
func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

// lastLine measures the lines in data.
func lastLine(data []byte, _ bool) int { return bytes.LastIndexByte(data, '\n') + 1 }
