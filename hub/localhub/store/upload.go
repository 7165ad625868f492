package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// uploads are the multipart uploads under way. Each has a folder: its parts are written to their places in one file, data, and a
// file part-<n> with the ETag tells that a part is there.
type uploads struct {
	folder string
	disk   *disk

	mu     sync.Mutex
	busy   map[string]*partLock // by upload, or upload and part
	hashed map[string]*prefix   // by upload
}

// partLock lets one goroutine at a time write a part.
type partLock struct {
	mu    sync.RWMutex
	users int
}

// uploadLife is how long an upload that nothing is sent to is kept.
const uploadLife = 24 * time.Hour

// Files in the folder of an upload.
const (
	uploadPlan = "upload.json"
	uploadData = "data"
	partPrefix = "part-"
)

// uploadState is what is known of an upload.
type uploadState struct {
	Repo     string `json:"repo"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	PartSize int64  `json:"partSize"`
}

// parts is how many parts there are to be.
func (u uploadState) parts() int { return int((u.Size + u.PartSize - 1) / u.PartSize) }

// span returns where a part is.
func (u uploadState) span(number int) (offset, size int64) {
	offset = int64(number-1) * u.PartSize
	return offset, min(u.PartSize, u.Size-offset)
}

// id names the upload: the same one for all who ask for it.
func (u uploadState) id() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%d", u.Repo, u.SHA256, u.Size, u.PartSize))
	return hex.EncodeToString(sum[:16])
}

// lock takes an upload as a whole, or (shared) together with other holders.
func (u *uploads) lock(key string, shared bool) (release func()) {
	u.mu.Lock()
	l := u.busy[key]
	if l == nil {
		l = &partLock{}
		u.busy[key] = l
	}
	l.users++
	u.mu.Unlock()
	unlock := l.mu.Unlock
	if shared {
		unlock = l.mu.RUnlock
		l.mu.RLock()
	} else {
		l.mu.Lock()
	}
	return func() {
		unlock()
		u.mu.Lock()
		defer u.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(u.busy, key)
		}
	}
}

// load reads the plan of an upload.
func (u *uploads) load(id, repo string) (state uploadState, folder string, err error) {
	missing := fmt.Errorf("upload %q of %s: %w", id, repo, ErrUpload)
	if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		return uploadState{}, "", missing
	}
	folder = filepath.Join(u.folder, id)
	content, err := os.ReadFile(filepath.Join(folder, uploadPlan))
	if errors.Is(err, fs.ErrNotExist) {
		return uploadState{}, "", missing
	}
	if err != nil {
		return uploadState{}, "", err
	}
	if err := json.Unmarshal(content, &state); err != nil || state.PartSize <= 0 || state.Size <= 0 || !validSHA256(state.SHA256) {
		return uploadState{}, "", fmt.Errorf("upload %s: %w", id, ErrCorrupt)
	}
	if state.Repo != repo {
		return uploadState{}, "", missing
	}
	return state, folder, nil
}

// sweep removes uploads that nothing was sent to in a long time.
func (u *uploads) sweep(now time.Time) error {
	found, err := os.ReadDir(u.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, item := range found {
		path := filepath.Join(u.folder, item.Name())
		info, statErr := os.Stat(filepath.Join(path, uploadData))
		if statErr != nil || now.Sub(info.ModTime()) > uploadLife {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}
	return err
}

// maxParts bounds the parts of an upload, as S3 does.
const maxParts = 10_000

// Part is a part of a multipart upload.
type Part struct {
	Number int    // from 1
	ETag   string // without quotes
	Size   int64
}

// Begin begins a multipart upload, or returns the one under way for the same object and part size. Parts have partSize bytes, the
// last one the rest. An upload that nothing was sent to for a day is cleared away when the store is opened.
func (o *Objects) Begin(sha256 string, size, partSize int64) (uploadID string, err error) {
	if err := o.writable(sha256); err != nil {
		return "", err
	}
	if size <= 0 || partSize <= 0 || size/partSize >= maxParts {
		return "", fmt.Errorf("an upload of %d bytes in parts of %d: %w", size, partSize, ErrContent)
	}
	u, d := o.repo.store.uploads, o.repo.store.disk
	state := uploadState{Repo: o.repo.id, SHA256: sha256, Size: size, PartSize: partSize}
	id := state.id()
	defer u.lock(id, false)()
	if _, _, err := u.load(id, o.repo.id); !errors.Is(err, ErrUpload) {
		return id, err
	}
	folder := filepath.Join(u.folder, id)
	if err := d.mkdir(folder); err != nil {
		return "", err
	}
	data, err := os.OpenFile(filepath.Join(folder, uploadData), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o666)
	if err != nil {
		return "", err
	}
	if err := data.Close(); err != nil {
		return "", err
	}
	plan, err := json.Marshal(state)
	if err != nil {
		return "", err
	}
	return id, d.replace(filepath.Join(folder, uploadPlan), plan)
}

// PutPart takes in a part; sent again it replaces the former one. Errors: [ErrUpload], [ErrContent] for a part of the wrong size.
func (o *Objects) PutPart(ctx context.Context, uploadID string, number int, content io.Reader) (etag string, err error) {
	u := o.repo.store.uploads
	defer u.lock(uploadID, true)()
	state, folder, err := u.load(uploadID, o.repo.id)
	if err != nil {
		return "", err
	}
	if number < 1 || number > state.parts() {
		return "", fmt.Errorf("part %d of upload %s, which has %d: %w", number, uploadID, state.parts(), ErrUpload)
	}
	name := partPrefix + strconv.Itoa(number)
	defer u.lock(uploadID+"/"+name, false)()
	mark := filepath.Join(folder, name)
	if err := u.disk.remove(mark); err != nil {
		return "", err
	}
	f, err := os.OpenFile(filepath.Join(folder, uploadData), os.O_WRONLY, 0)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	offset, size := state.span(number)
	u.forget(uploadID, offset)
	sums := newPartSums()
	to := io.NewOffsetWriter(f, offset)
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	limited := io.LimitReader(contextReader{ctx, content}, size)
	n, err := io.CopyBuffer(writerOnly{io.MultiWriter(to, sums)}, limited, *buffer)
	if err != nil {
		return "", fmt.Errorf("part %d of upload %s: %w", number, uploadID, err)
	}
	if more, _ := io.CopyN(io.Discard, content, 1); n != size || more > 0 {
		return "", fmt.Errorf("part %d of upload %s is not %d bytes long: %w", number, uploadID, size, ErrContent)
	}
	etag = sums.etag(size)
	if err := u.disk.replaceLater(mark, []byte(etag)); err != nil {
		return "", err
	}
	return etag, u.hashAhead(ctx, uploadID, state, folder)
}

// Parts lists the parts that are there, by number. Errors: [ErrUpload].
func (o *Objects) Parts(uploadID string) ([]Part, error) {
	state, folder, err := o.repo.store.uploads.load(uploadID, o.repo.id)
	if err != nil {
		return nil, err
	}
	return state.present(folder)
}

// present lists the parts that are there.
func (u uploadState) present(folder string) ([]Part, error) {
	items, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []Part
	for _, item := range items {
		digits, ok := strings.CutPrefix(item.Name(), partPrefix)
		number, err := strconv.Atoi(digits)
		if !ok || err != nil {
			continue
		}
		etag, err := os.ReadFile(filepath.Join(folder, item.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // It is being replaced.
		}
		if err != nil {
			return nil, err
		}
		_, size := u.span(number)
		out = append(out, Part{Number: number, ETag: string(etag), Size: size})
	}
	slices.SortFunc(out, func(a, b Part) int { return a.Number - b.Number })
	return out, nil
}

// Complete makes an object of the parts, of which all must be there and have the given ETags. Errors: [ErrUpload], [ErrContent] for
// another hash, which ends the upload, or other ETags, which does not.
func (o *Objects) Complete(ctx context.Context, uploadID string, parts []Part) error {
	u := o.repo.store.uploads
	defer u.lock(uploadID, false)()
	state, folder, err := u.load(uploadID, o.repo.id)
	if err != nil {
		return err
	}
	if err := state.check(folder, parts); err != nil {
		return fmt.Errorf("complete upload %s: %w", uploadID, err)
	}
	data, err := os.OpenFile(filepath.Join(folder, uploadData), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	whole := u.take(uploadID)
	if err := whole.read(ctx, data, math.MaxInt64-whole.size); err != nil {
		return errors.Join(err, data.Close())
	}
	if err := checkContent(state.SHA256, state.Size, hex.EncodeToString(whole.sum.Sum(nil)), whole.size); err != nil {
		return errors.Join(fmt.Errorf("complete upload %s: %w", uploadID, err), data.Close(), os.RemoveAll(folder))
	}
	if err := o.keep(data, state.SHA256); err != nil {
		return err
	}
	return os.RemoveAll(folder)
}

// check compares what a client says it has sent with what is there.
func (u uploadState) check(folder string, parts []Part) error {
	there, err := u.present(folder)
	if err != nil {
		return err
	}
	etags := map[int]string{}
	for _, p := range there {
		etags[p.Number] = p.ETag
	}
	if len(there) != u.parts() || len(parts) != u.parts() {
		return fmt.Errorf("%d parts are named and %d there, of %d: %w", len(parts), len(there), u.parts(), ErrUpload)
	}
	for _, p := range parts {
		if etags[p.Number] != p.ETag {
			return fmt.Errorf("part %d has the ETag %q, not %q: %w", p.Number, etags[p.Number], p.ETag, ErrContent)
		}
		delete(etags, p.Number) // So that a part that is named twice is one that is not there.
	}
	return nil
}

// Abort ends an upload, and throws away what was sent.
func (o *Objects) Abort(uploadID string) error {
	u := o.repo.store.uploads
	defer u.lock(uploadID, false)()
	_, folder, err := u.load(uploadID, o.repo.id)
	if err != nil {
		return err
	}
	u.take(uploadID)
	return os.RemoveAll(folder)
}
