package types

// CanCast reports whether CAST(from AS to) is allowed: under ANSI rules (also those of try_cast), or the legacy ones.
func CanCast(from, to DataType, ansi bool) bool {
	if Equal(from, to) || from == Null {
		return true
	}
	if IsNested(from) || IsNested(to) {
		return canCastNested(from, to, func(a, b DataType) bool { return CanCast(a, b, ansi) },
			func(a, b DataType) bool { return !ansi && ForcesNull(a, b) }) || IsText(to)
	}
	switch {
	case to == Null:
		return false
	case IsText(to), IsText(from):
		return true
	case to == Boolean:
		return IsNumeric(from) || !ansi && (from == Date || from == Timestamp)
	case to == Binary:
		return !ansi && IsIntegral(from)
	case IsNumeric(to):
		return canCastToNumber(from, to, ansi)
	case isDateOrTimestamp(to):
		return isDateOrTimestamp(from) || to == Timestamp && (IsNumeric(from) || !ansi && from == Boolean) ||
			isTimestamp(to) && from == Time
	case to == Time:
		return isTimestamp(from)
	case to == DayTimeInterval, to == YearMonthInterval:
		return IsIntegral(from) || isDecimal(from)
	}
	return false
}

func canCastToNumber(from, to DataType, ansi bool) bool {
	switch {
	case IsNumeric(from), from == Boolean, from == Timestamp:
		return true
	case from == Date:
		return !ansi
	case from == DayTimeInterval, from == YearMonthInterval:
		return IsIntegral(to) || isDecimal(to)
	case from == Time:
		return IsIntegral(to) || isDecimal(to)
	}
	return false
}

func isTimestamp(t DataType) bool { return t == Timestamp || t == TimestampNTZ }

func isDecimal(t DataType) bool {
	_, ok := t.(Decimal)
	return ok
}

// canCastNested reports whether the members of two nested types of one kind can be cast, by can; forces tells which casts
// can make a null where the target allows none.
func canCastNested(from, to DataType, can, forces func(a, b DataType) bool) bool {
	fits := func(a, b DataType, fromNull, toNull bool) bool {
		return can(a, b) && (toNull || !fromNull && !forces(a, b))
	}
	switch x := from.(type) {
	case Array:
		y, ok := to.(Array)
		return ok && fits(x.Element, y.Element, x.ContainsNull, y.ContainsNull)
	case Map:
		y, ok := to.(Map)
		return ok && fits(x.Key, y.Key, false, false) && fits(x.Value, y.Value, x.ValueContainsNull, y.ValueContainsNull)
	case Struct:
		y, ok := to.(Struct)
		if !ok || len(x.Fields) != len(y.Fields) {
			return false
		}
		for i, f := range x.Fields {
			if g := y.Fields[i]; !fits(f.Type, g.Type, f.Nullable, g.Nullable) {
				return false
			}
		}
		return true
	}
	return false
}

// ForcesNull reports whether Spark takes a cast from one type to another to be nullable even where its input is not, which
// it does in ANSI mode as well.
func ForcesNull(from, to DataType) bool {
	switch {
	case from == Null, Equal(from, to):
		return false
	case IsText(from):
		return !IsText(to) && to != Binary
	case IsText(to):
		return false
	case from == Timestamp && (to == Byte || to == Short || to == Integer):
		return true
	case (from == Float || from == Double) && to == Timestamp:
		return true
	case from == Timestamp && to == Date:
		return false
	case to == Date:
		return true
	case from == Date && to == Timestamp:
		return false
	case from == Date, to == CalendarInterval:
		return true
	case isDecimal(to):
		return !safeToDecimal(from, to.(Decimal))
	case IsFractional(from) && IsIntegral(to):
		return true
	}
	return false
}

// safeToDecimal reports whether every value of a type fits a decimal.
func safeToDecimal(from DataType, to Decimal) bool {
	switch {
	case from == Boolean:
		return to.Precision > to.Scale
	case IsIntegral(from):
		return holds(to, from)
	}
	d, ok := from.(Decimal)
	if !ok {
		return false
	}
	spare := to.Precision - to.Scale - (d.Precision - d.Scale)
	return spare > 0 || spare == 0 && to.Scale >= d.Scale // giving up digits may round up into one more
}

// CanStoreAssign reports whether values of one type may be put where another is wanted without being asked to: Spark's ANSI
// store assignment, which its implicit casts of arguments follow too.
func CanStoreAssign(from, to DataType) bool {
	switch {
	case Equal(from, to), from == Null:
		return true
	case IsNumeric(from) && IsNumeric(to):
		return true
	case !IsNested(from) && IsText(to):
		return true
	case isDateOrTimestamp(from) && isDateOrTimestamp(to):
		return true
	}
	return canCastNested(from, to, CanStoreAssign, func(a, b DataType) bool { return false })
}

// Implicit returns the type to which an argument of type from is cast where a function takes to, by the rules of implicit
// casts of arguments; false where there is no such cast. ansi is spark.sql.ansi.enabled.
func Implicit(from, to DataType, ansi bool) (DataType, bool) {
	switch {
	case EqualIgnoringNulls(from, to):
		return from, true
	case from == Null:
		return to, true
	case IsText(from) && IsText(to):
		return from, true
	case IsText(from):
		return to, to != Null && !IsNested(to) && (ansi || to != Boolean && !isInterval(to))
	case ansi:
		return to, CanStoreAssign(from, to)
	case IsText(to):
		return to, !IsNested(from)
	case IsNumeric(from) && IsNumeric(to), isDateOrTimestamp(from) && isDateOrTimestamp(to):
		return to, true
	}
	if _, isStruct := from.(Struct); isStruct {
		return to, false
	}
	return to, canCastNested(from, to, func(a, b DataType) bool { _, ok := Implicit(a, b, ansi); return ok }, ForcesNull)
}

// tighterThan reports whether every value of d, which must be without fraction, fits an integer type.
func tighterThan(d Decimal, integral DataType) bool {
	room := map[DataType]int{Byte: 2, Short: 4, Integer: 9, Long: 18}[integral]
	return d.Scale == 0 && d.Precision <= room
}

// CanUpCast reports whether a cast loses nothing: what df.to(schema) and encoders allow.
func CanUpCast(from, to DataType) bool {
	if Equal(from, to) || from == Null {
		return true
	}
	if d, ok := to.(Decimal); ok {
		f, isDecimal := from.(Decimal)
		return IsIntegral(from) && holds(d, from) || isDecimal && d.Scale >= f.Scale && d.Precision-d.Scale >= f.Precision-f.Scale
	}
	switch {
	case isDecimal(from):
		return IsText(to) || IsIntegral(to) && tighterThan(from.(Decimal), to)
	case IsNumeric(from) && IsNumeric(to):
		return numericRank(from) <= numericRank(to) && numericRank(from) >= 0
	case IsText(to):
		return !IsNested(from)
	case from == Timestamp && to == Long, from == Long && to == Timestamp:
		return true
	case from == Date && isTimestamp(to), isTimestamp(from) && isTimestamp(to):
		return true
	}
	return canCastNested(from, to, CanUpCast, ForcesNull)
}
