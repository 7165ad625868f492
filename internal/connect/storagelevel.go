package connect

import (
	"strings"

	pb "github.com/hfspark/hfspark/internal/connect/connectpb"
	"github.com/hfspark/hfspark/internal/sparkerror"
)

// Nothing that a client wants in memory is kept there, which shows in nothing but time: a session remembers what is wanted, so
// that df.storageLevel, df.is_cached and spark.catalog.isCached answer as they do in Spark.

// storageLevel is a level by Spark's name of it, in any case.
func storageLevel(name string) (*pb.StorageLevel, error) {
	base, copies := strings.ToUpper(name), int32(1)
	for suffix, n := range map[string]int32{"_2": 2, "_3": 3} {
		if cut, ok := strings.CutSuffix(base, suffix); ok && (n == 2 || cut == "DISK_ONLY") {
			base, copies = cut, n
		}
	}
	level := &pb.StorageLevel{Replication: copies}
	switch base {
	case "DISK_ONLY":
		level.UseDisk = true
	case "MEMORY_ONLY":
		level.UseMemory, level.Deserialized = true, true
	case "MEMORY_ONLY_SER":
		level.UseMemory = true
	case "MEMORY_AND_DISK":
		level.UseDisk, level.UseMemory, level.Deserialized = true, true, true
	case "MEMORY_AND_DISK_SER":
		level.UseDisk, level.UseMemory = true, true
	case "NONE", "OFF_HEAP":
		if copies == 1 {
			level.UseDisk, level.UseMemory, level.UseOffHeap = base == "OFF_HEAP", base == "OFF_HEAP", base == "OFF_HEAP"
			return level, nil
		}
		fallthrough
	default:
		return nil, sparkerror.New(sparkerror.IllegalArgumentException, "", "", "Invalid StorageLevel: %s", name)
	}
	return level, nil
}

// cacheLevel is the level that a client gave, else MEMORY_AND_DISK.
func cacheLevel(level *pb.StorageLevel) *pb.StorageLevel {
	if level != nil {
		return level
	}
	return &pb.StorageLevel{UseDisk: true, UseMemory: true, Deserialized: true, Replication: 1}
}

// setLevel remembers the level of a relation. One that is persisted already keeps the level that it has.
func (s *session) setLevel(r *pb.Relation, level *pb.StorageLevel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := fingerprintOf(r); s.levels[at] == nil {
		s.levels[at] = cacheLevel(level)
	}
}

func (s *session) dropLevel(r *pb.Relation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.levels, fingerprintOf(r))
}

// level is that of a relation, or of the view that it reads.
func (s *session) level(r *pb.Relation) *pb.StorageLevel {
	if name := r.GetRead().GetNamedTable().GetUnparsedIdentifier(); name != "" {
		if parts, err := tableParts(name, nil); err == nil {
			if level := s.views.cachedAt(parts); level != nil {
				return level
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if level, ok := s.levels[fingerprintOf(r)]; ok {
		return level
	}
	return &pb.StorageLevel{Replication: 1} // NONE
}
