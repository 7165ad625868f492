package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// snapshots keeps what is known of commits in a folder: one file a commit. Files that cannot be read or written count as absent:
// what they save is time alone.
type snapshots struct{ folder string }

const (
	// keptSnapshots is how many commits a folder holds; the ones used longest ago go first.
	keptSnapshots    = 256
	maxSnapshotBytes = 256 << 20
	snapshotSuffix   = ".commit.gz"
)

// snapshot is the content of a file.
type snapshot struct {
	Endpoint, Repository, Commit string
	Deep, Flat                   map[string][]File
	Single                       map[string]*File
	Texts                        map[string][]byte
}

func (s *snapshots) path(t *tree) string {
	sum := sha256.Sum256([]byte(t.hub.Endpoint() + "\n" + t.repo.ID + "\n" + t.commit))
	return filepath.Join(s.folder, hex.EncodeToString(sum[:])+snapshotSuffix)
}

// some tells whether anything is kept.
func (s *snapshots) some() bool {
	if s == nil {
		return false
	}
	folder, err := os.Open(s.folder)
	if err != nil {
		return false
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(1) // What cannot be read is not there.
	return len(names) > 0
}

// load fills a tree that nothing is known of yet.
func (s *snapshots) load(t *tree) {
	if s == nil {
		return
	}
	name := s.path(t)
	file, err := os.Open(name)
	if err != nil {
		return
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return
	}
	text, err := io.ReadAll(io.LimitReader(unpacked, maxSnapshotBytes+1))
	var from snapshot
	if err != nil || len(text) > maxSnapshotBytes || json.Unmarshal(text, &from) != nil ||
		from.Endpoint != t.hub.Endpoint() || from.Repository != t.repo.ID || from.Commit != t.commit {
		return
	}
	for _, m := range []struct{ into, from map[string][]File }{{t.deep, from.Deep}, {t.flat, from.Flat}} {
		for k, v := range m.from {
			m.into[k] = v
		}
	}
	for k, v := range from.Single {
		t.single[k] = v
	}
	for k, v := range from.Texts {
		t.texts[k] = v
	}
	now := time.Now()
	_ = os.Chtimes(name, now, now) // It is the one used last; that this cannot be noted matters little.
}

// save writes a tree, when something of it is new.
func (s *snapshots) save(t *tree) {
	if s == nil || t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.dirty {
		return
	}
	t.dirty = false
	text, err := json.Marshal(snapshot{
		Endpoint: t.hub.Endpoint(), Repository: t.repo.ID, Commit: t.commit, Deep: t.deep, Flat: t.flat, Single: t.single, Texts: t.texts,
	})
	if err != nil || len(text) > maxSnapshotBytes {
		return
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write(text)
	if errors.Join(err, w.Close()) != nil {
		return
	}
	if os.MkdirAll(s.folder, 0o700) == nil && s.write(s.path(t), packed.Bytes()) == nil {
		s.prune()
	}
}

// write replaces a file at once, so that no reader sees a part of it.
func (s *snapshots) write(name string, content []byte) error {
	file, err := os.CreateTemp(s.folder, "new-*") // Readable by the owner alone: names of private files are in it.
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // The first error tells what is wrong.
	}
	return err
}

// prune removes the commits used longest ago, and what broken writes left.
func (s *snapshots) prune() {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return
	}
	type aged struct {
		name string
		at   time.Time
	}
	var kept []aged
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil:
		case strings.HasSuffix(e.Name(), snapshotSuffix):
			kept = append(kept, aged{e.Name(), info.ModTime()})
		case strings.HasPrefix(e.Name(), "new-") && time.Since(info.ModTime()) > time.Hour:
			_ = os.Remove(filepath.Join(s.folder, e.Name()))
		}
	}
	slices.SortFunc(kept, func(a, b aged) int { return b.at.Compare(a.at) })
	for _, old := range kept[min(len(kept), keptSnapshots):] {
		_ = os.Remove(filepath.Join(s.folder, old.name))
	}
}
