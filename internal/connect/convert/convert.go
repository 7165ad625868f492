// Package convert turns Spark Connect's protobuf plans into package plan's trees, and Spark's types into protobuf and back.
// It rejects what it does not know: a relation, an expression, a field or a value that would be dropped is an error that
// names it.
package convert

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/plan"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// MaxDepth is how deep relations and expressions may be nested in one plan. Spark allows 1,024 nested messages, of which
// each level of a plan takes two or more.
const MaxDepth = 2000

// Options are what a conversion may ask of the session. Where a function is nil, plans that need it are refused.
type Options struct {
	// Artifact returns the bytes that the client uploaded as cache/<hash>.
	Artifact func(hash string) ([]byte, error)
	// Remote returns the relation that the server keeps under an id, such as a checkpoint's.
	Remote func(id string) (plan.Relation, error)
	// Catalog answers an operation on the catalog with its rows.
	Catalog func(*pb.Catalog) (plan.Relation, error)
	// MaxPlanSize limits the size of a compressed plan after decompression, in bytes; 0 means DefaultMaxPlanSize.
	MaxPlanSize int
}

// converter is the state of one conversion.
type converter struct {
	options Options
	depth   int
	// scopes are the relations that subquery expressions name by plan id, innermost last.
	scopes []map[int64]*reference
}

// reference is a relation that subqueries may use. It is converted when it is first used.
type reference struct {
	relation  *pb.Relation
	scope     int // how many scopes there were around it
	converted plan.Relation
	open      bool // being converted
}

// Relation converts a relation with all it contains.
func Relation(relation *pb.Relation, options Options) (plan.Relation, error) {
	if err := CheckKnown(relation); err != nil {
		return nil, err
	}
	c := &converter{options: options}
	return c.relation(relation)
}

// Expression converts an expression that stands outside any relation.
func Expression(expression *pb.Expression, options Options) (plan.Expression, error) {
	if err := CheckKnown(expression); err != nil {
		return nil, err
	}
	c := &converter{options: options}
	return c.expression(expression)
}

// enter counts one level of nesting; the caller undoes it with leave.
func (c *converter) enter() error {
	c.depth++
	if c.depth > MaxDepth {
		return sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.TOO_DEEP", "56K00",
			"The plan is nested more than %d levels deep. Break the chain of operations with a temporary view or a checkpoint.", MaxDepth)
	}
	return nil
}

func (c *converter) leave() { c.depth-- }

// invalid says that a plan breaks the protocol.
func invalid(format string, args ...any) *sparkerror.Error {
	message := fmt.Sprintf(format, args...)
	message = strings.ToUpper(message[:1]) + message[1:]
	return sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.ASSERTION_FAILURE", "56K00",
		"The Spark Connect plan is invalid. %s", message).With("message", message)
}

// missing says that a message lacks a part that it cannot do without.
func missing(part string, of proto.Message) *sparkerror.Error {
	return invalid("%s has no %s.", name(of), part)
}

// notSet says that none of the cases of a oneof is set, under the name that Java gives to that.
func notSet(of proto.Message, oneof string) *sparkerror.Error {
	unset := strings.ToUpper(strings.ReplaceAll(oneof, "_", "")) + "_NOT_SET"
	return sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.INVALID_ONE_OF_FIELD_NOT_SET", "56K00",
		"The Spark Connect plan is invalid. This oneOf field in %s is not set: %s", name(of), unset).
		With("fullName", name(of), "name", unset)
}

func name(message proto.Message) string {
	return string(message.ProtoReflect().Descriptor().FullName())
}

// planID maps the client's number of a DataFrame, which counts from 0, to one that is never 0.
func planID(id int64) plan.PlanID {
	if id < 0 {
		return plan.PlanID(id)
	}
	return plan.PlanID(id + 1)
}

// setField names the field that is set in a oneof of the message.
func setField(message proto.Message, oneof protoreflect.Name) string {
	m := message.ProtoReflect()
	field := m.WhichOneof(m.Descriptor().Oneofs().ByName(oneof))
	if field == nil {
		return "nothing"
	}
	return string(field.Name())
}
