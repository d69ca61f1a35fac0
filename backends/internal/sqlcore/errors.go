package sqlcore

import (
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/backends"
)

// errNotSent marks a statement that was not sent because the context was done.
var errNotSent = errors.New("not sent")

// wrap maps an error of a statement. What already has a sentinel keeps it.
func (s *Store) wrap(doing string, err error) error {
	switch {
	case errors.Is(err, errNotSent):
		return fmt.Errorf("%s: %s: %w: %w", s.d.Limits.Store, doing, backends.ErrUnavailable, err)
	case errors.Is(err, backends.ErrForeign):
		return fmt.Errorf("%s: %s: %w", s.d.Limits.Store, doing, err)
	}
	return s.d.Wrap(doing, err)
}

func (s *Store) refused(err error) bool { return errors.Is(err, errNotSent) || s.d.Refused(err) }
