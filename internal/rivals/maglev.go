package rivals

// maglevSize is the size of the table, a prime: the one of the paper's measurements.
const maglevSize = 65537

// Maglev fills a table of 65537 entries: the members take turns, each one takes the next
// free entry of its own permutation, and a partition belongs to who holds the entry of its
// hash (Eisenbud et al., 2016).
func Maglev() Strategy {
	return rival("maglev 65537", 0, func(v view) {
		table := maglevTable(v)
		for p := range v.owner {
			v.owner[p] = table[place(p)%maglevSize]
		}
	})
}

func maglevTable(v view) []int32 {
	order := v.byName()
	table := make([]int32, maglevSize)
	for i := range table {
		table[i] = NoOwner
	}
	at, skip := make([]uint64, len(order)), make([]uint64, len(order))
	for i, m := range order {
		h := hash(v.names[m])
		at[i], skip[i] = h%maglevSize, mix(h+1)%(maglevSize-1)+1
	}
	for taken := range maglevSize {
		i := taken % len(order)
		for table[at[i]] != NoOwner {
			at[i] = (at[i] + skip[i]) % maglevSize
		}
		table[at[i]] = order[i]
	}
	return table
}
