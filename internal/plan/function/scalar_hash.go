package function

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
)

// hashScalars hash single values. A null value gives the seed back.
var hashScalars = append(hashFamily("murmur3", "INTEGER", murmur3Int, murmur3Long, murmur3Bytes),
	hashFamily("xxh64", "BIGINT", xxh64Int, xxh64Long, xxh64Bytes)...)

// hashFamily makes the functions of one algorithm from those for ints, longs and bytes.
func hashFamily[H int32 | int64](name, result string, ofInt func(int32, H) H, ofLong func(int64, H) H, ofBytes func([]byte, H) H) []UDF {
	make := func(suffix, param string, hash func(v any, seed H) H) UDF {
		return UDF{Name: name + suffix, Params: []string{param, result}, Result: result, Nulls: true, Eval: func(a []any) (any, error) {
			if a[0] == nil {
				return a[1], nil
			}
			return hash(a[0], a[1].(H)), nil
		}}
	}
	return []UDF{
		make("_int", "INTEGER", func(v any, seed H) H { return ofInt(v.(int32), seed) }),
		make("_long", "BIGINT", func(v any, seed H) H { return ofLong(v.(int64), seed) }),
		make("_bytes", "BLOB", func(v any, seed H) H { return ofBytes(v.([]byte), seed) }),
		// Both zeros are one, and so are all that are not a number.
		make("_float", "FLOAT", func(v any, seed H) H {
			f := v.(float32)
			if f == 0 {
				f = 0
			}
			pattern := math.Float32bits(f + 0)
			if f != f {
				pattern = 0x7fc00000
			}
			return ofInt(int32(pattern), seed)
		}),
		make("_double", "DOUBLE", func(v any, seed H) H {
			f := v.(float64)
			pattern := math.Float64bits(f + 0)
			if f != f {
				pattern = 0x7ff8000000000000
			}
			return ofLong(int64(pattern), seed)
		}),
		make("_decimal", "VARCHAR", func(v any, seed H) H { return ofBytes(twosComplement(parsePlain(v.(string)).Unscaled), seed) }),
	}
}

// twosComplement writes a number in as few bytes as hold it and its sign, the highest first.
func twosComplement(n *big.Int) []byte {
	if n.Sign() >= 0 {
		b := n.Bytes()
		if len(b) == 0 || b[0]&0x80 != 0 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	size := len(new(big.Int).Not(n).Bytes())
	b := new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(size)*8)).FillBytes(make([]byte, size))
	if len(b) == 0 || b[0]&0x80 == 0 {
		b = append([]byte{0xff}, b...)
	}
	return b
}

func murmur3Mix(h, k uint32) uint32 {
	k = bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
	return bits.RotateLeft32(h^k, 13)*5 + 0xe6546b64
}

func murmur3End(h, length uint32) int32 {
	h ^= length
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return int32(h ^ h>>16)
}

func murmur3Int(v, seed int32) int32 { return murmur3End(murmur3Mix(uint32(seed), uint32(v)), 4) }

func murmur3Long(v int64, seed int32) int32 {
	return murmur3End(murmur3Mix(murmur3Mix(uint32(seed), uint32(v)), uint32(v>>32)), 8)
}

// murmur3Bytes is Spark's own variant: each byte beyond the last whole word is mixed in by itself, with its sign.
func murmur3Bytes(b []byte, seed int32) int32 {
	h := uint32(seed)
	rest := b
	for ; len(rest) >= 4; rest = rest[4:] {
		h = murmur3Mix(h, binary.LittleEndian.Uint32(rest))
	}
	for _, c := range rest {
		h = murmur3Mix(h, uint32(int32(int8(c))))
	}
	return murmur3End(h, uint32(len(b)))
}

// The primes of XXH64.
const (
	prime1 uint64 = 0x9E3779B185EBCA87
	prime2 uint64 = 0xC2B2AE3D27D4EB4F
	prime3 uint64 = 0x165667B19E3779F9
	prime4 uint64 = 0x85EBCA77C2B2AE63
	prime5 uint64 = 0x27D4EB2F165667C5
)

func xxh64End(h uint64) int64 {
	h = (h ^ h>>33) * prime2
	h = (h ^ h>>29) * prime3
	return int64(h ^ h>>32)
}

func xxh64Word(h uint64, v uint32) uint64 {
	return bits.RotateLeft64(h^uint64(v)*prime1, 23)*prime2 + prime3
}

func xxh64Round(h, v uint64) uint64 {
	return bits.RotateLeft64(h^bits.RotateLeft64(v*prime2, 31)*prime1, 27)*prime1 + prime4
}

func xxh64Int(v int32, seed int64) int64 {
	return xxh64End(xxh64Word(uint64(seed)+prime5+4, uint32(v)))
}

func xxh64Long(v, seed int64) int64 { return xxh64End(xxh64Round(uint64(seed)+prime5+8, uint64(v))) }

func xxh64Bytes(b []byte, seed int64) int64 {
	h := uint64(seed) + prime5
	rest := b
	if len(b) >= 32 {
		lanes := [4]uint64{uint64(seed) + prime1 + prime2, uint64(seed) + prime2, uint64(seed), uint64(seed) - prime1}
		for ; len(rest) >= 32; rest = rest[32:] {
			for i := range lanes {
				lanes[i] = bits.RotateLeft64(lanes[i]+binary.LittleEndian.Uint64(rest[8*i:])*prime2, 31) * prime1
			}
		}
		h = bits.RotateLeft64(lanes[0], 1) + bits.RotateLeft64(lanes[1], 7) + bits.RotateLeft64(lanes[2], 12) + bits.RotateLeft64(lanes[3], 18)
		for _, lane := range lanes {
			h = (h^bits.RotateLeft64(lane*prime2, 31)*prime1)*prime1 + prime4
		}
	}
	h += uint64(len(b))
	for ; len(rest) >= 8; rest = rest[8:] {
		h = xxh64Round(h, binary.LittleEndian.Uint64(rest))
	}
	if len(rest) >= 4 {
		h = xxh64Word(h, binary.LittleEndian.Uint32(rest))
		rest = rest[4:]
	}
	for _, c := range rest {
		h = bits.RotateLeft64(h^uint64(c)*prime5, 11) * prime1
	}
	return xxh64End(h)
}
