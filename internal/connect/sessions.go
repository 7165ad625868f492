package connect

import (
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// maxClosed is how many closed sessions are remembered, so that their clients are told
// (spark.connect.session.manager.closedSessionsTombstonesSize).
const maxClosed = 1000

// sessions are the sessions of a server.
type sessions struct {
	server *Server

	mu     sync.Mutex
	live   map[key]*session
	closed *recent[key]
	ended  bool // no session may be made any more
}

func newSessions(server *Server) *sessions {
	return &sessions{server: server, live: make(map[key]*session), closed: newRecent[key](maxClosed)}
}

// request is what every request tells about its session.
type request interface {
	GetSessionId() string
	GetUserContext() *pb.UserContext
}

// observer is a request of a client that tells which realisation of its session it has seen.
type observer interface{ GetClientObservedServerSideSessionId() string }

func keyOf(r request) (key, error) {
	if _, err := uuid.Parse(r.GetSessionId()); err != nil || len(r.GetSessionId()) != 36 {
		return key{}, invalidHandle("FORMAT", r.GetSessionId())
	}
	return key{user: r.GetUserContext().GetUserId(), id: r.GetSessionId()}, nil
}

// open returns the session of a request and makes it where it is missing. The request is in progress until the function
// returned is called.
func (s *sessions) open(r request) (*session, func(), error) { return s.find(r, true) }

// existing returns the session of a request, which must be there.
func (s *sessions) existing(r request) (*session, func(), error) { return s.find(r, false) }

func (s *sessions) find(r request, make bool) (*session, func(), error) {
	k, err := keyOf(r)
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.live[k]
	switch {
	case ok:
	case s.closed.has(k) || s.ended:
		return nil, nil, invalidHandle("SESSION_CLOSED", k.id)
	case observed(r) != "":
		// The client knows a realisation of this session that is gone with all its views.
		return nil, nil, invalidHandle("SESSION_CHANGED", k.id)
	case !make:
		return nil, nil, invalidHandle("SESSION_NOT_FOUND", k.id)
	default:
		if found, err = s.server.newSession(k.user, k.id); err != nil {
			return nil, nil, err
		}
		s.live[k] = found
	}
	if seen := observed(r); seen != "" && seen != found.serverID {
		return nil, nil, invalidHandle("SESSION_CHANGED", k.id)
	}
	found.begin()
	return found, found.end, nil
}

func observed(r request) string {
	if o, ok := r.(observer); ok {
		return o.GetClientObservedServerSideSessionId()
	}
	return ""
}

// release ends a session. A session that is not there is released already.
func (s *sessions) release(k key, allowReconnect bool) (serverID string, err error) {
	s.mu.Lock()
	found, ok := s.live[k]
	if ok {
		delete(s.live, k)
		if !allowReconnect {
			s.closed.add(k)
		}
	}
	s.mu.Unlock()
	if !ok {
		return "", nil
	}
	return found.serverID, found.close()
}

// clone copies a session under a new id, which is made up where it is empty.
func (s *sessions) clone(from *session, id string) (*session, error) {
	if id == "" {
		id = uuid.NewString()
	}
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return nil, cloneRefused("TARGET_SESSION_ID_FORMAT", id, "Target session ID "+id+" for clone operation must be an UUID string of the "+
			"format '00112233-4455-6677-8899-aabbccddeeff'.")
	}
	k := key{user: from.user, id: id}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.live[k]; ok {
		return nil, cloneRefused("TARGET_SESSION_ID_ALREADY_EXISTS", id, "Cannot clone session to target session ID "+id+
			" because a session with this ID already exists.")
	}
	if s.closed.has(k) || s.ended {
		return nil, cloneRefused("TARGET_SESSION_ID_ALREADY_CLOSED", id, "Cannot clone session to target session ID "+id+
			" because a session with this ID was previously closed.")
	}
	made, err := s.server.clone(from, id)
	if err != nil {
		return nil, err
	}
	s.live[k] = made
	return made, nil
}

func cloneRefused(reason, id, text string) error {
	return sparkerror.New(sparkerror.SparkSQLException, "INVALID_CLONE_SESSION_REQUEST."+reason, "42K04",
		"Invalid session clone request. %s", text).With("targetSessionId", id)
}

// sweep closes sessions that were idle for longer than timeout, and gives up operations that no client reads any more.
func (s *sessions) sweep(now time.Time, timeout, detached time.Duration) error {
	s.mu.Lock()
	var idle []*session
	live := make([]*session, 0, len(s.live))
	for k, found := range s.live {
		if since, ok := found.idleSince(); ok && now.Sub(since) > timeout {
			delete(s.live, k)
			s.closed.add(k)
			idle = append(idle, found)
			continue
		}
		live = append(live, found)
	}
	s.mu.Unlock()
	var errs []error
	for _, found := range idle {
		errs = append(errs, found.close())
	}
	for _, found := range live {
		found.abandon(now, detached)
	}
	return errors.Join(errs...)
}

// abandon gives up the operations whose stream nobody has read since longer than limit.
func (s *session) abandon(now time.Time, limit time.Duration) {
	s.mu.Lock()
	operations := s.operationsLocked()
	s.mu.Unlock()
	for _, o := range operations {
		if o.detachedFor(now) > limit {
			o.cancel(invalidHandle("OPERATION_ABANDONED", o.id))
			s.forget(o)
		}
	}
}

// close ends all sessions; none can be made any more.
func (s *sessions) close() error {
	s.mu.Lock()
	s.ended = true
	all := s.live
	s.live = nil
	s.mu.Unlock()
	var errs []error
	for _, found := range all {
		errs = append(errs, found.close())
	}
	return errors.Join(errs...)
}
