// Package progress shows on a terminal how far the reading of a dataset has come.
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

// Line is one line of a terminal that tells of reads under way. A nil Line shows nothing.
type Line struct {
	out   io.Writer
	poll  func() source.Progress
	once  sync.Once
	stop  chan struct{}
	done  chan struct{}
	width int // of what was last drawn
}

// Start draws a line on file until Stop. It returns nil, which shows nothing, when file is not a terminal.
func Start(file *os.File, poll func() source.Progress) *Line {
	if !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	l := &Line{out: file, poll: poll, stop: make(chan struct{}), done: make(chan struct{})}
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
			l.draw(Text(l.poll()))
		case <-l.stop:
			l.draw("")
			return
		}
	}
}

// draw replaces the line, blanking what is left of a longer one.
func (l *Line) draw(text string) {
	fmt.Fprintf(l.out, "\r%s%s\r%s", text, strings.Repeat(" ", max(0, l.width-len(text))), text)
	l.width = len(text)
}

// Text tells of files, rows and bytes.
func Text(p source.Progress) string {
	return fmt.Sprintf("%d of %d files, %s rows, %s of %s", p.FilesDone, p.Files, humanize.Comma(p.Rows),
		humanize.Bytes(uint64(p.BytesFetched)), humanize.Bytes(uint64(p.BytesListed)))
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
