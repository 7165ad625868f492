// Package connectpb is the wire contract of Spark Connect: the messages and the service of Spark 4.2, with the few
// additions of 4.3, generated from the files under proto. Those restate the public contract (names, numbers and types) so
// that clients from Spark 3.5 on are understood.
package connectpb

//go:generate go run ./internal/generate
