package parquetfile

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"math/rand/v2"
)

// The bounds of dictionaries.
const (
	dictionaryStep  = 1024    // values between two looks at whether a dictionary pays
	dictionaryBytes = 1 << 20 // of the largest one, as in Arrow
)

// dictionary gives the distinct values of a column chunk numbers in the order in which they come. One is used for one chunk after
// another, as its memory is worth keeping.
type dictionary struct {
	seed    maphash.Seed
	secret  [2]uint64 // so that nobody can choose texts of one hash
	slots   []uint32  // number plus one of the value with that hash, or the next ones; a power of two of them
	shift   int       // of a hash, to get a slot
	indices []uint32  // of the values that are there

	words     []uint64 // distinct numbers
	texts     [][]byte // distinct texts, in the memory of the batches
	hashes    []uint32 // of texts
	textBytes int      // of them, with their lengths

	seen []uint32 // by number, the last look that came upon it
	look uint32
}

const firstSlots = 1 << 10

// begin forgets everything.
func (d *dictionary) begin() {
	if d.slots == nil {
		d.seed, d.secret = maphash.MakeSeed(), [2]uint64{rand.Uint64(), rand.Uint64() | 1}
	}
	d.resize(firstSlots)
	d.indices, d.words, d.texts, d.hashes = d.indices[:0], d.words[:0], d.texts[:0], d.hashes[:0]
	d.textBytes = 0
}

// resize makes an empty table of so many slots.
func (d *dictionary) resize(slots int) {
	if cap(d.slots) < slots {
		d.slots = make([]uint32, slots)
	} else {
		d.slots = d.slots[:slots]
		clear(d.slots)
	}
	d.shift = 65 - widthOf(slots)
}

// mix spreads the bits of a number over all bits, the highest ones best.
func mix(word uint64) uint64 {
	word ^= word >> 32
	return word * 0x9e3779b97f4a7c15
}

// numberOf returns the number of a word, a new one when it is not there yet.
func (d *dictionary) numberOf(word uint64) uint32 {
	last := len(d.slots) - 1
	for at := int(mix(word) >> d.shift); ; at++ {
		slot := &d.slots[at&last]
		if *slot == 0 {
			d.words = append(d.words, word)
			n := uint32(len(d.words))
			*slot = n
			if len(d.words)*2 > len(d.slots) {
				d.growWords()
			}
			return n - 1
		}
		if n := *slot - 1; d.words[n] == word {
			return n
		}
	}
}

func (d *dictionary) growWords() {
	d.resize(4 * len(d.slots))
	last := len(d.slots) - 1
	for n, word := range d.words {
		at := int(mix(word)>>d.shift) & last
		for d.slots[at] != 0 {
			at = (at + 1) & last
		}
		d.slots[at] = uint32(n + 1)
	}
}

func (d *dictionary) addWords(words []uint64, there valid, from, to int) {
	for i := from; i < to; i++ {
		if there.at(i) {
			d.indices = append(d.indices, d.numberOf(words[i]))
		}
	}
}

func (d *dictionary) addHalves(halves []uint32, there valid, from, to int) {
	for i := from; i < to; i++ {
		if there.at(i) {
			d.indices = append(d.indices, d.numberOf(uint64(halves[i])))
		}
	}
}

// hashOf is the hash of a text. Most texts that repeat are short, and two numbers hold them.
func (d *dictionary) hashOf(text []byte) uint64 {
	n := len(text)
	switch {
	case n > 16:
		return maphash.Bytes(d.seed, text)
	case n >= 8:
		return mixed(binary.LittleEndian.Uint64(text)^d.secret[0], binary.LittleEndian.Uint64(text[n-8:])^d.secret[1]^uint64(n))
	case n >= 4:
		head, tail := binary.LittleEndian.Uint32(text), binary.LittleEndian.Uint32(text[n-4:])
		return mixed(uint64(head)<<32|uint64(tail)^d.secret[0], d.secret[1]^uint64(n))
	case n > 0:
		return mixed(uint64(text[0])<<16|uint64(text[n/2])<<8|uint64(text[n-1])^d.secret[0], d.secret[1]^uint64(n))
	}
	return 0
}

// mixed is the product of two numbers, whose high bits depend on all of theirs.
func mixed(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

func (d *dictionary) addText(text []byte) {
	hash := d.hashOf(text)
	last := len(d.slots) - 1
	for at := int(hash >> d.shift); ; at++ {
		slot := &d.slots[at&last]
		if *slot == 0 {
			d.texts, d.hashes = append(d.texts, text), append(d.hashes, uint32(hash))
			d.textBytes += len(text) + 4
			n := uint32(len(d.texts))
			*slot = n
			d.indices = append(d.indices, n-1)
			if len(d.texts)*2 > len(d.slots) {
				d.growTexts()
			}
			return
		}
		if n := *slot - 1; d.hashes[n] == uint32(hash) && bytes.Equal(d.texts[n], text) {
			d.indices = append(d.indices, n)
			return
		}
	}
}

func (d *dictionary) growTexts() {
	d.resize(4 * len(d.slots))
	last := len(d.slots) - 1
	for n, text := range d.texts {
		at := int(d.hashOf(text)>>d.shift) & last
		for d.slots[at] != 0 {
			at = (at + 1) & last
		}
		d.slots[at] = uint32(n + 1)
	}
}

// once calls visit for each text among some indices, once.
func (d *dictionary) once(indices []uint32, visit func(text []byte)) {
	if len(d.seen) < len(d.texts) {
		d.seen, d.look = make([]uint32, len(d.texts)), 0
	}
	d.look++
	if d.look == 0 {
		clear(d.seen)
		d.look++
	}
	for _, n := range indices {
		if d.seen[n] != d.look {
			d.seen[n] = d.look
			visit(d.texts[n])
		}
	}
}

// distinct is how many values the dictionary has.
func (d *dictionary) distinct() int { return max(len(d.words), len(d.texts)) }

// width is how many bits a number takes.
func (d *dictionary) width() int { return widthOf(max(d.distinct()-1, 1)) }

// hopeless tells early that values will not repeat often enough, by those seen so far: nearly all of them are distinct, or the
// dictionary, of so many bytes, is too large.
func (d *dictionary) hopeless(size int) bool {
	seen, distinct := len(d.indices), d.distinct()
	return size > dictionaryBytes ||
		seen >= dictionaryStep && distinct > seen-seen/16 ||
		seen >= 16*dictionaryStep && distinct > seen-seen/4
}

// pays tells whether a dictionary of so many bytes takes less room than the values as they are.
func (d *dictionary) pays(size, plain int) bool {
	return size+len(d.indices)*d.width()/8 < plain
}
