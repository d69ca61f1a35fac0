package backends

// Selector names what a Watch follows: the records of one directory, one
// record, one session, or all sessions. Build it with InDir, AtKey, OfSession
// or AllSessions.
type Selector struct {
	dir     Dir
	key     Key
	session SessionID
	all     bool
}

// InDir selects every record in a directory.
func InDir(dir Dir) Selector { return Selector{dir: dir} }

// AtKey selects one record.
func AtKey(key Key) Selector { return Selector{key: key} }

// OfSession selects one session.
func OfSession(id SessionID) Selector { return Selector{session: id} }

// AllSessions selects every session of the namespace.
func AllSessions() Selector { return Selector{all: true} }

// Dir returns the selected directory, or "".
func (s Selector) Dir() Dir { return s.dir }

// Key returns the selected key, or "".
func (s Selector) Key() Key { return s.key }

// Session returns the selected session, or "".
func (s Selector) Session() SessionID { return s.session }

// Sessions reports whether all sessions are selected.
func (s Selector) Sessions() bool { return s.all }

// EventKind says what an Event reports.
type EventKind uint8

// The kinds of event.
const (
	// Put: Record was created or changed, or is part of the snapshot.
	Put EventKind = iota + 1
	// Deleted: the record of Record.Key is gone. What a watch's snapshot does
	// not contain is gone too, without such an event.
	Deleted
	// SessionSeen: Session exists, or its Expired mark changed.
	SessionSeen
	// SessionGone: Session.ID is no longer listed.
	SessionGone
	// Synced: the snapshot is complete.
	Synced
	// Failed: the watch has ended with Err; the channel is closed next.
	Failed
)

// Event is one message of a watch. Per key it never goes back within one
// watch; versions in between may be left out.
type Event struct {
	Kind    EventKind
	Record  Record
	Session SessionInfo
	Err     error
}
