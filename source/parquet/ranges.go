package parquet

import (
	"cmp"
	"slices"
)

// segment is a run of bytes of the file that has a place in a slice.
type segment struct {
	from, to int64 // [from, to) of the file
	at       int64 // where it begins in the slice
	rowGroup int
	leaf     int
}

// fetchRange is what one request fetches: [from, to) of the file. Bytes between its segments are read and dropped.
type fetchRange struct {
	from, to int64
	segments []segment
}

// planRanges joins segments to ranges. Neighbours are joined across a gap of up to gap bytes, as long as what is dropped
// stays below a thirty-second of what is kept. A range grows to part bytes and no more, and a segment longer than that is cut,
// so that its parts can be fetched at once.
func planRanges(segments []segment, gap, part int64) []fetchRange {
	segments = slices.SortedFunc(slices.Values(segments), func(a, b segment) int { return cmp.Compare(a.from, b.from) })
	var ranges []fetchRange
	var kept, dropped int64
	for _, whole := range segments {
		for _, s := range cut(whole, part) {
			kept += s.to - s.from
			if n := len(ranges); n > 0 {
				last := &ranges[n-1]
				hole := s.from - last.to
				if hole >= 0 && hole <= gap && (dropped+hole)*32 <= kept && s.to-last.from <= part {
					dropped += hole
					last.to = s.to
					last.segments = append(last.segments, s)
					continue
				}
			}
			ranges = append(ranges, fetchRange{from: s.from, to: s.to, segments: []segment{s}})
		}
	}
	return ranges
}

// cut divides a segment into ones of about equal length and at most part bytes.
func cut(s segment, part int64) []segment {
	n := (s.to - s.from + part - 1) / part
	if n <= 1 {
		return []segment{s}
	}
	size := (s.to - s.from + n - 1) / n
	out := make([]segment, 0, n)
	for from := s.from; from < s.to; from += size {
		piece := s
		piece.from, piece.to = from, min(from+size, s.to)
		piece.at = s.at + from - s.from
		out = append(out, piece)
	}
	return out
}
