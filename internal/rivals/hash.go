package rivals

import "hash/fnv"

// hash is FNV-1a with a finaliser, as the plain one hardly spreads the last bytes.
// hash/maphash would differ from process to process.
func hash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return mix(h.Sum64())
}

// mix is the finaliser of MurmurHash3: each bit of x changes half of the result.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// place is the hash of a partition. The offset keeps partition 0 away from 0, which mix
// leaves alone.
func place(partition int) uint64 {
	return mix(uint64(partition) + 0x9e3779b97f4a7c15)
}
