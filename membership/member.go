package membership

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// Member is what a live session says about the process behind it.
type Member struct {
	Session backends.SessionID `json:"-"`
	// Name is the label under which the member joined.
	Name string `json:"name"`
	// Started is when it joined with this session, by its own wall clock.
	Started time.Time `json:"started"`
	// TTL is its session's time to live.
	TTL time.Duration `json:"ttl_ns"`
	// Address and Build are what the member told about itself, or "".
	Address string `json:"address,omitempty"`
	Build   string `json:"build,omitempty"`
	// Left is the time until the session expires, 0 if the store cannot tell.
	Left time.Duration `json:"-"`
	// Expired says that the session was seen expired; it may still come back.
	Expired bool `json:"-"`
}

func (m Member) encode() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		// Only a year beyond 9999 can fail; a clock that wrong is shown as none.
		m.Started = time.Time{}
		b, _ = json.Marshal(m)
	}
	return b
}

// DecodeMember reads a session's description. A description that was not
// written by this package gives a Member without a name.
func DecodeMember(info backends.SessionInfo) Member {
	var m Member
	if err := json.Unmarshal(info.Description, &m); err != nil {
		m = Member{}
	}
	m.Session, m.Left, m.Expired = info.ID, info.Left, info.Expired
	return m
}

// Members lists who has joined, from any process, without joining. It returns
// the store's errors.
func Members(ctx context.Context, b backends.Backend) ([]Member, error) {
	infos, err := b.Sessions(ctx)
	if err != nil {
		return nil, fmt.Errorf("membership: list members: %w", err)
	}
	members := make([]Member, len(infos))
	for i, info := range infos {
		members[i] = DecodeMember(info)
	}
	return members, nil
}
