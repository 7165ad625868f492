//go:build !race

package output

// raceDetector says that the race detector is built in, with which the compiler copies more.
const raceDetector = false
