package observe

import "time"

// Group names a group in an event.
type Group struct {
	Origin
	Group string
}

func (g Group) fields(more ...Field) []Field {
	return append([]Field{{"node", g.Node}, {"group", g.Group}}, more...)
}

// CoordinatorStarted: this node coordinates the group under Token.
type CoordinatorStarted struct {
	Group
	Token uint64
}

// CoordinatorEnded: this node no longer coordinates the group.
type CoordinatorEnded struct {
	Group
	Token uint64
	Cause error
}

// PlanMade: the coordinator planned. Moves are voluntary, LowerBound is their
// provable minimum, Placed are partitions that had no owner.
type PlanMade struct {
	Group
	Token, Sequence           uint64
	Members, Partitions       int
	Moves, LowerBound, Placed int
	// Exact says that no partition is kept away from a member that could else
	// own it. Then Moves equals LowerBound.
	Exact bool
	// Written is the number of members whose plan was written.
	Written int
	Took    time.Duration
}

// PlanSeen: the member follows a new plan.
type PlanSeen struct {
	Group
	Token, Sequence uint64
	Wanted          int
}

// NoPlan: the member has had no word of a coordinator for Since.
type NoPlan struct {
	Group
	Since time.Duration
}

// DeathProven: the coordinator made sure that a member's session is dead.
type DeathProven struct {
	Group
	Session, Member string
}

// Unowned: a partition stays without owner, for Reason.
type Unowned struct {
	Group
	Partition, Reason string
}

// SpecMismatch: what this member was configured with differs from the group's
// own record, which wins.
type SpecMismatch struct {
	Group
	Detail string
}

// RecordProblem: a record of the group cannot be understood or does not fit.
type RecordProblem struct {
	Group
	Key string
	Err error
}

// TermStarted: this node leads the election under Token.
type TermStarted struct {
	Origin
	Election string
	Token    uint64
}

// TermEnded: the work of this term has returned. Cause is nil if the leadership
// was given up, and says why it was lost otherwise.
type TermEnded struct {
	Origin
	Election string
	Token    uint64
	Cause    error
}

// Name implements Event.
func (CoordinatorStarted) Name() string { return "coordinator started" }
func (CoordinatorEnded) Name() string   { return "coordinator ended" }
func (PlanMade) Name() string           { return "plan made" }
func (PlanSeen) Name() string           { return "plan seen" }
func (NoPlan) Name() string             { return "no plan" }
func (DeathProven) Name() string        { return "death proven" }
func (Unowned) Name() string            { return "partition unowned" }
func (SpecMismatch) Name() string       { return "spec mismatch" }
func (RecordProblem) Name() string      { return "record problem" }
func (TermStarted) Name() string        { return "term started" }
func (TermEnded) Name() string          { return "term ended" }

// Level implements Event.
func (CoordinatorStarted) Level() Level { return Info }
func (CoordinatorEnded) Level() Level   { return Info }
func (PlanMade) Level() Level           { return Info }
func (PlanSeen) Level() Level           { return Debug }
func (NoPlan) Level() Level             { return Warn }
func (DeathProven) Level() Level        { return Warn }
func (Unowned) Level() Level            { return Warn }
func (SpecMismatch) Level() Level       { return Error }
func (RecordProblem) Level() Level      { return Error }
func (TermStarted) Level() Level        { return Info }
func (TermEnded) Level() Level          { return Info }

// Fields implements Event.
func (e CoordinatorStarted) Fields() []Field { return e.fields(Field{"token", e.Token}) }

func (e CoordinatorEnded) Fields() []Field {
	return e.fields(Field{"token", e.Token}, Field{"cause", e.Cause})
}

func (e PlanMade) Fields() []Field {
	return e.fields(Field{"token", e.Token}, Field{"sequence", e.Sequence}, Field{"members", e.Members},
		Field{"partitions", e.Partitions}, Field{"moves", e.Moves}, Field{"lower_bound", e.LowerBound}, Field{"exact", e.Exact},
		Field{"placed", e.Placed}, Field{"written", e.Written}, Field{"took", e.Took})
}

func (e PlanSeen) Fields() []Field {
	return e.fields(Field{"token", e.Token}, Field{"sequence", e.Sequence}, Field{"wanted", e.Wanted})
}

func (e NoPlan) Fields() []Field { return e.fields(Field{"since", e.Since}) }

func (e DeathProven) Fields() []Field {
	return e.fields(Field{"session", e.Session}, Field{"member", e.Member})
}

func (e Unowned) Fields() []Field {
	return e.fields(Field{"key", e.Partition}, Field{"reason", e.Reason})
}

func (e SpecMismatch) Fields() []Field { return e.fields(Field{"detail", e.Detail}) }

func (e RecordProblem) Fields() []Field {
	return e.fields(Field{"key", e.Key}, Field{"error", e.Err})
}

func (e TermStarted) Fields() []Field {
	return e.Origin.fields(Field{"election", e.Election}, Field{"token", e.Token})
}

func (e TermEnded) Fields() []Field {
	return e.Origin.fields(Field{"election", e.Election}, Field{"token", e.Token}, Field{"cause", e.Cause})
}
