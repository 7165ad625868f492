package hub

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/hfspark/hfspark/hub/wire"
)

// change is one line of a commit request, and what the repository holds once it is done.
type change struct {
	path string
	// line is the whole line, or what comes before the content.
	line []byte
	// content, when there is one, follows line in base64, and tail follows that.
	content Content
	tail    []byte

	deletion string // key of wire: what kind of deletion it is; "" when it is none
	lfs      string // SHA-256 that the path has afterwards, when it is an LFS file
}

// plan makes changes of the operations that change something.
func (x *committer) plan(copies *copySources) error {
	deleted := deletionsOf(x.commit.Operations)
	for _, operation := range x.commit.Operations {
		path, err := operation.target()
		if err != nil {
			return x.fail(err.Error(), "", err)
		}
		var ch change
		switch op := operation.(type) {
		case *Add:
			switch {
			case op.state.ignored:
				x.result.Ignored = append(x.result.Ignored, path)
				continue
			case op.state.unchanged() && !deleted.cover(path):
				x.result.Unchanged++
				continue
			}
			ch, err = addition(op)
		case Copy:
			source := copies.of(op)
			if source.same && !deleted.cover(path) {
				x.result.Unchanged++
				continue
			}
			ch, err = source.change(path)
		case DeleteFile:
			ch, err = deletion(wire.KeyDeletedFile, path, path)
		case DeleteFolder:
			ch, err = deletion(wire.KeyDeletedFolder, path, path+"/")
		default:
			err = fmt.Errorf("operations of type %T are not known: %w", operation, ErrInvalid)
		}
		if err != nil {
			return x.wrap(err)
		}
		x.changes = append(x.changes, ch)
	}
	return nil
}

func addition(add *Add) (change, error) {
	state := &add.state
	if state.mode == wire.ModeLFS {
		return lfsChange(state.path, state.print.sha256, &state.print.size)
	}
	return inlineChange(state.path, add.Content)
}

func lfsChange(path, sha256 string, size *int64) (change, error) {
	line, err := commitLine(wire.KeyLFSFile, wire.CommitLFSFile{Path: path, Algo: "sha256", OID: sha256, Size: size})
	return change{path: path, line: line, lfs: sha256}, err
}

func inlineChange(path string, content Content) (change, error) {
	quoted, err := json.Marshal(path)
	if err != nil {
		return change{}, err
	}
	return change{
		path: path, content: content,
		line: []byte(`{"key":"` + wire.KeyFile + `","value":{"content":"`),
		tail: append(append([]byte(`","path":`), quoted...), `,"encoding":"base64"}}`+"\n"...),
	}, nil
}

func deletion(key, path, sent string) (change, error) {
	line, err := commitLine(key, wire.CommitDeletion{Path: sent})
	return change{path: path, line: line, deletion: key}, err
}

func commitLine(key string, value any) ([]byte, error) {
	line, err := json.Marshal(struct {
		Key   string `json:"key"`
		Value any    `json:"value"`
	}{key, value})
	return append(line, '\n'), err
}

// commitRequest is the body of a commit request. It is made while it is sent.
type commitRequest struct {
	ctx     context.Context //nolint:containedctx // It bounds the reads, whose interface has no context.
	header  []byte
	changes []change
	meter   *uploadMeter
	length  int64
	ended   atomic.Bool // some try has read it to its end
	counted atomic.Int64
}

func newCommitRequest(ctx context.Context, header wire.CommitHeader, changes []change, meter *uploadMeter) (*commitRequest, error) {
	line, err := commitLine(wire.KeyHeader, header)
	if err != nil {
		return nil, err
	}
	r := &commitRequest{ctx: ctx, header: line, changes: changes, meter: meter, length: int64(len(line))}
	for _, ch := range changes {
		r.length += int64(len(ch.line) + len(ch.tail))
		if ch.content != nil {
			r.length += (ch.content.Size() + 2) / 3 * 4
		}
	}
	return r, nil
}

// complete tells whether all of the request may have left this machine.
func (r *commitRequest) complete() bool { return r.ended.Load() }

func (r *commitRequest) stream() *stream {
	return &stream{length: r.length, open: func() (io.ReadCloser, error) {
		r.meter.sent(-r.counted.Swap(0))
		return &commitBody{request: r, buffer: r.header}, nil
	}}
}

// base64Piece is how much content is encoded at a time; a multiple of 3, so that pieces join without padding.
const base64Piece = 48 << 10

// commitBody reads a commit request line by line.
type commitBody struct {
	request *commitRequest

	mu     sync.Mutex // the transport closes a body that it may still be reading
	closed bool
	next   int    // index of the change after the one under way
	buffer []byte // what is ready to be sent
	read   int64

	content ContentReader // of the change under way; nil when it has none, or no more
	offset  int64         // in content
	raw     []byte
	encoded []byte
}

// Read implements [io.Reader].
func (b *commitBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, os.ErrClosed
	}
	for len(b.buffer) == 0 {
		if b.request.ctx.Err() != nil {
			return 0, context.Cause(b.request.ctx)
		}
		if err := b.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.buffer)
	b.buffer = b.buffer[n:]
	b.read += int64(n)
	if b.read == b.request.length {
		b.request.ended.Store(true)
	}
	return n, nil
}

// fill makes the next piece.
func (b *commitBody) fill() error {
	if b.content != nil {
		return b.encode()
	}
	if b.next == len(b.request.changes) {
		return io.EOF
	}
	ch := &b.request.changes[b.next]
	b.next++
	b.buffer = ch.line
	if ch.content == nil {
		return nil
	}
	content, err := ch.content.Open()
	if err != nil {
		return b.about(ch, err)
	}
	b.content, b.offset = content, 0
	return nil
}

// encode makes the next piece of the content under way, or what follows it.
func (b *commitBody) encode() error {
	ch := &b.request.changes[b.next-1]
	size := ch.content.Size()
	if b.offset >= size {
		// The rest of the line completes the file for the Hub, so this is the last moment to hold back a file that has changed.
		if v, ok := ch.content.(verifier); ok {
			if err := v.unchanged(); err != nil {
				return b.about(ch, err)
			}
		}
		b.buffer = ch.tail
		return b.closeContent()
	}
	if b.raw == nil {
		b.raw = make([]byte, base64Piece)
		b.encoded = make([]byte, base64.StdEncoding.EncodedLen(base64Piece))
	}
	piece := b.raw[:min(base64Piece, size-b.offset)]
	if err := readBlock(b.content, piece, b.offset); err != nil {
		return b.about(ch, err)
	}
	b.offset += int64(len(piece))
	b.buffer = b.encoded[:base64.StdEncoding.EncodedLen(len(piece))]
	base64.StdEncoding.Encode(b.buffer, piece)
	b.request.counted.Add(int64(len(piece)))
	b.request.meter.sent(int64(len(piece)))
	return nil
}

func (b *commitBody) about(ch *change, err error) error {
	return fmt.Errorf("%s: %w", ch.path, err)
}

func (b *commitBody) closeContent() error {
	if b.content == nil {
		return nil
	}
	err := b.content.Close()
	b.content = nil
	return err
}

// Close implements [io.Closer].
func (b *commitBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.closeContent()
}
