package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxPacks is how many packs of commits a repository has before some are joined: each is looked into for each object.
const maxPacks = 24

// tidy joins small packs when there are many. The smaller ones are joined, until the next one is more than twice as large as they are
// together, so that an object is copied only a few times in its life.
func (db *database) tidy() error {
	db.mu.RLock()
	packs := slices.DeleteFunc(slices.Clone(db.packs), func(p *packFile) bool { return p.foreign })
	db.mu.RUnlock()
	if len(packs) <= maxPacks {
		return nil
	}
	sizes := map[*packFile]int64{}
	for _, p := range packs {
		info, err := p.file.Stat()
		if err != nil {
			return err
		}
		sizes[p] = info.Size()
	}
	slices.SortFunc(packs, func(a, b *packFile) int { return int(max(-1, min(1, sizes[a]-sizes[b]))) })
	n, sum := 0, int64(0)
	for n < len(packs) && (n < maxPacks/2 || sizes[packs[n]] <= 2*sum) {
		sum += sizes[packs[n]]
		n++
	}
	return db.join(packs[:n], sizes)
}

// span is where an object is in a pack.
type span struct {
	id          oid
	offset, end int64
}

// join makes one pack of several.
func (db *database) join(packs []*packFile, sizes map[*packFile]int64) error {
	var spans [][]span
	seen, count := map[oid]bool{}, 0
	for i := 0; i < len(packs); i++ {
		list, err := packs[i].spans(sizes[packs[i]])
		if errors.Is(err, errForeign) {
			packs[i].foreign = true
			packs = slices.Delete(packs, i, i+1)
			i--
			continue
		}
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(s span) bool {
			twice := seen[s.id]
			seen[s.id] = true
			return twice
		})
		spans, count = append(spans, list), count+len(list)
	}
	if len(packs) < 2 {
		return nil
	}
	w, err := newPack(db.disk, count)
	if err != nil {
		return err
	}
	for i, p := range packs {
		for _, s := range spans[i] {
			w.copy(s.id, io.NewSectionReader(p.file, s.offset, s.end-s.offset), s.end-s.offset)
		}
	}
	index, err := w.finish(db.packFolder())
	if err != nil {
		return err
	}
	if err := db.adopt(index); err != nil {
		return err
	}
	return db.retire(slices.DeleteFunc(packs, func(p *packFile) bool { return p.index == index }))
}

// errForeign says that a pack holds differences between objects.
var errForeign = errors.New("the pack was made by git")

// spans lists the objects of a pack of size bytes in their order there.
func (p *packFile) spans(size int64) ([]span, error) {
	out := make([]span, p.n)
	for i := range out {
		out[i] = span{id: p.id(i), offset: p.offset(i)}
		o, err := p.object(out[i].offset)
		if err != nil {
			return nil, err
		}
		if kindNames[o.kind] == "" {
			return nil, errForeign
		}
	}
	slices.SortFunc(out, func(a, b span) int { return int(max(-1, min(1, a.offset-b.offset))) })
	for i := range out {
		out[i].end = size - int64(len(oid{}))
		if i+1 < len(out) {
			out[i].end = out[i+1].offset
		}
	}
	return out, nil
}

// retire removes packs whose objects are in another one.
func (db *database) retire(packs []*packFile) error {
	db.mu.Lock()
	db.packs = slices.DeleteFunc(db.packs, func(p *packFile) bool { return slices.Contains(packs, p) })
	db.mu.Unlock()
	var errs []error
	for _, p := range packs {
		errs = append(errs, p.file.Close())
		errs = append(errs, db.disk.remove(p.index), db.disk.remove(strings.TrimSuffix(p.index, ".idx")+".pack"))
	}
	return errors.Join(errs...)
}

// clean removes packs without an index, which a process that was killed has left. Git takes no notice of them.
func (g *gitFolder) clean() error {
	folder := g.objects.packFolder()
	items, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	names := map[string]bool{}
	for _, item := range items {
		names[item.Name()] = true
	}
	for name := range names {
		stem, ok := strings.CutSuffix(name, ".pack")
		if ok && !names[stem+".idx"] {
			if err := g.disk.remove(filepath.Join(folder, name)); err != nil {
				return err
			}
		}
	}
	return nil
}
