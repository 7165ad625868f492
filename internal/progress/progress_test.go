package progress

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/hfspark/hfspark/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		progress source.Progress
		want     string
	}{
		{source.Progress{}, "0 of 0 files, 0 rows, 0 B of 0 B"},
		{source.Progress{Files: 12, FilesDone: 3, Rows: 1234567, BytesFetched: 999, BytesListed: 1000}, "3 of 12 files, 1,234,567 rows, 999 B of 1.0 kB"},
		{source.Progress{Rows: 999, BytesFetched: 12_345_678, BytesListed: 2_000_000_000}, "0 of 0 files, 999 rows, 12 MB of 2.0 GB"},
		{source.Progress{Rows: 1000, BytesListed: 345_000_000_000}, "0 of 0 files, 1,000 rows, 0 B of 345 GB"},
	} {
		if got := Text(test.progress); got != test.want {
			t.Errorf("%+v: %q, want %q", test.progress, got, test.want)
		}
	}
}

func TestStartShowsNothingOnWhatIsNoTerminal(t *testing.T) {
	t.Parallel()
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	line := Start(file, func() string { return "text" })
	line.Stop()
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("wrote %d bytes, error %v", info.Size(), err)
	}
}

// TestALineIsReplacedAndCleared draws a text, a shorter one, and clears the line before other output.
func TestALineIsReplacedAndCleared(t *testing.T) {
	t.Parallel()
	texts := make(chan string)
	var once sync.Once
	drawn := make(chan struct{})
	var out bytes.Buffer
	line := start(&out, func() string {
		text, more := <-texts
		if !more {
			once.Do(func() { close(drawn) })
			return "end"
		}
		return text
	})
	texts <- "a long text"
	texts <- "short"
	close(texts)
	<-drawn
	if _, err := line.Clearing(&out).Write([]byte("result\n")); err != nil {
		t.Fatal(err)
	}
	line.Stop()
	for _, want := range []string{"\ra long text\ra long text", "\rshort      \rshort", "\r   \rresult\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q does not contain %q", out.String(), want)
		}
	}
}
