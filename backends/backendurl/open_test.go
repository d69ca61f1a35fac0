package backendurl_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
)

// scheme is a store that reads its parameters and fails with the error.
func scheme(err error, read func(p *backendurl.Params)) backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"test", "tests"}, Example: "test://host", Open: func(_ context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
		p := u.Params()
		read(p)
		if bad := p.Done(); bad != nil {
			return nil, nil, bad
		}
		return nil, func() error { return nil }, err
	}}
}

func TestOpen_NamesTheSchemesOfTheProgram(t *testing.T) {
	t.Parallel()
	one, two := scheme(nil, func(*backendurl.Params) {}), backendurl.Scheme{Names: []string{"other"}, Example: "other:"}
	for address, want := range map[string]string{
		"etcd://u:hunter2@h?token=hunter2": `open "etcd://u:xxxxx@h": invalid request: this program knows no scheme "etcd"; it opens other:, test://host`,
		"localhost":                        "this program opens other:, test://host",
		"root:hunter2@tcp(h)/db":           `knows no scheme "root"`,
	} {
		_, _, err := backendurl.Open(t.Context(), address, one, two)
		if !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
	if _, _, err := backendurl.Open(t.Context(), "test://h:0", one, two); err == nil || strings.Contains(err.Error(), "this program") {
		t.Errorf("a mistake behind a known scheme: %v", err)
	}
	if _, _, err := backendurl.Open(t.Context(), "test://h"); !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), "given no store") {
		t.Errorf("no schemes: %v", err)
	}
	if _, _, err := backendurl.Open(t.Context(), "test://h", one, one); !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), "two stores") {
		t.Errorf("the same scheme twice: %v", err)
	}
	if _, closeStore, err := backendurl.Open(t.Context(), "tests://h", one, two); err != nil || closeStore() != nil {
		t.Errorf("a good address: %v", err)
	}
}

func TestParams(t *testing.T) {
	t.Parallel()
	type read struct {
		namespace, text string
		on              bool
		wait            time.Duration
	}
	for query, want := range map[string]read{
		"":                                      {"tenure", "x", true, time.Second},
		"namespace=a%2Fb+c&on=false&wait=1.5s":  {"a/b+c", "x", false, 1500 * time.Millisecond},
		"text=y&on=true&wait=1m&n%61mespace=ns": {"ns", "y", true, time.Minute},
	} {
		var got read
		_, _, err := backendurl.Open(t.Context(), "test://h?"+query, scheme(nil, func(p *backendurl.Params) {
			got = read{p.Namespace(), p.String("text", "x"), p.Bool("on", true), p.Duration("wait", time.Second, time.Millisecond, time.Minute)}
		}))
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", query, got, err, want)
		}
	}
}

func TestParams_NameWhatIsWrong(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"namespce=hunter2":            `the parameter "namespce" is not known; test: has namespace, on, token_wait, wait`,
		"on=yes":                      `the parameter "on" is "yes", want true or false`,
		"on=true&on=true":             `the parameter "on" is there 2 times`,
		"namespace=":                  `the parameter "namespace" is empty`,
		"wait=5":                      `the parameter "wait" is "5", want a duration from 1ms to 1m0s`,
		"wait=61s":                    "from 1ms to 1m0s",
		"wait=1us":                    "from 1ms to 1m0s",
		"token_wait=hunter2":          `the parameter "token_wait" is "xxxxx"`,
		"token_wait=hu":               `the parameter "token_wait" is "xxxxx"`, // too short for the last guard
		"wait=hunter2&password=hunt":  `the parameter "wait" is`,
		"wait=hunter2&password=unter": "want a duration",
	} {
		_, _, err := backendurl.Open(t.Context(), "test://h?"+query, scheme(nil, func(p *backendurl.Params) {
			p.Namespace()
			p.Bool("on", false)
			p.Duration("wait", 0, time.Millisecond, time.Minute)
			p.Duration("token_wait", 0, time.Millisecond, time.Minute)
		}))
		if !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ErrInvalid with %q", query, err, want)
		}
		if secret := strings.Contains(query, "password") || strings.Contains(query, "token") || strings.Contains(query, "namespce"); secret && strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: the error shows a secret: %v", query, err)
		}
	}
}

// A store, or its client library, that quotes a secret is not trusted with it.
func TestOpen_HidesSecretsInForeignErrors(t *testing.T) {
	t.Parallel()
	native := errors.New(`dial: no route with "hunter\"2" or hunter%222 or hunter"2 or to-ken`)
	foreign := fmt.Errorf("%w: %w: %w", backends.ErrDenied, context.DeadlineExceeded, native)
	_, _, err := backendurl.Open(t.Context(), "test://u:hunter%222@h?api_token=to-ken&n=1", scheme(foreign, func(p *backendurl.Params) { p.Rest() }))
	if err == nil || strings.Contains(err.Error(), "hunter") || strings.Contains(err.Error(), "to-ken") {
		t.Errorf("the error shows a secret: %v", err)
	}
	if !errors.Is(err, backends.ErrDenied) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, native) || errors.Is(err, backends.ErrInvalid) {
		t.Errorf("%v: want the sentinels without the native error", err)
	}
	if !strings.Contains(err.Error(), "dial: no route with") {
		t.Errorf("%v: want the rest of the text", err)
	}
	harmless := fmt.Errorf("%w: %w", backends.ErrUnavailable, errors.New("no route"))
	if _, _, err := backendurl.Open(t.Context(), "test://u:pw@h", scheme(harmless, func(*backendurl.Params) {})); !errors.Is(err, harmless) {
		t.Errorf("%v: want %v inside", err, harmless)
	}
}

// FuzzOpen opens an address with a password in it, with anything around, by a store that
// makes the worst of it.
func FuzzOpen(f *testing.F) {
	for _, around := range []string{"", "/", "?", "#", "@", ":", "&key=", "%", "%zz", "?a=", "\n", "://", "'", "é\"", "\xff"} {
		f.Add("redis", around, "", "@h:1/0?namespace=x&on=true")
		f.Add("redis", "", around, "@h")
		f.Add("redis", "", "", around+"h")
	}
	f.Fuzz(func(t *testing.T, name, before, behind, tail string) {
		for _, address := range []string{
			"redis://user:" + before + marker + behind + "@" + tail,
			name + "://h?password=" + strings.ReplaceAll(before, "&", "") + marker,
			"redis://h?password=" + marker + "&" + tail,
		} {
			quoting := backendurl.Scheme{Names: []string{"redis"}, Example: "redis://h", Open: func(_ context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
				p := u.Params()
				p.Namespace()
				p.Bool("on", false)
				if err := p.Done(); err != nil {
					return nil, nil, err
				}
				password, _ := u.Password()
				return nil, nil, fmt.Errorf("cannot open %q, %q", password, u.Text("x", "h", nil))
			}}
			_, _, err := backendurl.Open(t.Context(), address, quoting)
			if err == nil || strings.Contains(err.Error(), marker) {
				t.Errorf("%q: %v", address, err)
			}
		}
	})
}
