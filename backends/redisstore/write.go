package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// Write implements backends.Backend: one script for up to a hundred items or a
// mebibyte, one after the other, because the server runs one at a time anyway.
func (s *Store) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	if err := backends.CheckWrites(s.Capabilities(), writes); err != nil {
		return nil, err
	}
	results := make([]backends.Result, len(writes))
	sent := len(writes) == 0
	for begin := 0; begin < len(writes); {
		end := begin + fitting(writes[begin:])
		sent = s.commit(ctx, writes[begin:end], results[begin:end]) || sent
		begin = end
	}
	if !sent {
		return nil, results[0].Err
	}
	return results, nil
}

// fitting is how many of the writes go into one script: at least one.
func fitting(writes []backends.Write) int {
	size := 0
	for i, w := range writes {
		size += len(w.Value)
		if i == maxBatch || i > 0 && size > maxBytes {
			return i
		}
	}
	return len(writes)
}

// commit runs one script, fills in the results and reports whether anything was sent.
func (s *Store) commit(ctx context.Context, writes []backends.Write, results []backends.Result) bool {
	nonce := newNonce()
	keys, args := s.request(nonce, writes)
	reply, err := s.list(ctx, writeScript, keys, args...)
	if err == nil {
		err = judge(reply, nonce, writes, results)
	}
	if err == nil {
		return true
	}
	outcome := backends.Unknown
	if rediscall.Refused(err) {
		outcome = backends.NotSent
	}
	err = rediscall.Wrap("write", err)
	for i := range results {
		results[i] = backends.Result{Outcome: outcome, Err: err}
	}
	return outcome == backends.Unknown
}

// request lays out the keys and arguments of write.lua.
func (s *Store) request(nonce string, writes []backends.Write) (keys []string, args []any) {
	keys = []string{s.records, s.names, s.sessions, s.newest}
	named := map[backends.SessionID]int{} // counted from 1
	args = []any{s.channel, nonce}
	for _, w := range writes {
		if w.IfDead != "" && named[w.IfDead] == 0 {
			keys = append(keys, s.sessionKey(w.IfDead))
			named[w.IfDead] = len(named) + 1
		}
		what := "put"
		if w.Delete {
			what = "delete"
		}
		args = append(args, string(w.Key), string(w.Expect), what, w.Value, named[w.IfDead])
	}
	return keys, args
}

// judge reads the reply of write.lua.
func judge(reply []any, nonce string, writes []backends.Write, results []backends.Result) error {
	if len(reply) != len(writes)+1 {
		return rediscall.Strange(reply)
	}
	at, ok := reply[0].(string)
	if !ok {
		return rediscall.Strange(reply[0])
	}
	for i := range writes {
		switch reply[i+1] {
		case "applied":
			results[i] = backends.Result{Outcome: backends.Applied}
			if !writes[i].Delete {
				results[i].Revision = backends.Revision(fmt.Sprintf("%s-%s%03x", at, nonce, i))
			}
		case "conflict":
			results[i] = backends.Result{Outcome: backends.Conflict}
		case "alive":
			results[i] = backends.Result{Outcome: backends.Alive}
		default:
			return rediscall.Strange(reply[i+1])
		}
	}
	return nil
}

// newNonce returns 64 random bits. They come from here because a script's own random
// numbers repeat: Redis seeds them alike for every run.
func newNonce() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(b[:])
}
