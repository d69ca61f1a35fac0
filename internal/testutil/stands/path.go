package stands

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/internal/testutil/tcpproxy"
)

// Path is a network path to a store that can be cut, one proxy for each of its hosts.
type Path struct {
	// Address is what opens the store along this path.
	Address string

	proxies []*tcpproxy.Proxy
}

// NewPath returns a path to the store at an address. It returns backends.ErrInvalid for
// one that is wrong, and an error for one that names no host with a port: a file has no
// network.
func NewPath(address string) (*Path, error) { return NewPathOn("127.0.0.1", address) }

// NewPathOn is NewPath for clients that reach this machine at another of its addresses.
func NewPathOn(local, address string) (*Path, error) {
	u, err := backendurl.Parse(address)
	if err != nil {
		return nil, err
	}
	if len(u.Hosts) == 0 {
		return nil, fmt.Errorf("the address %v names no host", u)
	}
	p := &Path{}
	var hosts []string
	for _, host := range u.Hosts {
		if !strings.Contains(host, ":") {
			return nil, errors.Join(fmt.Errorf("the host %q of %v has no port", host, u), p.Close())
		}
		proxy, err := tcpproxy.StartOn(local, host)
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.proxies = append(p.proxies, proxy)
		hosts = append(hosts, proxy.Addr())
	}
	// Hosts stand behind the user's name and password, which may look the same.
	written := strings.Join(u.Hosts, ",")
	before, behind, _ := strings.Cut(address, "//")
	user, at := "", strings.LastIndex(behind, "@"+written)
	if at >= 0 {
		user, behind = behind[:at+1], behind[at+1:]
	}
	p.Address = before + "//" + user + strings.Join(hosts, ",") + strings.TrimPrefix(behind, written)
	return p, nil
}

// Cut makes the path silent both ways: nothing arrives, and nothing is refused.
func (p *Path) Cut() { p.each((*tcpproxy.Proxy).Cut) }

// CutReplies is Cut for what the store answers.
func (p *Path) CutReplies() { p.each((*tcpproxy.Proxy).CutReplies) }

// CutRequests is Cut for what the store is asked.
func (p *Path) CutRequests() { p.each((*tcpproxy.Proxy).CutRequests) }

// Delay makes every reply arrive d later.
func (p *Path) Delay(d time.Duration) { p.each(func(proxy *tcpproxy.Proxy) { proxy.Delay(d) }) }

// Hold keeps replies back until Release.
func (p *Path) Hold() { p.each((*tcpproxy.Proxy).Hold) }

// Release delivers what Hold kept back.
func (p *Path) Release() { p.each((*tcpproxy.Proxy).Release) }

// Silence makes the open connections half-open: see tcpproxy.Proxy.Silence.
func (p *Path) Silence() { p.each((*tcpproxy.Proxy).Silence) }

// Reset ends all connections with RST.
func (p *Path) Reset() { p.each((*tcpproxy.Proxy).Reset) }

// Restore ends all faults.
func (p *Path) Restore() { p.each((*tcpproxy.Proxy).Restore) }

// Sends returns how many pieces clients have sent: see tcpproxy.Proxy.Sends.
func (p *Path) Sends() (n int64) {
	p.each(func(proxy *tcpproxy.Proxy) { n += proxy.Sends() })
	return n
}

// Close ends the path and its connections.
func (p *Path) Close() error {
	var errs []error
	p.each(func(proxy *tcpproxy.Proxy) { errs = append(errs, proxy.Close()) })
	return errors.Join(errs...)
}

func (p *Path) each(do func(*tcpproxy.Proxy)) {
	for _, proxy := range p.proxies {
		do(proxy)
	}
}
