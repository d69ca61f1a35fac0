package membership

import (
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// slot is what a keeper knows about one name.
type slot struct {
	name  string
	key   backends.Key
	wish  claim.Wish
	state claim.State
	held  *Held // the claim whose callback has not returned

	// calling says that a call to the store about this key is under way: one
	// at a time, so that an answer never meets a state it does not know.
	calling bool
	// look says that the claim has to be read before the next decision.
	look bool
	// fresh says that the plan was read again after the callback returned.
	fresh bool
	// abandon says that the claim is given up although its callback runs.
	abandon bool
	// try allows one attempt to prove the holder dead.
	try bool
	// notBefore is when a claim whose callback failed may go on.
	notBefore time.Duration
	// holder and revision are what the last Read showed.
	holder   backends.SessionID
	revision backends.Revision
	annotate *[]backends.SessionID
}

// settled reports whether nothing is to be done until something changes: a
// wanted claim runs, or an unwanted one is not this node's.
func (s *slot) settled() bool {
	if s.state.Pending != nil || s.state.Draining || s.annotate != nil {
		return false
	}
	return s.state.Running == s.wish.Want
}

// waits reports whether the slot waits for another session's claim.
func (s *slot) waits() bool {
	return s.wish.Want && !s.state.Running && !s.state.Draining && s.holder != ""
}

// drained reports whether the callback is over, or given up on, and the claim still this
// node's.
func (s *slot) drained() bool {
	return s.state.Draining && (!s.state.Busy || s.abandon) && s.state.Pending == nil
}
