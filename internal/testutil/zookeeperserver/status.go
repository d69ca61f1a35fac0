package zookeeperserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
)

// Status is what a server tells of itself.
type Status struct {
	// Version is the server's version, for example "3.8.0".
	Version string
	// Mode is "standalone", "leader", "follower" or "observer".
	Mode string
	// Zxid is the number of the newest transaction that it has.
	Zxid int64
}

var (
	versionLine = regexp.MustCompile(`Zookeeper version: ([0-9.]+)`)
	modeLine    = regexp.MustCompile(`Mode: (\w+)`)
	zxidLine    = regexp.MustCompile(`Zxid: 0x([0-9a-f]+)`)
)

// Status asks the server (the four-letter word "srvr"). It returns an error for a server
// that does not serve requests, for example because its ensemble has no leader.
func (s *Server) Status(ctx context.Context) (Status, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return Status{}, err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, "srvr"); err != nil {
		return Status{}, err
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return Status{}, err
	}
	return parseStatus(string(answer))
}

func parseStatus(answer string) (Status, error) {
	version, mode, zxid := versionLine.FindStringSubmatch(answer), modeLine.FindStringSubmatch(answer), zxidLine.FindStringSubmatch(answer)
	if version == nil || mode == nil || zxid == nil {
		return Status{}, fmt.Errorf("the server does not serve: %w", errors.New(strings.TrimSpace(answer)))
	}
	n, err := strconv.ParseInt(zxid[1], 16, 64)
	return Status{Version: version[1], Mode: mode[1], Zxid: n}, err
}
