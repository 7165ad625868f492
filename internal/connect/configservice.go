package connect

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hfspark/hfspark/internal/connect/conf"
	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// Config implements the service: it reads and changes the session's configuration.
func (s *Server) Config(ctx context.Context, r *pb.ConfigRequest) (*pb.ConfigResponse, error) {
	session, done, err := s.sessions.open(r)
	if err != nil {
		return nil, err
	}
	defer done()
	response := &pb.ConfigResponse{SessionId: session.id, ServerSideSessionId: session.serverID}
	if err := configure(session.conf, r.GetOperation(), response); err != nil {
		return nil, session.fail(ctx, err)
	}
	return response, nil
}

func configure(c *conf.Conf, o *pb.ConfigRequest_Operation, response *pb.ConfigResponse) error {
	add := func(key string, value *string) {
		response.Pairs = append(response.Pairs, &pb.KeyValue{Key: key, Value: value})
	}
	switch kind := o.GetOpType().(type) {
	case *pb.ConfigRequest_Operation_Set:
		return set(c, kind.Set, response)
	case *pb.ConfigRequest_Operation_Get:
		for _, key := range kind.Get.GetKeys() {
			value, err := c.Get(key)
			if err != nil {
				return err
			}
			add(key, value)
		}
	case *pb.ConfigRequest_Operation_GetWithDefault:
		for _, pair := range kind.GetWithDefault.GetPairs() {
			value, err := withDefault(c, pair)
			if err != nil {
				return err
			}
			add(pair.GetKey(), value)
		}
	case *pb.ConfigRequest_Operation_GetOption:
		for _, key := range kind.GetOption.GetKeys() {
			value, defined, _ := c.Lookup(key)
			if defined {
				add(key, &value)
				continue
			}
			add(key, nil)
		}
	case *pb.ConfigRequest_Operation_GetAll:
		prefix := kind.GetAll.GetPrefix()
		for _, pair := range c.All() {
			if key, ok := strings.CutPrefix(pair.Key, prefix); ok {
				value := pair.Value
				add(key, &value)
			}
		}
	case *pb.ConfigRequest_Operation_Unset:
		for _, key := range kind.Unset.GetKeys() {
			if err := c.Unset(key); err != nil {
				return err
			}
		}
	case *pb.ConfigRequest_Operation_IsModifiable:
		for _, key := range kind.IsModifiable.GetKeys() {
			value := strconv.FormatBool(conf.Modifiable(key))
			add(key, &value)
		}
	default:
		return invalidRequest("Config has no operation")
	}
	return nil
}

// set changes keys. A client that builds a session asks for silence: what cannot be set is then a warning.
func set(c *conf.Conf, s *pb.ConfigRequest_Set, response *pb.ConfigResponse) error {
	for _, pair := range s.GetPairs() {
		if pair.Value == nil {
			return sparkerror.New(sparkerror.IllegalArgumentException, "", "", "requirement failed: value cannot be null for key: %s", pair.GetKey())
		}
		err := c.Set(pair.GetKey(), pair.GetValue())
		switch {
		case err == nil:
		case s.GetSilent():
			response.Warnings = append(response.Warnings,
				fmt.Sprintf("Failed to set %s to %s due to %v", pair.GetKey(), redact(pair.GetValue(), nil), err))
		default:
			return err
		}
	}
	return nil
}

// withDefault is the value that was set, or else the one that the client gives, which must fit the key.
func withDefault(c *conf.Conf, pair *pb.KeyValue) (*string, error) {
	if value, ok := c.Explicit(pair.GetKey()); ok {
		return &value, nil
	}
	if pair.Value == nil {
		return nil, nil
	}
	return pair.Value, conf.Check(pair.GetKey(), pair.GetValue())
}
