package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
)

const (
	// workerEnv makes this program a worker; its value is what order holds.
	workerEnv = "TENURE_SAFETY_WORKER"

	stopTTL    = 3 * time.Second
	stopPrefix = "stop"
)

// order is what a worker is told: where the resource and the server are, for
// which election it stands, and whether Check guards its writes or only a
// context derived from the claim's.
type order struct{ resource, endpoint, election, name, guard string }

const guardCheck, guardContext = "check", "context"

func (o order) String() string {
	return strings.Join([]string{o.resource, o.endpoint, o.election, o.name, o.guard}, " ")
}

// runWorker leads whenever it can and writes all the time that it leads. It
// returns what ended that, for example that the resource is gone.
func runWorker(text string) error {
	var o order
	if _, err := fmt.Sscan(text, &o.resource, &o.endpoint, &o.election, &o.name, &o.guard); err != nil {
		return fmt.Errorf("%s=%q: %w", workerEnv, text, err)
	}
	conn, err := net.Dial("tcp", o.resource)
	if err != nil {
		return err
	}
	w := &writer{conn: conn, replies: bufio.NewReader(conn)}
	if _, err := w.ask("worker %s %s", o.election, o.name); err != nil {
		return err
	}
	ctx := context.Background()
	client, err := dial(time.Second, o.endpoint)
	if err != nil {
		return err
	}
	node, err := join(ctx, client, stopPrefix, o.name, stopTTL)
	if err != nil {
		return err
	}
	run, err := election.New(node, o.election)
	if err != nil {
		return err
	}
	for {
		term, err := run.Campaign(ctx)
		if err != nil {
			return err
		}
		if err := w.term(node, term, o.guard); err != nil {
			return err
		}
		end, cancel := context.WithTimeout(ctx, stopTTL)
		_ = term.Resign(end) // goes on by itself
		cancel()
	}
}

// writer is a worker's connection to the resource.
type writer struct {
	conn    net.Conn
	replies *bufio.Reader
}

// ask sends a line and returns the answer.
func (w *writer) ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(w.conn, format+"\n", args...); err != nil {
		return "", err
	}
	line, err := w.replies.ReadString('\n')
	return strings.TrimSpace(line), err
}

// term writes until the guard says stop. A refused write does not stop it: only
// the guard is on trial.
func (w *writer) term(node *membership.Node, term election.Term, kind string) error {
	guard := term.Check
	if kind == guardContext {
		ctx, cancel := context.WithCancel(term.Context())
		defer cancel()
		guard = ctx.Err
	}
	if inc, _ := node.Incarnation(); inc != nil {
		key := stopPrefix + "/sessions/" + backends.Escape(string(inc.ID()))
		if _, err := w.ask("term %d %s", term.Token(), key); err != nil {
			return err
		}
	}
	for guard() == nil {
		prepare()
		if _, err := w.ask("write %d", term.Token()); err != nil {
			return err
		}
	}
	return nil
}

// prepare takes the time of some real work between asking the guard and the
// effect: a stop that falls into it makes one late write, and without it hardly
// any stop would fall between the two.
func prepare() {
	page := make([]byte, 256<<10)
	for range 4 {
		sum := sha256.Sum256(page)
		copy(page, sum[:])
	}
}

// asWorker runs this process as a worker if its environment says so, and does
// not return then.
func asWorker() {
	text := os.Getenv(workerEnv)
	if text == "" {
		return
	}
	fmt.Fprintln(os.Stderr, "worker:", runWorker(text))
	os.Exit(1)
}
