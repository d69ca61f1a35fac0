package rivals

// Range gives each member, in the order of their names, the next ⌊P/n⌋ partitions, and
// the first ones one more each, as Kafka's range assignor does. All borders shift when n
// changes.
func Range() Strategy {
	return rival("range", 0, func(v view) {
		next, n := 0, len(v.names)
		for i, m := range v.byName() {
			share := len(v.owner) / n
			if i < len(v.owner)%n {
				share++
			}
			for range share {
				v.owner[next] = m
				next++
			}
		}
	})
}
