package rivals

// Modulo gives partition p to member p mod n, counted in the order of their names. Almost
// everything moves when n changes.
func Modulo() Strategy {
	return rival("modulo", 0, func(v view) {
		order := v.byName()
		for p := range v.owner {
			v.owner[p] = order[p%len(order)]
		}
	})
}
