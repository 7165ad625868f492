// Package connect is the Spark Connect server: it keeps the sessions of clients, turns their requests into plans, has these
// analyzed and run, and sends back rows, answers and errors as Spark does. It speaks the protocol of Spark 4.2 and serves
// clients from Spark 3.5 on.
package connect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/hfspark/hfspark/internal/connect/conf"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/localwrite"
	"github.com/hfspark/hfspark/source"
	"github.com/hfspark/hfspark/source/sink"
)

// Config configures a Server.
type Config struct {
	// Engine runs analyzed plans.
	Engine Engine
	// Source opens what spark.read.format("huggingface") names.
	Source Source
	// Sink writes to dataset repositories; nil refuses writes.
	Sink *sink.Sink
	// Files is where df.write.parquet, csv and json may write; nil refuses them.
	Files *localwrite.Place
	// Endpoint is the Hub that reads and writes use which name none; empty leaves the choice to Source.
	Endpoint string
	// Version is the version of Spark that clients are told; empty means 4.2.0.
	Version string
	// Token, when not empty, is what clients must show as "authorization: Bearer <token>".
	Token string
	// TimeZone is the time zone with which sessions begin, by its name in the zone database; empty means UTC.
	TimeZone string
	// TempDir is where uploaded artifacts are kept; empty means the system's folder for temporary files.
	TempDir string
	// SessionTimeout is how long a session may be idle; 0 means 60 minutes.
	SessionTimeout time.Duration
	// DetachedTimeout is how long an operation may go unread; 0 means 5 minutes.
	DetachedTimeout time.Duration
	// StreamDuration and StreamBytes end the streams of clients that can reattach after a while, as Spark does so that no
	// stream lives for ever; 0 means 2 minutes and 1 GiB.
	StreamDuration time.Duration
	StreamBytes    int64
	// BufferBytes bounds what one operation computes ahead of its client; 0 means 64 MiB.
	BufferBytes int64
	// RetryBytes bounds what is kept, after it was sent, for a client that reattaches; 0 means 10 MiB.
	RetryBytes int64
	// Logger gets what goes wrong in the server itself, and requests at level debug; nil logs nothing.
	Logger *slog.Logger
}

// Source opens tables of dataset repositories; *source.Source is one.
type Source interface {
	Table(ctx context.Context, options source.Options) (*source.Table, error)
}

// maxMessage is the largest message in either direction: 128 MiB, as in Spark (spark.connect.grpc.maxInboundMessageSize).
const maxMessage = 128 << 20

// writeBuffer is how many bytes a connection collects before it sends them: rows come by the megabyte, and each call of the
// operating system costs.
const writeBuffer = 256 << 10

// Server is a Spark Connect server. Create it with NewServer, close it with Close.
type Server struct {
	pb.UnimplementedSparkConnectServiceServer

	config   Config
	defaults conf.Defaults
	globals  *globalViews
	sessions *sessions
	ctx      context.Context //nolint:containedctx // the life of the server, from which sessions derive theirs
	cancel   context.CancelFunc
	sweeper  sync.WaitGroup
	closing  sync.Once
	closeErr error
}

// NewServer makes a server and starts the goroutine that ends idle sessions; Close stops it.
func NewServer(config Config) *Server {
	setDefault(&config.Version, "4.2.0")
	setDefault(&config.TempDir, os.TempDir())
	setDefault(&config.SessionTimeout, time.Hour)
	setDefault(&config.DetachedTimeout, 5*time.Minute)
	setDefault(&config.StreamDuration, 2*time.Minute)
	setDefault(&config.StreamBytes, 1<<30)
	setDefault(&config.BufferBytes, 64<<20)
	setDefault(&config.RetryBytes, 10<<20)
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		config: config,
		defaults: conf.Defaults{
			TimeZone: config.TimeZone, WarehouseDir: defaultWarehouse(), AppID: "hfspark-" + uuid.NewString(),
		},
		globals: newGlobalViews(),
	}
	s.sessions = newSessions(s)
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.sweeper.Go(s.sweep)
	return s
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// sweep ends idle sessions and unread operations now and then.
func (s *Server) sweep() {
	ticker := time.NewTicker(min(30*time.Second, s.config.SessionTimeout, s.config.DetachedTimeout))
	defer ticker.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case now := <-ticker.C:
			if err := s.sessions.sweep(now, s.config.SessionTimeout, s.config.DetachedTimeout); err != nil {
				s.config.Logger.Error("closing idle sessions", "error", err)
			}
		}
	}
}

// Close stops all operations, waits for them, and frees what the sessions hold.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.closeErr = s.sessions.close()
		s.cancel()
		s.sweeper.Wait()
	})
	return s.closeErr
}

// Options are the options of a gRPC server that serves this one: its limits, and what authenticates and guards each call.
func (s *Server) Options() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxSendMsgSize(maxMessage),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.WriteBufferSize(writeBuffer),
		grpc.ChainUnaryInterceptor(s.guardUnary),
		grpc.ChainStreamInterceptor(s.guardStream),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 2 * time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	}
}

// Register registers the service with a gRPC server made with Options.
func (s *Server) Register(r grpc.ServiceRegistrar) { pb.RegisterSparkConnectServiceServer(r, s) }

// shutdownGrace is how long Serve lets requests end on their own once its context is done.
const shutdownGrace = 3 * time.Second

// Serve serves clients on listener until ctx is done, and then lets them go. It closes the listener, not the Server.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := grpc.NewServer(s.Options()...)
	s.Register(server)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serving Spark Connect on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	stopped := make(chan struct{})
	go func() { server.GracefulStop(); close(stopped) }()
	select {
	case <-stopped:
	case <-time.After(shutdownGrace):
		server.Stop()
		<-stopped
	}
	if err := <-done; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return err
	}
	return nil
}
