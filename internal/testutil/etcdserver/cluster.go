package etcdserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/process"
)

// startLimit bounds the time that a cluster or a member may take to become healthy
// when the caller's context allows more. A cluster of three takes about 3 s.
const startLimit = time.Minute

// Cluster is a running etcd cluster of one or three members. Its methods may be
// called from several goroutines.
type Cluster struct {
	dir     string
	members []*Member
}

// Start starts a cluster and returns when every member is healthy. The context bounds
// the start, not the life of the cluster: end it with Close. On Linux the members also
// die with this process, however it ends.
//
// It returns ErrNoBinary, ErrInvalidOption, or an error with the end of the log of the
// member that did not become healthy within the context and one minute.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	binary, err := Binary()
	if err != nil {
		return nil, err
	}
	// One port for clients and one for peers.
	return process.WithPorts(2*max(o.Nodes, 1), func(ports []int) (*Cluster, error) { return startOn(ctx, binary, o, ports) })
}

func startOn(ctx context.Context, binary string, o Options, ports []int) (*Cluster, error) {
	c, err := newCluster(binary, o, ports)
	if err != nil {
		return nil, err
	}
	err = c.Restart(ctx)
	if err == nil && o.RootPassword != "" {
		err = enableAuth(ctx, c.members[0].Endpoint(), o.RootPassword)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// newCluster lays out the members; nothing runs yet.
func newCluster(binary string, o Options, ports []int) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "tenure-etcd-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	var peers []string
	for i := range max(o.Nodes, 1) {
		name := fmt.Sprintf("member-%d", i)
		m := &Member{
			Runner: process.NewRunner("etcd "+name, filepath.Join(dir, name+".log")),
			name:   name, binary: binary, client: ports[2*i],
		}
		peer := fmt.Sprintf("http://127.0.0.1:%d", ports[2*i+1])
		client := "http://" + m.Endpoint()
		m.args = []string{
			"--name=" + m.name,
			"--data-dir=" + filepath.Join(dir, m.name),
			"--listen-client-urls=" + client,
			"--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer,
			"--initial-advertise-peer-urls=" + peer,
			// The token is part of the cluster's ID: should a port pass to a member of
			// another cluster, the two refuse each other.
			"--initial-cluster-token=" + filepath.Base(dir),
			"--unsafe-no-fsync",
			"--log-level=error",
		}
		if o.QuotaBytes > 0 {
			m.args = append(m.args, fmt.Sprintf("--quota-backend-bytes=%d", o.QuotaBytes))
		}
		peers = append(peers, m.name+"="+peer)
		c.members = append(c.members, m)
	}
	for _, m := range c.members {
		m.args = append(m.args, "--initial-cluster="+strings.Join(peers, ","))
		m.args = append(m.args, o.Args...)
	}
	return c, nil
}

// Endpoints returns the address host:port of every member, running or not, in the
// order of Member.
func (c *Cluster) Endpoints() []string {
	var endpoints []string
	for _, m := range c.members {
		endpoints = append(endpoints, m.Endpoint())
	}
	return endpoints
}

// Member returns member i, counted from 0. It panics when there is no such member, as
// an index into a slice does.
func (c *Cluster) Member(i int) *Member { return c.members[i] }

// Members returns all members.
func (c *Cluster) Members() []*Member { return slices.Clone(c.members) }

// Restart starts every member that does not run, all at once, and returns when all of
// them are healthy. A majority that went down can only come back together. The errors
// are those of Member.Restart.
func (c *Cluster) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	started := make(map[*Member]*process.Process)
	for _, m := range c.members {
		p, err := m.spawn()
		if errors.Is(err, process.ErrRunning) {
			continue
		}
		if err != nil {
			return err
		}
		started[m] = p
	}
	for m, p := range started {
		if err := m.waitHealthy(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// Log returns the end of the log of every member.
func (c *Cluster) Log() string {
	var logs []string
	for _, m := range c.members {
		logs = append(logs, m.name+":\n"+m.Log())
	}
	return strings.Join(logs, "\n")
}

// Close kills every member, waits until all are gone and removes the data and the
// logs. Calling it again does nothing. It returns what kept it from removing a file.
func (c *Cluster) Close() error {
	var errs []error
	for _, m := range c.members {
		errs = append(errs, m.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(c.dir))...)
}
