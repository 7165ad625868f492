package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"
)

// maxDictionary bounds what unpacking keeps of what it has unpacked, in bytes. xz itself makes dictionaries of 64 MiB at most.
const maxDictionary = 512 << 20

// xzMagic begins streams of xz (The .xz File Format, version 1.2.1).
const xzMagic = "\xfd7zXZ\x00"

// newXZReader unpacks what a file named .xz holds, as Python's lzma does: streams of xz, or data in the older LZMA-alone format.
func newXZReader(body io.Reader) (io.Reader, error) {
	const longestBlockHead = 1024
	buffered := bufio.NewReaderSize(body, 64<<10)
	head, err := buffered.Peek(len(xzMagic) + 6 + longestBlockHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.HasPrefix(head, []byte(xzMagic)) && isLZMAAlone(head) {
		r, err := lzma.ReaderConfig{DictCap: maxDictionary}.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		return &lzmaAlone{r, buffered}, nil
	}
	if err := checkXZ(head); err != nil {
		return nil, err
	}
	return xz.NewReader(&xzEnd{from: buffered})
}

// lzmaAlone reads data in the LZMA-alone format, behind which nothing may come.
type lzmaAlone struct {
	io.Reader
	packed *bufio.Reader
}

// Read implements io.Reader.
func (l *lzmaAlone) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		if _, more := l.packed.Peek(1); more == nil {
			return n, errors.New("something follows the LZMA data")
		}
	}
	return n, err
}

// isLZMAAlone says whether a file may begin like this in the LZMA-alone format, which has no mark of its own: what liblzma looks at are its
// properties, the size of its dictionary (2^n or 2^n + 2^(n-1)), and the size of the whole, which may be unknown.
func isLZMAAlone(head []byte) bool {
	const properties, longest = 9 * 5 * 5, 1 << 38
	if len(head) < lzma.HeaderLen || head[0] >= properties {
		return false
	}
	dictionary, size := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint64(head[5:])
	round := bits.OnesCount32(dictionary) == 1 || bits.OnesCount32(dictionary) == 2 && dictionary&(dictionary>>1) != 0
	return (round || dictionary == 1<<32-1) && (size < longest || size == 1<<64-1)
}

// checkXZ looks at the head of the first block for what is not read, to say so. What is wrong in other ways the reader tells.
func checkXZ(head []byte) error {
	const streamHead, lzma2 = 12, 0x21
	if len(head) <= streamHead || head[streamHead] == 0 {
		return nil
	}
	block := head[streamHead:]
	if length := 4 * (int(block[0]) + 1); length < len(block) {
		block = block[:length]
	}
	flags, block := block[min(1, len(block)-1)], block[min(2, len(block)):]
	for _, sized := range []byte{0x40, 0x80} {
		if flags&sized != 0 {
			_, n := binary.Uvarint(block)
			block = block[max(n, 0):]
		}
	}
	filter, n := binary.Uvarint(block)
	block = block[max(n, 0):]
	names := map[uint64]string{3: "delta", 4: "x86", 5: "PowerPC", 6: "IA-64", 7: "ARM", 8: "ARM Thumb", 9: "SPARC", 10: "ARM64", 11: "RISC-V"}
	if name, known := names[filter]; known {
		return fmt.Errorf("it has the filter %s before LZMA2, which is not supported; pack it with xz and no filters", name)
	}
	if filter != lzma2 || len(block) < 2 {
		return nil
	}
	if size, err := lzma.DecodeDictCap(block[1]); err == nil && size > maxDictionary {
		return fmt.Errorf("unpacking it takes a dictionary of %d MiB, and %d are the most; pack it with xz -9 at most", size>>20, maxDictionary>>20)
	}
	return nil
}
