// Package filelock takes locks of open files that end with the process, as other programs of the Hub take them.
package filelock
