package connect

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/testing/protocmp"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

// Whatever its size, a batch arrives as it was.
func TestCodec(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, worthwhile - 1, worthwhile, worthwhile + 1, 1 << 20} {
		start, index := int64(7), int64(1)
		sent := &pb.ExecutePlanResponse{
			SessionId: "s", ServerSideSessionId: "t", OperationId: "o", ResponseId: "r",
			ResponseType: &pb.ExecutePlanResponse_ArrowBatch_{ArrowBatch: &pb.ExecutePlanResponse_ArrowBatch{
				RowCount: 3, Data: bytes.Repeat([]byte("x"), size), StartOffset: &start, ChunkIndex: &index, NumChunksInBatch: &start,
			}},
		}
		encoded, err := newCodec().Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		got := &pb.ExecutePlanResponse{}
		err = newCodec().Unmarshal(mem.BufferSlice{mem.SliceBuffer(encoded.Materialize())}, got)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, got, protocmp.Transform()); diff != "" {
			t.Errorf("a batch of %d bytes: %s", size, diff)
		}
	}
}
