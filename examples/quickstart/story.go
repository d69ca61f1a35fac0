package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenure-go/tenure/membership"
)

const (
	partitionCount = 12
	pause          = 1500 * time.Millisecond // for the reader
)

// options are those of the command line.
type options struct {
	backend   string
	processes bool
	ttl       time.Duration // 0 for the default
}

// cast are the members of the story, in whatever they live.
type cast interface {
	// join starts members that work on what they own until they leave.
	join(ctx context.Context, names ...string) error
	// crash ends a member that tells nobody.
	crash(name string) error
	leave(ctx context.Context, name string) error
	// leaveAll ends the members that are still there. After it, the referee has
	// heard of everything that they did.
	leaveAll() error
}

// stage is where the members act, and what watches them.
type stage struct {
	cast    cast
	clock   membership.Clock
	ttl     time.Duration // how long a crash stays unnoticed
	referee *referee
	plans   *plans

	crashing, leaving string        // headings of the story
	takeover          time.Duration // from the crash until others worked on everything
}

// run tells the whole story and returns what went wrong.
func run(ctx context.Context, o options, screen *screen, clock membership.Clock) (err error) {
	s := &stage{clock: clock, referee: newReferee(), plans: &plans{}}
	group := "quickstart-" + strings.ToLower(rand.Text()[:8]) // on a store that others use, too
	set := s.setInside
	if o.processes {
		set = s.setOutside
	}
	strike, err := set(ctx, o, group, screen)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, strike()) }()

	ctx, cancel := context.WithTimeout(ctx, time.Minute+4*s.ttl)
	defer cancel()
	drawn := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(drawn)
		screen.follow(s.referee, stop)
	}()
	err = s.play(ctx, screen)
	close(stop)
	<-drawn
	end := s.look()
	err = errors.Join(err, s.cast.leaveAll())
	return errors.Join(err, s.sumUp(screen, end))
}

// play is the story. After each step it waits until the members of the cast,
// and nobody else, work on all partitions in equal shares.
func (s *stage) play(ctx context.Context, screen *screen) error {
	crashed := time.Time{}
	steps := []struct {
		heading string
		do      func() error
		cast    []string
	}{
		{"ada, ben and cleo join", func() error { return s.cast.join(ctx, "ada", "ben", "cleo") }, []string{"ada", "ben", "cleo"}},
		{s.crashing, func() error { crashed = time.Now(); return s.cast.crash("cleo") }, []string{"ada", "ben"}},
		{"dan joins", func() error { return s.cast.join(ctx, "dan") }, []string{"ada", "ben", "dan"}},
		{s.leaving, func() error { return s.cast.leave(ctx, "ada") }, []string{"ben", "dan"}},
	}
	for _, step := range steps {
		screen.say(step.heading)
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.heading, err)
		}
		if err := s.referee.waitShared(ctx, step.cast); err != nil {
			return fmt.Errorf("%s: %w", step.heading, err)
		}
		if !crashed.IsZero() && s.takeover == 0 {
			s.takeover = time.Since(crashed)
		}
		if err := membership.Sleep(ctx, s.clock, pause); err != nil {
			return err
		}
	}
	return nil
}

// ending is how things are at the end of the story, before all leave.
type ending struct {
	owned, starts          int // seen by the referee
	moves, minimum, placed int // planned
}

func (s *stage) look() ending {
	e := ending{owned: s.referee.owned()}
	_, _, e.starts = s.referee.verdict() // before the plans: each start was planned
	e.moves, e.minimum, e.placed = s.plans.sum()
	return e
}

// sumUp prints the last line and returns an error if the promise was broken. Overlaps
// count until the last member has left.
func (s *stage) sumUp(screen *screen, e ending) error {
	overlaps, pieces, _ := s.referee.verdict()
	screen.end(fmt.Sprintf("%d of %d partitions owned, %d moves (minimum %d), %d overlaps in %d pieces of work, takeover %.1f s after the crash (TTL %v)",
		e.owned, partitionCount, e.moves, e.minimum, overlaps, pieces, s.takeover.Seconds(), s.ttl))
	switch {
	case overlaps > 0:
		return errors.New("two members worked on one partition at once")
	case e.owned < partitionCount:
		return errors.New("a partition has no owner")
	case e.moves > e.minimum, e.starts > e.minimum+e.placed:
		return errors.New("more partitions moved than had to")
	}
	return nil
}
