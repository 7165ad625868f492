package connect

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// cachePrefix begins the names of the artifacts that hold rows; the rest of the name is the SHA-256 of their bytes.
const cachePrefix = "cache/"

// artifacts are the blobs that a client has uploaded, in files of a folder of their own.
type artifacts struct {
	dir string

	mu    sync.Mutex
	files map[string]string // by name
	count int
}

// newArtifacts makes the folder below parent when the first artifact comes.
func newArtifacts(parent string) (*artifacts, error) {
	if info, err := os.Stat(parent); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("the folder for artifacts %q cannot be used: %w", parent, err)
	}
	return &artifacts{dir: parent, files: make(map[string]string)}, nil
}

// create opens a new file for an artifact; commit gives it its name.
func (a *artifacts) create() (*os.File, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == 0 {
		dir, err := os.MkdirTemp(a.dir, "hfspark-session-")
		if err != nil {
			return nil, err
		}
		a.dir = dir
	}
	a.count++
	return os.Create(filepath.Join(a.dir, fmt.Sprintf("%d", a.count)))
}

// commit names a file that create made. Content under the name before it is replaced.
func (a *artifacts) commit(name string, file *os.File) error {
	if err := file.Close(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	old, ok := a.files[name]
	a.files[name] = file.Name()
	if ok {
		return os.Remove(old)
	}
	return nil
}

func (a *artifacts) has(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.files[name]
	return ok
}

// cached returns the bytes of the artifact cache/<hash>.
func (a *artifacts) cached(hash string) ([]byte, error) {
	a.mu.Lock()
	file, ok := a.files[cachePrefix+hash]
	a.mu.Unlock()
	if !ok {
		return nil, sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.CANNOT_FIND_CACHED_LOCAL_RELATION", "56K00",
			"The Spark Connect plan is invalid. Cannot find a cached local relation for hash: %s", hash).With("hash", hash)
	}
	return os.ReadFile(file)
}

// copyFrom takes over all artifacts of another session.
func (a *artifacts) copyFrom(other *artifacts) error {
	other.mu.Lock()
	defer other.mu.Unlock()
	for name, file := range other.files {
		if err := a.copyFile(name, file); err != nil {
			return err
		}
	}
	return nil
}

func (a *artifacts) copyFile(name, file string) (err error) {
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := a.create()
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return errors.Join(err, to.Close())
	}
	return a.commit(name, to)
}

// close removes all files.
func (a *artifacts) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.files = nil
	if a.count == 0 {
		return nil
	}
	return os.RemoveAll(a.dir)
}

