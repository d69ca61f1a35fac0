package redisquorum

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// A promise from before a loss must not count with one from after it: the server that
// forgot would have taken part in two rounds that do not see each other. So catching up
// ends the rounds in flight, and the promise is kept all the same.
func TestJoin_EndsRoundsInFlight(t *testing.T) {
	t.Parallel()
	s, clients, _ := stand(t, 3)
	view, b := s.currentView(), s.ballots.next(time.Now())
	if box := s.once(t.Context(), view, s.same(prepareScript, maxBytes, string(b), "k")); len(box.good) < s.majority {
		t.Fatalf("a promise: %+v", box)
	}
	if err := clients[0].FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	caughtUp(t, s)
	box := s.once(t.Context(), view, s.same(acceptScript, string(b), "k", "=LATE -:late"))
	for _, a := range box.good {
		t.Errorf("server %d takes part in a round from before the loss", a.server)
	}
	for _, a := range box.bad {
		if !errors.Is(a.err, errOtherView) {
			t.Errorf("server %d refuses a round from before the loss with %v", a.server, a.err)
		}
	}
	smaller := fmt.Sprintf("%036d", 7)
	box = s.once(t.Context(), s.currentView(), s.same(prepareScript, maxBytes, smaller, "k"))
	for _, a := range box.good {
		if a.value[0] != string(b) {
			t.Errorf("server %d answers %v to a ballot that is smaller than its promise", a.server, a.value)
		}
	}
	if len(box.good) < s.majority {
		t.Errorf("%d servers vote, want a majority", len(box.good))
	}
}

// Without a majority of the others nobody can tell what the server has promised.
func TestJoin_NeedsAMajorityOfTheOthers(t *testing.T) {
	t.Parallel()
	s, clients, servers := stand(t, 3)
	if err := clients[0].FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := servers[1].Pause(); err != nil {
		t.Fatal(err)
	}
	found := s.standings(t.Context(), s.majority)
	for _, a := range found {
		if a.server == 0 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := s.join(ctx, 0, a.value); !errors.Is(err, backends.ErrUnavailable) {
				t.Errorf("catching up from one server: %v, want ErrUnavailable", err)
			}
		}
	}
	if err := servers[1].Resume(); err != nil {
		t.Fatal(err)
	}
	if ready := readyIn(s.standings(t.Context(), 3), ""); len(ready) != 2 {
		t.Errorf("%d servers vote, want the two that remember", len(ready))
	}
	caughtUp(t, s)
}

// caughtUp waits until all servers vote in one view. A busy machine needs a few attempts.
func caughtUp(t *testing.T, s *Store) {
	t.Helper()
	storetest.Until(t, 20*time.Second, "all servers vote in one view", func() bool {
		s.lookAfter(t.Context())
		return s.agree(t.Context()) == nil && len(readyIn(s.standings(t.Context(), 3), s.currentView())) == 3
	})
}
