package membership

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/membership/claim"
	"github.com/tenure-go/tenure/observe"
)

// Handler is told by a Keeper what to run. Its methods are called from the
// keeper's own goroutine and must not block.
type Handler interface {
	// Start begins the work of a claim that this node now holds. The handler
	// calls h.Return once that work is over.
	Start(h *Held)
	// Stop is told that h's context is done: revoked, or lost.
	Stop(h *Held, cause error)
	// Refresh is called after claims have been drained and before they are
	// given up: it reads the plan once more, and may change the wishes. Unlike
	// the others it may block until ctx is done. An error keeps the claims.
	Refresh(ctx context.Context) error
}

// Scope says which claims a Keeper keeps.
type Scope struct {
	// Name is the group or election, for events and errors.
	Name string
	// Dir is the directory of the claims.
	Dir backends.Dir
	// Follow makes the keeper watch the claims that it waits for and read its
	// own again, a few each round. Without it the owner of the scope watches
	// and calls Look. Either way Try or TellDead says when to take a claim from
	// its holder.
	Follow bool
}

// Keeper holds a node's claims in one directory. It is level-triggered: it
// compares what is wished with what the claims say, again and again, and acts
// on the difference by the rule of package claim. It lives as long as its node,
// so that claims which name the node are given up even after the run that
// wanted them has ended. All methods are safe for concurrent use.
type Keeper struct {
	node  *Node
	scope string
	dir   backends.Dir
	poke  chan struct{} // capacity 1: something to do
	watch *follower     // nil without Follow

	mu       sync.Mutex // guards what follows; never held across a call that can block
	inc      *Incarnation
	handler  Handler
	attached chan struct{} // closed when the next handler is attached
	slots    map[string]*slot
	dirty    map[string]*slot // to be looked at in the next step
	open     map[string]*slot // not settled: looked at in every round
	waiting  map[string]*slot // wait for another session's claim
	notices  []notice         // for the handler, in order
	events   []observe.Event  // for the observer
	calls    int              // store calls under way
	dead     map[backends.SessionID]bool
	resting  []chan struct{} // closed when the keeper is quiet
	floor    claim.Token     // new tokens are above it
	verified int             // where the rotating check of running claims goes on
	names    []string
}

// notice is one call of the handler that is due.
type notice struct {
	held  *Held
	start bool
	cause error // of a stop
}

// Keep returns the node's keeper for a scope and makes h its handler. It
// returns ErrAlreadyRunning while another handler is attached, and ErrLeft
// after the node has left.
func (n *Node) Keep(s Scope, h Handler) (*Keeper, error) {
	n.mu.Lock()
	k := n.keepers[s.Dir]
	fresh := k == nil
	if n.leaving {
		n.mu.Unlock()
		return nil, ErrLeft
	}
	if fresh {
		k = &Keeper{
			node: n, scope: s.Name, dir: s.Dir, poke: make(chan struct{}, 1), inc: n.inc,
			slots: map[string]*slot{}, dirty: map[string]*slot{}, open: map[string]*slot{}, waiting: map[string]*slot{},
			dead: map[backends.SessionID]bool{},
		}
		if s.Follow {
			k.watch = &follower{}
		}
		n.keepers[s.Dir] = k
	}
	n.mu.Unlock()
	if err := k.attach(h); err != nil {
		return nil, err
	}
	if fresh {
		go k.loop()
	}
	return k, nil
}

func (k *Keeper) attach(h Handler) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.handler != nil {
		return fmt.Errorf("%w: %q", ErrAlreadyRunning, k.scope)
	}
	k.handler = h
	if k.attached != nil {
		close(k.attached)
		k.attached = nil
	}
	return nil
}

// Detach takes the handler away once all callbacks have returned. The keeper
// goes on giving up what names this node. The returned channel is closed when
// another handler is attached.
func (k *Keeper) Detach() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.handler = nil
	if k.attached == nil {
		k.attached = make(chan struct{})
	}
	return k.attached
}

// Wish changes what is wanted of some names. Names that were never mentioned
// are not wanted.
func (k *Keeper) Wish(wishes map[string]claim.Wish) {
	k.mu.Lock()
	for name, w := range wishes {
		s := k.slot(name)
		if s == nil {
			continue
		}
		w.TryDead = false // decided by the keeper
		s.wish = w
		s.look = s.look || !s.settled()
		k.touch(s)
	}
	k.mu.Unlock()
	k.wakeUp()
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
		if !k.dead[id] {
			k.dead[id] = true
			k.touchHeldBy(id)
		}
	}
	k.mu.Unlock()
	k.wakeUp()
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

