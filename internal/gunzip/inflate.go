package gunzip

import (
	"encoding/binary"
	"errors"
	"io"
)

var (
	errBlock    = errors.New("gzip: there is no such kind of block")
	errCodes    = errors.New("gzip: the lengths of codes make no code")
	errCode     = errors.New("gzip: there is no such code")
	errDistance = errors.New("gzip: it repeats what comes before the beginning")
	errStored   = errors.New("gzip: the length of a stored block is damaged")
)

// What comes next in a member.
type state int

const (
	atMember state = iota
	atBlock
	inStored
	inCodes
	atTrailer
	atEnd
)

// inflater unpacks a DEFLATE stream (RFC 1951).
type inflater struct {
	from io.Reader
	in   []byte
	// in[next:end] has been read. bits are those before in[next] that have not been used yet: the next one lowest.
	next, end int
	ended     bool // nothing follows in[:end]
	bits      uint64
	count     uint // of bits

	// out[:made] has been unpacked, of which out[given:made] has not been handed out. What was is still repeated from.
	out         []byte
	made, given int

	state    state
	last     bool // of the member's blocks
	stored   int  // bytes left of a stored block
	length   [lengthEntries]entry
	distance [distanceEntries]entry
	fixed    bool // the tables are those of fixed codes
}

const (
	inSize   = 256 << 10
	window   = 32 << 10
	outSize  = window + 256<<10
	outSlack = 258 + 32 // a repeat may go on behind outSize, and whole words are written
	inSlack  = 16       // whole words are read
)

// fill reads more behind in[next:end]. Its error is io.ErrUnexpectedEOF when there is no more.
func (f *inflater) fill() error {
	if f.ended {
		return io.ErrUnexpectedEOF
	}
	if f.next > 0 {
		f.end = copy(f.in, f.in[f.next:f.end])
		f.next = 0
	}
	for range 100 {
		n, err := f.from.Read(f.in[f.end:])
		f.end += n
		if errors.Is(err, io.EOF) {
			f.ended = true
			if n > 0 {
				return nil
			}
			return io.ErrUnexpectedEOF
		}
		if err != nil || n > 0 {
			return err
		}
	}
	return io.ErrNoProgress
}

// need makes count at least n, which is at most 48, as far as there are bits.
func (f *inflater) need(n uint) error {
	for f.count < n {
		if f.next == f.end {
			if err := f.fill(); err != nil {
				return err
			}
		}
		f.bits |= uint64(f.in[f.next]) << f.count
		f.next++
		f.count += 8
	}
	return nil
}

// take reads n bits.
func (f *inflater) take(n uint) (int, error) {
	if err := f.need(n); err != nil {
		return 0, err
	}
	v := f.bits & (1<<n - 1)
	f.bits >>= n
	f.count -= n
	return int(v), nil
}

// giveBack puts whole bytes of bits back into in.
func (f *inflater) giveBack() {
	f.next -= int(f.count >> 3)
	f.count &= 7
	f.bits &= 1<<f.count - 1
}

// room makes room for more output, which is possible once all was handed out.
func (f *inflater) room() {
	if f.made >= outSize-window {
		copy(f.out, f.out[f.made-window:f.made])
		f.made = window
		f.given = window
	}
}

// block reads the beginning of a block.
func (f *inflater) block() error {
	head, err := f.take(3)
	if err != nil {
		return err
	}
	f.last = head&1 == 1
	switch head >> 1 {
	case 0:
		return f.beginStored()
	case 1:
		f.useFixed()
	case 2:
		if err := f.readCodes(); err != nil {
			return err
		}
	default:
		return errBlock
	}
	f.state = inCodes
	return nil
}

func (f *inflater) blockEnded() {
	f.state = atBlock
	if f.last {
		f.state = atTrailer
	}
}

func (f *inflater) beginStored() error {
	f.bits >>= f.count & 7
	f.count &^= 7
	size, err := f.take(16)
	if err != nil {
		return err
	}
	inverse, err := f.take(16)
	if err != nil {
		return err
	}
	if size != inverse^0xffff {
		return errStored
	}
	f.giveBack()
	f.stored, f.state = size, inStored
	if size == 0 {
		f.blockEnded()
	}
	return nil
}

func (f *inflater) copyStored() error {
	for f.stored > 0 && f.made < outSize {
		if f.next == f.end {
			if err := f.fill(); err != nil {
				return err
			}
		}
		n := copy(f.out[f.made:outSize], f.in[f.next:min(f.end, f.next+f.stored)])
		f.made += n
		f.next += n
		f.stored -= n
	}
	if f.stored == 0 {
		f.blockEnded()
	}
	return nil
}

func (f *inflater) useFixed() {
	if f.fixed {
		return
	}
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144, i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	build(f.length[:], lengths[:], lengthSymbols[:], lengthBits)
	for i := range 32 {
		lengths[i] = 5
	}
	build(f.distance[:], lengths[:32], distanceSymbols[:], distanceBits)
	f.fixed = true
}

