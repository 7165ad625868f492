package source

// Starved reports whether a read waits for memory that other reads hold. Whoever holds pieces that it does not need yet
// should give them back then.
func (s *Source) Starved() bool {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	return s.memory.waiting.Len() > 0
}
