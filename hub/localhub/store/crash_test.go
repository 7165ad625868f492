package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Environment variables of a process that is to be killed while it commits: the root, and after how many changes of the disk it kills
// itself; 0 means that somebody else does.
const (
	crashRoot = "HFSPARK_TEST_CRASH_ROOT"
	crashStep = "HFSPARK_TEST_CRASH_STEP"
)

const crashFiles = 20

// crashOperations are a commit of 20 files: new and changed ones, inline and large, and deletions.
func crashOperations(t testing.TB, r *Repository, round int) []Operation {
	operations := []Operation{
		remove(fmt.Sprintf("old/%d", round)), {Kind: DeleteFolder, Path: fmt.Sprintf("older/%d", round)}, remove(fmt.Sprintf("old%d.bin", round)),
	}
	for i := range crashFiles {
		name := fmt.Sprintf("data/%d/f%d", i%3, i)
		if i%2 == 0 {
			name += ".bin"
		}
		operations = append(operations, add(t, r, name, fmt.Sprintf("round %d file %d %s", round, i, strings.Repeat("x", i*5000))))
	}
	return operations
}

// crashChild commits until it is killed. What it uploads counts as well: it may be killed there, too.
func crashChild(root string) {
	last, _ := strconv.Atoi(os.Getenv(crashStep))
	var steps atomic.Int64
	s, err := Open(root, Options{step: func() {
		if n := steps.Add(1); int(n) == last {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
	}})
	if err != nil {
		fmt.Println("failed:", err)
		return
	}
	r, err := s.Repository("acme/data")
	if err != nil {
		fmt.Println("failed:", err)
		return
	}
	fmt.Println("ready")
	_, err = r.Commit(context.Background(), Change{Ref: MainRef, Title: "crash", Operations: crashOperations(fatal{}, r, 1)})
	fmt.Println("done", err, steps.Load())
}

// fatal lets test helpers run in a process that is no test.
type fatal struct{ testing.TB }

func (fatal) Helper()           {}
func (fatal) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// crashRepository makes a root with a repository for a child to commit to; plain makes it a folder that the commit imports.
func crashRepository(t *testing.T, plain bool) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{"keep": "kept", "keep.bin": "kept, too", "data/0/f0.bin": "other", "data/1/f1": "other"}
	for round := 1; round <= 2; round++ {
		files[fmt.Sprintf("old/%d", round)] = "old"
		files[fmt.Sprintf("older/%d/x", round)] = "older"
		files[fmt.Sprintf("old%d.bin", round)] = "old and large"
	}
	if plain {
		for path, content := range files {
			put(t, root, "acme/data/"+path, content)
		}
		return root
	}
	s := open(t, root)
	r, err := s.Create("acme/data", Settings{Owner: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	var operations []Operation
	for path, content := range files {
		operations = append(operations, add(t, r, path, content))
	}
	commit(t, r, operations...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return root
}

// child starts a process that commits to root, and waits for it to end. kill is called when it is about to commit.
func child(t *testing.T, root string, step int, kill func(*os.Process)) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program)
	command.Env = append(os.Environ(), crashRoot+"="+root, crashStep+"="+strconv.Itoa(step))
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(out, first); err == nil && kill != nil {
		kill(command.Process)
	}
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Error(err)
	}
	_ = command.Wait() // It was killed, which is an error.
	return string(first) + string(rest)
}

// afterCrash checks that the repository is the old one or the new one, and still works.
func afterCrash(t *testing.T, root string, before, after map[string]string, name string) (isNew bool) {
	t.Helper()
	s, err := Open(root, Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer s.Close()
	r := repositoryOf(t, s, "acme/data")
	got, err := readAll(r, "main")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	isNew = cmp.Equal(after, got)
	if !isNew && !cmp.Equal(before, got) {
		t.Errorf("%s: neither old nor new: %s", name, cmp.Diff(before, got))
	}
	if left, err := os.ReadDir(s.disk.temporary); err == nil && len(left) > 0 {
		t.Errorf("%s: %d temporary files are left", name, len(left))
	}
	commit(t, r, crashOperations(t, r, 2)...)
	if got := contents(t, r, "main"); got["data/0/f0.bin"] != "round 2 file 0 " || got["old/2"] != "" || got["keep"] != "kept" {
		t.Errorf("%s: the next commit: %v", name, got)
	}
	fsck(t, r.folder())
	return isNew
}

func copyTree(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// crashPoints are 50 random changes of the disk, and the last ones, which make the commit of what was uploaded.
func crashPoints(random *rand.Rand, steps int, plain bool) []int {
	n := 50
	if plain || testing.Short() {
		n = 15
	}
	var out []int
	for range n {
		out = append(out, 1+random.IntN(steps))
	}
	for step := max(1, steps-n/4); step <= steps; step++ {
		out = append(out, step)
	}
	return out
}

// TestCrash kills a process at random changes of the disk that it makes for a commit of 20 files, and at random moments.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain=%v", plain), func(t *testing.T) {
			t.Parallel()
			template := crashRepository(t, plain)
			whole := copyTree(t, template)
			begin := time.Now()
			out := child(t, whole, 0, nil)
			took := time.Since(begin)
			var steps int
			if _, err := fmt.Sscanf(out, "ready\ndone <nil> %d", &steps); err != nil {
				t.Fatalf("%q: %v", out, err)
			}
			before, after := filesOf(t, copyTree(t, template)), filesOf(t, whole)
			random := rand.New(rand.NewPCG(1, 2))
			counts := map[bool]int{}
			points := crashPoints(random, steps, plain)
			for _, step := range points {
				root := copyTree(t, template)
				if out := child(t, root, step, nil); strings.Contains(out, "done") {
					t.Fatalf("step %d of %d: not killed: %s", step, steps, out)
				}
				counts[afterCrash(t, root, before, after, fmt.Sprintf("step %d of %d", step, steps))]++
				_ = os.RemoveAll(root)
			}
			for range len(points) / 5 {
				wait := time.Duration(random.Int64N(int64(took)))
				root := copyTree(t, template)
				child(t, root, 0, func(p *os.Process) {
					timer := time.NewTimer(wait)
					<-timer.C
					_ = p.Kill()
				})
				counts[afterCrash(t, root, before, after, "after "+wait.String())]++
				_ = os.RemoveAll(root)
			}
			t.Logf("%d changes of the disk; %d times old, %d times new", steps, counts[false], counts[true])
		})
	}
}

func filesOf(t *testing.T, root string) map[string]string {
	t.Helper()
	s := open(t, root)
	return contents(t, repositoryOf(t, s, "acme/data"), "main")
}

func TestOneProcess(t *testing.T) {
	t.Parallel()
	root := crashRepository(t, false)
	s := open(t, root)
	if _, err := Open(root, Options{}); !errors.Is(err, ErrLocked) {
		t.Error(err)
	}
	if out := child(t, root, 0, nil); !strings.Contains(out, ErrLocked.Error()) {
		t.Error(out)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, root)
	if _, err := os.Stat(filepath.Join(root, Folder)); err != nil {
		t.Error(err)
	}
}
