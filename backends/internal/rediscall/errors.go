package rediscall

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/tenure-go/tenure/backends"
)

// ErrNotSent marks an error that came before anything was sent.
var ErrNotSent = errors.New("nothing was sent")

// known is what the first word of a server's error means here, and what a person can
// do about it. Each of these is given before a command or a script has any effect.
var known = map[string]struct {
	kind   error
	advice string
}{
	"NOAUTH":      {backends.ErrDenied, "the server asks for authentication: give the client a user name and password"},
	"WRONGPASS":   {backends.ErrDenied, "check the client's user name and password"},
	"NOPERM":      {backends.ErrDenied, "give the client's user the ACL of the package documentation"},
	"WRONGTYPE":   {backends.ErrForeign, "something else uses the keys of this namespace: choose another one, or remove them"},
	"OOM":         {backends.ErrUnavailable, "the server is at its maxmemory: raise it or free some; renewals and reads go on meanwhile"},
	"READONLY":    {backends.ErrUnavailable, "this server is a replica: give the client the master's address, or use a Sentinel or Cluster client"},
	"NOREPLICAS":  {backends.ErrUnavailable, "the master has fewer replicas than min-replicas-to-write: bring them back"},
	"MISCONF":     {backends.ErrUnavailable, "the server cannot save to its disk and refuses writes: look at its log"},
	"MOVED":       {backends.ErrUnavailable, "the slot is on another server of a cluster: a Cluster client finds it, a standalone one cannot"},
	"ASK":         {backends.ErrUnavailable, "the slot is being moved: it is served again when that is done"},
	"TRYAGAIN":    {backends.ErrUnavailable, "the slot is being moved: it is served again when that is done"},
	"CLUSTERDOWN": {backends.ErrUnavailable, "the cluster does not serve this slot now"},
	"MASTERDOWN":  {backends.ErrUnavailable, "this server is a replica without its master"},
	"LOADING":     {backends.ErrUnavailable, "the server still loads its data"},
	"BUSY":        {backends.ErrUnavailable, "a script of somebody else holds the server up"},
}

// noPermission is how the server begins the error of a command that a script may not
// run for this user. It has no word of its own.
const noPermission = "ERR The user executing the script can't"

// Wrap maps a native error to a sentinel and keeps both. Redis's errors name users and
// commands, never passwords or values.
func Wrap(doing string, err error) error {
	return fmt.Errorf("redis: %s: %w: %w", doing, Kind(err), Explain(err))
}

// Explain adds what a person can do about an error.
func Explain(err error) error {
	if advice := known[code(err)].advice; advice != "" {
		return fmt.Errorf("%w (%s)", err, advice)
	}
	if errors.Is(Kind(err), backends.ErrUnsupported) {
		return fmt.Errorf("%w (Redis 7.0 or later is needed, with scripts)", err)
	}
	return err
}

// Kind returns the sentinel of package backends that an error belongs to.
func Kind(err error) error {
	if k, ok := known[code(err)]; ok {
		return k.kind
	}
	if code(err) == "ERR" && (strings.Contains(err.Error(), "compiling script") || strings.Contains(err.Error(), "unknown command")) {
		return backends.ErrUnsupported
	}
	return backends.ErrUnavailable
}

// code returns the first word of what the server said, "" if it is not from there.
func code(err error) string {
	var native redis.Error
	if !errors.As(err, &native) {
		return ""
	}
	if strings.HasPrefix(native.Error(), noPermission) {
		return "NOPERM"
	}
	word, _, _ := strings.Cut(native.Error(), " ")
	return word
}

// Refused reports whether a request surely had no effect, and will have none. A
// script that was stopped in its middle by a permission may have written something;
// the server names the script in such an error.
func Refused(err error) bool {
	var network *net.OpError
	switch word := code(err); {
	case errors.Is(err, ErrNotSent), errors.Is(err, redis.ErrPoolTimeout), errors.Is(err, redis.ErrClosed):
		return true
	case errors.As(err, &network) && network.Op == "dial":
		return true
	case word == "WRONGTYPE": // all types are looked at before the first write
		return true
	default:
		_, ok := known[word]
		return ok && !strings.Contains(err.Error(), "script: ")
	}
}

// Strange says that a reply is not what the script returns. The reply may hold values,
// so only its type is shown.
func Strange(reply any) error {
	return fmt.Errorf("a reply of type %T is not what the script returns: does something between client and server rewrite it?", reply)
}
