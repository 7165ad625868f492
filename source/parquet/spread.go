package parquet

// Spread is what statistics tell of the values of a column in a row group.
type Spread struct {
	// Least and Greatest bound the values that are not null: int64 for whole numbers, dates (days) and timestamps (microseconds), or
	// string.
	Least, Greatest any
	// Values is how many values are not null.
	Values int64
}

// Spreads returns what statistics tell of a column in each of some row groups (nil: all) that has values. ok is false where they do not
// tell it of all of them, or the values are not whole numbers, dates, timestamps or texts.
func (f *Footer) Spreads(name string, rowGroups []int) (out []Spread, ok bool, err error) {
	c, found, err := f.column(name)
	if err != nil || !found {
		return nil, !found, err
	}
	if !f.isPlain(c) {
		return nil, false, nil
	}
	groups, err := f.rowGroups(rowGroups)
	if err != nil {
		return nil, false, err
	}
	for _, g := range groups {
		count, ok, err := f.Counts(name, []int{g})
		if err != nil || !ok {
			return nil, false, err
		}
		if count.Values == 0 {
			continue
		}
		b, err := f.boundsOf(g, c.firstLeaf)
		if err != nil {
			return nil, false, err
		}
		s := Spread{Least: exact(b.min), Greatest: exact(b.max), Values: count.Values}
		if s.Least == nil || s.Greatest == nil || !b.kind.spreads() {
			return nil, false, nil
		}
		out = append(out, s)
	}
	return out, true, nil
}

// spreads says whether bounds of the kind are told as they are. Those of decimals are of their digits.
func (k kind) spreads() bool {
	switch k {
	case integerKind, unsignedKind, dateKind, timestampKind, localTimestampKind, bytesKind:
		return true
	}
	return false
}
