package gunzip

import "unsafe"

// fast unpacks while there is plenty of input and room, without a look at either for each byte. There must be inSlack bytes of input and
// room before outSize; out has outSlack bytes behind it. It reports whether the block has ended.
//
// Each turn takes at most one repeat, whose length and distance have at most 48 bits. It reads eight bytes at in[next] and writes at most
// 258 bytes and the rest of a word at out[made], which is before outSize: that is why nothing here has to check bounds.
func (f *inflater) fast() (ended bool, err error) {
	in, out := unsafe.Pointer(unsafe.SliceData(f.in)), unsafe.Pointer(unsafe.SliceData(f.out))
	next, inLimit := uintptr(f.next), uintptr(f.end-inSlack)
	made, outLimit := uintptr(f.made), uintptr(outSize)
	bits, count := f.bits, uint64(f.count)
	lengths, distances := unsafe.Pointer(&f.length), unsafe.Pointer(&f.distance)

	for next <= inLimit && made < outLimit {
		bits |= *(*uint64)(unsafe.Add(in, next)) << (count & 63)
		next += uintptr((63 - count) >> 3)
		count |= 56
		e := *(*entry)(unsafe.Add(lengths, (bits&(1<<lengthBits-1))*4))
		if e&isLiteral != 0 { // At most 11 bits; up to three of them leave enough for another code.
			bits >>= e & 63
			count -= uint64(e & 63)
			*(*byte)(unsafe.Add(out, made)) = byte(e >> 16)
			made++
			e = *(*entry)(unsafe.Add(lengths, (bits&(1<<lengthBits-1))*4))
			if e&isLiteral != 0 {
				bits >>= e & 63
				count -= uint64(e & 63)
				*(*byte)(unsafe.Add(out, made)) = byte(e >> 16)
				made++
				e = *(*entry)(unsafe.Add(lengths, (bits&(1<<lengthBits-1))*4))
				if e&isLiteral != 0 {
					bits >>= e & 63
					count -= uint64(e & 63)
					*(*byte)(unsafe.Add(out, made)) = byte(e >> 16)
					made++
					continue
				}
			}
			if next > inLimit || made >= outLimit {
				break // The code is looked up again.
			}
			bits |= *(*uint64)(unsafe.Add(in, next)) << (count & 63)
			next += uintptr((63 - count) >> 3)
			count |= 56
		}
		if e&isSpecial != 0 {
			if e&isPointer != 0 {
				bits >>= lengthBits
				count -= lengthBits
				e = *(*entry)(unsafe.Add(lengths, (uint64(e>>16)+bits&(1<<(e>>8&15)-1))*4))
			}
			if e&(isLiteral|isSpecial) != 0 {
				bits >>= e & 63
				count -= uint64(e & 63)
				if e&isLiteral != 0 {
					*(*byte)(unsafe.Add(out, made)) = byte(e >> 16)
					made++
					continue
				}
				if ended = e&isEnd != 0; !ended {
					err = errCode
				}
				break
			}
		}
		length := uintptr(e>>16) + uintptr(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		count -= uint64(e & 63)
		e = *(*entry)(unsafe.Add(distances, (bits&(1<<distanceBits-1))*4))
		if e&isSpecial != 0 {
			if e&isPointer != 0 {
				bits >>= distanceBits
				count -= distanceBits
				e = *(*entry)(unsafe.Add(distances, (uint64(e>>16)+bits&(1<<(e>>8&15)-1))*4))
			}
			if e&isSpecial != 0 {
				err = errCode
				break
			}
		}
		distance := uintptr(e>>16) + uintptr(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		count -= uint64(e & 63)
		if distance > made {
			err = errDistance
			break
		}
		to := unsafe.Add(out, made)
		from := unsafe.Add(to, -int(distance))
		made += length
		end := unsafe.Add(out, made)
		if distance >= 8 {
			*(*uint64)(to) = *(*uint64)(from)
			*(*uint64)(unsafe.Add(to, 8)) = *(*uint64)(unsafe.Add(from, 8))
			for length > 16 {
				length -= 16
				to, from = unsafe.Add(to, 16), unsafe.Add(from, 16)
				*(*uint64)(to) = *(*uint64)(from)
				*(*uint64)(unsafe.Add(to, 8)) = *(*uint64)(unsafe.Add(from, 8))
			}
			continue
		}
		for uintptr(to) < uintptr(end) {
			*(*byte)(to) = *(*byte)(from)
			to, from = unsafe.Add(to, 1), unsafe.Add(from, 1)
		}
	}
	f.next, f.made, f.bits, f.count = int(next), int(made), bits, uint(count)
	f.giveBack()
	if ended {
		f.blockEnded()
	}
	return ended, err
}
