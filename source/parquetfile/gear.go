package parquetfile

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"sync"
)

// gearTables is how many tables of random numbers a chunk goes through before it is cut. The sum of several waits is closer
// to its mean than one long wait, so that pages have similar sizes.
const gearTables = 8

// gears makes the tables of the rolling hash. They are those of Apache Arrow's chunker_internal_codegen.py: entry n of table s is the first eight bytes, big-endian, of the MD5
// of 64 bytes s and 64 bytes n.
var gears = sync.OnceValue(func() *[gearTables][256]uint64 {
	var tables [gearTables][256]uint64
	for s := range tables {
		for n := range tables[s] {
			seed := append(bytes.Repeat([]byte{byte(s)}, 64), bytes.Repeat([]byte{byte(n)}, 64)...)
			sum := md5.Sum(seed)
			tables[s][n] = binary.BigEndian.Uint64(sum[:8])
		}
	}
	return &tables
})
