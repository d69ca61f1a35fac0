package logbook

import (
	"encoding/gob"
	"errors"
	"net"
	"sync"
)

// Service writes into a book what processes tell it by a local socket.
type Service struct {
	book     *Book
	listener net.Listener
	wg       sync.WaitGroup // the goroutines, which end with the listener and the processes
}

// Serve starts a service at the path of a socket. End it with Close.
func Serve(path string, book *Book) (*Service, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	s := &Service{book: book, listener: l}
	s.wg.Go(s.accept)
	return s, nil
}

func (s *Service) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.wg.Go(func() { s.talk(conn) })
	}
}

// talk answers one process until it ends.
func (s *Service) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in, out := gob.NewDecoder(conn), gob.NewEncoder(conn)
	var process string
	if in.Decode(&process) != nil {
		return
	}
	for {
		var m message
		if in.Decode(&m) != nil {
			return // its end is not news: who killed it knows
		}
		m.Event.Process = process
		reply := s.book.Add(m.Event)
		if m.Wait && out.Encode(reply) != nil {
			return
		}
	}
}

// Close stops listening and waits until all processes have ended.
func (s *Service) Close() error {
	err := s.listener.Close()
	s.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// message is an event, and whether its sender waits for the reply.
type message struct {
	Event Event
	Wait  bool
}
