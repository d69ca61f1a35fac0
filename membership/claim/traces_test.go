package claim

import (
	"testing"

	"github.com/tenure-go/tenure/backends"
)

// H1: A hands over, the reply is lost, A reads back that the claim is still its
// own and runs again; the hand-over lands late, and B runs beside it.
func TestTraceH1_UnknownHandOverIsNotReadBack(t *testing.T) {
	t.Parallel()
	s := State{Draining: true, Token: 1, Mark: 1, Revision: "r1"}
	s, a := Continue(me, s, Wish{Next: Heir{Session: "B"}})
	check(t, s, a, Send, 0, sent{"B", 2, "r1", ""})
	handOver := a.Write
	s, _ = Settle(me, s, backends.Result{Outcome: backends.Unknown})
	// A is wanted again and reads "A, token 1" at the expected revision.
	s, a = Decide(me, s, held("A", 1, "r1"), want)
	check(t, s, a, Send, 0, sent{"B", 2, "r1", ""})
	if string(a.Write.Value) != string(handOver.Value) {
		t.Fatal("the open write was changed")
	}
	// The late copy has landed: the same write conflicts, and the claim is B's.
	s, a = Settle(me, s, backends.Result{Outcome: backends.Conflict})
	check(t, s, a, Rest, 0, sent{})
	s, a = Decide(me, s, held("B", 2, "r2"), want)
	check(t, s, a, Wait, 0, sent{})
	if s.Running {
		t.Error("A runs beside B")
	}
}

// H2: A's hand-over was applied and answered; a view that lags still says "A,
// token 1", and A adopts what it has given away.
func TestTraceH2_LaggingViewIsNotAdopted(t *testing.T) {
	t.Parallel()
	s := State{Draining: true, Token: 1, Mark: 1, Revision: "r1"}
	s, _ = Continue(me, s, Wish{Next: Heir{Session: "B"}})
	s, a := Settle(me, s, backends.Result{Outcome: backends.Applied, Revision: "r2"})
	check(t, s, a, Rest, 0, sent{})
	s, a = Decide(me, s, held("A", 1, "r1"), want)
	// Only a write on the old revision, which conflicts; never a start.
	check(t, s, a, Send, 0, sent{"A", 2, "r1", ""})
	s, a = Settle(me, s, backends.Result{Outcome: backends.Conflict})
	check(t, s, a, Rest, 0, sent{})
	if s.Running {
		t.Error("A runs what it has handed over")
	}
}

// H3: A's take is unknown, read back as "empty" and forgotten; it lands, and
// the claim names a live session that does not know, for ever.
func TestTraceH3_LostTakeIsClosedOrAdopted(t *testing.T) {
	t.Parallel()
	s, a := Decide(me, State{}, Seen{}, want)
	check(t, s, a, Send, 0, sent{"A", 1, "", ""})
	s, _ = Settle(me, s, backends.Result{Outcome: backends.Unknown})
	forgot := s
	// Read back as empty: the take is sent again although no longer wanted.
	s, a = Decide(me, s, Seen{}, Wish{})
	check(t, s, a, Send, 0, sent{"A", 1, "", ""})
	// It lands between: the conflict leads to a Read, which shows my claim.
	s, _ = Settle(me, s, backends.Result{Outcome: backends.Conflict})
	wanted, a := Decide(me, s, held("A", 1, "r1"), want)
	check(t, wanted, a, Start, 1, sent{})
	unwanted, a := Decide(me, s, held("A", 1, "r1"), Wish{})
	check(t, unwanted, a, Send, 0, sent{"", 1, "r1", ""})
	// Seen while the take is still pending: the changed revision closes it.
	adopted, a := Decide(me, forgot, held("A", 1, "r1"), want)
	check(t, adopted, a, Start, 1, sent{})
}
