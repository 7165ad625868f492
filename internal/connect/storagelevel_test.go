package connect

import (
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
)

func TestStorageLevelsByName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]*pb.StorageLevel{
		"NONE":                  {Replication: 1},
		"disk_only":             {UseDisk: true, Replication: 1},
		"DISK_ONLY_3":           {UseDisk: true, Replication: 3},
		"MEMORY_ONLY":           {UseMemory: true, Deserialized: true, Replication: 1},
		"MEMORY_AND_DISK_SER_2": {UseDisk: true, UseMemory: true, Replication: 2},
		"OFF_HEAP":              {UseDisk: true, UseMemory: true, UseOffHeap: true, Replication: 1},
	} {
		if got, err := storageLevel(name); err != nil || !proto.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "NO", "NONE_2", "MEMORY_ONLY_3", "OFF_HEAP_2"} {
		if got, err := storageLevel(name); err == nil {
			t.Errorf("%q is a level: %v", name, got)
		}
	}
}

// TestPersistedRelationsAndViews asks for the levels of relations and views that nothing keeps.
func TestPersistedRelationsAndViews(t *testing.T) {
	t.Parallel()
	c := serve(t, Config{})
	level := func(r *pb.Relation) *pb.StorageLevel {
		t.Helper()
		answer, err := c.analyze(func(q *pb.AnalyzePlanRequest) {
			q.Analyze = &pb.AnalyzePlanRequest_GetStorageLevel_{GetStorageLevel: &pb.AnalyzePlanRequest_GetStorageLevel{Relation: r}}
		})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetGetStorageLevel().GetStorageLevel()
	}
	persist := func(r *pb.Relation, wanted *pb.StorageLevel) {
		t.Helper()
		if _, err := c.analyze(func(q *pb.AnalyzePlanRequest) {
			q.Analyze = &pb.AnalyzePlanRequest_Persist_{Persist: &pb.AnalyzePlanRequest_Persist{Relation: r, StorageLevel: wanted}}
		}); err != nil {
			t.Fatal(err)
		}
	}
	run := func(text string) {
		t.Helper()
		if _, err := c.sql(text); err != nil {
			t.Fatal(err)
		}
	}
	disk, memory := &pb.StorageLevel{UseDisk: true, Replication: 1}, &pb.StorageLevel{UseMemory: true, Deserialized: true, Replication: 1}
	persist(numbers(3), disk)
	persist(numbers(3), memory)
	if got := level(numbers(3)); !proto.Equal(got, disk) {
		t.Errorf("persisted again with another level: %v", got)
	}
	run("CACHE TABLE v OPTIONS ('storageLevel' 'memory_only') AS SELECT 1 AS x")
	if got := level(table("v")); !proto.Equal(got, memory) {
		t.Errorf("a view in memory: %v", got)
	}
	run("UNCACHE TABLE v")
	if got := level(table("v")); got.GetUseMemory() {
		t.Errorf("a view no more in memory: %v", got)
	}
	run("CACHE TABLE v")
	run("CLEAR CACHE")
	for _, r := range []*pb.Relation{table("v"), numbers(3)} {
		if got := level(r); got.GetUseMemory() || got.GetUseDisk() {
			t.Errorf("after CLEAR CACHE: %v", got)
		}
	}
	if _, err := c.sql("CACHE TABLE w OPTIONS ('storageLevel' 'NO') AS SELECT 1 AS x"); err == nil {
		t.Error("a level that there is not was taken")
	}
	if _, err := c.sql("SELECT * FROM w"); err == nil {
		t.Error("the view was made all the same")
	}
}
