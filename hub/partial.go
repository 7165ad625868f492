package hub

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"
)

// segmentSize is how much of a large file one request asks for. Requests cost a round trip, so it is not small; each is resumed
// where it broke, so nothing is lost by it being large.
const segmentSize = 16 << 20

// partial is a large file that is being fetched in segments, several at a time and each from its beginning. Beside the content lies
// a journal of how far each segment is, so that a later process goes on where this one stopped.
type partial struct {
	path, journalPath string
	file, journal     *os.File // journal is nil when nothing is to be resumed
	size              int64
	resumed           int64 // bytes that were there when it was opened

	mu      sync.Mutex
	grown   sync.Cond // some segment has grown, or the fetching has failed
	done    []int64   // bytes of each segment
	next    int       // the first segment that nobody has taken
	stopped error
}

// The journal: a mark, the sizes of segment and file, and the bytes of each segment, all as 64-bit numbers.
const (
	journalMark   = uint64(0x6866737061726b31) // "hfspark1"
	journalHeader = 24
)

// openPartial opens or makes the file at base.hfspark.incomplete. With resume it keeps what is there of it and keeps a journal. The
// endings are those that `hf cache prune` clears away.
func openPartial(base string, size int64, resume bool) (*partial, error) {
	p := &partial{size: size, done: make([]int64, (size+segmentSize-1)/segmentSize)}
	p.grown.L = &p.mu
	p.path, p.journalPath = base+".hfspark.incomplete", base+".hfspark.ranges.incomplete"
	var err error
	if p.file, err = os.OpenFile(p.path, os.O_RDWR|os.O_CREATE, 0o666); err != nil { //nolint:gosec // The umask decides.
		return nil, err
	}
	if resume {
		if p.journal, err = os.OpenFile(p.journalPath, os.O_RDWR|os.O_CREATE, 0o666); err != nil { //nolint:gosec // As above.
			return nil, errors.Join(err, p.file.Close())
		}
		p.readJournal()
	}
	if p.resumed == 0 {
		err = p.reset()
	}
	if err != nil {
		return nil, errors.Join(err, p.discard())
	}
	return p, nil
}

// readJournal takes over what a journal tells; one that does not fit is as good as none.
func (p *partial) readJournal() {
	raw := make([]byte, journalHeader+8*len(p.done))
	info, err := p.file.Stat()
	if err != nil || info.Size() != p.size {
		return
	}
	if _, err := p.journal.ReadAt(raw, 0); err != nil {
		return
	}
	word := func(at int) uint64 { return binary.LittleEndian.Uint64(raw[at:]) }
	if word(0) != journalMark || word(8) != segmentSize || word(16) != uint64(p.size) { //nolint:gosec // Sizes are not negative.
		return
	}
	var sum int64
	done := make([]int64, len(p.done))
	for i := range done {
		n := word(journalHeader + 8*i)
		if n > uint64(p.length(i)) { //nolint:gosec // As above.
			return
		}
		done[i] = int64(n) //nolint:gosec // As above.
		sum += done[i]
	}
	p.done, p.resumed = done, sum
}

// reset begins anew, with the room for all of the file set aside: a full disk is told before anything is fetched.
func (p *partial) reset() error {
	clear(p.done)
	p.next, p.resumed = 0, 0
	if p.journal != nil {
		raw := binary.LittleEndian.AppendUint64(nil, journalMark)
		raw = binary.LittleEndian.AppendUint64(raw, segmentSize)
		raw = binary.LittleEndian.AppendUint64(raw, uint64(p.size)) //nolint:gosec // As above.
		raw = append(raw, make([]byte, 8*len(p.done))...)
		if _, err := p.journal.WriteAt(raw, 0); err != nil {
			return err
		}
	}
	return preallocate(p.file, p.size)
}

// length is the size of a segment.
func (p *partial) length(segment int) int64 {
	return min(segmentSize, p.size-int64(segment)*segmentSize)
}

// take hands out a segment that is not complete, and how many bytes of it there are. ok is false when there is none left.
func (p *partial) take() (segment int, have int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.next < len(p.done) {
		segment, p.next = p.next, p.next+1
		if have = p.done[segment]; have < p.length(segment) {
			return segment, have, true
		}
	}
	return 0, 0, false
}

// more tells whether there is a segment to take.
func (p *partial) more() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next < len(p.done)
}

// write puts content behind the have bytes of a segment.
func (p *partial) write(segment int, have int64, content []byte) error {
	if _, err := p.file.WriteAt(content, int64(segment)*segmentSize+have); err != nil {
		return err
	}
	have += int64(len(content))
	if p.journal != nil {
		var raw [8]byte
		binary.LittleEndian.PutUint64(raw[:], uint64(have)) //nolint:gosec // As above.
		if _, err := p.journal.WriteAt(raw[:], journalHeader+8*int64(segment)); err != nil {
			return err
		}
	}
	p.mu.Lock()
	p.done[segment] = have
	p.mu.Unlock()
	p.grown.Broadcast()
	return nil
}

// stop ends the wait of digest: nothing more will come.
func (p *partial) stop(reason error) {
	p.mu.Lock()
	p.stopped = reason
	p.mu.Unlock()
	p.grown.Broadcast()
}

// available waits until more than offset bytes are there without a gap, and returns how many there are from offset on in its segment.
func (p *partial) available(offset int64) (int64, error) {
	segment := int(offset / segmentSize)
	within := offset % segmentSize
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.done[segment] <= within {
		if p.stopped != nil {
			return 0, p.stopped
		}
		p.grown.Wait()
	}
	return p.done[segment] - within, nil
}

// digest hashes the file in order while its segments come in, and returns the hash in hexadecimal digits.
func (p *partial) digest(ctx context.Context, digest hash.Hash) (string, error) {
	buffer := takeBuffer()
	defer giveBuffer(buffer)
	for offset := int64(0); offset < p.size; {
		n, err := p.available(offset)
		if err != nil {
			return "", err
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		piece := (*buffer)[:min(n, int64(len(*buffer)))]
		if _, err := p.file.ReadAt(piece, offset); err != nil {
			return "", fmt.Errorf("read back what was fetched: %w", noEOF(err))
		}
		_, _ = digest.Write(piece) // A hash does not fail.
		offset += int64(len(piece))
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// publish gives the complete file its name.
func (p *partial) publish(name string) error {
	if err := errors.Join(p.file.Close(), os.Rename(p.path, name)); err != nil {
		return err
	}
	if p.journal == nil {
		return nil
	}
	return errors.Join(p.journal.Close(), os.Remove(p.journalPath))
}

// keep closes the files and leaves them for a later process; without a journal they are of no use to it.
func (p *partial) keep() error {
	if p.journal == nil {
		return p.discard()
	}
	return errors.Join(p.file.Close(), p.journal.Close())
}

// discard closes and removes the files.
func (p *partial) discard() error {
	err := errors.Join(p.file.Close(), os.Remove(p.path))
	if p.journal != nil {
		err = errors.Join(err, p.journal.Close(), os.Remove(p.journalPath))
	}
	return err
}

// bufferSize is how much is read, written and hashed at a time.
const bufferSize = 1 << 20

var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

func takeBuffer() *[]byte  { return buffers.Get().(*[]byte) }
func giveBuffer(b *[]byte) { buffers.Put(b) }
