package claim

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tenure-go/tenure/backends"
)

// Token is the fencing token of a claim: strictly greater at each change of
// holder. A resource that remembers the largest token it has seen and refuses
// smaller ones is safe from late writers.
type Token uint64

// MaxToken is the largest token that is believed. A record above it is treated
// as garbage, so that one absurd record cannot use up all tokens.
const MaxToken Token = 1 << 62

// maxRecordBytes bounds what is decoded: any process with access to the store
// can write anything there.
const maxRecordBytes = 64 << 10

// ErrGarbage: a record cannot be understood. A claim like that is held by an
// unknown holder: never free, never counted, reported.
var ErrGarbage = errors.New("record cannot be understood")

// Record is the value of a claim.
type Record struct {
	// Format is the version of this layout.
	Format int `json:"v"`
	// Session is the holder's session, empty if the claim is free.
	Session backends.SessionID `json:"session,omitempty"`
	// Member is the holder's name, for people.
	Member string `json:"member,omitempty"`
	// Token is the fencing token. A release keeps it.
	Token Token `json:"token,string"`
	// Address is where the holder can be reached, if it said so.
	Address string `json:"address,omitempty"`
	// Next is the session that a released election prefers as its leader.
	Next backends.SessionID `json:"next,omitempty"`
	// Deputies are the sessions that may try at once when the leader dies.
	Deputies []backends.SessionID `json:"deputies,omitempty"`
}

// format is the layout that this package writes, and the only one it reads.
const format = 1

// Encode returns the record's stored form.
func (r Record) Encode() []byte {
	r.Format = format
	b, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("claim: a record of plain fields did not marshal: %v", err)) // unreachable: no field can fail
	}
	return b
}

// Decode reads a stored record. It returns ErrGarbage for anything that this
// version cannot trust.
func Decode(value []byte) (Record, error) {
	if len(value) > maxRecordBytes {
		return Record{}, fmt.Errorf("%w: claim of %d bytes, at most %d", ErrGarbage, len(value), maxRecordBytes)
	}
	var r Record
	if err := json.Unmarshal(value, &r); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrGarbage, err)
	}
	if r.Format != format {
		return Record{}, fmt.Errorf("%w: claim format %d, this version reads %d", ErrGarbage, r.Format, format)
	}
	if r.Token > MaxToken {
		return Record{}, fmt.Errorf("%w: token %d is above %d", ErrGarbage, r.Token, MaxToken)
	}
	return r, nil
}

// Seen is a claim as a Read, or a node's own applied write, showed it.
type Seen struct {
	Record
	// Revision is Absent if the key was never claimed.
	Revision backends.Revision
	// Garbage says that the value could not be decoded.
	Garbage bool
}

// See decodes what a Read returned.
func See(r backends.Record) Seen {
	if r.Revision == backends.Absent {
		return Seen{}
	}
	rec, err := Decode(r.Value)
	return Seen{Record: rec, Revision: r.Revision, Garbage: err != nil}
}
