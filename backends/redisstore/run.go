package redisstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// run runs a script once on the server that holds the namespace, and returns its
// reply, nil for none.
func (s *Store) run(ctx context.Context, script *redis.Script, keys []string, args ...any) (any, error) {
	at := func() (*redis.Client, error) { return s.nodes.at(ctx, keys[0]) }
	reply, err := rediscall.Run(ctx, at, script, keys, args...)
	if err != nil {
		s.nodes.failed(ctx)
	}
	return reply, err
}

// list runs a script whose reply is a list.
func (s *Store) list(ctx context.Context, script *redis.Script, keys []string, args ...any) ([]any, error) {
	reply, err := s.run(ctx, script, keys, args...)
	if err != nil {
		return nil, err
	}
	items, ok := reply.([]any)
	if !ok {
		return nil, rediscall.Strange(reply)
	}
	return items, nil
}

// probe asks the server whether this store can work on it.
func (s *Store) probe(ctx context.Context) error {
	reply, err := s.list(ctx, probeScript, []string{s.records, s.names, s.sessionKey("probe")}, s.channel)
	if err != nil {
		return rediscall.Wrap("ask the server what it can do", err)
	}
	if len(reply) != 2 {
		return rediscall.Wrap("ask the server what it can do", rediscall.Strange(reply))
	}
	if denied, _ := reply[1].(string); denied != "" {
		return fmt.Errorf("redis: %w: the client's user lacks %s on keys and channels of %q: see the ACL in the package documentation", backends.ErrDenied, denied, s.records)
	}
	node, err := s.nodes.at(ctx, s.records)
	if err != nil {
		return rediscall.Wrap("look for the server", err)
	}
	return rediscall.CheckEviction(ctx, node)
}

// stamp reads the server's time in microseconds from a reply.
func stamp(reply any) (uint64, error) {
	text, _ := reply.(string)
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, rediscall.Strange(reply)
	}
	return n, nil
}
