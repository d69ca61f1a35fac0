package stands

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrUnknown is returned by Start for a name that is not in Names.
var ErrUnknown = errors.New("no store of that name can be started here")

// Server is one server of a store.
type Server interface {
	// Stop ends it in order, Kill at once. Both return when it is gone.
	Stop() error
	Kill() error
	// Restart starts it again on its data and its port, and returns when it answers.
	Restart(ctx context.Context) error
	// Log returns the end of its log.
	Log() string
}

// Stand is a store with all its servers.
type Stand struct {
	// Name is the name that Start was given.
	Name string
	// Address is what backendurl.Open opens the store by. It allows everything, and
	// makes the tables.
	Address string
	// Servers are the store's, none for a store in a file.
	Servers []Server
	// Forgets says why a server that ends may have lost what it had confirmed; "" if it
	// keeps all. Faults that end it prove nothing about the store for which it stands.
	Forgets string

	restarted func(ctx context.Context) error // what a person does after a restart of all, or nil
	end       func() error
}

// Names returns the names of the stores that Start can start.
func Names() []string { return slices.Sorted(maps.Keys(kinds)) }

// Missing returns what the store's server is called in testutil.RequireEnv, and why its
// programs are not there, nil if they are.
func Missing(name string) (server string, why error) {
	return kinds[name].needs, kinds[name].missing()
}

// Start starts the servers of a store and returns when they answer. The context bounds
// the start, not their life: end them with Close. On Linux they also die with this
// process. It returns ErrUnknown, and what the server's package returns, for example
// when its program is not installed.
func Start(ctx context.Context, name string) (*Stand, error) {
	kind, ok := kinds[name]
	if !ok {
		return nil, fmt.Errorf("%w: %q; there are %s", ErrUnknown, name, strings.Join(Names(), ", "))
	}
	s, err := kind.start(ctx)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s.Name = name
	return s, nil
}

// Stop ends all servers in order, one after the other.
func (s *Stand) Stop() error { return s.each(Server.Stop) }

// Kill ends all servers at once.
func (s *Stand) Kill() error { return s.each(Server.Kill) }

func (s *Stand) each(do func(Server) error) error {
	var errs []error
	for _, server := range s.Servers {
		errs = append(errs, do(server))
	}
	return errors.Join(errs...)
}

// Restart starts all servers again after Stop or Kill.
func (s *Stand) Restart(ctx context.Context) error {
	errs := make(chan error, len(s.Servers))
	for _, server := range s.Servers { // at once: alone, one of a majority does not answer
		go func() { errs <- server.Restart(ctx) }()
	}
	var all []error
	for range s.Servers {
		all = append(all, <-errs)
	}
	if err := errors.Join(all...); err != nil || s.restarted == nil {
		return err
	}
	return s.restarted(ctx)
}

// Log returns the ends of the servers' logs.
func (s *Stand) Log() string {
	var logs []string
	for i, server := range s.Servers {
		logs = append(logs, fmt.Sprintf("%s, server %d:\n%s", s.Name, i, server.Log()))
	}
	return strings.Join(logs, "\n")
}

// Close ends all servers and removes their data.
func (s *Stand) Close() error { return s.end() }
