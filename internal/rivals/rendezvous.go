package rivals

// Rendezvous gives each partition to the member with the highest hash of the two of them
// (highest random weight: Thaler and Ravishankar, 1998).
func Rendezvous() Strategy {
	return rival("rendezvous", 0, func(v view) {
		hashes := make([]uint64, len(v.names))
		for m, name := range v.names {
			hashes[m] = hash(name)
		}
		for p := range v.owner {
			at, best := place(p), uint64(0)
			for m, h := range hashes {
				if score := mix(h + at); m == 0 || score > best {
					best, v.owner[p] = score, int32(m)
				}
			}
		}
	})
}
