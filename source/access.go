package source

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/hfspark/hfspark/hub"
)

// scope is what goes before the hash of a content that is kept for later: what one user may read another may not, and who names
// an endpoint also makes up its hashes.
func (c *client) scope() string { return c.hub.Endpoint() + "\n" + c.token + "\n" }

// access knows which repositories the user of a client may read. What is kept of files (in memory, or on disk) is handed out
// only where the Hub has lately said so: a listing shows the hashes of a gated repository's files to everybody, and a right that
// somebody had may have been taken away.
type access struct {
	hubClient
	now func() time.Time

	asking singleflight.Group
	mu     sync.Mutex
	seen   map[hub.Repo]time.Time // when it was last certain that the user may read
}

// accessLasts is for how long an answer counts.
const accessLasts = time.Minute

// maxAccess bounds access.seen.
const maxAccess = 1024

func newAccess(h hubClient) *access {
	return &access{hubClient: h, now: time.Now, seen: map[hub.Repo]time.Time{}}
}

// Info implements dataset.Hub. Who may look a repository up may read it, unless it is gated.
func (a *access) Info(ctx context.Context, repo hub.Repo, revision string) (*hub.Info, error) {
	info, err := a.hubClient.Info(ctx, repo, revision)
	if err == nil && info.Gated == "" {
		a.note(repo)
	}
	return info, err
}

// overviewer is a Hub client that asks for several things at once; *hub.Client is one.
type overviewer interface {
	Overview(ctx context.Context, repo hub.Repo, revision string, texts []string) (*hub.Overview, error)
}

// Overview asks as Info does, and for files at the same time where the client can.
func (a *access) Overview(ctx context.Context, repo hub.Repo, revision string, texts []string) (*hub.Overview, error) {
	all, ok := a.hubClient.(overviewer)
	if !ok {
		info, err := a.Info(ctx, repo, revision)
		if err != nil {
			return nil, err
		}
		return &hub.Overview{Info: *info}, nil
	}
	found, err := all.Overview(ctx, repo, revision, texts)
	if err == nil && found.Gated == "" {
		a.note(repo)
	}
	return found, err
}

func (a *access) note(repo hub.Repo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.seen) >= maxAccess {
		clear(a.seen)
	}
	a.seen[repo] = a.now()
}

func (a *access) known(repo hub.Repo) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	at, ok := a.seen[repo]
	return ok && a.now().Sub(at) < accessLasts
}

// authChecker is what access asks where it does not know; *hub.Client is one.
type authChecker interface {
	AuthCheck(ctx context.Context, repo hub.Repo, write bool) error
}

// allows says whether the user may read the files of a repository. Where that cannot be told it says no: the files are then
// asked for, and the Hub's answer to that tells why.
func (a *access) allows(ctx context.Context, repo hub.Repo) bool { return a.check(ctx, repo) == nil }

// errUnchecked says that nobody can be asked who may read.
var errUnchecked = errors.New("the client cannot ask the Hub who may read the repository")

// check is nil when the user may read the files of a repository, and else what the Hub says. Its answers count for a while.
func (a *access) check(ctx context.Context, repo hub.Repo) error {
	if a.known(repo) {
		return nil
	}
	checker, ok := a.hubClient.(authChecker)
	if !ok {
		return errUnchecked
	}
	// One question does for all files that are opened at once; whoever asked first may have gone in the meantime.
	_, err, shared := a.asking.Do(string(repo.Type)+" "+repo.ID, func() (any, error) { return nil, checker.AuthCheck(ctx, repo, false) })
	if err != nil && shared && ctx.Err() == nil {
		err = checker.AuthCheck(ctx, repo, false)
	}
	if err == nil {
		a.note(repo)
	}
	return err
}
