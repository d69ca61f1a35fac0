package partitions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/partitions/plan"
)

// Admin changes a group's own record, from any process, without joining. Every
// method is one compare-and-set, tried again when somebody else changed the
// record in between. Errors: ErrNoGroup, ErrInvalidConfig for names that the
// group does not have, and the store's; after an error of the store the change
// may have been made, and making it again is safe.
type Admin struct {
	b     backends.Backend
	group string
	keys  layout
}

// NewAdmin returns an Admin of a group. It returns backends.ErrInvalid for a
// name that is too long.
func NewAdmin(b backends.Backend, group string) (*Admin, error) {
	keys, err := layoutOf(group)
	if err != nil {
		return nil, err
	}
	return &Admin{b, group, keys}, nil
}

// Pin fixes a partition to the member of that name: it moves there as soon as
// the member is there, whatever balance says. An empty name unpins.
func (a *Admin) Pin(ctx context.Context, partition, member string) error {
	return a.change(ctx, func(s *plan.Spec) error {
		if err := has(*s, partition); err != nil {
			return err
		}
		s.Pins = maps.Clone(s.Pins)
		if member == "" {
			delete(s.Pins, partition)
			return nil
		}
		if s.Pins == nil {
			s.Pins = map[string]string{}
		}
		s.Pins[partition] = member
		return nil
	})
}

// Exclude keeps partitions away from the members of that name, in place of what
// was excluded before; none allows all again.
func (a *Admin) Exclude(ctx context.Context, member string, partitions ...string) error {
	return a.change(ctx, func(s *plan.Spec) error {
		for _, p := range partitions {
			if err := has(*s, p); err != nil {
				return err
			}
		}
		s.Excludes = maps.Clone(s.Excludes)
		if len(partitions) == 0 {
			delete(s.Excludes, member)
			return nil
		}
		if s.Excludes == nil {
			s.Excludes = map[string][]string{}
		}
		s.Excludes[member] = slices.Clone(partitions)
		return nil
	})
}

// Drain makes the members of that name own nothing, while there is somebody
// else; the members stay. With on false they take part again.
func (a *Admin) Drain(ctx context.Context, member string, on bool) error {
	return a.change(ctx, func(s *plan.Spec) error {
		s.Drains = slices.DeleteFunc(slices.Clone(s.Drains), func(n string) bool { return n == member })
		if on {
			s.Drains = append(s.Drains, member)
		}
		return nil
	})
}

// Pause stops moves for balance; partitions whose owner died are still placed.
// With on false balancing goes on.
func (a *Admin) Pause(ctx context.Context, on bool) error {
	return a.change(ctx, func(s *plan.Spec) error {
		s.Paused = on
		return nil
	})
}

// Resize makes the group have exactly the given partitions: new ones join,
// missing ones are retired, and retired ones that are named again come back
// with tokens that go on rising.
func (a *Admin) Resize(ctx context.Context, partitions ...string) error {
	if err := checkNames(partitions); err != nil {
		return err
	}
	return a.change(ctx, func(s *plan.Spec) error {
		*s, _ = s.Resize(partitions)
		return s.Check()
	})
}

func has(s plan.Spec, partition string) error {
	i, ok := s.Index()[partition]
	if !ok || s.Retired.Has(i) {
		return fmt.Errorf("%w: the group has no partition %q", ErrInvalidConfig, partition)
	}
	return nil
}

// change applies f to the spec by compare-and-set.
func (a *Admin) change(ctx context.Context, f func(*plan.Spec) error) error {
	for {
		records, err := a.b.Read(ctx, a.keys.spec)
		if err != nil {
			return fmt.Errorf("group %q: %w", a.group, err)
		}
		if records[0].Revision == backends.Absent {
			return fmt.Errorf("%w: %q", ErrNoGroup, a.group)
		}
		spec, err := plan.Decode[plan.Spec](records[0].Value)
		if err != nil {
			return fmt.Errorf("group %q: %w", a.group, err)
		}
		if err := f(&spec); err != nil {
			return fmt.Errorf("group %q: %w", a.group, err)
		}
		results, err := a.b.Write(ctx, backends.Write{Key: a.keys.spec, Value: plan.Encode(spec), Expect: records[0].Revision})
		if err != nil {
			return fmt.Errorf("group %q: %w", a.group, err)
		}
		switch r := results[0]; r.Outcome {
		case backends.Applied:
			return nil
		case backends.Conflict:
		default:
			return fmt.Errorf("group %q: change its record: %v: %w", a.group, r.Outcome, errors.Join(backends.ErrUnavailable, r.Err))
		}
	}
}
