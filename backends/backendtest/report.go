package backendtest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// ReportEnv is the environment variable that may name a file. Run appends one
// line to it: store, version, clauses passed, failed, skipped, the reasons for
// skipping and the seconds that it took, separated by tabs.
const ReportEnv = "TENURE_CONFORMANCE_REPORT"

// summary counts what became of the clauses. It is safe for concurrent use.
type summary struct {
	store, version string
	begun          time.Time

	mu      sync.Mutex // guards what follows
	passed  int
	failed  []string
	skipped []string // with the reason
	why     map[string]string
}

// note counts the clause when its test ends.
func (s *summary) note(t *testing.T, c Clause) {
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch reason, skipped := s.why[c.ID]; {
		case t.Failed():
			s.failed = append(s.failed, c.ID)
		case skipped || t.Skipped():
			s.skipped = append(s.skipped, strings.TrimSpace(c.ID+" "+reason))
		default:
			s.passed++
		}
	})
}

func (s *summary) report(t *testing.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seconds := time.Since(s.begun).Seconds()
	reasons := strings.Join(s.skipped, "; ")
	t.Logf("%s %s: %d clauses passed, %d failed %v, %d skipped (%s) in %.1f s",
		s.store, s.version, s.passed, len(s.failed), s.failed, len(s.skipped), reasons, seconds)
	path := os.Getenv(ReportEnv)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Errorf("%s: %v", ReportEnv, err)
		return
	}
	_, err = fmt.Fprintf(f, "%s\t%s\t%d\t%d\t%d\t%s\t%.1f\n", s.store, s.version, s.passed, len(s.failed), len(s.skipped), reasons, seconds)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Errorf("%s: %v", ReportEnv, err)
	}
}

// in returns t, with the reason of a skip noted for the summary.
func (s *summary) in(t *testing.T, c Clause) TB { return &noting{T: t, s: s, id: c.ID} }

type noting struct {
	*testing.T
	s  *summary
	id string
}

// Skipf notes the reason and skips the test.
func (n *noting) Skipf(format string, args ...any) {
	n.Helper()
	n.s.mu.Lock()
	if n.s.why == nil {
		n.s.why = map[string]string{}
	}
	n.s.why[n.id] = fmt.Sprintf(format, args...)
	n.s.mu.Unlock()
	n.T.Skipf(format, args...)
}