// codeOrder is in which order the lengths of the codes for lengths come.
var codeOrder = [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the codes of a block.
func (f *inflater) readCodes() error {
	f.fixed = false
	head, err := f.take(14)
	if err != nil {
		return err
	}
	literals, distances, codes := head&31+257, head>>5&31+1, head>>10+4
	if literals > 286 || distances > 30 {
		return errCodes
	}
	var lengths [288 + 32]uint8
	for _, i := range codeOrder[:codes] {
		n, err := f.take(3)
		if err != nil {
			return err
		}
		lengths[i] = uint8(n)
	}
	var table [1 << codeBits]entry
	if !build(table[:], lengths[:19], codeSymbols[:], codeBits) {
		return errCodes
	}
	clear(lengths[:19])
	if err := f.readLengths(lengths[:literals+distances], &table); err != nil {
		return err
	}
	if lengths[256] == 0 || !build(f.length[:], lengths[:literals], lengthSymbols[:], lengthBits) ||
		!build(f.distance[:], lengths[literals:literals+distances], distanceSymbols[:], distanceBits) {
		return errCodes
	}
	return nil
}

// readLengths reads the lengths of codes, which are packed by a code of their own.
func (f *inflater) readLengths(lengths []uint8, table *[1 << codeBits]entry) error {
	for i := 0; i < len(lengths); {
		e, err := f.lookUp(table[:], codeBits)
		if err != nil {
			return err
		}
		value := uint8(e >> 16)
		extra, least := uint(0), 1
		switch value {
		case 16:
			if i == 0 {
				return errCodes
			}
			value, extra, least = lengths[i-1], 2, 3
		case 17:
			value, extra, least = 0, 3, 3
		case 18:
			value, extra, least = 0, 7, 11
		}
		n, err := f.take(extra)
		if err != nil {
			return err
		}
		n += least
		if i+n > len(lengths) {
			return errCodes
		}
		for range n {
			lengths[i] = value
			i++
		}
	}
	return nil
}

// lookUp finds the code that is next, and steps over it, but not over its extra bits: they are the low byte of the entry, less the bits
// of the code.
func (f *inflater) lookUp(table []entry, main uint) (entry, error) {
	for {
		e := table[f.bits&(1<<main-1)]
		if e&isPointer != 0 && f.count >= main {
			e = table[e>>16+uint32(f.bits>>main)&(1<<(e>>8&15)-1)]
			if n := codeLength(e); f.count >= main+n {
				f.step(main + n)
				return e, specialError(e)
			}
		} else if n := codeLength(e); e&isPointer == 0 && f.count >= n {
			f.step(n)
			return e, specialError(e)
		}
		if err := f.need(f.count + 1); err != nil {
			return 0, err
		}
	}
}

func (f *inflater) step(n uint) {
	f.bits >>= n
	f.count -= n
}

func codeLength(e entry) uint {
	if e&(isLiteral|isSpecial) != 0 {
		return uint(e & 0xff)
	}
	return uint(e >> 8 & 15)
}

func specialError(e entry) error {
	if e&(isLiteral|isSpecial|isEnd) == isSpecial {
		return errCode
	}
	return nil
}

// value completes a length or a distance.
func (f *inflater) value(e entry) (int, error) {
	extra, err := f.take(uint(e&0xff) - codeLength(e))
	return int(e>>16) + extra, err
}

// codes unpacks until there is no room, or the block ends.
func (f *inflater) codes() error {
	for f.made < outSize {
		if f.end-f.next >= inSlack {
			ended, err := f.fast()
			if err != nil || ended {
				return err
			}
			if f.made >= outSize {
				return nil
			}
		}
		if f.end-f.next < inSlack && !f.ended {
			if err := f.fill(); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				return err
			}
			if f.end-f.next >= inSlack {
				continue
			}
		}
		if ended, err := f.symbol(); err != nil || ended {
			return err
		}
	}
	return nil
}

// symbol unpacks one symbol, and looks at each step whether there is enough input.
func (f *inflater) symbol() (ended bool, err error) {
	e, err := f.lookUp(f.length[:], lengthBits)
	switch {
	case err != nil:
		return false, err
	case e&isLiteral != 0:
		f.out[f.made] = byte(e >> 16)
		f.made++
		return false, nil
	case e&isEnd != 0:
		f.blockEnded()
		return true, nil
	}
	length, err := f.value(e)
	if err != nil {
		return false, err
	}
	if e, err = f.lookUp(f.distance[:], distanceBits); err != nil {
		return false, err
	}
	distance, err := f.value(e)
	if err != nil {
		return false, err
	}
	if distance > f.made {
		return false, errDistance
	}
	for range length {
		f.out[f.made] = f.out[f.made-distance]
		f.made++
	}
	return false, nil
}

// littleEndian reads numbers of fixed size after the bits.
func (f *inflater) littleEndian32() (uint32, error) {
	var b [4]byte
	for i := range b {
		v, err := f.take(8)
		if err != nil {
			return 0, err
		}
		b[i] = byte(v)
	}
	return binary.LittleEndian.Uint32(b[:]), nil
}
