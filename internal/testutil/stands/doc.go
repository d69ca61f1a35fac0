// Package stands starts the servers of any store by the store's name, for what runs on
// all of them: the same faults, the same figures, one table.
package stands
