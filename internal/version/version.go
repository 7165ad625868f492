// Package version tells which hfspark this is.
package version

import "runtime/debug"

// linked is set by the linker, with -X.
var linked string

// String is the version that the program was linked with, else that of its module, else "dev".
func String() string {
	if linked != "" {
		return linked
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
