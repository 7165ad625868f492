// Package serve puts a Spark Connect server together with its engine and its data source.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/hfspark/hfspark/internal/connect"
	"github.com/hfspark/hfspark/internal/connect/embedded"
	"github.com/hfspark/hfspark/internal/localwrite"
	"github.com/hfspark/hfspark/internal/query"
	"github.com/hfspark/hfspark/source/sink"
)

// TokenVariable is the environment variable with the token that clients must show; PySpark reads the same one.
const TokenVariable = "SPARK_CONNECT_AUTHENTICATE_TOKEN"

// Config configures a server. Zero values are the defaults of packages source, engine and connect.
type Config struct {
	query.Config
	Token string // what clients must show; "" lets everyone in, on loopback only
	// WriteDir is the folder below which clients may write files; "" refuses them.
	WriteDir string
}

// Run listens on address and serves until the context ends; ready is called with the address once clients may come.
func Run(ctx context.Context, address string, config Config, ready func(net.Addr)) (err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for Spark Connect clients: %w", err)
	}
	defer func() {
		if closed := listener.Close(); closed != nil && !errors.Is(closed, net.ErrClosed) {
			err = errors.Join(err, closed)
		}
	}()
	if config.Token == "" && !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return fmt.Errorf("serve on %s: beyond this machine clients must show a token: set %s", address, TokenVariable)
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	var files *localwrite.Place
	if config.WriteDir != "" {
		if files, err = localwrite.Open(config.WriteDir, config.Logger); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, files.Close()) }()
	}
	runner, err := query.New(ctx, config.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, runner.Close()) }()
	server := connect.NewServer(connect.Config{
		Engine: embedded.New(runner.Engine()), Source: runner.Source(), Endpoint: config.Endpoint, Token: config.Token,
		Sink:  sink.New(sink.Config{Source: runner.Source(), Logger: config.Logger}),
		Files: files, TimeZone: runner.TimeZone(), Logger: config.Logger,
	})
	defer func() { err = errors.Join(err, server.Close()) }()
	ready(listener.Addr())
	return server.Serve(ctx, listener)
}
