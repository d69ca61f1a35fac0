package everystore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/everystore"
	"github.com/tenure-go/tenure/internal/testutil/stands"
	"github.com/tenure-go/tenure/internal/testutil/stands/standstest"
)

// A store that is gone for less than a TTL costs nothing. One that is gone for longer
// ends all work before anybody else could begin it, and everybody comes back by himself.
func TestOutage(t *testing.T) {
	standstest.EachServer(t, func(t *testing.T, stand *stands.Stand) {
		f := newFleet(t, "outage", "p0", "p1", "p2", "p3", "p4", "p5")
		a, b := open(t, stand, ""), open(t, stand, "")
		ttl := ttlOf(a)
		f.join(a, "anna")
		f.join(b, "bert")
		f.awaitShared(2)
		before := len(f.ended())

		gone := outage(t, stand, stand.Kill, 0)
		wait(t, ttl)
		if lost := f.ended()[before:]; gone < ttl/3 && len(lost) > 0 {
			t.Errorf("the store was gone for %v of a TTL of %v, and work ended: %v", gone, ttl, lost)
		} else if gone >= ttl/3 {
			t.Errorf("the store took %v to come back: too long for a TTL of %v to show anything", gone, ttl)
		}
		f.awaitShared(2)

		before = len(f.ended())
		stopped := time.Now()
		outage(t, stand, stand.Stop, ttl+ttl/4)
		lost := f.ended()[before:]
		if len(lost) < len(f.names) {
			t.Fatalf("%d partitions were lost while the store was gone for more than a TTL, want all %d", len(lost), len(f.names))
		}
		for _, s := range lost[:len(f.names)] {
			if s.to.After(stopped.Add(ttl)) {
				t.Errorf("%s worked on %q until %v after the store had gone, with a TTL of %v", s.member, s.partition, s.to.Sub(stopped), ttl)
			}
		}
		if err := lostOnly(lost[:len(f.names)]); err != nil {
			t.Error(err)
		}
		f.awaitShared(2)
		f.judge()
	})
}

// A program that starts while its store is not there is told so in time, and starts when
// the store is back.
func TestServerAbsentAtTheStart(t *testing.T) {
	standstest.EachServer(t, func(t *testing.T, stand *stands.Stand) {
		open(t, stand, "") // makes the tables
		if err := stand.Stop(); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		_, _, err := everystore.Open(t.Context(), stand.Address)
		if took := time.Since(begun); !errors.Is(err, backends.ErrUnavailable) || took > 3*everystore.OpenWithin {
			t.Errorf("without a server: %v after %v, want ErrUnavailable within %v", err, took, everystore.OpenWithin)
		}
		if err := stand.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		open(t, stand, "")
	})
}

// outage ends the store's servers and starts them again after a pause. It returns how
// long they were gone.
func outage(t *testing.T, stand *stands.Stand, end func() error, pause time.Duration) time.Duration {
	t.Helper()
	begun := time.Now()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	wait(t, pause)
	if err := stand.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	return time.Since(begun)
}

// wait lets d go by.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
