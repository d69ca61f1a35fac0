package redisstore

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/rediscall"
)

// nodes finds the server that holds a key. A cluster client is only asked where that
// is: its own way of running a command sends it again after a lost reply, whatever
// MaxRetries says (ClusterClient.process), and would answer conflict for a write that
// was applied.
type nodes struct {
	single  *redis.Client
	cluster *redis.ClusterClient
}

func newNodes(client redis.UniversalClient) (nodes, error) {
	switch c := client.(type) {
	case *redis.Client:
		if c == nil {
			break
		}
		return nodes{single: c}, rediscall.CheckOptions(c.Options())
	case *redis.ClusterClient:
		if c == nil {
			break
		}
		o := c.Options()
		if o.ReadOnly || o.RouteByLatency || o.RouteRandomly {
			return nodes{}, fmt.Errorf("redis: %w: the cluster client reads from replicas, which lag: set ReadOnly, RouteByLatency and RouteRandomly to false", backends.ErrInvalid)
		}
		return nodes{cluster: c}, rediscall.CheckClient(o.MaxRetries, o.ContextTimeoutEnabled, o.ReadTimeout > 0)
	case nil:
	default:
		return nodes{}, fmt.Errorf("redis: %w: a client of type %T: use redis.NewClient, NewFailoverClient or NewClusterClient", backends.ErrUnsupported, client)
	}
	return nodes{}, fmt.Errorf("redis: %w: the client is nil", backends.ErrInvalid)
}

// at returns the server that holds a key.
func (n nodes) at(ctx context.Context, key string) (*redis.Client, error) {
	if n.cluster == nil {
		return n.single, nil
	}
	return n.cluster.MasterForKey(ctx, key)
}

// failed lets a cluster client look for the master again. It does not wait.
func (n nodes) failed(ctx context.Context) {
	if n.cluster != nil {
		n.cluster.ReloadState(ctx)
	}
}
