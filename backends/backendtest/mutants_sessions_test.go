package backendtest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tenure-go/tenure/backends"
)

type (
	renewFunc = func(context.Context) (backends.Renewal, error)
	writeFunc = func(context.Context, ...backends.Write) ([]backends.Result, error)
)

// ofSession replaces what the sessions of a client do.
func ofSession(change func(s *brokenSession, renewal *backends.Renewal, spec backends.SessionSpec)) func(*broken) {
	return func(b *broken) {
		inner := b.Backend
		b.open = func(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
			s, renewal, err := inner.OpenSession(ctx, spec)
			if err != nil {
				return s, renewal, err
			}
			changed := &brokenSession{Session: s}
			change(changed, &renewal, spec)
			return changed, renewal, nil
		}
	}
}

// ofItem answers single items by itself; nil passes an item on, changed or not.
func ofItem(change func(ctx context.Context, inner backends.Backend, w *backends.Write) *backends.Result) func(*broken) {
	return func(b *broken) {
		inner := b.Backend
		b.write = func(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
			if ctx.Err() != nil {
				return inner.Write(ctx, writes...)
			}
			if err := backends.CheckWrites(inner.Capabilities(), writes); err != nil {
				return nil, err
			}
			results := make([]backends.Result, len(writes))
			for i, w := range writes {
				if r := change(ctx, inner, &w); r != nil {
					results[i] = *r
					continue
				}
				one, err := inner.Write(ctx, w)
				if err != nil {
					return nil, err
				}
				results[i] = one[0]
			}
			return results, nil
		}
	}
}

func answer(o backends.Outcome) *backends.Result { return &backends.Result{Outcome: o} }

// exists reports whether the session is listed, and whether as expired.
func exists(ctx context.Context, b backends.Backend, id backends.SessionID) (there, expired bool) {
	infos, _ := b.Sessions(ctx)
	for _, info := range infos {
		if info.ID == id {
			return true, info.Expired
		}
	}
	return false, false
}

// reviving is a Renew that opens the session anew in secret when it is lost.
func reviving(s *brokenSession, _ *backends.Renewal, spec backends.SessionSpec) {
	s.renew = func(ctx context.Context) (backends.Renewal, error) {
		renewal, err := s.Session.Renew(ctx)
		if errors.Is(err, backends.ErrSessionLost) {
			return backends.Renewal{ValidFor: spec.TTL}, nil
		}
		return renewal, err
	}
}

var deathMutants = []mutant{
	{"D1", "a missing session is alive", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if there, _ := exists(ctx, b, w.IfDead); w.IfDead != "" && !there {
			return answer(backends.Alive)
		}
		return nil
	})},
	{"D2", "IfDead is ignored", ofItem(func(_ context.Context, _ backends.Backend, w *backends.Write) *backends.Result {
		w.IfDead = ""
		return nil
	})},
	{"D2", "alive is answered but the write applied", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if there, expired := exists(ctx, b, w.IfDead); there && !expired {
			w.IfDead = ""
			_, _ = b.Write(ctx, *w)
			return answer(backends.Alive)
		}
		return nil
	})},
	{"D3", "an expired session counts as alive", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if there, _ := exists(ctx, b, w.IfDead); there {
			return answer(backends.Alive)
		}
		return nil
	})},
	{"D3", "a proof leaves the session there", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if _, expired := exists(ctx, b, w.IfDead); expired {
			w.IfDead = ""
		}
		return nil
	})},
	{"D4", "a renewal revives the dead", ofSession(reviving)},
	{"D5", "the proof looks at the TTL from the opening on", func(b *broken) {
		inner := b.Backend
		ofItem(func(ctx context.Context, _ backends.Backend, w *backends.Write) *backends.Result {
			if at, known := endsAt.Load(w.IfDead); known && !time.Now().Before(at.(time.Time)) {
				w.IfDead = ""
			}
			return nil
		})(b)
		b.open = func(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
			s, renewal, err := inner.OpenSession(ctx, spec)
			if err == nil {
				endsAt.Store(s.ID(), time.Now().Add(spec.TTL))
			}
			return s, renewal, err
		}
	}},
	{"D6", "Close only stops renewing", ofSession(func(s *brokenSession, _ *backends.Renewal, _ backends.SessionSpec) {
		s.close = func(context.Context) error { return nil }
	})},
	{"D7", "only its owner ends a session", ofItem(func(ctx context.Context, b backends.Backend, w *backends.Write) *backends.Result {
		if there, _ := exists(ctx, b, w.IfDead); there {
			return answer(backends.Alive)
		}
		return nil
	})},
	{"D8", "the listing hides expiry", func(b *broken) {
		inner := b.Backend
		b.sessions = func(ctx context.Context) ([]backends.SessionInfo, error) {
			infos, err := inner.Sessions(ctx)
			for i := range infos {
				infos[i].Expired = false
			}
			return infos, err
		}
	}},
	{"D8", "the watch hides expiry", ofEvent(func(e backends.Event) (backends.Event, bool) {
		e.Session.Expired = false
		return e, true
	})},
}

