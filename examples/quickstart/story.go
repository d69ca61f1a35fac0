package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/membership"
)

const (
	partitionCount = 12
	ttl            = 2 * time.Second // how long a crash stays unnoticed; 15 s is the default
	limit          = 15 * time.Second
	pause          = 1500 * time.Millisecond // for the reader
)

// run tells the whole story and returns what went wrong.
func run(ctx context.Context, screen *screen, clock membership.Clock) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s := &stage{store: memory.NewStore(), clock: clock, referee: newReferee(), plans: &plans{}}
	drawn := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(drawn)
		screen.follow(s.referee, stop)
	}()
	err := s.play(ctx, screen)
	close(stop)
	<-drawn
	owned := s.referee.owned()
	return errors.Join(err, s.leaveAll(), s.sumUp(screen, owned))
}

// play is the story. After each step it waits until the members of the cast,
// and nobody else, work on all partitions in equal shares.
func (s *stage) play(ctx context.Context, screen *screen) error {
	steps := []struct {
		heading string
		do      func() error
		cast    []string
	}{
		{"ada, ben and cleo join", func() error { return s.join(ctx, "ada", "ben", "cleo") }, []string{"ada", "ben", "cleo"}},
		{fmt.Sprintf("cleo crashes; her session lives on for up to %v", ttl), func() error { s.crash("cleo"); return nil }, []string{"ada", "ben"}},
		{"dan joins", func() error { return s.join(ctx, "dan") }, []string{"ada", "ben", "dan"}},
		{"ada leaves in good order", func() error { return s.leave(ctx, "ada") }, []string{"ben", "dan"}},
	}
	for _, step := range steps {
		screen.say(step.heading)
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.heading, err)
		}
		if err := s.referee.waitShared(ctx, step.cast); err != nil {
			return fmt.Errorf("%s: %w", step.heading, err)
		}
		if err := membership.Sleep(ctx, s.clock, pause); err != nil {
			return err
		}
	}
	return nil
}

// sumUp prints the last line and returns an error if the promise was broken.
func (s *stage) sumUp(screen *screen, owned int) error {
	moves, minimum, placed := s.plans.sum()
	overlaps, pieces, starts := s.referee.verdict()
	screen.end(fmt.Sprintf("%d of %d partitions owned, %d moves (minimum %d), %d overlaps in %d pieces of work",
		owned, partitionCount, moves, minimum, overlaps, pieces))
	switch {
	case overlaps > 0:
		return errors.New("two members worked on one partition at once")
	case owned < partitionCount:
		return errors.New("a partition has no owner")
	case moves > minimum, starts > minimum+placed: // planned, and seen by the referee
		return errors.New("more partitions moved than had to")
	}
	return nil
}
