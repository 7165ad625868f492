package parquetfile

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
)

// flatCuts is cuts for columns without lists of the types that most bytes are of. done is false for all others.
func (c *chunker) flatCuts(l leaf) (at []int, done bool) {
	if !l.flat() {
		return nil, false
	}
	if text, long := isText(l.values.DataType()); text && long {
		return cutsOfTexts(c, textPartOf[int64](l.values), l.nullable), true
	} else if text {
		return cutsOfTexts(c, textPartOf[int32](l.values), l.nullable), true
	}
	fixed, ok := l.values.DataType().(arrow.FixedWidthDataType)
	if !ok || fixed.ID() == arrow.BOOL {
		return nil, false
	}
	raw := fixedBytes(l.values, fixed.Bytes())
	switch n := l.values.Len(); fixed.Bytes() {
	case 8:
		return cutsOfWords(c, unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(raw))), n), validOf(l.values), l.nullable), true
	case 4:
		return cutsOfWords(c, unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(raw))), n), validOf(l.values), l.nullable), true
	}
	return nil, false
}

// levelSize is how many bytes a level counts.
const levelSize = 2

func cutsOfTexts[O offset](c *chunker, p textPart[O], nullable bool) []int {
	var at []int
	for i := range len(p.offsets) - 1 {
		there := p.valid.at(i)
		if nullable {
			c.rollPresence(there)
		}
		if there {
			c.rollBytes(p.at(i))
		}
		if c.cut() {
			at = append(at, i+1)
		}
	}
	return at
}

// rollPresence takes in the definition level of a value that may be null.
func (c *chunker) rollPresence(there bool) {
	if there {
		c.rollWord(1, levelSize)
	} else {
		c.rollWord(0, levelSize)
	}
}

func cutsOfWords[T uint32 | uint64](c *chunker, words []T, there valid, nullable bool) []int {
	var at []int
	var word T
	size := int64(unsafe.Sizeof(word))
	whole := size
	if nullable {
		whole += levelSize
	}
	for i := 0; i < len(words); i++ {
		// Nothing is looked at before the hash begins, or the page ends.
		if skip := min((min(c.minSize, c.maxSize)-1-c.size)/whole, int64(len(words)-i)); skip > 0 {
			c.size += skip * whole
			i += int(skip) - 1
			continue
		}
		if c.size >= c.minSize {
			i += rollWords(c, words[i:], there, i, nullable)
		} else {
			word = words[i]
			if !there.at(i) {
				word = 0
			}
			if nullable {
				c.rollPresence(there.at(i))
			}
			c.rollWord(uint64(word), int(size))
		}
		if c.cut() {
			at = append(at, i+1)
		}
	}
	return at
}

// rollWords takes in words, the first of them value number first, until a page may end, and returns how many it has taken in before the
// last one. The hash is taken from the begin.
func rollWords[T uint32 | uint64](c *chunker, words []T, there valid, first int, nullable bool) int {
	var zero T
	size := int64(unsafe.Sizeof(zero))
	if nullable {
		size += levelSize
	}
	table, mask, hash := &c.tables[c.run], c.mask, c.hash
	n := min(int64(len(words)), (c.maxSize-c.size-1)/size+1) // the last of these reaches the largest size
	for i, word := range words[:n] {
		here := there.bits == nil || there.at(first+i)
		found := mask
		if nullable {
			level := byte(1)
			if !here {
				level = 0
			}
			hash = hash<<1 + table[level]
			found = min(found, hash&mask)
			hash = hash<<1 + table[0]
			found = min(found, hash&mask)
		}
		if !here {
			word = 0
		}
		for range unsafe.Sizeof(zero) / 4 {
			hash = hash<<1 + table[byte(word)]
			found = min(found, hash&mask)
			hash = hash<<1 + table[byte(word>>8)]
			found = min(found, hash&mask)
			hash = hash<<1 + table[byte(word>>16)]
			found = min(found, hash&mask)
			hash = hash<<1 + table[byte(word>>24)]
			found = min(found, hash&mask)
			word >>= 16
			word >>= 16
		}
		if found == 0 {
			c.hash, c.matched = hash, true
			c.size += int64(i+1) * size
			return i
		}
	}
	c.hash = hash
	c.size += n * size
	return int(n) - 1
}
