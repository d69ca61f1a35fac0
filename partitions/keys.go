package partitions

import (
	"fmt"

	"github.com/tenure-go/tenure/backends"
)

// layout gives the keys of a group's records; docs/protocol.md lists them.
type layout struct {
	root, claims, members, plans, reserved, coordinator, checkpoints backends.Dir
	spec                                                             backends.Key
}

// layoutOf returns the keys of a group, or backends.ErrInvalid for a name that
// is too long.
func layoutOf(group string) (layout, error) {
	root, err := backends.NewDir("groups", group)
	if err != nil {
		return layout{}, fmt.Errorf("group %q: %w", group, err)
	}
	checkpoints, err := backends.NewDir("checkpoints", group)
	if err != nil {
		return layout{}, fmt.Errorf("group %q: %w", group, err)
	}
	return layout{
		root: root, claims: root + "claims/", members: root + "members/", plans: root + "plans/",
		reserved: root + "reserved/", coordinator: root + "coordinator/", checkpoints: checkpoints,
		spec: backends.Key(root + "spec"),
	}, nil
}
