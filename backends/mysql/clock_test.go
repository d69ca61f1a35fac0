package mysql_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/mysql"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// The time zone is the connection's. Clients in several of them have one clock.
func TestClock_IsTheSameInEveryTimeZone(t *testing.T) {
	t.Parallel()
	server := start(t)
	in := func(zone string) *mysql.Store {
		return open(t, dial(t, dsn(server.Addr)+"&time_zone="+url.QueryEscape("'"+zone+"'")), "zones")
	}
	east, west := in("+09:00"), in("-08:00")
	for name, pair := range map[string][2]*mysql.Store{"east": {east, west}, "west": {west, east}} {
		session := storetest.OpenSession(t, pair[0], time.Minute)
		if r := storetest.Try(t, pair[1], backends.Write{Key: backends.Key(name), IfDead: session.ID()}); r.Outcome != backends.Alive {
			t.Errorf("proof of a live session from the %s: %+v, want alive", name, r)
		}
		infos, err := pair[1].Sessions(t.Context())
		if err != nil || len(infos) != 1 || infos[0].Left < 50*time.Second || infos[0].Left > time.Minute {
			t.Errorf("a session from the %s: %+v, %v, want almost a minute left", name, infos, err)
		}
		server.Expire(t, session.ID())
		if r := storetest.Try(t, pair[1], backends.Write{Key: backends.Key(name), IfDead: session.ID()}); r.Outcome != backends.Applied {
			t.Errorf("proof of an expired session from the %s: %+v, want applied", name, r)
		}
	}
}
