package zookeeper

import (
	"context"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/tenure-go/tenure/backends"
)

var _ backends.Backend = (*Store)(nil)

const (
	recordsDir  = "records"
	sessionsDir = "sessions"
)

const (
	// maxBatch items, or maxBytes, go into one transaction. A server takes no request
	// beyond its jute.maxbuffer, which is 1 MiB less one byte unless it is set.
	maxBatch = 50
	maxBytes = 768 << 10
	// maxValue lets at least one item into every batch.
	maxValue = 512 << 10
	// dataTimeout is asked for the session of the connection that carries records.
	// Nothing depends on that session; the library pings three times in it, and leaves a
	// server that is silent for two thirds.
	dataTimeout = 10 * time.Second
	// smallBuffer holds every request of a session, also one with the longest description.
	smallBuffer = 128 << 10
	// openLimit bounds New.
	openLimit = 30 * time.Second
	// maxCalls bounds the calls that wait inside the client library.
	maxCalls = 64
)

// Store is Tenure's contract on one ZooKeeper ensemble. It is safe for concurrent use.
// It owns one connection for records, and each session one of its own; Close ends them.
type Store struct {
	o              Options
	minTTL, maxTTL time.Duration // that the servers grant
	data           *link
	hints          *hints
	idle, fast     time.Duration // between polls
	good           atomic.Int32  // the index of a server that worked, at first any

	mu    sync.Mutex     // guards links
	links map[*link]bool // that are not closed
}

// New returns a store on an ensemble. It creates the namespace's znodes where they are
// missing, and asks the servers for the shortest and the longest session that they grant,
// for at most 30 s or until ctx is done.
//
// It returns backends.ErrInvalid for wrong options, backends.ErrDenied if the user may
// not create or read the znodes, and backends.ErrUnavailable if no server answered, or
// none has a quorum. A wrong password shows as ErrDenied too, and only where an ACL asks
// for the right one: servers take any digest.
func New(ctx context.Context, options Options) (*Store, error) {
	o, err := options.complete()
	if err != nil {
		return nil, err
	}
	s := &Store{o: o, hints: newHints(), idle: pollIdle, fast: pollFast, links: map[*link]bool{}}
	s.good.Store(rand.Int32N(int32(len(o.Servers))))
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, wrap("open the namespace "+o.Namespace, err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	if s.minTTL, err = s.granted(ctx, time.Millisecond); err != nil {
		return err
	}
	if s.maxTTL, err = s.granted(ctx, math.MaxInt32*time.Millisecond); err != nil {
		return err
	}
	if s.data, err = s.connectData(); err != nil {
		return err
	}
	s.data.line.begin(context.Background()) // lasts until Close
	if err := s.data.authenticate(ctx, s.o.Auth); err != nil {
		return err
	}
	return s.prepare(ctx)
}

// granted opens a session, to learn which timeout the server gives when asked for one.
func (s *Store) granted(ctx context.Context, ask time.Duration) (time.Duration, error) {
	k, err := s.connectOnce(ask)
	if err != nil {
		return 0, err
	}
	t := k.line.begin(ctx)
	defer k.line.finish(t)
	defer k.close()
	if _, err := k.line.connected(ctx); err != nil {
		return 0, err
	}
	return k.line.timeout(), nil
}

// prepare creates what is missing of the namespace. It looks first, because a user may
// have no right to create what an administrator has created for them.
func (s *Store) prepare(ctx context.Context) error {
	for _, path := range []string{s.records(), s.sessions()} {
		err := s.commit(ctx, &zk.CheckVersionRequest{Path: path, Version: -1})
		if errors.Is(err, zk.ErrNoNode) {
			_, err = s.makeDirs(ctx, path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeDirs creates a znode and those above it, as far as they are missing, and reports
// whether the znode was.
func (s *Store) makeDirs(ctx context.Context, path string) (missing bool, err error) {
	for {
		_, err := s.data.call(ctx, func(c *zk.Conn) (any, error) { return c.Create(path, nil, 0, s.o.ACL) })
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, zk.ErrNodeExists):
			return false, nil
		case !errors.Is(err, zk.ErrNoNode):
			return false, err
		}
		if _, err := s.makeDirs(ctx, path[:strings.LastIndexByte(path, '/')]); err != nil {
			return false, err
		}
	}
}

// Close ends the store's connections, also those of its sessions: these expire, unless
// they were closed. It waits for at most a few seconds. No method may be called after it.
func (s *Store) Close() {
	s.mu.Lock()
	links := slices.Collect(maps.Keys(s.links))
	s.mu.Unlock()
	var all sync.WaitGroup
	for _, k := range links {
		all.Go(k.close)
	}
	all.Wait()
}

// Capabilities implements backends.Backend. Push is false: a watch of ZooKeeper is a
// hint here, behind which the store polls.
func (s *Store) Capabilities() backends.Capabilities {
	return backends.Capabilities{
		Store: "zookeeper", MaxKeyBytes: backends.MaxKeyBytes, MaxValueBytes: maxValue, MaxDescriptionBytes: 64 << 10,
		MaxBatch: maxBatch, MinTTL: s.minTTL, MaxTTL: s.maxTTL, TTLStep: time.Millisecond,
		Death: backends.DeathByServer,
	}
}

func (s *Store) records() string  { return s.o.Namespace + "/" + recordsDir }
func (s *Store) sessions() string { return s.o.Namespace + "/" + sessionsDir }

func (s *Store) recordPath(k backends.Key) string { return s.records() + "/" + string(k) }
func (s *Store) keyOf(path string) backends.Key {
	return backends.Key(strings.TrimPrefix(path, s.records()+"/"))
}

func (s *Store) sessionPath(id backends.SessionID) string {
	return s.sessions() + "/" + backends.Escape(string(id))
}
