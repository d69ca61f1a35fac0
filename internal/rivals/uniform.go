package rivals

// Uniform is Kafka's uniform assignor for groups with one subscription, before
// KAFKA-18688 was repaired in 2025. It goes through the members in the order of a hash
// table and lets the first P mod n of them have one partition more, whoever owns one more
// already: so an even group may be given moves.
func Uniform() Strategy {
	return rival("kafka before 18688", 0, func(v view) {
		of, free := v.owned()
		quota, extra := len(v.owner)/len(v.names), len(v.owner)%len(v.names)
		room := make([]int, len(v.names))
		order := v.byHash(0)
		for i, m := range order {
			may := quota
			if i < extra {
				may++
			}
			keeps := min(may, len(of[m]))
			free = append(free, of[m][keeps:]...)
			room[m] = may - keeps
		}
		for _, m := range order {
			for _, p := range free[:room[m]] {
				v.owner[p] = m
			}
			free = free[room[m]:]
		}
	})
}
