package azureblob_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/backends/backendtest"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
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

// told makes the error of an item that of the call.
type told struct{ *azureblob.Store }

func (s told) Write(ctx context.Context, writes ...backends.Write) ([]backends.Result, error) {
	results, err := s.Store.Write(ctx, writes...)
	if err == nil {
		err = results[0].Err
	}
	return results, err
}

// everyCall returns the error of every method on a store that should answer none.
func everyCall(ctx context.Context, store *azureblob.Store, session backends.Session) map[string]error {
	return storetest.EveryCall(ctx, told{store}, session)
}

// refused is storetest.Refused with the secrets of an account: its key, and the signature
// of a SAS.
func refused(t *testing.T, errs map[string]error, kind error, advice string) {
	t.Helper()
	storetest.Refused(t, errs, kind, advice, "sig=", "AccountKey", azuriteserver.Key, wrongKey)
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
