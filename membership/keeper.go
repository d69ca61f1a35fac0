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
	dirty    map[string]*slot            // to be looked at in the next step
	open     map[string]*slot            // not settled: looked at in every round
	waiting  map[string]*slot            // wait for another session's claim
	notices  []notice                    // for the handler, in order
	events   []observe.Event             // for the observer
	calls    int                         // store calls under way
	dead     map[backends.SessionID]bool // proven; claims that name them can be taken
	told     time.Duration               // when the last of them was
	resting  []chan struct{}             // closed when the keeper is quiet
	floor    claim.Token                 // new tokens are above it
	verified int                         // where the rotating check of running claims goes on
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

// self is who decides about this keeper's claims. The caller holds mu.
func (k *Keeper) self(inc *Incarnation) claim.Self {
	cfg := k.node.cfg
	floor := max(k.floor, claim.Token(k.node.stamp.Load()))
	return claim.Self{Session: inc.ID(), Member: cfg.Name, Address: cfg.Address, Floor: floor}
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
