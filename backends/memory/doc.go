// Package memory is a store inside one process: the reference for the contract
// of package backends, the default for tests and examples, and a real store for
// members that live in one process. Everything is lost with the process.
//
//	store := memory.NewStore()
//	a, b := store.Client("app"), store.Client("app") // two clients, one namespace
//
// It judges expiry by time.Now, so it runs on virtual time in a testing/synctest
// bubble. Its sessions die by proof: an expired session is shown as expired, and
// can come back by a renewal, until a write with IfDead has ended it. That is
// the weakest behaviour that the contract allows, so that what works on it does
// not count on more.
//
// Records live in a go-memdb database; a watch is told which keys a write has
// changed and reads them from a snapshot, so a slow reader holds up nobody and
// finds the newest state when it reads again.
package memory
