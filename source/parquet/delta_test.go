package parquet

import (
	"encoding/binary"
	"strings"
	"testing"
)

// packedNumbers are equal steps from a number, as differences in one block.
func packedNumbers(first, step int64, count uint64) []byte {
	out := binary.AppendUvarint(nil, 128)
	out = binary.AppendUvarint(out, 4)
	out = binary.AppendUvarint(out, count)
	out = binary.AppendVarint(out, first)
	if count > 1 {
		out = binary.AppendVarint(out, step)
		out = append(out, 0, 0, 0, 0) // bits of the four parts of the block
	}
	return out
}

func TestCheckDelta(t *testing.T) {
	t.Parallel()
	join := func(parts ...string) []byte { return []byte(strings.Join(parts, "")) }
	lengths := func(first, step int64, count uint64) string { return string(packedNumbers(first, step, count)) }
	for name, test := range map[string]struct {
		data   []byte
		coding int32
		values int64
		made   int64
		err    string
	}{
		"numbers":           {join(lengths(5, 3, 100)), codingDeltaPacked, 100, 0, ""},
		"fewer than values": {join(lengths(5, 3, 100)), codingDeltaPacked, 120, 0, ""},
		"too many":          {join(lengths(5, 3, 1<<40)), codingDeltaPacked, 100, 0, "claims"},
		"cut":               {join(lengths(5, 3, 100))[:5], codingDeltaPacked, 100, 0, "too early"},
		"texts":             {join(lengths(2, 1, 3), "aabbbcccc"), codingDeltaLength, 3, 0, ""},
		"text too long":     {join(lengths(2, 1, 3), "aabbbccc"), codingDeltaLength, 3, 0, "has 4 bytes"},
		"negative length":   {join(lengths(2, -3, 3), "aabbbcccc"), codingDeltaLength, 3, 0, "has -1 bytes"},
		"shared":            {join(lengths(0, 2, 2), lengths(2, 0, 2), "aabb"), codingDeltaText, 2, 6, ""},
		"shares too much":   {join(lengths(0, 3, 2), lengths(2, 0, 2), "aabb"), codingDeltaText, 2, 0, "shares 3"},
		"shares less":       {join(lengths(-1, 0, 2), lengths(2, 0, 2), "aabb"), codingDeltaText, 2, 0, "shares -1"},
		"other count":       {join(lengths(0, 0, 1), lengths(2, 0, 2), "aabb"), codingDeltaText, 2, 0, "there are 2"},
		"bomb":              {join(lengths(0, 0, 1), lengths(2000, 0, 1), strings.Repeat("a", 2000)), codingDeltaText, 1, 0, "more than"},
	} {
		made, err := checkDelta(test.data, test.coding, test.values, 0, 1000)
		if test.err == "" && (err != nil || made != test.made) || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: %d, %v", name, made, err)
		}
	}
}

func FuzzCheckDelta(f *testing.F) {
	f.Add(packedNumbers(5, 3, 100), int32(codingDeltaPacked), uint16(100))
	f.Add(append(packedNumbers(2, 1, 3), "aabbbcccc"...), int32(codingDeltaLength), uint16(3))
	f.Fuzz(func(t *testing.T, data []byte, coding int32, values uint16) {
		const limit = 1 << 20
		if made, err := checkDelta(data, coding, int64(values), 0, limit); err == nil && made > limit {
			t.Errorf("%d bytes", made)
		}
	})
}
