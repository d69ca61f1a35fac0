package backendurl

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tenure-go/tenure/backends"
)

// URL is an address, taken apart. Package net/url is not used for the whole, because it
// knows one host only and its errors quote the password. A URL prints as its scheme,
// user, hosts and path, without password and parameters.
type URL struct {
	Scheme string
	// Hosts are as they were written: "host", "host:1234" or "[::1]:1234".
	Hosts []string
	// Path is decoded. It begins with a slash where there are two behind the scheme,
	// and may else not: "x.db" in sqlite:x.db.
	Path string

	user, password       string // decoded
	hasUser, hasPassword bool
	written              string // the password as it was written
	slashes              bool   // there is an authority, which may be empty
	query                map[string][]string
}

var schemeForm = regexp.MustCompile(`^[a-z][a-z0-9+.-]*$`)

// needsEscape tells how to write what would else end the part that it stands in.
const needsEscape = "in a user name, a password, a path or a value write % @ / ? # & as %25 %40 %2F %3F %23 %26"

// Parse takes an address apart. It returns backends.ErrInvalid with what is wrong, and
// never with a password.
func Parse(address string) (*URL, error) {
	u, err := parse(address)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w: %w", shown(address), backends.ErrInvalid, err)
	}
	return u, nil
}

// shown is what errors show of an address that may be anything: without parameters,
// because nobody knows which of them are secret where their names are misspelt.
func shown(address string) string {
	before, _, _ := strings.Cut(Redact(address), "?")
	return fmt.Sprintf("%.200s", before)
}

// parse returns errors that quote nothing but what stands before a password could.
func parse(address string) (*URL, error) {
	scheme, rest, ok := strings.Cut(address, ":")
	switch {
	case !ok || !schemeForm.MatchString(scheme):
		return nil, errors.New("it does not begin with a scheme and a colon, in lower case")
	case strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return nil, errors.New("it has a space or a control character: write a space as %20")
	case strings.Contains(rest, "#"):
		return nil, fmt.Errorf("it has a #: %s", needsEscape)
	}
	u := &URL{Scheme: scheme}
	rest, query, _ := strings.Cut(rest, "?")
	if behind, ok := strings.CutPrefix(rest, "//"); ok {
		u.slashes = true
		authority, path := behind, ""
		if end := strings.IndexByte(behind, '/'); end >= 0 {
			authority, path = behind[:end], behind[end:]
		}
		// What stands behind may be the rest of a password, and before it the true hosts.
		if authority != "" && strings.Contains(path+query, "@") {
			return nil, fmt.Errorf("there is an @ behind the hosts: %s", needsEscape)
		}
		if err := u.parseAuthority(authority); err != nil {
			return nil, err
		}
		rest = path
	}
	var err error
	if u.Path, err = url.PathUnescape(rest); err != nil {
		return nil, fmt.Errorf("the path has a %% without two hexadecimal digits: %s", needsEscape)
	}
	return u, u.parseQuery(query)
}

func (u *URL) parseAuthority(authority string) error {
	hosts := authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		hosts = authority[at+1:]
		if err := u.parseUser(authority[:at]); err != nil {
			return err
		}
		if hosts == "" {
			return errors.New("there is no host behind the @")
		}
	}
	if hosts == "" {
		return nil
	}
	u.Hosts = strings.Split(hosts, ",")
	for i, host := range u.Hosts {
		if err := checkHost(host); err != nil {
			return fmt.Errorf("host %d of %d: %w", i+1, len(u.Hosts), err)
		}
	}
	return nil
}

func (u *URL) parseUser(written string) error {
	var user string
	user, u.written, u.hasPassword = strings.Cut(written, ":")
	u.hasUser = true
	var errs [2]error
	u.user, errs[0] = url.PathUnescape(user)
	u.password, errs[1] = url.PathUnescape(u.written)
	if errs[0] != nil || errs[1] != nil {
		return fmt.Errorf("the user or the password has a %% without two hexadecimal digits: %s", needsEscape)
	}
	return nil
}

// hostForm is a name or an IPv4 address.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// checkHost does not quote a port, because that may be a password whose @ is missing.
func checkHost(host string) error {
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		name, port = host[:i], host[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("the port is no number from 1 to 65535; or, if that is the password, then %s", needsEscape)
		}
	}
	if !hostForm.MatchString(name) && !isIPv6(name) {
		return errors.New("it is no name and no IP address; an IPv6 address stands in brackets, as [::1]:1234")
	}
	return nil
}

// isIPv6 reports whether a host is an IPv6 address in brackets.
func isIPv6(host string) bool {
	inner, open := strings.CutPrefix(host, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	addr, err := netip.ParseAddr(inner)
	return open && closed && err == nil && addr.Is6() && addr.Zone() == ""
}

func (u *URL) parseQuery(query string) error {
	u.query = map[string][]string{}
	if query == "" {
		return nil
	}
	for i, pair := range strings.Split(query, "&") {
		rawName, rawValue, ok := strings.Cut(pair, "=")
		if !ok || rawName == "" || strings.ContainsAny(rawName, "@/?:") {
			return fmt.Errorf("parameter %d is not name=value; %s", i+1, needsEscape)
		}
		name, err := url.PathUnescape(rawName)
		if err != nil {
			return fmt.Errorf("the name of parameter %d has a %% without two hexadecimal digits", i+1)
		}
		value, err := url.PathUnescape(rawValue)
		if err != nil {
			return fmt.Errorf("the parameter %.80q has a %% without two hexadecimal digits: %s", name, needsEscape)
		}
		u.query[name] = append(u.query[name], value)
	}
	return nil
}

// User returns the user's name, "" if there is none.
func (u *URL) User() string { return u.user }

// Password returns the password, and whether there is one, which may be empty.
func (u *URL) Password() (string, bool) { return u.password, u.hasPassword }

// HostPorts returns the hosts, each with a port: that of the argument where none is written.
func (u *URL) HostPorts(port string) []string {
	hosts := slices.Clone(u.Hosts)
	for i, host := range hosts {
		if strings.HasSuffix(host, "]") || !strings.Contains(host, ":") {
			hosts[i] = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
	}
	return hosts
}

// Text returns the address for a client library that reads addresses by itself, with
// the password, another scheme, hosts and parameters.
func (u *URL) Text(scheme, hosts string, query url.Values) string {
	text := scheme + "://"
	switch {
	case u.hasPassword:
		text += url.UserPassword(u.user, u.password).String() + "@"
	case u.hasUser:
		text += url.User(u.user).String() + "@"
	}
	text += hosts + (&url.URL{Path: u.Path}).EscapedPath()
	if len(query) > 0 {
		// Not every library reads + as a space.
		text += "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
	}
	return text
}

// String implements fmt.Stringer. It shows no password and no parameters.
func (u *URL) String() string {
	text := u.Scheme + ":"
	if u.slashes {
		text += "//"
	}
	if u.hasUser {
		text += url.User(u.user).String()
		if u.hasPassword {
			text += ":" + hidden
		}
		text += "@"
	}
	return text + strings.Join(u.Hosts, ",") + (&url.URL{Path: u.Path}).EscapedPath()
}

// GoString implements fmt.GoStringer, so that %#v shows no password either.
func (u *URL) GoString() string { return u.String() }
