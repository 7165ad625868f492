package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzObjects reads git objects, pointers and differences of any content.
func FuzzObjects(f *testing.F) {
	f.Add(encodeTree([]treeEntry{{mode: modeFile, name: "a", id: emptyTree}, {mode: modeDirectory, name: "b", id: emptyTree}}))
	f.Add(encodeCommit(emptyTree, []oid{emptyTree}, folderSignature(), "title\n\nmessage"))
	f.Add(encodeTag(emptyTree, "v1", folderSignature(), "message"))
	f.Add(pointer(hashOf("x"), 12))
	f.Add([]byte{5, 6, 0x90, 3, 3, 'a', 'b', 'c'})
	f.Fuzz(func(t *testing.T, content []byte) {
		if entries, err := parseTree(content); err == nil && len(content) < 1000 && !bytes.Contains(content, []byte("040000 ")) {
			if again := encodeTree(entries); !bytes.Equal(again, content) {
				t.Errorf("%q became %q", content, again)
			}
		}
		if c, err := parseCommit(emptyTree, content); err == nil {
			if _, ok := parseOID(c.Tree); !ok {
				t.Errorf("%+v", c)
			}
		}
		parseTag(content)
		if hash, size, ok := parsePointer(content); ok && (size < 0 || !validSHA256(hash)) {
			t.Error(hash, size)
		}
		_, _ = applyDelta([]byte("hello"), content)
	})
}

// FuzzFiles opens packs, listings and refs of any content.
func FuzzFiles(f *testing.F) {
	r := created(f)
	commit(f, r, add(f, r, "a/b", "1"), add(f, r, "c.bin", "2"))
	s := snapshotOf(f, r, "main")
	listing, err := os.ReadFile(s.listing.path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(byte(0), listing)
	f.Add(byte(3), []byte(s.Commit().SHA+" refs/heads/x\n"))
	for _, p := range r.managed().objects.packs {
		pack, err := os.ReadFile(p.file.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(1), pack)
		f.Add(byte(2), p.table)
	}
	f.Fuzz(func(t *testing.T, kind byte, content []byte) {
		if kind%4 == 0 {
			if l, err := openListing("", content); err == nil {
				lr, _ := l.open()
				_, _, _, _ = lr.find("a/b")
				_, _ = lr.slice(0, l.n)
			}
			return
		}
		folder := t.TempDir()
		name := [...]string{"", "pack-x.pack", "pack-x.idx", packedRefs}[kind%4]
		other := map[byte]string{1: "pack-x.idx", 2: "pack-x.pack"}[kind%4]
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if kind%4 == 3 {
			_, _, _ = refs{folder: folder}.read("refs/heads/x")
			return
		}
		mine := r.managed().objects.packs[0]
		valid := mine.table
		if kind%4 == 2 {
			valid, _ = os.ReadFile(mine.file.Name())
		}
		if err := os.WriteFile(filepath.Join(folder, other), valid, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := openPack(filepath.Join(folder, "pack-x.idx"))
		if err != nil {
			return
		}
		defer p.file.Close()
		db := &database{folder: folder}
		for i := range min(p.n, 100) {
			if offset := p.offset(i); offset >= 0 {
				_, _, _ = db.unpack(p, offset)
			}
		}
		p.withPrefix("ab")
	})
}
