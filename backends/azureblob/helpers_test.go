package azureblob_test

import (
	"net/http"

	"github.com/tenure-go/tenure/backends/backendtest"
)

// transport is an HTTP client of a test's own, so that none waits for the connections of
// another, and none is left open.
func transport(t backendtest.TB) *http.Client {
	own := http.DefaultTransport.(*http.Transport).Clone()
	own.MaxIdleConnsPerHost = 32
	t.Cleanup(own.CloseIdleConnections)
	return &http.Client{Transport: own}
}
