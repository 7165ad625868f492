package connect

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/hfspark/hfspark/internal/connect/convert"
	"github.com/hfspark/hfspark/internal/sparkerror"
	"google.golang.org/protobuf/proto"
)

// guardUnary authenticates a call, refuses what the server does not know, and turns errors and panics into what clients
// understand.
func (s *Server) guardUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (response any, err error) {
	defer func() {
		if r := recover(); r != nil {
			response, err = nil, s.panicked(info.FullMethod, r)
		}
		err = s.outward(ctx, info.FullMethod, err)
	}()
	if err := s.authenticate(ctx); err != nil {
		return nil, err
	}
	if message, ok := request.(proto.Message); ok {
		if err := convert.CheckKnown(message); err != nil {
			return nil, err
		}
	}
	return next(ctx, request)
}

// guardStream does for streams what guardUnary does for other calls.
func (s *Server) guardStream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = s.panicked(info.FullMethod, r)
		}
		err = s.outward(stream.Context(), info.FullMethod, err)
	}()
	if err := s.authenticate(stream.Context()); err != nil {
		return err
	}
	return next(server, checkedStream{stream})
}

// checkedStream refuses messages with anything unknown.
type checkedStream struct{ grpc.ServerStream }

// RecvMsg implements grpc.ServerStream.
func (c checkedStream) RecvMsg(m any) error {
	if err := c.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if message, ok := m.(proto.Message); ok {
		return convert.CheckKnown(message)
	}
	return nil
}

// authenticate checks the bearer token where the server has one.
func (s *Server) authenticate(ctx context.Context) error {
	if s.config.Token == "" {
		return nil
	}
	md, _ := metadata.FromIncomingContext(ctx)
	for _, value := range md.Get("authorization") {
		scheme, token, _ := strings.Cut(value, " ")
		if strings.EqualFold(scheme, "bearer") && subtle.ConstantTimeCompare([]byte(token), []byte(s.config.Token)) == 1 {
			return nil
		}
	}
	return status.Error(codes.Unauthenticated, "Invalid or missing authentication token. "+
		"Give the server's token in the URL (sc://host:port/;token=…) or in SPARK_CONNECT_AUTHENTICATE_TOKEN.")
}

// panicked reports a panic and makes an error of it.
func (s *Server) panicked(where string, value any) error {
	s.config.Logger.Error("panic", "in", where, "value", redactValue(value), "stack", string(debug.Stack()))
	return panicError(redactValue(value))
}

// outward makes a gRPC status of errors that are not one yet: those met outside any session.
func (s *Server) outward(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	s.config.Logger.Debug("call failed", "method", method, "error", redact(err.Error(), nil))
	var already interface{ GRPCStatus() *status.Status }
	if errors.As(err, &already) {
		return err
	}
	if _, ok := sparkerror.As(err); !ok && ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	return statusOf(redacted(translate(ctx, err), nil), "").Err()
}

// redactValue prints what a panic was raised with, without credentials.
func redactValue(value any) string { return redact(fmt.Sprint(value), nil) }
