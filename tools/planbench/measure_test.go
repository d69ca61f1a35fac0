package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// sleeping is a work that takes a known time; runs counts its runs.
func sleeping(took time.Duration, runs *int) work {
	return func() (func() error, error) {
		time.Sleep(time.Hour) // preparing does not count
		ran := false
		return func() error {
			if ran {
				return errors.New("run twice")
			}
			ran = true
			*runs++
			time.Sleep(took)
			return nil
		}, nil
	}
}

func TestInTurns_ReturnsTheTimeOfOneRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var short, long int
		medians, err := inTurns(0, 3, sleeping(100*time.Microsecond, &short), sleeping(2*time.Millisecond, &long))
		if err != nil {
			t.Fatal(err)
		}
		if medians[0] != 100*time.Microsecond || medians[1] != 2*time.Millisecond {
			t.Errorf("medians %v", medians)
		}
		if short != 1+10+10 || long != 3 {
			t.Errorf("%d and %d runs; want one and then ten a round, and one a round", short, long)
		}
	})
}

func TestInTurns_ReturnsTheMedian(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		times := []time.Duration{9 * time.Second, time.Second, 5 * time.Second, 2 * time.Second, 8 * time.Second}
		medians, err := inTurns(0, len(times), func() (func() error, error) {
			took := times[0]
			times = times[1:]
			return func() error {
				time.Sleep(took)
				return nil
			}, nil
		})
		if err != nil || medians[0] != 5*time.Second {
			t.Errorf("medians %v, error %v", medians, err)
		}
	})
}

func TestInTurns_SpendsTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		if _, err := inTurns(10*time.Hour, 1, sleeping(time.Minute, &runs)); err != nil || runs != 10 {
			t.Errorf("%d runs of 61 minutes in ten hours, error %v", runs, err)
		}
	})
}

func TestInTurns_ReturnsErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, w := range map[string]work{
		"prepare": func() (func() error, error) { return nil, broken },
		"run":     func() (func() error, error) { return func() error { return broken }, nil },
	} {
		if _, err := inTurns(0, 1, w); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAims(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a           aim
		met, failed bool
	}{
		{aimRatio("", 0.9, 1), true, false},
		{aimRatio("", 1.9, 1), false, false},
		{aimRatio("", 2.1, 1), false, true},
		{aimTime(time.Minute, planTime), false, false},
		{aimTime(planTime, planTime), true, false},
		{must("", true), true, false},
		{must("", false), false, true},
		{aimBytes(64_000, 1000), true, false},
		{aimBytes(64_001, 1000), false, true},
		{aimLoad(1010, 1000, 100), true, false},
		{aimLoad(1110, 1000, 100), false, false},
		{aimLoad(1111, 1000, 100), false, true},
		{aimLoad(1, 0, 0), false, true},
	} {
		if test.a.met != test.met || test.a.failed != test.failed {
			t.Errorf("%+v, want met %v, failed %v", test.a, test.met, test.failed)
		}
	}
	aims := []aim{must("a", true), must("b", false), aimRatio("c", 1.5, 1)}
	if got := verdict(aims); got != "1 of 3 met, not: b, c" {
		t.Error(got)
	}
	if met, failed := count(aims); met != 1 || failed != 1 {
		t.Errorf("%d met, %d failed", met, failed)
	}
}
