package backends

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"
)

// NewSessionID returns a fresh session ID of 128 random bits. Stores call it
// once for every attempt of OpenSession.
func NewSessionID() SessionID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return SessionID(hex.EncodeToString(b[:]))
}

// CheckWrites returns ErrInvalid unless the writes of one call have distinct,
// valid keys and values within the store's limits. Stores call it before
// anything is sent.
func CheckWrites(c Capabilities, writes []Write) error {
	seen := make(map[Key]bool, len(writes))
	for _, w := range writes {
		if err := w.Key.Valid(); err != nil {
			return err
		}
		if seen[w.Key] {
			return fmt.Errorf("%w: key %q twice in one call", ErrInvalid, w.Key)
		}
		seen[w.Key] = true
		if len(w.Value) > c.MaxValueBytes {
			return fmt.Errorf("%w: value of %q has %d bytes, the limit of %s is %d", ErrInvalid, w.Key, len(w.Value), c.Store, c.MaxValueBytes)
		}
		if w.Delete && w.Expect == Absent {
			return fmt.Errorf("%w: delete of %q needs the revision of what it deletes", ErrInvalid, w.Key)
		}
	}
	return nil
}

// CheckSession returns ErrInvalid unless the spec is within the store's
// limits. The text names the limit and the value.
func CheckSession(c Capabilities, spec SessionSpec) error {
	if spec.TTL < c.MinTTL || spec.TTL > c.MaxTTL {
		return fmt.Errorf("%w: TTL %v, but %s takes %v to %v", ErrInvalid, spec.TTL, c.Store, c.MinTTL, c.MaxTTL)
	}
	if len(spec.Description) > c.MaxDescriptionBytes {
		return fmt.Errorf("%w: session description has %d bytes, the limit of %s is %d", ErrInvalid, len(spec.Description), c.Store, c.MaxDescriptionBytes)
	}
	return nil
}

// RoundTTL rounds a TTL up to the store's step, so that the store never gives
// less than was asked for.
func RoundTTL(ttl, step time.Duration) time.Duration {
	if rest := ttl % step; step > 0 && rest > 0 {
		return ttl + step - rest
	}
	return ttl
}
