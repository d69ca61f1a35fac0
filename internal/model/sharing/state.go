package sharing

import "fmt"

// Bounds of what a State can hold.
const (
	nodes    = 2
	keys     = 2
	sessions = 2 // of each node
	flying   = 2 // plans under way
)

// session names a session: 0 is none, else the node and its incarnation.
type session uint8

func sessionOf(node, inc int) session { return session(1 + node*sessions + inc - 1) }

func (s session) node() int { return int(s-1) / sessions }

func (s session) String() string {
	if s == 0 {
		return "nobody"
	}
	return fmt.Sprintf("%s%d", nodeName(s.node()), int(s-1)%sessions+1)
}

func nodeName(n int) string { return string('A' + rune(n)) }

// set is a set of keys, or of sessions.
type set uint8

func (s set) has(i int) bool    { return s&(1<<i) != 0 }
func (s set) with(i int) set    { return s | 1<<i }
func (s set) without(i int) set { return s &^ (1 << i) }

// claimed is a claim: the session that it names, and whether it was ever made.
type claimed struct {
	holder session
	exists bool
}

// planned is a plan.Plan in small.
type planned struct {
	token, sequence uint8
	wanted          set
	give            [keys]gift
	dead            set // of sessions
}

// gift says what is to become of a key: nothing, a release, or the heir's
// session plus 1.
type gift uint8

const (
	keep    gift = 0
	release gift = 1
)

func to(s session) gift { return gift(s) + 1 }

// stage is what a member of the group is doing.
type stage uint8

const (
	away    stage = iota // its session is dead
	active               // takes partitions
	leaving              // gives all away
	gone                 // its part in the group has ended, its session lives
)

// member is one node.
type member struct {
	inc       uint8 // of its present or last session, from 1
	stage     stage
	releasing bool // leaving: waits for no plan any more
	follows   planned
	runs      set
}

// write is a plan on its way.
type write struct {
	there          bool
	to             session
	plan           planned
	token, expects uint8 // what the record's order must be
}

// State is the whole world.
type State struct {
	claims   [keys]claimed
	members  [nodes]member
	plans    [nodes]planned // of the members' present sessions
	leader   session        // who coordinates, 0 for nobody
	term     uint8          // the coordinator's token
	sequence uint8          // of its last plan
	writes   [flying]write
	reserved [nodes]set // by the name that they are reserved for
	faults   uint8      // crashes and leaves so far
}

func initial() State {
	var s State
	for n := range s.members {
		s.members[n] = member{inc: 1, stage: active}
	}
	return s
}

func (s *State) me(n int) session { return sessionOf(n, int(s.members[n].inc)) }

func (s *State) alive(id session) bool {
	return id != 0 && s.me(id.node()) == id && s.members[id.node()].stage != away
}

// canonical orders what is under way.
func (s *State) canonical() {
	if a, b := s.writes[0], s.writes[1]; !a.there && b.there || a.there && b.there && a.rank() > b.rank() {
		s.writes[0], s.writes[1] = b, a
	}
}

func (w write) rank() uint32 {
	return uint32(w.to)<<24 | uint32(w.plan.token)<<16 | uint32(w.plan.sequence)<<8 | uint32(w.token)<<4 | uint32(w.expects)
}
