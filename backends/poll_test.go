package backends_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tenure-go/tenure/backends"
)

// shelf is a store that a test fills by hand and that notes when it is asked.
type shelf struct {
	mu       sync.Mutex // guards what follows
	records  map[backends.Key]string
	sessions map[backends.SessionID]time.Time // when it expires
	err      error
	asked    []time.Time
}

func (s *shelf) set(k backends.Key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records == nil {
		s.records = map[backends.Key]string{}
	}
	s.records[k] = value
	if value == "" {
		delete(s.records, k)
	}
}

func (s *shelf) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// polls returns how many polls there were since it was last called.
func (s *shelf) polls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.asked = nil }()
	return len(s.asked)
}

func (s *shelf) list(_ context.Context, dir backends.Dir) ([]backends.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, time.Now())
	var records []backends.Record
	for _, k := range slices.Sorted(maps.Keys(s.records)) {
		if dir.Has(k) {
			records = append(records, backends.Record{Key: k, Value: []byte(s.records[k]), Revision: backends.Revision(s.records[k])})
		}
	}
	return records, s.err
}

func (s *shelf) read(_ context.Context, keys ...backends.Key) ([]backends.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []backends.Record
	for _, k := range keys {
		records = append(records, backends.Record{Key: k, Value: []byte(s.records[k]), Revision: backends.Revision(s.records[k])})
	}
	return records, s.err
}

func (s *shelf) infos(context.Context) ([]backends.SessionInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, time.Now())
	var infos []backends.SessionInfo
	for _, id := range slices.Sorted(maps.Keys(s.sessions)) {
		left := max(0, time.Until(s.sessions[id]))
		infos = append(infos, backends.SessionInfo{ID: id, Left: left, Expired: left == 0})
	}
	return infos, s.err
}

func (s *shelf) poll() *backends.Poll {
	return &backends.Poll{List: s.list, Read: s.read, Sessions: s.infos, Idle: 10 * time.Second, Fast: time.Second}
}

// watch starts a watch whose events are collected as text.
func watch(t *testing.T, p *backends.Poll, silence time.Duration, selectors ...backends.Selector) (shown func() []string) {
	t.Helper()
	events, err := p.Watch(t.Context(), silence, selectors...)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var texts []string
	go func() {
		for e := range events {
			text := ""
			switch e.Kind {
			case backends.Put:
				text = fmt.Sprintf("put %s=%s", e.Record.Key, e.Record.Value)
			case backends.Deleted:
				text = fmt.Sprintf("deleted %s", e.Record.Key)
			case backends.SessionSeen:
				text = fmt.Sprintf("seen %s %v", e.Session.ID, e.Session.Expired)
			case backends.SessionGone:
				text = fmt.Sprintf("gone %s", e.Session.ID)
			case backends.Synced:
				text = "synced"
			case backends.Failed:
				text = fmt.Sprintf("failed: silent %v, denied %v", errors.Is(e.Err, backends.ErrSilent), errors.Is(e.Err, backends.ErrDenied))
			}
			mu.Lock()
			texts = append(texts, text)
			mu.Unlock()
		}
		mu.Lock()
		defer mu.Unlock()
		texts = append(texts, "closed")
	}()
	return func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		defer func() { texts = nil }()
		return texts
	}
}

func demand(t *testing.T, when string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", when, got, want)
	}
}