// AddArtifacts implements the service: it stores rows for later plans. Code that is to run on the server is refused.
func (s *Server) AddArtifacts(stream pb.SparkConnectService_AddArtifactsServer) (err error) {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	session, done, err := s.sessions.open(first)
	if err != nil {
		return err
	}
	defer done()
	u := &upload{files: session.files}
	defer func() { err = errors.Join(err, u.abort()) }()
	for message := first; ; {
		if err := u.take(message); err != nil {
			return session.fail(stream.Context(), err)
		}
		message, err = stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := u.finished(); err != nil {
		return session.fail(stream.Context(), err)
	}
	return stream.SendAndClose(&pb.AddArtifactsResponse{
		SessionId: session.id, ServerSideSessionId: session.serverID, Artifacts: u.summaries,
	})
}

// upload is the state of one AddArtifacts call.
type upload struct {
	files     *artifacts
	summaries []*pb.AddArtifactsResponse_ArtifactSummary

	// The artifact that comes in chunks, if one does.
	name            string
	file            *os.File
	intact          bool
	chunks, written int64
	begin           *pb.AddArtifactsRequest_BeginChunkedArtifact
}

func (u *upload) take(message *pb.AddArtifactsRequest) error {
	switch payload := message.GetPayload().(type) {
	case *pb.AddArtifactsRequest_Batch_:
		if u.file != nil {
			return badUpload("a batch came before the chunks of " + u.name + " were complete")
		}
		for _, artifact := range payload.Batch.GetArtifacts() {
			if err := u.single(artifact); err != nil {
				return err
			}
		}
		return nil
	case *pb.AddArtifactsRequest_BeginChunk:
		if u.file != nil {
			return badUpload("another artifact began before the chunks of " + u.name + " were complete")
		}
		return u.start(payload.BeginChunk)
	case *pb.AddArtifactsRequest_Chunk:
		if u.file == nil {
			return badUpload("a chunk belongs to no artifact")
		}
		return u.chunk(payload.Chunk)
	}
	return badUpload("a message is empty")
}

func (u *upload) single(artifact *pb.AddArtifactsRequest_SingleChunkArtifact) error {
	if err := checkArtifact(artifact.GetName()); err != nil {
		return err
	}
	file, err := u.files.create()
	if err != nil {
		return err
	}
	u.name, u.file, u.intact = artifact.GetName(), file, true
	if err := u.write(artifact.GetData()); err != nil {
		return err
	}
	return u.store()
}

func (u *upload) start(begin *pb.AddArtifactsRequest_BeginChunkedArtifact) error {
	if err := checkArtifact(begin.GetName()); err != nil {
		return err
	}
	file, err := u.files.create()
	if err != nil {
		return err
	}
	u.name, u.file, u.intact, u.begin, u.chunks, u.written = begin.GetName(), file, true, begin, 0, 0
	return u.chunk(begin.GetInitialChunk())
}

func (u *upload) chunk(chunk *pb.AddArtifactsRequest_ArtifactChunk) error {
	if err := u.write(chunk); err != nil {
		return err
	}
	u.chunks++
	if u.chunks < u.begin.GetNumChunks() {
		return nil
	}
	if u.written != u.begin.GetTotalBytes() {
		return badUpload(fmt.Sprintf("%s should have %d bytes but has %d", u.name, u.begin.GetTotalBytes(), u.written))
	}
	return u.store()
}

func (u *upload) write(chunk *pb.AddArtifactsRequest_ArtifactChunk) error {
	u.intact = u.intact && int64(crc32.ChecksumIEEE(chunk.GetData())) == chunk.GetCrc()
	n, err := u.file.Write(chunk.GetData())
	u.written += int64(n)
	return err
}

// store ends the artifact that is being written. One whose checksum is wrong is not kept; its client is told.
func (u *upload) store() error {
	file := u.file
	u.file = nil
	u.summaries = append(u.summaries, &pb.AddArtifactsResponse_ArtifactSummary{Name: u.name, IsCrcSuccessful: u.intact})
	if !u.intact {
		return errors.Join(file.Close(), os.Remove(file.Name()))
	}
	return u.files.commit(u.name, file)
}

// finished checks that nothing is missing at the end of the stream.
func (u *upload) finished() error {
	if u.file != nil {
		return badUpload(fmt.Sprintf("%s ended after %d of %d chunks", u.name, u.chunks, u.begin.GetNumChunks()))
	}
	return nil
}

// abort removes what is half written.
func (u *upload) abort() error {
	if u.file == nil {
		return nil
	}
	return errors.Join(u.file.Close(), os.Remove(u.file.Name()))
}

func badUpload(reason string) error {
	return sparkerror.New(sparkerror.IllegalArgumentException, "", "", "The upload of artifacts is not valid: %s.", reason)
}

// checkArtifact refuses names that leave their place, and artifacts that are code.
func checkArtifact(name string) error {
	if name == "" || path.IsAbs(name) || slices.Contains(strings.Split(name, "/"), "..") {
		return sparkerror.New(sparkerror.SparkRuntimeException, "INVALID_ARTIFACT_PATH", "22023",
			"Artifact with name %s is invalid. The name must be a relative path and cannot reference parent/sibling/nephew directories.", name).
			With("name", name)
	}
	if !strings.HasPrefix(name, cachePrefix) {
		return sparkerror.Unsupported("the artifact "+name, "Python and Java code does not run in this server.")
	}
	return nil
}
