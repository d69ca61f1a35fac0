package redisquorum

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// proof is whether a session was proven dead, or why that is not known.
type proof struct {
	dead bool
	err  error
}

// prove proves the deaths of those of the sessions that have expired. It looks first
// and ends a session only where it can be proven: a mark that is left behind by an
// attempt in vain would cost a live session one of its servers.
func (s *Store) prove(ctx context.Context, ids []backends.SessionID) map[backends.SessionID]proof {
	proofs := map[backends.SessionID]proof{}
	for batch := range slices.Chunk(ids, maxBatch) {
		box, err := s.look(ctx, batch)
		var expired []backends.SessionID
		for n, id := range batch {
			said := count(box, lookItems*n, lookItems*(n+1))
			switch {
			case err != nil:
				proofs[id] = proof{err: err}
			case said["dead"] >= s.majority:
				proofs[id] = proof{dead: true}
			case said["dead"]+said["absent"] >= s.majority:
				expired = append(expired, id)
			default:
				proofs[id] = proof{} // a server has its row
			}
		}
		if len(expired) == 0 {
			continue
		}
		box, err = s.finish(ctx, "expired", expired)
		for n, id := range expired {
			said := count(box, n, n+1)
			proofs[id] = proof{dead: err == nil && said["dead"] >= s.majority, err: err}
		}
	}
	return proofs
}

// finish marks sessions as ended where their rows are not there, or "always".
func (s *Store) finish(ctx context.Context, when string, ids []backends.SessionID) (ballotBox, error) {
	return s.poll(ctx, "end sessions", func(_ int, view string) request {
		return request{finishScript, s.rowsOf(ids), append([]any{view, keepEnded.Milliseconds(), when}, escaped(ids)...)}
	})
}

func escaped(ids []backends.SessionID) (args []any) {
	for _, id := range ids {
		args = append(args, backends.Escape(string(id)))
	}
	return args
}

// lookItems is how many items look.lua returns for a session.
const lookItems = 3

func (s *Store) look(ctx context.Context, ids []backends.SessionID) (ballotBox, error) {
	return s.poll(ctx, "look at sessions", func(_ int, view string) request {
		return request{lookScript, s.rowsOf(ids), append([]any{view}, escaped(ids)...)}
	})
}

// Sessions implements backends.Backend. Expired is a session that can be proven dead;
// one whose rows are all gone is not listed.
func (s *Store) Sessions(ctx context.Context) ([]backends.SessionInfo, error) {
	ids, err := inOneView(func() ([]backends.SessionID, error) { return s.ids(ctx) })
	if err != nil {
		return nil, err
	}
	return s.infos(ctx, ids)
}

// ids lists the sessions of which a server of a majority has a row.
func (s *Store) ids(ctx context.Context) ([]backends.SessionID, error) {
	all := map[backends.SessionID]bool{}
	box, err := s.poll(ctx, "list sessions", s.same(idsScript, "-", idPage))
	if err != nil {
		return nil, err
	}
	var bad []answer[[]any]
	for _, a := range gather(s, func(i int) ([]any, error) { return s.idsOn(ctx, i, box.view) }) {
		if a.err != nil {
			bad = append(bad, a)
		}
		for _, item := range a.value {
			if id, ok := sessionOf(item); ok {
				all[id] = true
			}
		}
	}
	if len(bad) > len(s.servers)-s.majority {
		return nil, s.short("list sessions", bad)
	}
	var ids []backends.SessionID
	for id := range all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

// idsOn lists the sessions of which one server has a row.
func (s *Store) idsOn(ctx context.Context, i int, view string) ([]any, error) {
	var ids []any
	for from := "-"; ; {
		page, err := s.servers[i].vote(ctx, request{idsScript, s.roots, []any{view, from, idPage}})
		if err != nil {
			return nil, err
		}
		ids = append(ids, page...)
		if len(page) < idPage {
			return ids, nil
		}
		from = "(" + fmt.Sprint(page[len(page)-1])
	}
}

// infos returns those of the sessions that have rows and were not ended.
func (s *Store) infos(ctx context.Context, ids []backends.SessionID) ([]backends.SessionInfo, error) {
	var infos []backends.SessionInfo
	for batch := range slices.Chunk(ids, maxBatch) {
		box, err := s.look(ctx, batch)
		if err != nil {
			return nil, err
		}
		for n, id := range batch {
			var answers [][]any
			for _, a := range box.good {
				if len(a.value) >= lookItems*(n+1) {
					answers = append(answers, a.value[lookItems*n:lookItems*(n+1)])
				}
			}
			if info, ok := s.info(id, answers); ok {
				infos = append(infos, info)
			}
		}
	}
	return infos, nil
}

// info makes one session of what the servers say. It can be proven dead when a majority
// has no row: so it is the majority's last row that counts. Wherever it has ended once,
// a proof or Close is under way, and it is not listed.
func (s *Store) info(id backends.SessionID, answers [][]any) (backends.SessionInfo, bool) {
	info, there := backends.SessionInfo{ID: id}, false
	lefts := make([]time.Duration, 0, len(answers))
	for _, said := range answers {
		if said[0] == "dead" {
			return info, false
		}
		text, _ := said[1].(string)
		ms, _ := said[2].(int64)
		granted, description, ok := strings.Cut(text, ":")
		ttl, err := strconv.ParseInt(granted, 10, 64)
		if said[0] != "live" || !ok || err != nil {
			lefts = append(lefts, 0)
			continue
		}
		// 0 is within the last millisecond, and less is a row without an end.
		lefts = append(lefts, time.Duration(max(1, min(ms, ttl)))*time.Millisecond)
		info.Description, there = []byte(description), true
	}
	if !there || len(lefts) < s.majority {
		return info, false
	}
	slices.Sort(lefts)
	info.Left = lefts[s.majority-1]
	info.Expired = info.Left == 0
	return info, true
}
