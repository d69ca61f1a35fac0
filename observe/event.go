package observe

// Level says how much an event matters to a person.
type Level uint8

// The levels, from least to most urgent.
const (
	Debug Level = iota
	Info
	Warn
	Error
)

// Event is one thing that happened. The set of events is closed: a type
// switch over the types of this package sees them all.
type Event interface {
	// Name is the event's stable name in words, such as "session lost".
	Name() string
	// Level says how much it matters.
	Level() Level
	// Fields are the event's details in a fixed order, for adapters.
	Fields() []Field

	sealed()
}

// Field is one detail of an event.
type Field struct {
	// Key is one of: node, session, scope, key, token, cause, error, and a few
	// words special to one event.
	Key string
	// Value is a string, a number, a bool, a time.Duration or an error.
	Value any
}

// Origin names the node that an event comes from. Every event embeds it.
type Origin struct {
	// Node is the name under which the node joined.
	Node string
}

func (Origin) sealed() {}

func (o Origin) fields(more ...Field) []Field {
	return append([]Field{{"node", o.Node}}, more...)
}
