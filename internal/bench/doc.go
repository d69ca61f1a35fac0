// Command bench measures, in one run on a real etcd, what Tenure costs and how
// fast it is, each figure as a ratio to something measured beside it: a raw
// write, a TTL, etcd's own locks. `make bench` runs it.
package main
