package connect

import (
	"context"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// ReleaseSession implements the service: it ends a session with all that runs in it.
func (s *Server) ReleaseSession(_ context.Context, r *pb.ReleaseSessionRequest) (*pb.ReleaseSessionResponse, error) {
	k, err := keyOf(r)
	if err != nil {
		return nil, err
	}
	serverID, err := s.sessions.release(k, r.GetAllowReconnect())
	if err != nil {
		return nil, err
	}
	return &pb.ReleaseSessionResponse{SessionId: k.id, ServerSideSessionId: serverID}, nil
}

// CloneSession implements the service: it copies configuration, views and artifacts into a new session.
func (s *Server) CloneSession(ctx context.Context, r *pb.CloneSessionRequest) (*pb.CloneSessionResponse, error) {
	session, done, err := s.sessions.existing(r)
	if err != nil {
		return nil, err
	}
	defer done()
	made, err := s.sessions.clone(session, r.GetNewSessionId())
	if err != nil {
		return nil, session.fail(ctx, err)
	}
	return &pb.CloneSessionResponse{
		SessionId: session.id, ServerSideSessionId: session.serverID,
		NewSessionId: made.id, NewServerSideSessionId: made.serverID,
	}, nil
}

// ArtifactStatus implements the service: it tells which artifacts are there.
func (s *Server) ArtifactStatus(_ context.Context, r *pb.ArtifactStatusesRequest) (*pb.ArtifactStatusesResponse, error) {
	session, done, err := s.sessions.open(r)
	if err != nil {
		return nil, err
	}
	defer done()
	response := &pb.ArtifactStatusesResponse{
		SessionId: session.id, ServerSideSessionId: session.serverID,
		Statuses: make(map[string]*pb.ArtifactStatusesResponse_ArtifactStatus),
	}
	for _, name := range r.GetNames() {
		response.Statuses[name] = &pb.ArtifactStatusesResponse_ArtifactStatus{Exists: session.files.has(name)}
	}
	return response, nil
}

// FetchErrorDetails implements the service: it tells an error in full, once.
func (s *Server) FetchErrorDetails(_ context.Context, r *pb.FetchErrorDetailsRequest) (*pb.FetchErrorDetailsResponse, error) {
	session, done, err := s.sessions.open(r)
	if err != nil {
		return nil, err
	}
	defer done()
	session.mu.Lock()
	failure, ok := session.failures.take(r.GetErrorId())
	session.mu.Unlock()
	response := &pb.FetchErrorDetailsResponse{SessionId: session.id, ServerSideSessionId: session.serverID}
	if !ok {
		return response, nil
	}
	root := int32(0)
	response.RootErrorIdx = &root
	response.Errors = errorChain(failure)
	return response, nil
}

// maxChain is how many causes of an error are told, as in Spark.
const maxChain = 5

func errorChain(err error) []*pb.FetchErrorDetailsResponse_Error {
	var chain []*pb.FetchErrorDetailsResponse_Error
	for err != nil && len(chain) < maxChain {
		if n := len(chain); n > 0 {
			index := int32(n)
			chain[n-1].CauseIdx = &index
		}
		chain = append(chain, errorMessage(err))
		wrapper, ok := err.(interface{ Unwrap() error })
		if !ok {
			break
		}
		err = wrapper.Unwrap()
	}
	return chain
}

func errorMessage(err error) *pb.FetchErrorDetailsResponse_Error {
	e, ok := err.(*sparkerror.Error) //nolint:errorlint // each link of the chain is looked at on its own
	if !ok {
		return &pb.FetchErrorDetailsResponse_Error{
			ErrorTypeHierarchy: []string{"java.lang.Exception", "java.lang.Throwable", "java.lang.Object"}, Message: err.Error(),
		}
	}
	m := &pb.FetchErrorDetailsResponse_Error{ErrorTypeHierarchy: exceptionNames(e), Message: messageOf(e)}
	throwable := &pb.FetchErrorDetailsResponse_SparkThrowable{MessageParameters: e.Parameters}
	if e.Condition != "" {
		throwable.ErrorClass = &e.Condition
	}
	if e.SQLState != "" {
		throwable.SqlState = &e.SQLState
	}
	if c := e.Context; c != nil {
		throwable.QueryContexts = append(throwable.QueryContexts, &pb.FetchErrorDetailsResponse_QueryContext{
			ContextType: pb.FetchErrorDetailsResponse_QueryContext_SQL,
			StartIndex:  int32(c.Start), StopIndex: int32(c.Stop), Fragment: c.Fragment, Summary: e.Detail,
		})
	}
	m.SparkThrowable = throwable
	return m
}
