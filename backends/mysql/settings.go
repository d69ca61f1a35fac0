package mysql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/internal/sqlcore"
)

// The oldest versions that are taken, as major*100+minor.
const (
	minimumMySQL   = 800
	minimumMariaDB = 1011
)

// minimumPacket is what a batch of 4 MiB of values may need on its way.
const minimumPacket = 16 << 20

// looked lists the variables that checkVariables looks at. A server lacks some of them.
const looked = `SHOW VARIABLES WHERE Variable_name IN ('version', 'read_only', 'innodb_read_only', 'transaction_read_only', 'tx_read_only',
	'autocommit', 'transaction_isolation', 'tx_isolation', 'max_allowed_packet', 'innodb_flush_log_at_trx_commit', 'log_bin',
	'sync_binlog', 'wsrep_on', 'group_replication_group_name', 'group_replication_single_primary_mode',
	'group_replication_consistency')`

// checkServer looks at the server that a connection of the pool reaches, and at the
// settings of that connection; the others have the same data source name.
func checkServer(ctx context.Context, c conn) error {
	variables := map[string]string{}
	err := c.Query(ctx, looked, nil, func(scan sqlcore.Scan) error {
		var name, value string
		err := scan(&name, &value)
		variables[strings.ToLower(name)] = value
		return err
	})
	if err != nil {
		return wrap("look at the server", err)
	}
	if err := checkVariables(variables); err != nil {
		return fmt.Errorf("mysql: %w", err)
	}
	var apart int
	err = c.Query(ctx, `SELECT ABS(TIMESTAMPDIFF(SECOND, NOW(), SYSDATE()))`, nil, func(scan sqlcore.Scan) error { return scan(&apart) })
	switch {
	case err != nil:
		return wrap("look at the clock", err)
	case apart > 5:
		return fmt.Errorf("mysql: %w: the connection has a clock of its own, %d s from the server's: take timestamp out of the data source name", backends.ErrInvalid, apart)
	}
	return nil
}

// demand is what one variable must not be.
type demand struct {
	broken bool
	kind   error
	text   string
}

// checkVariables refuses a server or a connection on which the contract does not hold.
func checkVariables(v map[string]string) error {
	on := func(name string) bool { return v[name] != "" && v[name] != "OFF" && v[name] != "0" }
	packet, _ := strconv.Atoi(v["max_allowed_packet"]) // 0 is refused too
	isolation := v["transaction_isolation"] + v["tx_isolation"]
	for _, d := range []demand{
		{!taken(v["version"]), backends.ErrUnsupported, "the server is " + strconv.Quote(v["version"]) + ", want MySQL 8.0 or MariaDB 10.11 or later"},
		{on("read_only") || on("innodb_read_only") || on("transaction_read_only") || on("tx_read_only"), backends.ErrUnsupported, "the server or the connection is read-only: " + readOnlyAdvice},
		{on("wsrep_on"), backends.ErrUnsupported, "the server is a node of a Galera cluster, where another node may not see yet what was confirmed"},
		{on("group_replication_group_name") && !on("group_replication_single_primary_mode"), backends.ErrUnsupported, "the group of servers has several primaries: set group_replication_single_primary_mode"},
		{on("group_replication_group_name") && v["group_replication_consistency"] == "EVENTUAL", backends.ErrUnsupported, "a new primary of the group would answer with old data: set group_replication_consistency to BEFORE_ON_PRIMARY_FAILOVER"},
		{!on("autocommit"), backends.ErrInvalid, "autocommit is off, so that no write would be committed: take it out of the data source name"},
		{strings.Contains(isolation, "READ-UNCOMMITTED"), backends.ErrInvalid, "the isolation level READ UNCOMMITTED shows what is never committed: take READ COMMITTED"},
		{packet < minimumPacket, backends.ErrInvalid, fmt.Sprintf("max_allowed_packet is %d, want %d or more", packet, minimumPacket)},
		{v["innodb_flush_log_at_trx_commit"] != "1", backends.ErrInvalid, "innodb_flush_log_at_trx_commit is not 1: a crash would lose writes that were confirmed"},
		{on("log_bin") && v["sync_binlog"] != "1", backends.ErrInvalid, "sync_binlog is not 1: a crash would lose writes that were confirmed"},
	} {
		if d.broken {
			return fmt.Errorf("%w: %s", d.kind, d.text)
		}
	}
	return nil
}

// taken reports whether a version is new enough: "8.4.3", "10.11.6-MariaDB-log".
func taken(version string) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 3 {
		return false
	}
	major, errMajor := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	minimum := minimumMySQL
	if strings.Contains(version, "MariaDB") {
		minimum = minimumMariaDB
	}
	return errMajor == nil && errMinor == nil && major*100+minor >= minimum
}
