package membership

import (
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
)

// Wish changes what is wanted of some names. Names that were never mentioned
// are not wanted.
func (k *Keeper) Wish(wishes map[string]claim.Wish) {
	k.mu.Lock()
	for name, w := range wishes {
		if s := k.slot(name); s != nil {
			k.wish(s, w)
		}
	}
	k.mu.Unlock()
	k.wakeUp()
}

// Withdraw takes back every wish.
func (k *Keeper) Withdraw() {
	k.mu.Lock()
	for _, s := range k.slots {
		k.wish(s, claim.Wish{})
	}
	k.mu.Unlock()
	k.wakeUp()
}

// wish changes what is wanted of one name. The caller holds mu.
func (k *Keeper) wish(s *slot, w claim.Wish) {
	w.TryDead = false // decided by the keeper
	s.wish = w
	s.look = s.look || !s.settled()
	k.touch(s)
}

// Look makes the keeper read a claim and decide again, because something hints
// that it has changed.
func (k *Keeper) Look(names ...string) {
	k.mu.Lock()
	for _, name := range names {
		if s := k.slot(name); s != nil {
			s.look = true
			k.touch(s)
		}
	}
	k.mu.Unlock()
	k.wakeUp()
}

// TellDead says that sessions are proven dead, so that claims which name them
// can be taken at once.
func (k *Keeper) TellDead(ids ...backends.SessionID) {
	k.mu.Lock()
	for _, id := range ids {
		k.proven(id)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// proven takes a session for dead from now on. The caller holds mu.
func (k *Keeper) proven(id backends.SessionID) {
	k.told = k.node.cfg.Clock.Now()
	if !k.dead[id] {
		k.dead[id] = true
		k.touchHeldBy(id)
	}
}

// Try makes the keeper attempt once to take a claim from its holder by proving
// that holder dead.
func (k *Keeper) Try(name string) {
	k.mu.Lock()
	if s := k.slot(name); s != nil {
		s.try, s.look = true, true
		k.touch(s)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// Raise makes every token that this keeper issues from now on larger than t.
func (k *Keeper) Raise(t claim.Token) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.floor = max(k.floor, t)
}

// Annotate rewrites the deputies of an election's claim that this node holds.
func (k *Keeper) Annotate(name string, deputies []backends.SessionID) {
	k.mu.Lock()
	if s := k.slot(name); s != nil {
		s.annotate = &deputies
		k.touch(s)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// Hold keeps a claim whose callback returned by itself from being started or
// given up again before d has passed.
func (k *Keeper) Hold(name string, d time.Duration) {
	k.mu.Lock()
	if s := k.slot(name); s != nil {
		s.notBefore = k.node.cfg.Clock.Now() + d
	}
	k.mu.Unlock()
	k.node.cfg.Clock.AfterFunc(d, func() {
		k.mu.Lock()
		if s := k.slots[name]; s != nil {
			k.touch(s)
		}
		k.mu.Unlock()
		k.wakeUp()
	})
}
