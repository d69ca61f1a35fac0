package azureblob_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
)

// transport is an HTTP client of a test's own, so that none waits for the connections of
// another, and none is left open.
func transport(t backendtest.TB) *http.Client {
	own := http.DefaultTransport.(*http.Transport).Clone()
	own.MaxIdleConnsPerHost = 32
	// Azurite closes a connection after 5 s without a request. A busy machine would send
	// the next one into its end.
	own.IdleConnTimeout = time.Second
	t.Cleanup(own.CloseIdleConnections)
	return &http.Client{Transport: own}
}

// onOneServer runs tests side by side on one server. Each makes a container of its own.
func onOneServer(t *testing.T, tests map[string]func(*testing.T, *azuriteserver.Server)) {
	t.Helper()
	server := azuritetest.Start(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, server)
		})
	}
}

func openSession(t *testing.T, store *azureblob.Store) backends.Session {
	t.Helper()
	session, _, err := store.OpenSession(t.Context(), backends.SessionSpec{TTL: leastTTL})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func write(t *testing.T, store *azureblob.Store, writes ...backends.Write) []backends.Result {
	t.Helper()
	results, err := store.Write(t.Context(), writes...)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// everyCall returns the error of every method on a store that should answer none.
func everyCall(ctx context.Context, store *azureblob.Store, session backends.Session) map[string]error {
	errs := map[string]error{}
	_, _, errs["OpenSession"] = store.OpenSession(ctx, backends.SessionSpec{TTL: leastTTL})
	_, errs["Sessions"] = store.Sessions(ctx)
	_, errs["Read"] = store.Read(ctx, "d/k")
	_, errs["List"] = store.List(ctx, "d/")
	results, err := store.Write(ctx, backends.Write{Key: "d/new", Value: []byte("v")})
	if err == nil {
		err = results[0].Err
	}
	errs["Write"] = err
	results, err = store.Write(ctx, backends.Write{Key: "d/proof", IfDead: backends.NewSessionID()})
	if err == nil {
		err = results[0].Err
	}
	errs["Write with IfDead"] = err
	_, errs["Renew"] = session.Renew(ctx)
	errs["Close"] = session.Close(ctx)
	return errs
}

// wants demands the kind of each error, what it advises, and that it holds no secret.
func wants(t *testing.T, calls map[string]error, kind error, advice string) {
	t.Helper()
	for name, err := range calls {
		if !errors.Is(err, kind) || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: %v, want %v and %q", name, err, kind, advice)
		}
		noSecret(t, name, err)
	}
}

// noSecret looks for the account's key and the signature of a SAS in an error, and in
// the errors of the client library that it may wrap.
func noSecret(t *testing.T, name string, err error) {
	t.Helper()
	all := []error{err}
	if sending := (*url.Error)(nil); errors.As(err, &sending) {
		all = append(all, sending)
	}
	if answer := (*azcore.ResponseError)(nil); errors.As(err, &answer) {
		all = append(all, answer)
	}
	for _, err := range all {
		for _, secret := range []string{"sig=", "AccountKey", azuriteserver.Key, wrongKey} {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%s shows a secret: %v", name, err)
			}
		}
	}
}

// header returns a header of a request. The client library does not write their names in
// the canonical form, in which http.Header.Get looks for them.
func header(r *policy.Request, name string) string {
	for own, values := range r.Raw().Header {
		if strings.EqualFold(own, name) {
			return strings.Join(values, ",")
		}
	}
	return ""
}

// within returns a context that is done after limit.
func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
