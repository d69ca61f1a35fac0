package mysql

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/tenure-go/tenure/backends"
)

func TestRefused(t *testing.T) {
	t.Parallel()
	for number, want := range map[uint16]bool{
		1142: true, 1146: true, 1213: true, 1205: true, 1290: true, 1064: true, 1406: true, 3141: true, 4038: true,
		1317: false, 1020: false, 1969: false, 1180: false, 3101: false, 3024: false, 1598: false, 1053: false, 1030: false, 0: false,
	} {
		err := fmt.Errorf("write: %w", &mysql.MySQLError{Number: number})
		if refused(err) != want {
			t.Errorf("error %d: refused is %v, want %v", number, !want, want)
		}
		if wrapped := wrap("write", err); !errors.Is(wrapped, err) {
			t.Errorf("error %d: the native error is lost in %v", number, wrapped)
		}
	}
	for _, err := range []error{errNoConnection, driver.ErrBadConn, mysql.ErrPktTooLarge} {
		if !refused(fmt.Errorf("x: %w", err)) {
			t.Errorf("%v: nothing was sent, so it cannot apply", err)
		}
	}
	for _, err := range []error{io.ErrUnexpectedEOF, mysql.ErrInvalidConn} {
		if refused(err) {
			t.Errorf("%v: the connection broke, so it can have applied", err)
		}
	}
	for number, kind := range map[uint16]error{
		1045: backends.ErrDenied, 1142: backends.ErrDenied, 1049: backends.ErrInvalid, 1146: backends.ErrUnsupported,
		1290: backends.ErrUnavailable, 1213: backends.ErrUnavailable, 0: backends.ErrUnavailable,
	} {
		if err := wrap("x", &mysql.MySQLError{Number: number}); !errors.Is(err, kind) {
			t.Errorf("error %d: %v, want %v", number, err, kind)
		}
	}
	if err := wrap("x", mysql.ErrPktTooLarge); !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), "maxAllowedPacket") {
		t.Errorf("packet too large: %v", err)
	}
}

// What cannot be run here is judged by what such servers say of themselves.
func TestCheckVariables(t *testing.T) {
	t.Parallel()
	mysql8 := map[string]string{
		"version": "8.0.36", "read_only": "OFF", "innodb_read_only": "OFF", "transaction_read_only": "OFF", "autocommit": "ON",
		"transaction_isolation": "REPEATABLE-READ", "max_allowed_packet": "67108864", "innodb_flush_log_at_trx_commit": "1",
		"log_bin": "ON", "sync_binlog": "1", "group_replication_group_name": "",
	}
	group := map[string]string{"group_replication_group_name": "g", "group_replication_single_primary_mode": "ON", "group_replication_consistency": "BEFORE_ON_PRIMARY_FAILOVER"}
	for name, c := range map[string]struct {
		change map[string]string
		kind   error
		text   string
	}{
		"MySQL 8":                {nil, nil, ""},
		"MySQL 9":                {map[string]string{"version": "9.3.0-commercial"}, nil, ""},
		"MariaDB 10.11":          {map[string]string{"version": "10.11.6-MariaDB-log", "wsrep_on": "OFF"}, nil, ""},
		"MariaDB 11.4":           {map[string]string{"version": "11.4.2-MariaDB"}, nil, ""},
		"a group":                {group, nil, ""},
		"no replicas":            {map[string]string{"log_bin": "OFF", "sync_binlog": "0"}, nil, ""},
		"MySQL 5.7":              {map[string]string{"version": "5.7.44"}, backends.ErrUnsupported, "5.7.44"},
		"MariaDB 10.6":           {map[string]string{"version": "10.6.21-MariaDB"}, backends.ErrUnsupported, "10.11"},
		"no version":             {map[string]string{"version": "x"}, backends.ErrUnsupported, `"x"`},
		"replica":                {map[string]string{"read_only": "ON"}, backends.ErrUnsupported, "primary"},
		"replica, by a word":     {map[string]string{"read_only": "NO_LOCK"}, backends.ErrUnsupported, "primary"},
		"Aurora's reader":        {map[string]string{"innodb_read_only": "ON"}, backends.ErrUnsupported, "primary"},
		"read-only transactions": {map[string]string{"transaction_read_only": "ON"}, backends.ErrUnsupported, "primary"},
		"Galera":                 {map[string]string{"wsrep_on": "ON"}, backends.ErrUnsupported, "Galera"},
		"several primaries":      {map[string]string{"group_replication_group_name": "g", "group_replication_single_primary_mode": "OFF"}, backends.ErrUnsupported, "several primaries"},
		"old data after failover": {map[string]string{"group_replication_group_name": "g", "group_replication_single_primary_mode": "ON", "group_replication_consistency": "EVENTUAL"},
			backends.ErrUnsupported, "BEFORE_ON_PRIMARY_FAILOVER"},
		"no autocommit":    {map[string]string{"autocommit": "OFF"}, backends.ErrInvalid, "autocommit"},
		"dirty reads":      {map[string]string{"transaction_isolation": "READ-UNCOMMITTED"}, backends.ErrInvalid, "READ UNCOMMITTED"},
		"small packets":    {map[string]string{"max_allowed_packet": "4194304"}, backends.ErrInvalid, "4194304"},
		"lazy log":         {map[string]string{"innodb_flush_log_at_trx_commit": "2"}, backends.ErrInvalid, "innodb_flush_log_at_trx_commit"},
		"lazy binary log":  {map[string]string{"sync_binlog": "0"}, backends.ErrInvalid, "sync_binlog"},
		"nothing is known": {map[string]string{"innodb_flush_log_at_trx_commit": ""}, backends.ErrInvalid, "innodb_flush_log_at_trx_commit"},
	} {
		v := maps.Clone(mysql8)
		maps.Copy(v, c.change)
		err := checkVariables(v)
		if !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %v and %q", name, err, c.kind, c.text)
		}
	}
}

func TestPositional(t *testing.T) {
	t.Parallel()
	text, args := positional(`a ?1 b ?3 c ?1 d ?2`, []any{"x", "y", "z"})
	if text != `a ? b ? c ? d ?` || !slices.Equal(args, []any{"x", "z", "x", "y"}) {
		t.Errorf("%s with %v", text, args)
	}
}
