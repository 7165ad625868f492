// Package progress shows on a terminal how far a command has come.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/term"

	"github.com/hfspark/hfspark/source"
)

// interval is how often the line is drawn anew: often enough to look alive, too seldom to cost anything.
const interval = 100 * time.Millisecond

// Line is one line of a terminal that tells of work under way. A nil Line shows nothing.
type Line struct {
	out   io.Writer
	text  func() string
	once  sync.Once
	stop  chan struct{}
	done  chan struct{}
	width int // of what was last drawn
}

// Start draws a line on out until Stop: what text returns, which is asked for again and again from another goroutine. It returns nil,
// which shows nothing, when out is not a terminal.
func Start(out io.Writer, text func() string) *Line {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) { //nolint:gosec // A descriptor fits.
		return nil
	}
	return start(out, text)
}

func start(out io.Writer, text func() string) *Line {
	l := &Line{out: out, text: text, stop: make(chan struct{}), done: make(chan struct{})}
	go l.run()
	return l
}

// Stop clears the line, so that what is printed next begins at its start. Calling it again does nothing.
func (l *Line) Stop() {
	if l == nil {
		return
	}
	l.once.Do(func() { close(l.stop) })
	<-l.done
}

func (l *Line) run() {
	defer close(l.done)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			l.draw(l.text())
		case <-l.stop:
			l.draw("")
			return
		}
	}
}

// draw replaces the line, blanking what is left of a longer one.
func (l *Line) draw(text string) {
	if text == "" && l.width == 0 {
		return
	}
	fmt.Fprintf(l.out, "\r%s%s\r%s", text, strings.Repeat(" ", max(0, l.width-len(text))), text)
	l.width = len(text)
}

// Bytes is a number of bytes in units that people read, such as 1.2 MB.
func Bytes(n int64) string {
	return humanize.Bytes(uint64(max(n, 0))) //nolint:gosec // Not negative.
}

// Text tells of files, rows and bytes that were read.
func Text(p source.Progress) string {
	return fmt.Sprintf("%d of %d files, %s rows, %s of %s", p.FilesDone, p.Files, humanize.Comma(p.Rows), Bytes(p.BytesFetched), Bytes(p.BytesListed))
}

// Clearing returns a writer that stops the line before anything is written to w.
func (l *Line) Clearing(w io.Writer) io.Writer { return clearing{w, l} }

type clearing struct {
	io.Writer
	line *Line
}

func (c clearing) Write(p []byte) (int, error) {
	c.line.Stop()
	return c.Writer.Write(p)
}
