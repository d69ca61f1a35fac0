package plan

import (
	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// View is what a coordinator sees of its group at one moment.
type View struct {
	Spec Spec
	// Claims are by partition index; a missing entry counts as never claimed.
	Claims []claim.Seen
	// Members are the members whose sessions are not known to be dead, in a
	// fixed order (by run name).
	Members []Member
	// Alive are the sessions that are listed and have not expired. A claim
	// that names another session is an orphan.
	Alive map[backends.SessionID]bool
	// Reserved are partitions kept for a name that is not there.
	Reserved []Kept
	// Late are partitions whose move has taken too long: they count as staying
	// where they are.
	Late IndexSet
	// PlaceNew says that partitions which nobody ever owned may be placed: the
	// first members have had time to join.
	PlaceNew bool
}

// Member is one run of a member in a View.
type Member struct {
	Run     string
	Session backends.SessionID
	MemberRecord
	// Plan is the member's present plan, nil if it has none.
	Plan *Plan
}

// Kept are partitions reserved for a name.
type Kept struct {
	Name       string
	Partitions IndexSet
}
