package backendurl

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/tenure-go/tenure/backends"
)

// shortest is the length of the shortest secret that is looked for in errors. A shorter
// one stands in many texts, and hiding it there would show it.
const shortest = 4

// Invalid returns backends.ErrInvalid with what is wrong with the address. Open adds the
// address; a secret among the arguments is hidden.
func (u *URL) Invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", backends.ErrInvalid, u.hide(fmt.Sprintf(format, args...)))
}

// Refused returns backends.ErrInvalid with what a client library says of the address.
// Secrets are hidden, and the native error is left out, because it may hold them.
func (u *URL) Refused(err error) error { return u.Invalid("%v", err) }

// scrub is the last guard: the errors of the stores show no secrets by themselves. If one
// does, its text and its sentinels are kept, and the native error is left out.
func (u *URL) scrub(err error) error {
	text := u.hide(err.Error())
	if text == err.Error() {
		return err
	}
	clean := &scrubbed{text: text}
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			clean.kinds = append(clean.kinds, kind)
		}
	}
	return clean
}

// kinds are the errors that scrub keeps.
var kinds = []error{
	backends.ErrInvalid, backends.ErrDenied, backends.ErrUnavailable, backends.ErrUnsupported, backends.ErrForeign,
	context.Canceled, context.DeadlineExceeded,
}

type scrubbed struct {
	text  string
	kinds []error
}

func (s *scrubbed) Error() string   { return s.text }
func (s *scrubbed) Unwrap() []error { return s.kinds }

// hide replaces the secrets of the address in a text, in all forms in which an error may
// quote them.
func (u *URL) hide(text string) string {
	for _, secret := range u.secrets() {
		quoted, login := strconv.Quote(secret), url.UserPassword("", secret).String()
		for _, form := range []string{secret, quoted[1 : len(quoted)-1], login[1:], url.PathEscape(secret), url.QueryEscape(secret)} {
			if len(form) >= shortest {
				text = strings.ReplaceAll(text, form, hidden)
			}
		}
	}
	return text
}

func (u *URL) secrets() []string {
	secrets := []string{u.password, u.written}
	for name, values := range u.query {
		if isSecret(name) {
			secrets = append(secrets, values...)
		}
	}
	return secrets
}
