package connect

// recentMap keeps the values that were put last, at most a given number of them. It is not safe for concurrent use.
type recentMap[K comparable, V any] struct {
	limit  int
	values map[K]V
	order  []K // oldest first
}

func newRecentMap[K comparable, V any](limit int) *recentMap[K, V] {
	return &recentMap[K, V]{limit: limit, values: make(map[K]V)}
}

func (r *recentMap[K, V]) put(k K, v V) {
	if _, ok := r.values[k]; !ok {
		r.order = append(r.order, k)
	}
	r.values[k] = v
	for len(r.values) > r.limit && len(r.order) > 0 {
		delete(r.values, r.order[0])
		r.order = r.order[1:]
	}
}

func (r *recentMap[K, V]) get(k K) (V, bool) {
	v, ok := r.values[k]
	return v, ok
}

// take returns a value and forgets it.
func (r *recentMap[K, V]) take(k K) (V, bool) {
	v, ok := r.values[k]
	if ok {
		delete(r.values, k)
		for i, other := range r.order {
			if other == k {
				r.order = append(r.order[:i], r.order[i+1:]...)
				break
			}
		}
	}
	return v, ok
}

// recent is a set of the keys added last.
type recent[K comparable] struct{ m *recentMap[K, struct{}] }

func newRecent[K comparable](limit int) *recent[K] {
	return &recent[K]{m: newRecentMap[K, struct{}](limit)}
}

func (r *recent[K]) add(k K) { r.m.put(k, struct{}{}) }

func (r *recent[K]) has(k K) bool {
	_, ok := r.m.get(k)
	return ok
}