func TestPoll_FastOnlyWhileSomethingIsOutstanding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		s.set("d/a", "1")
		p := s.poll()
		shown := watch(t, p, time.Hour, backends.InDir("d/"))
		demand(t, "snapshot", shown(), "put d/a=1", "synced")
		time.Sleep(time.Minute + time.Second)
		if n := s.polls(); n != 7 { // at 0 s, 10 s … 60 s
			t.Errorf("%d polls in an idle minute, want 7", n)
		}
		s.set("d/a", "2")
		time.Sleep(9 * time.Second) // the poll at 70 s finds it
		demand(t, "a change", shown(), "put d/a=2")
		s.polls()
		time.Sleep(9*time.Second + time.Second/2)
		if n := s.polls(); n != 9 {
			t.Errorf("%d polls in the 9.5 s after a change was seen, want 9", n)
		}
		time.Sleep(time.Minute)
		if n := s.polls(); n < 6 || n > 7 {
			t.Errorf("%d polls in a minute that begins %v after a change, want 6 or 7", n, 10*time.Second)
		}
		p.Hurry()
		synctest.Wait()
		if n := s.polls(); n != 1 {
			t.Errorf("%d polls at once after Hurry, want 1", n)
		}
		s.set("d/a", "3")
		time.Sleep(time.Second)
		demand(t, "a change a second after Hurry", shown(), "put d/a=3")
		s.set("d/a", "")
		time.Sleep(time.Second)
		demand(t, "a deletion", shown(), "deleted d/a")
	})
}

func TestPoll_WakesWhenASessionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		s := &shelf{sessions: map[backends.SessionID]time.Time{
			"x": begun.Add(3456 * time.Millisecond), "other": begun.Add(2 * time.Second), "later": begun.Add(time.Hour),
		}}
		shown := watch(t, s.poll(), time.Hour, backends.OfSession("x"), backends.OfSession("later"))
		got := shown()
		slices.Sort(got)
		demand(t, "snapshot", got, "seen later false", "seen x false", "synced")
		time.Sleep(3456*time.Millisecond - 1)
		demand(t, "before the end", shown())
		if n := s.polls(); n != 1 {
			t.Errorf("%d polls before the session's end, want 1: the other session is not watched", n)
		}
		time.Sleep(time.Nanosecond)
		demand(t, "at the end", shown(), "seen x true")
		s.mu.Lock()
		delete(s.sessions, "x")
		s.mu.Unlock()
		time.Sleep(time.Second)
		demand(t, "after the proof", shown(), "gone x")
	})
}

func TestPoll_Silence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		// An Idle that is longer than the silence must not make it fail.
		shown := watch(t, s.poll(), 3*time.Second, backends.InDir("d/"))
		time.Sleep(time.Minute)
		demand(t, "a store that is there", shown(), "synced")
		s.fail(fmt.Errorf("%w: no route", backends.ErrUnavailable))
		time.Sleep(1500 * time.Millisecond)
		s.fail(nil)
		time.Sleep(time.Minute)
		demand(t, "a short outage", shown())
		s.fail(fmt.Errorf("%w: no route", backends.ErrUnavailable))
		time.Sleep(1900 * time.Millisecond) // the last answer was at most 1 s ago
		demand(t, "before the silence is over", shown())
		time.Sleep(1200 * time.Millisecond)
		demand(t, "after the silence", shown(), "failed: silent true, denied false", "closed")
	})
}

func TestPoll_AnswerThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		p := s.poll()
		p.List = func(ctx context.Context, _ backends.Dir) ([]backends.Record, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("%w: %w", backends.ErrUnavailable, ctx.Err())
		}
		shown := watch(t, p, 3*time.Second, backends.InDir("d/"))
		time.Sleep(3*time.Second - 1)
		demand(t, "before the silence is over", shown())
		time.Sleep(time.Nanosecond)
		demand(t, "after the silence", shown(), "failed: silent true, denied false", "closed")
	})
}

func TestPoll_LastingErrorEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		shown := watch(t, s.poll(), time.Hour, backends.InDir("d/"))
		demand(t, "snapshot", shown(), "synced")
		s.fail(fmt.Errorf("%w: not yours", backends.ErrDenied))
		time.Sleep(10 * time.Second)
		demand(t, "denied", shown(), "failed: silent false, denied true", "closed")
	})
}

