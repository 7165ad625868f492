package function

// Volatile reports whether a function gives another value for each row or each query, whatever its arguments.
func Volatile(name string) bool { return volatile[name] }