// self is who decides about this keeper's claims. The caller holds mu.
func (k *Keeper) self(inc *Incarnation) claim.Self {
	cfg := k.node.cfg
	floor := max(k.floor, claim.Token(k.node.stamp.Load()))
	return claim.Self{Session: inc.ID(), Member: cfg.Name, Address: cfg.Address, Floor: floor}
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

// slot returns the slot of a name, making it if need be. It returns nil for a
// name that makes no key. The caller holds mu.
func (k *Keeper) slot(name string) *slot {
	s := k.slots[name]
	if s == nil {
		key, err := k.dir.Key(name)
		if err != nil {
			return nil
		}
		s = &slot{name: name, key: key}
		k.slots[name] = s
		k.names = append(k.names, name)
	}
	return s
}

// touch puts a slot on the list of the next step. The caller holds mu.
func (k *Keeper) touch(s *slot) {
	k.dirty[s.name] = s
	k.sort(s)
}

// sort keeps the sets of open and waiting slots right. The caller holds mu.
func (k *Keeper) sort(s *slot) {
	if s.settled() {
		delete(k.open, s.name)
	} else {
		k.open[s.name] = s
	}
	if s.waits() {
		k.waiting[s.name] = s
	} else {
		delete(k.waiting, s.name)
	}
}

func (k *Keeper) touchHeldBy(id backends.SessionID) {
	for _, s := range k.waiting {
		if s.holder == id {
			s.look = true
			k.dirty[s.name] = s
		}
	}
}

func (k *Keeper) wakeUp() {
	select {
	case k.poke <- struct{}{}:
	default:
	}
}

// begin starts a new session: everything that is wished is looked at again.
func (k *Keeper) begin(inc *Incarnation) {
	k.mu.Lock()
	k.inc = inc
	for _, s := range k.slots {
		if s.wish.Want {
			s.look = true
			k.touch(s)
		}
	}
	k.mu.Unlock()
	k.wakeUp()
}

// end drops the session: what ran is lost, what was pending is forgotten.
func (k *Keeper) end(inc *Incarnation) {
	cause := context.Cause(inc.ctx)
	k.mu.Lock()
	k.inc = nil
	for _, s := range k.slots {
		ran := s.state.Running || s.state.Draining && s.state.Busy
		s.state = claim.Ended(s.state)
		s.calling, s.fresh, s.holder = false, false, ""
		if ran && s.held != nil {
			k.notices = append(k.notices, notice{held: s.held, cause: cause})
		}
		k.sort(s)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// abandon is told by Held.Abandon.
func (k *Keeper) abandon(h *Held) {
	h.cancelHeld(fmt.Errorf("%w: abandoned, its callback did not return in time", ErrLost))
	k.mu.Lock()
	if s := k.slots[h.name]; s != nil && s.held == h {
		s.abandon = true
		k.touch(s)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// callbackReturned is told by Held.Return.
func (k *Keeper) callbackReturned(h *Held) {
	defer h.inc.callbacks.Done()
	k.node.Observe(observe.ClaimReturned{Claim: h.event(), Took: h.stoppingFor()})
	k.mu.Lock()
	s := k.slots[h.name]
	h.cancelHeld(ErrReleased) // the claim is over for whoever still has it
	if s.held == h {
		s.held, s.abandon = nil, false
		s.state = claim.Returned(s.state)
		s.look = s.look || !s.settled() && !s.state.Draining
		k.touch(s)
	}
	k.mu.Unlock()
	k.wakeUp()
}

// running returns the names whose callbacks have not returned.
func (k *Keeper) running() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var names []string
	for name, s := range k.slots {
		if s.held != nil {
			names = append(names, k.scope+"/"+name)
		}
	}
	return names
}

// Quiet waits until this node holds nothing of the scope, runs no callback of
// it, and has no write open but takes that a live holder refuses, or until the
// node has left, or until ctx is done, whose cause it returns.
func (k *Keeper) Quiet(ctx context.Context) error {
	k.mu.Lock()
	rest := make(chan struct{})
	k.resting = append(k.resting, rest)
	for _, s := range k.open { // do not wait for the next round
		s.look = s.look || !s.waits()
		k.dirty[s.name] = s
	}
	k.mu.Unlock()
	k.wakeUp()
	select {
	case <-rest:
		return nil
	case <-k.node.done: // nobody is left to say that it rests
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// rest releases those who wait in Quiet.
func (k *Keeper) rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.resting) == 0 {
		return
	}
	for _, s := range k.slots {
		if s.held != nil || s.calling || s.state.Running || s.state.Draining || s.state.Pending != nil && !s.state.Proving() {
			return
		}
	}
	for _, rest := range k.resting {
		close(rest)
	}
	k.resting = nil
}
