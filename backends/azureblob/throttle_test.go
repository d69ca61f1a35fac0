package azureblob_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
)

// grumpy answers every request itself while it is on, as the service does under load.
type grumpy struct {
	on      atomic.Bool
	asked   atomic.Int64
	status  int
	code    string
	forward bool // the request is done all the same
}

func (g *grumpy) Do(r *policy.Request) (*http.Response, error) {
	if !g.on.Load() {
		return r.Next()
	}
	g.asked.Add(1)
	if g.forward {
		if answer, err := r.Next(); err == nil {
			_ = answer.Body.Close()
		}
	}
	header := http.Header{}
	header.Set("x-ms-error-code", g.code)
	header.Set("Retry-After", "40") // the client library would wait for up to 60 s
	return &http.Response{StatusCode: g.status, Header: header, Body: io.NopCloser(bytes.NewReader(nil)), Request: r.Raw()}, nil
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	onOneServer(t, map[string]func(*testing.T, *azuriteserver.Server){
		"503 busy": func(t *testing.T, s *azuriteserver.Server) {
			throttled(t, s, "busy", 503, "ServerBusy", backends.Unknown)
		},
		"500 timeout": func(t *testing.T, s *azuriteserver.Server) {
			throttled(t, s, "slow", 500, "OperationTimedOut", backends.Unknown)
		},
		"408 timeout":          func(t *testing.T, s *azuriteserver.Server) { throttled(t, s, "request", 408, "", backends.Unknown) },
		"429":                  func(t *testing.T, s *azuriteserver.Server) { throttled(t, s, "many", 429, "", backends.NotSent) },
		"applied behind a 503": appliedBehindA503,
	})
}

// throttled demands that every call asks once and answers at once, although the client
// has the library's own retries and the service asks to wait for 40 s.
func throttled(t *testing.T, server *azuriteserver.Server, name string, status int, code string, outcome backends.Outcome) {
	t.Helper()
	makeContainer(t, server, name)
	g := &grumpy{status: status, code: code}
	store := open(t, connect(t, server.Addr(), name, g), "n")
	session := storetest.OpenSession(t, store, leastTTL)
	g.on.Store(true)
	begun := time.Now()
	calls := everyCall(storetest.Within(t, 10*time.Second), store, session)
	refused(t, calls, backends.ErrUnavailable, fmt.Sprintf("the service answers %d %s", status, code))
	if asked := int(g.asked.Load()); asked != len(calls) {
		t.Errorf("%d calls have sent %d requests", len(calls), asked)
	}
	results, err := store.Write(storetest.Within(t, 10*time.Second), backends.Write{Key: "k"}, backends.Write{Key: "k2"})
	if outcome == backends.NotSent {
		if !errors.Is(err, backends.ErrUnavailable) {
			t.Errorf("Write: %v, want ErrUnavailable and nothing done", err)
		}
	} else if err != nil || results[0].Outcome != outcome || results[1].Outcome != outcome {
		t.Errorf("Write: %+v, %v; want %v", results, err, outcome)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the calls took %v", took)
	}
	var native *azcore.ResponseError
	if !errors.As(calls["Renew"], &native) || native.StatusCode != status {
		t.Errorf("Renew: %v, want the client library's own error inside", calls["Renew"])
	}
	g.on.Store(false)
	if _, err := session.Renew(t.Context()); err != nil {
		t.Errorf("Renew after the service has calmed down: %v", err)
	}
}

// A 503 can come from what stands before the service, after the service has done it.
func appliedBehindA503(t *testing.T, server *azuriteserver.Server) {
	t.Helper()
	makeContainer(t, server, "behind")
	g := &grumpy{status: 503, code: "ServerBusy", forward: true}
	store := open(t, connect(t, server.Addr(), "behind", g), "n")
	w := backends.Write{Key: "k", Value: []byte("v")}
	g.on.Store(true)
	if r := storetest.Try(t, store, w); r.Outcome != backends.Unknown {
		t.Errorf("a write behind a 503: %v %v, want unknown", r.Outcome, r.Err)
	}
	g.on.Store(false)
	if r := storetest.Try(t, store, w); r.Outcome != backends.Conflict {
		t.Errorf("the same write again: %v %v, want conflict", r.Outcome, r.Err)
	}
}
