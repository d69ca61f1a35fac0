package backendtest

import (
	"context"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// TB is what a clause needs of a test. *testing.T implements it; a recorder can
// stand in for it to show that a broken store fails. Fatalf and Skipf end the
// goroutine that calls them.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
	Context() context.Context
	Cleanup(f func())
}

// Harness says how the suite reaches one store. The hooks that are nil turn
// off the clauses, or the parts of clauses, that need them.
type Harness struct {
	// Name is the store's name in the summary.
	Name string
	// Version is the server's version, "" if there is none.
	Version string

	// Open returns another client of the same store in a namespace. The suite
	// calls it several times with one namespace to get several clients. It is
	// called from several goroutines at once if InTest is nil. A namespace
	// consists of the characters [a-z0-9-].
	Open func(t TB, namespace string) backends.Backend

	// TTL is the shortest session TTL that is sensible on this store.
	TTL time.Duration

	// InTest calls f, at once or in a bubble of package testing/synctest. Nil
	// means that the clauses run in real time, side by side.
	InTest func(t *testing.T, f func(t *testing.T))

	// RemoveSession deletes a session's record behind the back of its owner,
	// as an operator could. It enables clause S6.
	RemoveSession func(t TB, namespace string, id backends.SessionID)

	// Cut returns a client, and a function that makes its connection a black
	// hole: requests go nowhere and no answer comes. It enables N7 and the
	// parts of L2 and W9 that lose replies.
	Cut func(t TB, namespace string) (b backends.Backend, cut func())

	// Hold is like Cut, but the requests still reach the store and only the
	// answers are lost. W9 prefers it to Cut.
	Hold func(t TB, namespace string) (b backends.Backend, hold func())
}

// Clause is one clause of the contract and its test.
type Clause struct {
	// ID is the number in the documentation of package backends: "D3".
	ID string
	// Title says in a word what it demands: "ProofKillsExpired".
	Title string

	check func(e *env)
}

// Name returns the name of the clause's subtest.
func (c Clause) Name() string { return c.ID + "/" + c.Title }

// Check tests the clause in a fresh namespace. It must run in a goroutine that
// t may end.
func (c Clause) Check(t TB, h Harness) {
	t.Helper()
	c.check(newEnv(t, h))
}

// Clauses returns all clauses in the order of the documentation.
func Clauses() []Clause {
	var all []Clause
	for _, topic := range [][]Clause{death, sessions, records, writes, watches, limits} {
		all = append(all, topic...)
	}
	return all
}

// Run tests every clause of the contract, each in a subtest of its name, and
// logs a summary. If the environment variable named by ReportEnv names a file,
// it also appends a line to it.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.Open == nil || h.TTL <= 0 || h.Name == "" {
		t.Fatalf("the harness needs a Name, Open and a positive TTL")
	}
	s := &summary{store: h.Name, version: h.Version, begun: time.Now()}
	// A cleanup of the parent runs after the last parallel subtest.
	t.Cleanup(func() { s.report(t) })
	for _, c := range Clauses() {
		t.Run(c.Name(), func(t *testing.T) {
			if h.InTest == nil {
				t.Parallel()
				s.note(t, c)
				c.Check(s.in(t, c), h)
				return
			}
			s.note(t, c)
			h.InTest(t, func(t *testing.T) { c.Check(s.in(t, c), h) })
		})
	}
}
