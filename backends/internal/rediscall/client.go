package rediscall

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
)

// CheckOptions refuses settings of a client that hide time, or what became of a
// request. The client library shows a MaxRetries of -1 as 0.
func CheckOptions(o *redis.Options) error {
	return CheckClient(o.MaxRetries, o.ContextTimeoutEnabled, o.ReadTimeout > 0)
}

// CheckClient is CheckOptions for a client of another kind.
func CheckClient(retries int, contexts, timeout bool) error {
	switch {
	case retries > 0:
		return fmt.Errorf("redis: %w: the client repeats a request %d times by itself, and a repeated write answers conflict though it was applied: set MaxRetries to -1", backends.ErrInvalid, retries)
	case !contexts:
		return fmt.Errorf("redis: %w: the client ignores deadlines of contexts: set ContextTimeoutEnabled to true", backends.ErrInvalid)
	case !timeout:
		return fmt.Errorf("redis: %w: the client has no ReadTimeout and could wait for ever on a silent server: set one of a few seconds", backends.ErrInvalid)
	}
	return nil
}

// CheckEviction refuses a server that may throw away sessions or records when its
// memory is full. A user who may not ask is told so by the documentation only.
func CheckEviction(ctx context.Context, node *redis.Client) error {
	text, err := node.Info(ctx, "memory").Result()
	if err != nil {
		if errors.Is(Kind(err), backends.ErrDenied) {
			return nil
		}
		return Wrap("ask for the eviction policy", err)
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
