package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesThatChangeAfterPlanning reads partitions whose file went or became another after they were planned: the rows must be
// those of the commit, or the error must name the file.
func TestFilesThatChangeAfterPlanning(t *testing.T) {
	t.Parallel()
	const rows = 1000
	before := "a,b\n" + strings.Repeat("1,old\n", rows)
	for name, change := range map[string]func(file string) error{
		"deleted": os.Remove,
		"replaced": func(file string) error {
			return os.WriteFile(file, []byte("a,b\n"+strings.Repeat("2,new\n", rows)), 0o600)
		},
		"longer": func(file string) error { return os.WriteFile(file, []byte(before+"3,more\n"), 0o600) },
		"cut":    func(file string) error { return os.WriteFile(file, []byte(before[:len(before)/2]), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := writeRepo(t, map[string]string{"train.csv": before})
			s := newSource(t, root)
			table := mustTable(t, s, map[string]string{"path": "user/repo"})
			if err := change(filepath.Join(root, "user", "repo", "train.csv")); err != nil {
				t.Fatal(err)
			}
			got, err := readRows(t, s, table)
			if err != nil {
				if !strings.Contains(err.Error(), "train.csv") {
					t.Errorf("the error does not name the file: %v", err)
				}
				return
			}
			if len(got) != rows || fmt.Sprint(got[0]) != "[1 old]" || fmt.Sprint(got[rows-1]) != "[1 old]" {
				t.Errorf("%d rows, which are not those of the commit", len(got))
			}
		})
	}
}

// readRows reads the partitions of a table.
func readRows(t *testing.T, s *Source, table *Table) (rows [][]any, err error) {
	t.Helper()
	for _, p := range table.Partitions {
		reader, err := s.Read(context.Background(), p, table.Token(), Request{Columns: fieldNames(table.Schema)})
		if err != nil {
			return rows, err
		}
		got, err := drain(reader)
		if rows = append(rows, got...); err != nil {
			return rows, err
		}
	}
	return rows, nil
}
