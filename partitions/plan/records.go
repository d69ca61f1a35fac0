package plan

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// format is the layout of all records of a group.
const format = 1

// maxRecord bounds what is decoded.
const maxRecord = 16 << 20

// State is what a member of a group is doing.
type State string

// The states of a member.
const (
	// Active: the member takes partitions.
	Active State = "active"
	// Leaving: the member gives everything away and then ends its run.
	Leaving State = "leaving"
	// Left: the run has ended, the session goes on. The node still gives up
	// what names it.
	Left State = "left"
)

// MemberRecord is what a member tells about itself, under
// members/<session>.<run>.
type MemberRecord struct {
	Format   int    `json:"v"`
	Name     string `json:"name"`
	Capacity int    `json:"capacity,omitempty"`
	Cap      int    `json:"cap,omitempty"`
	State    State  `json:"state"`
	// Seen is the newest plan that the member follows.
	Seen Order `json:"seen"`
	// Count and Digest sum up what the member runs.
	Count  int    `json:"count"`
	Digest uint64 `json:"digest,string"`
	// Stuck were asked to stop and have not; Refused failed too often here;
	// Busy have an older callback that has not returned.
	Stuck   IndexSet `json:"stuck,omitzero"`
	Refused IndexSet `json:"refused,omitzero"`
	Busy    IndexSet `json:"busy,omitzero"`
}

// IsZero lets empty sets be left out of records.
func (s IndexSet) IsZero() bool { return s.count == 0 }

// Order orders plans: by the coordinator's token, then by its sequence.
type Order struct {
	Token    claim.Token `json:"token,string"`
	Sequence uint64      `json:"seq"`
}

// Before reports whether o is older than p.
func (o Order) Before(p Order) bool {
	return o.Token < p.Token || o.Token == p.Token && o.Sequence < p.Sequence
}

// Plan is what one member should own, under plans/<session>.<run>. It is a
// wish: claims are the truth.
type Plan struct {
	Format int `json:"v"`
	Order
	// Wanted are the partitions that the member should own.
	Wanted IndexSet `json:"wanted,omitzero"`
	// Give says who gets what the member holds and should not own.
	Give []Gift `json:"give,omitempty"`
	// Dead are sessions that are proven dead, or were never seen, and that
	// claims of wanted partitions may name.
	Dead []backends.SessionID `json:"dead,omitempty"`
}

// Gift is what one heir gets. An empty session means: release.
type Gift struct {
	Session backends.SessionID `json:"session,omitempty"`
	Member  string             `json:"member,omitempty"`
	Set     IndexSet           `json:"set"`
}

// Reservation keeps partitions for a name, under reserved/<name>.
type Reservation struct {
	Format     int      `json:"v"`
	Partitions IndexSet `json:"partitions,omitzero"`
	// Deadline is when it ends, by the leaver's wall clock; Grace bounds what
	// a clock that differs can make of that.
	Deadline time.Time     `json:"deadline"`
	Grace    time.Duration `json:"grace_ns"`
}

// Encode returns the stored form of a record.
func Encode[R MemberRecord | Plan | Reservation | Spec](r R) []byte {
	switch p := any(&r).(type) {
	case *MemberRecord:
		p.Format = format
	case *Plan:
		p.Format = format
	case *Reservation:
		p.Format = format
	case *Spec:
		p.Format = format
	}
	b, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("plan: a record of plain fields did not marshal: %v", err)) // unreachable
	}
	return b
}

// Decode reads a stored record. It returns ErrMalformed for what this version
// does not understand.
func Decode[R MemberRecord | Plan | Reservation | Spec](value []byte) (R, error) {
	var r R
	if len(value) > maxRecord {
		return r, fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(value), maxRecord)
	}
	if err := json.Unmarshal(value, &r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	got := 0
	switch p := any(&r).(type) {
	case *MemberRecord:
		got = p.Format
	case *Plan:
		got = p.Format
	case *Reservation:
		got = p.Format
	case *Spec:
		got = p.Format
	}
	if got != format {
		return r, fmt.Errorf("%w: format %d, this version reads %d", ErrMalformed, got, format)
	}
	var order Order
	switch p := any(&r).(type) {
	case *Plan:
		order = p.Order
	case *MemberRecord:
		order = p.Seen
	}
	if order.Token > maxPlanToken {
		return r, fmt.Errorf("%w: plan token %d is above %d", ErrMalformed, order.Token, maxPlanToken)
	}
	return r, nil
}

// maxPlanToken is the largest coordinator's token that is believed in a plan:
// far enough below claim.MaxToken that a coordinator can always go above it.
const maxPlanToken = claim.MaxToken / 2

// RunName is the last segment of a member's keys.
func RunName(session backends.SessionID, run uint64) string {
	return fmt.Sprintf("%s.%d", session, run)
}

// RunNumber returns the number in a run's name, 0 if there is none.
func RunNumber(runName string) uint64 {
	_, number, _ := strings.Cut(runName, ".")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// SessionOf returns the session in a run's name, or "".
func SessionOf(runName string) backends.SessionID {
	id, _, ok := strings.Cut(runName, ".")
	if !ok {
		return ""
	}
	return backends.SessionID(id)
}
