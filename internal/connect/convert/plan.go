package convert

import (
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// DefaultMaxPlanSize is the default of spark.connect.maxPlanSize: 512 MiB.
const DefaultMaxPlanSize = 512 << 20

// Plan unpacks a plan that may be compressed and checks that nothing in it is unknown. maxSize limits the size after
// decompression in bytes; 0 means DefaultMaxPlanSize.
func Plan(p *pb.Plan, maxSize int) (*pb.Plan, error) {
	if err := CheckKnown(p); err != nil {
		return nil, err
	}
	switch kind := p.GetOpType().(type) {
	case nil:
		return nil, notSet(&pb.Plan{}, "op_type")
	case *pb.Plan_CompressedOperation_:
		return decompress(kind.CompressedOperation, maxSize)
	}
	return p, nil
}

func decompress(operation *pb.Plan_CompressedOperation, maxSize int) (*pb.Plan, error) {
	if operation.GetCompressionCodec() != pb.CompressionCodec_COMPRESSION_CODEC_ZSTD {
		return nil, sparkerror.Unsupported("the plan compression "+operation.GetCompressionCodec().String(), "Use ZSTD.")
	}
	if maxSize <= 0 {
		maxSize = DefaultMaxPlanSize
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(uint64(maxSize)), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer decoder.Close()
	data, err := decoder.DecodeAll(operation.GetData(), nil)
	if err != nil {
		return nil, cannotParse(err)
	}
	var p pb.Plan
	var message proto.Message
	switch operation.GetOpType() {
	case pb.Plan_CompressedOperation_OP_TYPE_RELATION:
		root := &pb.Relation{}
		message, p.OpType = root, &pb.Plan_Root{Root: root}
	case pb.Plan_CompressedOperation_OP_TYPE_COMMAND:
		command := &pb.Command{}
		message, p.OpType = command, &pb.Plan_Command{Command: command}
	default:
		return nil, missing("op_type", operation)
	}
	if err := proto.Unmarshal(data, message); err != nil {
		return nil, cannotParse(err)
	}
	return &p, CheckKnown(&p)
}

// cannotParse is what makes PySpark send its plans without compression from then on.
func cannotParse(err error) error {
	e := sparkerror.New(sparkerror.InvalidPlanInput, "CONNECT_INVALID_PLAN.CANNOT_PARSE", "56K00",
		"The Spark Connect plan is invalid. Cannot decompress or parse the input plan (%v)\nThis may be caused by a corrupted "+
			"compressed plan.\nTo disable plan compression, set 'spark.connect.session.planCompression.threshold' to -1.", err).
		With("errorMsg", err.Error())
	e.Err = err
	return e
}
