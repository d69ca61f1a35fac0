package backendurl

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// DefaultNamespace is the namespace of an address that names none, in every store.
const DefaultNamespace = "tenure"

// Params are the parameters of an address. Each getter takes one out; Done tells of the
// first bad value, and of what was not asked for. They are for one goroutine.
type Params struct {
	url   *URL
	rest  map[string][]string
	asked []string
	err   error
}

// Params returns the parameters of the address, all of them untaken.
func (u *URL) Params() *Params { return &Params{url: u, rest: maps.Clone(u.query)} }

// String returns the value of a parameter, or otherwise if it is not there. An empty
// value is a mistake.
func (p *Params) String(name, otherwise string) string {
	p.asked = append(p.asked, name)
	values, ok := p.rest[name]
	delete(p.rest, name)
	switch {
	case !ok:
		return otherwise
	case len(values) > 1:
		p.fail("the parameter %q is there %d times, want it once", name, len(values))
	case values[0] == "":
		p.fail("the parameter %q is empty", name)
	default:
		return values[0]
	}
	return otherwise
}

// Namespace returns the parameter "namespace", by default DefaultNamespace.
func (p *Params) Namespace() string { return p.String("namespace", DefaultNamespace) }

// Bool returns the value of a parameter that is true or false, or otherwise.
func (p *Params) Bool(name string, otherwise bool) bool {
	switch text := p.String(name, ""); text {
	case "":
		return otherwise
	case "true", "false":
		return text == "true"
	default:
		p.bad(name, text, "true or false")
		return otherwise
	}
}

// Duration returns the value of a parameter such as 1.5s or 200ms, from least to most, or
// otherwise.
func (p *Params) Duration(name string, otherwise, least, most time.Duration) time.Duration {
	text := p.String(name, "")
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < least || d > most {
		p.bad(name, text, "a duration from "+least.String()+" to "+most.String())
		return otherwise
	}
	return d
}

// Rest takes out all parameters that are left, for a client library that knows them.
func (p *Params) Rest() url.Values {
	rest := url.Values(p.rest)
	p.rest = nil
	return rest
}

// Done returns backends.ErrInvalid if a value was bad, or if a parameter was not asked for.
func (p *Params) Done() error {
	if p.err != nil || len(p.rest) == 0 {
		return p.err
	}
	unknown := slices.Sorted(maps.Keys(p.rest))
	known := slices.Sorted(slices.Values(p.asked))
	return p.url.Invalid("the parameter %.80q is not known; %s: has %s", unknown[0], p.url.Scheme, strings.Join(known, ", "))
}

// bad notes a value that is not what was wanted. A secret one is not shown.
func (p *Params) bad(name, text, want string) {
	if isSecret(name) {
		text = hidden
	}
	p.fail("the parameter %q is %.80q, want %s", name, text, want)
}

// fail notes the first mistake.
func (p *Params) fail(format string, args ...any) {
	if p.err == nil {
		p.err = p.url.Invalid(format, args...)
	}
}
