package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/hfspark/hfspark/dataset/zipdir"
	"github.com/hfspark/hfspark/hub"
)

// mediaLink is a file that a row names.
type mediaLink struct {
	key     string    // what stands for it in the row
	url     string    // as the datasets library writes it
	file    Partition // where it lies, or the archive that it is in
	member  *zipdir.Entry
	archive *archiveIndex // when the member is known by its name only
	inner   string        // that name
	size    int64         // -1 when it is not known
}

// errNoFile says that a row names a file that is not there.
var errNoFile = errors.New("there is no such file")

// archiveIndex is the directory of a zip archive, read when the first member is asked for.
type archiveIndex struct {
	once    sync.Once
	entries map[string]zipdir.Entry
	err     error
}

func (a *archiveIndex) find(ctx context.Context, s Services, p Partition, name string) (*zipdir.Entry, error) {
	a.once.Do(func() {
		entries, err := zipdir.Read(ctx, p.Size, zipFetch(s, p))
		if err != nil {
			a.err = fmt.Errorf("data file %s: %w", p.Path, err)
			return
		}
		a.entries = make(map[string]zipdir.Entry, len(entries))
		for _, e := range entries {
			a.entries[e.Name] = e
		}
	})
	if a.err != nil {
		return nil, a.err
	}
	e, ok := a.entries[name]
	if !ok {
		return nil, fmt.Errorf("%w in the archive %s", errNoFile, p.Path)
	}
	return &e, nil
}

// fetch reads a file whole.
func (m *mediaLink) fetch(ctx context.Context, s Services) (content []byte, err error) {
	member := m.member
	if m.archive != nil {
		if member, err = m.archive.find(ctx, s, m.file, m.inner); err != nil {
			return nil, err
		}
	}
	if member != nil {
		if member.Size > maxMember {
			return nil, tooLarge(m.file.Path, archiveMember{member.Name, member.Size})
		}
		content, err := member.Bytes(ctx, m.file.Size, zipFetch(s, m.file))
		if err != nil {
			return nil, fmt.Errorf("data file %s: %w", m.file.Path, err)
		}
		return content, nil
	}
	if m.size > maxMember {
		return nil, tooLarge(m.file.Path, archiveMember{m.file.Path, m.size})
	}
	body, err := s.Files.Range(ctx, m.file.File(), 0, -1)
	if err != nil {
		return nil, missing(err, m.file)
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	if m.size >= 0 {
		content = make([]byte, m.size)
		if _, err := io.ReadFull(body, content); err != nil {
			return nil, fmt.Errorf("data file %s: %w", m.file.Path, notEOF(err))
		}
		return content, nil
	}
	content, err = io.ReadAll(io.LimitReader(body, maxMember+1))
	if err != nil {
		return nil, missing(err, m.file)
	}
	if len(content) > maxMember {
		return nil, tooLarge(m.file.Path, archiveMember{m.file.Path, int64(len(content))})
	}
	return content, nil
}

func missing(err error, p Partition) error {
	if errors.Is(err, hub.ErrEntryNotFound) {
		return fmt.Errorf("%w: the repository %s has no %s at %.12s", errNoFile, p.Repository, p.Path, p.Commit)
	}
	return err
}

// fetchAll reads the files of links, several at once, and returns their contents in that order.
func fetchAll(ctx context.Context, s Services, links []*mediaLink) ([][]byte, error) {
	out := make([][]byte, len(links))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, s.Parallelism))
	for i, link := range links {
		group.Go(func() error {
			content, err := link.fetch(ctx, s)
			if err != nil {
				return &linkError{link, err}
			}
			out[i] = content
			return nil
		})
	}
	return out, group.Wait()
}

// linkError is the failure to read the file of a link.
type linkError struct {
	link *mediaLink
	err  error
}

// Error implements error.
func (e *linkError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *linkError) Unwrap() error { return e.err }

// cleanPath is Python's posixpath.normpath for relative paths.
func cleanPath(name string) string { return path.Clean(name) }

func dirOf(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return ""
}

func joinPath(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}
