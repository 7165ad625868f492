package connect

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/hfspark/hfspark/internal/connect/conf"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// session is the state that belongs to one client: its configuration, views, artifacts and running operations.
type session struct {
	user, id string
	// serverID changes each time a session is made, so that a client notices when its state was lost.
	serverID string
	engine   Engine
	version  string
	conf     *conf.Conf
	views    *views
	tables   *tables
	files    *artifacts

	// ctx ends with the session and stops all its operations.
	ctx    context.Context //nolint:containedctx // operations outlive the requests that start them
	cancel context.CancelCauseFunc
	work   sync.WaitGroup // operations that run

	mu         sync.Mutex
	used       time.Time
	calls      int // requests in progress, streams included
	operations map[string]*operation
	ended      *recent[string]                        // operations that are gone
	remotes    map[string]plan.Relation               // what checkpoints keep
	levels     map[[sha256.Size]byte]*pb.StorageLevel // of persisted relations
	failures   *recentMap[string, *sparkerror.Error]
	secrets    []string
}

// key names a session: the same session_id of two users are two sessions.
type key struct{ user, id string }

// The numbers of things remembered for each session.
const (
	maxEnded    = 10_000 // spark.connect.execute.manager.abandonedTombstonesSize
	maxFailures = 20     // Spark's SessionHolder keeps as many errors
)

func (s *Server) newSession(user, id string) (*session, error) {
	files, err := newArtifacts(s.config.TempDir)
	if err != nil {
		return nil, err
	}
	made := &session{
		user: user, id: id, serverID: uuid.NewString(), engine: s.config.Engine, version: s.config.Version,
		conf: conf.New(s.defaults), views: newViews(s.globals), tables: newTables(s.config.Source, s.config.Endpoint), files: files,
		used:       time.Now(),
		operations: make(map[string]*operation),
		ended:      newRecent[string](maxEnded),
		remotes:    make(map[string]plan.Relation),
		levels:     make(map[[sha256.Size]byte]*pb.StorageLevel),
		failures:   newRecentMap[string, *sparkerror.Error](maxFailures),
	}
	made.ctx, made.cancel = context.WithCancelCause(s.ctx)
	return made, nil
}

// clone makes a new session with the same configuration, views and artifacts.
func (s *Server) clone(from *session, id string) (*session, error) {
	made, err := s.newSession(from.user, id)
	if err != nil {
		return nil, err
	}
	made.conf = from.conf.Clone()
	made.views = from.views.clone()
	if err := made.files.copyFrom(from.files); err != nil {
		return nil, err
	}
	from.mu.Lock()
	defer from.mu.Unlock()
	for id, relation := range from.remotes {
		made.remotes[id] = relation
	}
	made.secrets = slices.Clone(from.secrets)
	return made, nil
}

// close stops the session's operations, waits for them, and frees what it holds.
func (s *session) close() error {
	s.mu.Lock() // so that no operation starts in between
	s.cancel(invalidHandle("SESSION_CLOSED", s.id))
	s.mu.Unlock()
	s.work.Wait()
	return s.files.close()
}

// begin marks the start of a request, end its end; a session with requests in progress is not idle.
func (s *session) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	s.used = time.Now()
}

func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls--
	s.used = time.Now()
}

// idleSince tells since when nothing happened in the session, and whether it is idle at all.
func (s *session) idleSince() (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	running := slices.ContainsFunc(s.operationsLocked(), func(o *operation) bool { return !o.isFinished() })
	return s.used, s.calls == 0 && !running
}

func (s *session) operationsLocked() []*operation {
	list := make([]*operation, 0, len(s.operations))
	for _, o := range s.operations {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b *operation) int { return a.started.Compare(b.started) })
	return list
}

// operation finds an operation by its id.
func (s *session) operation(id string) (*operation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.operations[id]; ok {
		return o, nil
	}
	if s.ended.has(id) {
		return nil, invalidHandle("OPERATION_ABANDONED", id)
	}
	return nil, invalidHandle("OPERATION_NOT_FOUND", id)
}

// forget removes an operation; its id cannot be used again.
func (s *session) forget(o *operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.operations[o.id] == o {
		delete(s.operations, o.id)
		s.ended.add(o.id)
	}
}

// learnSecrets remembers credentials among a data source's options, so that no error can show them.
func (s *session) learnSecrets(options map[string]string) {
	for name, value := range options {
		if !strings.EqualFold(name, "token") || value == "" {
			continue
		}
		s.mu.Lock()
		if !slices.Contains(s.secrets, value) {
			s.secrets = append(s.secrets, value)
		}
		s.mu.Unlock()
	}
}

// redact takes the session's credentials out of a text.
func (s *session) redact(text string) string {
	return redact(text, s.knownSecrets())
}

func (s *session) knownSecrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// fail makes what a client gets of an error: without credentials, remembered for FetchErrorDetails.
func (s *session) fail(ctx context.Context, err error) error {
	e := redacted(translate(ctx, err), s.knownSecrets())
	id := uuid.NewString()
	s.mu.Lock()
	s.failures.put(id, e)
	s.mu.Unlock()
	return statusOf(e, id).Err()
}

// remote returns the relation that a checkpoint keeps.
func (s *session) remote(id string) (plan.Relation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if relation, ok := s.remotes[id]; ok {
		return relation, nil
	}
	return nil, sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.DATAFRAME_NOT_FOUND", "56K00",
		"The Spark Connect plan is invalid. No DataFrame with id %s is found in the session %s", id, s.id).
		With("dfId", id, "sessionId", s.id)
}

// defaultWarehouse is Spark's default of spark.sql.warehouse.dir: a folder of the working directory.
func defaultWarehouse() string {
	dir, err := filepath.Abs("spark-warehouse")
	if err != nil {
		dir = os.TempDir()
	}
	return "file:" + filepath.ToSlash(dir)
}
