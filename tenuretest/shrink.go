package tenuretest

import (
	"slices"
	"time"
)

const (
	// mostTries bounds how often a failing schedule is played to make it small.
	mostTries = 300
	// repeats is how often a smaller schedule is played before it counts as
	// one that passes: the order of goroutines is not decided by a seed.
	repeats = 3
)

// shrinker looks for a small schedule that still fails.
type shrinker struct {
	best     Schedule
	messages []string // of best
	play     func(Schedule) []string
	tries    int
}

// shrink returns the smallest schedule found that still fails, what it reports,
// and how many times one was played: it drops steps, many at a time first, then
// shortens and simplifies those that are left.
func shrink(s Schedule, messages []string, play func(Schedule) []string) (Schedule, []string, int) {
	x := &shrinker{best: s, messages: messages, play: play}
	for x.dropSteps() || x.simplifySteps() {
		continue
	}
	return x.best, x.messages, x.tries
}

// accept makes a candidate the best one if it fails.
func (x *shrinker) accept(candidate Schedule) bool {
	for range repeats {
		if x.tries == mostTries {
			return false
		}
		x.tries++
		if messages := x.play(candidate); len(messages) > 0 {
			x.best, x.messages = candidate, messages
			return true
		}
	}
	return false
}

// dropSteps leaves out runs of steps, the longest first.
func (x *shrinker) dropSteps() (better bool) {
	for size := max(1, len(x.best)/2); size > 0; size /= 2 {
		for from := 0; from+size <= len(x.best); {
			if x.accept(slices.Delete(slices.Clone(x.best), from, from+size)) {
				better = true
			} else {
				from += size
			}
		}
	}
	return better
}

// simplifySteps makes the faults begin earlier and last shorter.
func (x *shrinker) simplifySteps() (better bool) {
	for i := range x.best {
		for _, change := range []func(*Step){
			func(s *Step) { s.Member = 0 },
			func(s *Step) { s.At = 0 },
			func(s *Step) { s.At = half(s.At) },
			func(s *Step) { s.For = half(s.For) },
		} {
			candidate := slices.Clone(x.best)
			change(&candidate[i])
			if candidate[i] != x.best[i] && x.accept(candidate) {
				better = true
			}
		}
	}
	return better
}

// half returns half a duration, in whole seconds where that is possible.
func half(d time.Duration) time.Duration {
	if d > 2*time.Second {
		return (d / 2).Truncate(time.Second)
	}
	return (d / 2).Truncate(grain)
}