// Two selectors name one record, and it changes between the two requests.
func TestPoll_OverlappingSelectorsNeverGoBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		s.set("d/e/a", "1")
		p := s.poll()
		steps := []string{"2", "3", "4"}
		p.List = func(ctx context.Context, dir backends.Dir) ([]backends.Record, error) {
			records, err := s.list(ctx, dir)
			if len(steps) > 0 {
				s.set("d/e/a", steps[0])
				steps = steps[1:]
			}
			return records, err
		}
		shown := watch(t, p, time.Hour, backends.AtKey("d/e/a"), backends.InDir("d/"), backends.InDir("d/e/"))
		demand(t, "snapshot", shown(), "put d/e/a=3", "synced")
		time.Sleep(10 * time.Second)
		demand(t, "one poll later", shown(), "put d/e/a=4")
	})
}

func TestPoll_BadArguments(t *testing.T) {
	s := &shelf{}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range map[string]func(p *backends.Poll) error{
		"no selector":  func(p *backends.Poll) error { _, err := p.Watch(t.Context(), time.Second); return err },
		"no silence":   func(p *backends.Poll) error { _, err := p.Watch(t.Context(), 0, backends.AllSessions()); return err },
		"no intervals": func(p *backends.Poll) error { p.Idle, p.Fast = 0, 0; return start(t, p) },
		"fast is slow": func(p *backends.Poll) error { p.Fast = p.Idle + 1; return start(t, p) },
	} {
		if err := call(s.poll()); !errors.Is(err, backends.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	if _, err := s.poll().Watch(done, time.Second, backends.AllSessions()); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("done context: %v, want ErrUnavailable", err)
	}
}

func start(t *testing.T, p *backends.Poll) error {
	_, err := p.Watch(t.Context(), time.Second, backends.AllSessions())
	return err
}

func TestPoll_ReadsRecordsOnlyWhenTheStampHasChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{sessions: map[backends.SessionID]time.Time{"x": time.Now().Add(25 * time.Second)}}
		s.set("d/a", "1")
		stamp := "1"
		p := s.poll()
		p.Stamp = func(context.Context) (string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return stamp, s.err
		}
		write := func(value, now string) {
			s.set("d/a", value)
			s.mu.Lock()
			defer s.mu.Unlock()
			stamp = now
		}
		shown := watch(t, p, time.Minute, backends.InDir("d/"))
		demand(t, "snapshot", shown(), "put d/a=1", "synced")
		s.polls()
		time.Sleep(9 * time.Minute)
		if n := s.polls(); n != 0 {
			t.Errorf("records were read %d times though the stamp was the same", n)
		}
		write("2", "2")
		time.Sleep(11 * time.Second)
		demand(t, "a write", shown(), "put d/a=2")
		time.Sleep(time.Minute)
		s.polls()
		s.set("d/a", "3") // by hand
		time.Sleep(8 * time.Minute)
		demand(t, "a change that leaves no stamp, at first", shown())
		time.Sleep(2 * time.Minute)
		demand(t, "after ten silences", shown(), "put d/a=3")

		// A poll that fails after it was told of a new stamp has shown nothing of it.
		s.fail(backends.ErrUnavailable)
		write("4", "4")
		time.Sleep(11 * time.Second)
		s.fail(nil)
		time.Sleep(11 * time.Second)
		demand(t, "after a failure", shown(), "put d/a=4")
	})
}

// The sessions are asked for last: when that fails, the records of the new stamp were
// read and not shown.
func TestPoll_ForgetsTheStampOfAPollThatFailedLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		s.set("d/a", "1")
		var fail error
		p := s.poll()
		p.Stamp = func(context.Context) (string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.records["d/a"], nil
		}
		p.Sessions = func(context.Context) ([]backends.SessionInfo, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return nil, fail
		}
		setFail := func(err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			fail = err
		}
		shown := watch(t, p, time.Hour, backends.InDir("d/"), backends.OfSession("x"))
		demand(t, "snapshot", shown(), "put d/a=1", "synced")
		setFail(backends.ErrUnavailable)
		s.set("d/a", "2")
		time.Sleep(30 * time.Second)
		setFail(nil)
		time.Sleep(11 * time.Second)
		demand(t, "after the failure", shown(), "put d/a=2")
	})
}
