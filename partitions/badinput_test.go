package partitions_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/election"
	"github.com/tenure-go/tenure/membership"
	"github.com/tenure-go/tenure/partitions"
)

func TestJoin_BadInput(t *testing.T) {
	node, err := membership.Join(t.Context(), memory.New(), membership.Config{Name: "a", TTL: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	good := partitions.Config{
		Group: "g", Partitions: partitions.Count(4),
		OnAcquire: func(context.Context, *partitions.Claim) error { return nil },
	}
	with := func(change func(*partitions.Config)) partitions.Config {
		c := good
		change(&c)
		return c
	}
	long := strings.Repeat("x", 300)
	for name, test := range map[string]struct {
		cfg  partitions.Config
		want string
	}{
		"no group":       {with(func(c *partitions.Config) { c.Group = "" }), "Group has 0 bytes, it needs 1 to 100"},
		"long group":     {with(func(c *partitions.Config) { c.Group = long }), "Group has 300 bytes, it needs 1 to 100"},
		"no partitions":  {with(func(c *partitions.Config) { c.Partitions = partitions.Source{} }), "Partitions must be one of Count (at least 1), List and Discover"},
		"none counted":   {with(func(c *partitions.Config) { c.Partitions = partitions.Count(0) }), "Partitions must be one of Count (at least 1), List and Discover"},
		"fewer than 0":   {with(func(c *partitions.Config) { c.Partitions = partitions.Count(-1) }), "Partitions is Count(-1), it must be 1 to 1048576"},
		"too many":       {with(func(c *partitions.Config) { c.Partitions = partitions.Count(2 << 20) }), "Partitions is Count(2097152), it must be 1 to 1048576"},
		"listed twice":   {with(func(c *partitions.Config) { c.Partitions = partitions.List("a", "b", "a") }), `partition "a" is listed twice`},
		"empty name":     {with(func(c *partitions.Config) { c.Partitions = partitions.List("a", "") }), "a partition's name is empty"},
		"name no UTF-8":  {with(func(c *partitions.Config) { c.Partitions = partitions.List("a\xff") }), `partition "a\xff" is not valid UTF-8`},
		"group escaped":  {with(func(c *partitions.Config) { c.Group = strings.Repeat("é", 41) }), "Group has 246 bytes when it is escaped for a key, the limit is 240"},
		"group no UTF-8": {with(func(c *partitions.Config) { c.Group = "g\xfe" }), `Group "g\xfe" is not valid UTF-8`},
		"name too long":  {with(func(c *partitions.Config) { c.Partitions = partitions.List(long) }), "has 300 bytes escaped, the limit is 254"},
		"capacity":       {with(func(c *partitions.Config) { c.Capacity = -1 }), "Capacity is -1, it must be 1 to 1000000"},
		"max partitions": {with(func(c *partitions.Config) { c.MaxPartitions = -1 }), "MaxPartitions is -1, it must not be negative"},
		"drain timeout":  {with(func(c *partitions.Config) { c.DrainTimeout = -1 }), "DrainTimeout is -1ns, it must be positive"},
		"stuck policy":   {with(func(c *partitions.Config) { c.OnStuck = 9 }), "OnStuck is 9, it must be one of the policies"},
		"debounce":       {with(func(c *partitions.Config) { c.Debounce = -1 }), "Debounce is -1ns, it must be positive"},
		"discover every": {with(func(c *partitions.Config) { c.DiscoverEvery = -1 }), "DiscoverEvery is -1ns, it must be positive"},
		"retry":          {with(func(c *partitions.Config) { c.Retry = -1 }), "Retry is -1ns, it must be positive"},
		"failures":       {with(func(c *partitions.Config) { c.MaxFailures = -1 }), "MaxFailures is -1, it must be positive"},
		"OnLost alone": {with(func(c *partitions.Config) {
			c.OnAcquire, c.OnLost = nil, func(context.Context, *partitions.Claim, error) {}
		}), "OnLost is set without OnAcquire"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := partitions.Join(t.Context(), node, test.cfg)
			if !errors.Is(err, partitions.ErrInvalidConfig) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Join returned %v, want ErrInvalidConfig with %q", err, test.want)
			}
		})
	}
	if _, err := partitions.Join(t.Context(), nil, good); !errors.Is(err, partitions.ErrInvalidConfig) {
		t.Errorf("without a node: %v", err)
	}
	if err := node.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := partitions.Join(t.Context(), node, good); !errors.Is(err, membership.ErrLeft) {
		t.Errorf("after Leave: %v, want ErrLeft", err)
	}
}

func TestSecondRunOnOneNodeIsRefused(t *testing.T) {
	node, err := membership.Join(t.Context(), memory.New(), membership.Config{Name: "a", TTL: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	cfg := partitions.Config{Group: "g", Partitions: partitions.Count(4)}
	g, err := partitions.Join(t.Context(), node, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := partitions.Join(t.Context(), node, cfg); !errors.Is(err, membership.ErrAlreadyRunning) {
		t.Errorf("second Join of the group: %v, want ErrAlreadyRunning", err)
	}
	if _, err := election.New(node, "e"); err != nil {
		t.Fatal(err)
	}
	if _, err := election.New(node, "e"); !errors.Is(err, membership.ErrAlreadyRunning) {
		t.Errorf("second part in the election: %v, want ErrAlreadyRunning", err)
	}
	if err := election.Run(t.Context(), node, "f", nil); !errors.Is(err, membership.ErrInvalidConfig) {
		t.Errorf("Run without a function: %v, want ErrInvalidConfig", err)
	}
	if _, err := election.New(node, strings.Repeat("x", 300)); !errors.Is(err, backends.ErrInvalid) {
		t.Errorf("an election with a long name: %v, want ErrInvalid", err)
	}
	if err := g.Leave(t.Context()); err != nil {
		t.Error(err)
	}
	again, err := partitions.Join(t.Context(), node, cfg)
	if err != nil {
		t.Fatalf("Join after the first part has ended: %v", err)
	}
	_ = again
	if err := node.Leave(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestJoin_RefusesASpecItCannotFollow(t *testing.T) {
	for name, test := range map[string]struct{ spec, want string }{
		"nonsense":         {"not a record", "malformed record"},
		"another format":   {`{"v":7}`, "format 7, this version reads 1"},
		"newer protocol":   {`{"v":1,"protocol":9,"min_protocol":8,"count":4}`, "the group speaks protocol 8 to 9, this version 1 to 1"},
		"doubled names":    {`{"v":1,"protocol":1,"min_protocol":1,"names":["a","a"]}`, `partition "a" is listed twice`},
		"too many":         {`{"v":1,"protocol":1,"min_protocol":1,"count":99999999}`, "a group of 99999999 partitions, the limit is 1048576"},
		"negative":         {`{"v":1,"protocol":1,"min_protocol":1,"count":-1}`, "a group of -1 partitions"},
		"absurd index set": {`{"v":1,"protocol":1,"min_protocol":1,"count":4,"retired":"r0-99999999999"}`, "index range"},
	} {
		t.Run(name, func(t *testing.T) {
			b := memory.New()
			results, err := b.Write(t.Context(), backends.Write{Key: "groups/g/spec", Value: []byte(test.spec)})
			if err != nil || results[0].Outcome != backends.Applied {
				t.Fatal(results, err)
			}
			node, err := membership.Join(t.Context(), b, membership.Config{Name: "a", TTL: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			_, err = partitions.Join(t.Context(), node, partitions.Config{Group: "g", Partitions: partitions.Count(4)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Join returned %v, want %q", err, test.want)
			}
			if err := node.Leave(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
