package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
)

// run runs a script once and returns its reply, nil for none. It returns when ctx is
// done, also when that is a cancellation, which the client library does not look at
// while it waits for a reply. Then the goroutine that waits is left behind; the
// client's ReadTimeout ends it.
func (s *Store) run(ctx context.Context, script *redis.Script, keys []string, args ...any) (any, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %w", errNotSent, context.Cause(ctx))
	}
	type answer struct {
		reply any
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		node, err := s.nodes.at(ctx, keys[0])
		if err != nil {
			answered <- answer{nil, fmt.Errorf("%w: %w", errNotSent, err)}
			return
		}
		reply, err := script.Run(ctx, node, keys, args...).Result()
		answered <- answer{reply, err}
	}()
	select {
	case a := <-answered:
		if errors.Is(a.err, redis.Nil) {
			return nil, nil
		}
		if a.err != nil {
			s.nodes.failed(ctx)
		}
		return a.reply, a.err
	case <-ctx.Done():
		s.nodes.failed(ctx)
		return nil, context.Cause(ctx)
	}
}

// list runs a script whose reply is a list.
func (s *Store) list(ctx context.Context, script *redis.Script, keys []string, args ...any) ([]any, error) {
	reply, err := s.run(ctx, script, keys, args...)
	if err != nil {
		return nil, err
	}
	items, ok := reply.([]any)
	if !ok {
		return nil, errStrange(reply)
	}
	return items, nil
}

// probe asks the server whether this store can work on it.
func (s *Store) probe(ctx context.Context) error {
	reply, err := s.list(ctx, probeScript, []string{s.records, s.names, s.sessionKey("probe")}, s.channel)
	if err != nil {
		return wrap("ask the server what it can do", err)
	}
	if len(reply) != 2 {
		return wrap("ask the server what it can do", errStrange(reply))
	}
	if denied, _ := reply[1].(string); denied != "" {
		return fmt.Errorf("redis: %w: the client's user lacks %s on keys and channels of %q: see the ACL in the package documentation", backends.ErrDenied, denied, s.records)
	}
	return s.checkEviction(ctx)
}

// checkEviction refuses a server that may throw away sessions or records when its
// memory is full. A user who may not ask is told so by the documentation only.
func (s *Store) checkEviction(ctx context.Context) error {
	node, err := s.nodes.at(ctx, s.records)
	if err != nil {
		return wrap("look for the server", err)
	}
	text, err := node.Info(ctx, "memory").Result()
	if err != nil {
		if errors.Is(kind(err), backends.ErrDenied) {
			return nil
		}
		return wrap("ask for the eviction policy", err)
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		info[name] = value
	}
	if policy := info["maxmemory_policy"]; info["maxmemory"] != "0" && policy != "" && policy != "noeviction" {
		return fmt.Errorf("redis: %w: the server evicts keys (maxmemory-policy %s), which would end live sessions: set noeviction", backends.ErrUnsupported, policy)
	}
	return nil
}

// stamp reads the server's time in microseconds from a reply.
func stamp(reply any) (uint64, error) {
	text, _ := reply.(string)
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, errStrange(reply)
	}
	return n, nil
}

// errStrange says that a reply is not what the script returns. The reply may hold
// values, so only its type is shown.
func errStrange(reply any) error {
	return fmt.Errorf("a reply of type %T is not what the script returns: does something between client and server rewrite it?", reply)
}