// endsAt is when sessions end that nobody renews, for a mutant.
var endsAt sync.Map

var sessionMutants = []mutant{
	{"S1", "a short ID", ofSession(func(s *brokenSession, _ *backends.Renewal, _ backends.SessionSpec) {
		s.id = s.Session.ID()[:12]
	})},
	{"S1", "a repeated attempt leaves a second session", func(b *broken) {
		inner := b.Backend
		b.open = func(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
			_, _, _ = inner.OpenSession(ctx, spec)
			return inner.OpenSession(ctx, spec)
		}
	}},
	{"S2", "ValidFor is more than was granted", ofSession(func(_ *brokenSession, renewal *backends.Renewal, _ backends.SessionSpec) {
		renewal.ValidFor += time.Second
	})},
	{"S2", "less is granted than was asked for", ofSession(func(_ *brokenSession, renewal *backends.Renewal, _ backends.SessionSpec) {
		renewal.ValidFor -= time.Second
	})},
	{"S3", "a TTL is clamped", func(b *broken) {
		inner := b.Backend
		b.open = func(ctx context.Context, spec backends.SessionSpec) (backends.Session, backends.Renewal, error) {
			spec.TTL = max(spec.TTL, inner.Capabilities().MinTTL)
			return inner.OpenSession(ctx, spec)
		}
	}},
	{"S4", "Renew changes nothing", ofSession(func(s *brokenSession, _ *backends.Renewal, spec backends.SessionSpec) {
		s.renew = func(context.Context) (backends.Renewal, error) { return backends.Renewal{ValidFor: spec.TTL}, nil }
	})},
	{"S4", "Renew adds less than a TTL", ofSession(func(s *brokenSession, _ *backends.Renewal, _ backends.SessionSpec) {
		s.renew = lessValid(s.Session.Renew)
	})},
	{"S5", "Renew of a dead session is a transient error", ofSession(func(s *brokenSession, _ *backends.Renewal, _ backends.SessionSpec) {
		s.renew = func(ctx context.Context) (backends.Renewal, error) {
			renewal, err := s.Session.Renew(ctx)
			if err != nil {
				err = fmt.Errorf("%w: no answer", backends.ErrUnavailable)
			}
			return renewal, err
		}
	})},
	{"S6", "Renew does not look for the record", ofSession(reviving)},
	{"S7", "the second Close fails", ofSession(func(s *brokenSession, _ *backends.Renewal, _ backends.SessionSpec) {
		s.close = func(ctx context.Context) error {
			if _, err := s.Session.Renew(ctx); err != nil {
				return err
			}
			return s.Session.Close(ctx)
		}
	})},
	{"S7", "a Renew that races Close wins", ofSession(undoing)},
	{"S7", "Renew never fails", ofSession(reviving)},
	{"S8", "no description", func(b *broken) {
		inner := b.Backend
		b.sessions = func(ctx context.Context) ([]backends.SessionInfo, error) {
			infos, err := inner.Sessions(ctx)
			for i := range infos {
				infos[i].Description = nil
			}
			return infos, err
		}
	}},
	{"S8", "one of the sessions is missing", func(b *broken) {
		inner := b.Backend
		b.sessions = func(ctx context.Context) ([]backends.SessionInfo, error) {
			infos, err := inner.Sessions(ctx)
			return infos[:min(len(infos), 3)], err
		}
	}},
}

func lessValid(renew renewFunc) renewFunc {
	return func(ctx context.Context) (backends.Renewal, error) {
		renewal, err := renew(ctx)
		renewal.ValidFor -= time.Second
		return renewal, err
	}
}

// undoing is a session whose record a Renew on its way writes again after Close.
// It gives up after some time, so that the suite's renewals end.
func undoing(s *brokenSession, _ *backends.Renewal, _ backends.SessionSpec) {
	var onWay atomic.Int64
	begun := time.Now()
	s.renew = func(ctx context.Context) (backends.Renewal, error) {
		onWay.Add(1)
		defer onWay.Add(-1)
		time.Sleep(time.Millisecond)
		if time.Since(begun) > time.Second {
			_ = s.Session.Close(ctx)
		}
		return s.Session.Renew(ctx)
	}
	s.close = func(ctx context.Context) error {
		if onWay.Load() > 0 {
			return nil
		}
		return s.Session.Close(ctx)
	}
}
