package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"sync"
)

// resource is what elections protect. It takes a write only if its token is not
// below the largest it has seen for the election.
type resource struct {
	listener net.Listener
	deaths   *deaths

	mu        sync.Mutex
	elections map[string]*register
}

// register is one election as the resource sees it.
type register struct {
	largest  uint64
	holder   *worker // who wrote with the largest token
	accepted int
	terms    int
	dead     map[uint64]bool // tokens whose session the server has deleted
	twice    []uint64        // tokens that two workers used
	workers  []*worker
}

// worker is one worker as the resource sees it.
type worker struct {
	name    string
	stops   int
	late    int // since its last stop: writes after its lease was over
	most    int // the largest late of all stops
	total   int // late of all stops
	refused int // of those: refused for a larger token
}

func newResource(d *deaths) (*resource, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &resource{listener: l, deaths: d, elections: map[string]*register{}}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
	return r, nil
}

// election returns the register of an election. The caller holds mu.
func (r *resource) election(name string) *register {
	if r.elections[name] == nil {
		r.elections[name] = &register{dead: map[uint64]bool{}}
	}
	return r.elections[name]
}

func (r *resource) add(election string, w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.election(election)
	e.workers = append(e.workers, w)
}

// serve answers one worker. Its first line says who it is.
func (r *resource) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	lines := bufio.NewScanner(conn)
	var election string
	w := &worker{}
	for lines.Scan() {
		var token uint64
		var key string
		answer := "ok"
		switch line := lines.Text(); {
		case scan(line, "worker %s %s", &election, &w.name):
			r.add(election, w)
		case scan(line, "term %d %s", &token, &key):
			r.term(election, token, key)
		case scan(line, "write %d", &token):
			if !r.write(election, w, token) {
				answer = "no"
			}
		default:
			return
		}
		if _, err := io.WriteString(conn, answer+"\n"); err != nil {
			return
		}
	}
}

func scan(line, format string, into ...any) bool {
	n, err := fmt.Sscanf(line, format, into...)
	return err == nil && n == len(into)
}

// term notes when the session behind a token dies.
func (r *resource) term(election string, token uint64, key string) {
	died := r.deaths.of(key)
	go func() {
		select {
		case <-died:
			r.mu.Lock()
			defer r.mu.Unlock()
			r.election(election).dead[token] = true
		case <-r.deaths.failed:
		}
	}()
}

// write is one guarded write. It is late if the lease behind it was over.
func (r *resource) write(election string, w *worker, token uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.election(election)
	if token < e.largest || e.dead[token] {
		w.late++
		w.total++
		w.most = max(w.most, w.late)
	}
	if token < e.largest {
		w.refused++
		return false
	}
	if token > e.largest {
		e.largest, e.holder = token, w
		e.terms++
	}
	if e.holder != w {
		e.twice = append(e.twice, token)
	}
	e.accepted++
	return true
}

// holder returns the name of the election's last writer and how many writes the
// election has seen, or "".
func (r *resource) holder(election string) (name string, accepted int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.election(election)
	if e.holder == nil {
		return "", 0
	}
	return e.holder.name, e.accepted
}

// stopped begins a new count of late writes for the election's last writer.
func (r *resource) stopped(election string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.election(election).holder
	w.stops++
	w.late = 0
}
