package etcdserver_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/internal/testutil/etcdserver"
	"github.com/tenure-go/tenure/internal/testutil/etcdserver/etcdtest"
	"github.com/tenure-go/tenure/internal/testutil/process"
)

// call sends a request to etcd's JSON gateway and decodes the answer.
func call(ctx context.Context, endpoint, path, auth string, body any) (map[string]any, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+endpoint+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %v", resp.Status, answer)
	}
	return answer, nil
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func put(ctx context.Context, endpoint, key, value string) error {
	_, err := call(ctx, endpoint, "/v3/kv/put", "", map[string]string{"key": b64(key), "value": b64(value)})
	return err
}

func get(t *testing.T, endpoint, key string) string {
	t.Helper()
	answer, err := call(t.Context(), endpoint, "/v3/kv/range", "", map[string]string{"key": b64(key)})
	if err != nil {
		t.Fatalf("get %s from %s: %v", key, endpoint, err)
	}
	kvs, _ := answer["kvs"].([]any)
	if len(kvs) != 1 {
		t.Fatalf("get %s from %s: %d values, want 1", key, endpoint, len(kvs))
	}
	value, err := base64.StdEncoding.DecodeString(kvs[0].(map[string]any)["value"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// mustPut writes until it is acknowledged: a write that was sent to a leader that died
// is lost and times out.
func mustPut(t *testing.T, endpoint, key, value string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		err := put(ctx, endpoint, key, value)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("put %s to %s: %v", key, endpoint, err)
		}
	}
}

func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestMember_KeepsItsDataAndItsPort(t *testing.T) {
	t.Parallel()
	c := etcdtest.Start(t, etcdserver.Options{})
	m := c.Member(0)
	ends := map[string]func() error{"kill": m.Kill, "stop": m.Stop}
	for name, end := range ends {
		mustPut(t, m.Endpoint(), "k", name)
		must(t, name, end())
		if conn, err := net.Dial("tcp", m.Endpoint()); err == nil {
			_ = conn.Close()
			t.Fatalf("%s: the member still listens", name)
		}
		if err := end(); !errors.Is(err, process.ErrNotRunning) {
			t.Errorf("%s again = %v, want ErrNotRunning", name, err)
		}
		must(t, "restart", m.Restart(t.Context()))
		if got := get(t, m.Endpoint(), "k"); got != name {
			t.Errorf("%s: value = %q after the restart, want %q", name, got, name)
		}
		if err := m.Restart(t.Context()); !errors.Is(err, process.ErrRunning) {
			t.Errorf("restart of a running member = %v, want ErrRunning", err)
		}
	}
}

func TestMember_PauseFreezesAndResumeGoesOn(t *testing.T) {
	t.Parallel()
	m := etcdtest.Start(t, etcdserver.Options{}).Member(0)
	mustPut(t, m.Endpoint(), "k", "before")
	must(t, "pause", m.Pause())
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := put(ctx, m.Endpoint(), "k", "paused"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("put to a paused member = %v, want no answer", err)
	}
	must(t, "resume", m.Resume())
	mustPut(t, m.Endpoint(), "k", "after")

	must(t, "pause", m.Pause())
	must(t, "stop while paused", m.Stop())
	must(t, "restart", m.Restart(t.Context()))
	must(t, "pause", m.Pause())
	must(t, "kill while paused", m.Kill())
}

func TestCluster_OfThreeOutlivesOneMemberAndComesBackFromNone(t *testing.T) {
	t.Parallel()
	c := etcdtest.Start(t, etcdserver.Options{Nodes: 3})
	if n := len(c.Endpoints()); n != 3 {
		t.Fatalf("%d endpoints, want 3", n)
	}
	mustPut(t, c.Member(0).Endpoint(), "k", "three")
	must(t, "kill", c.Member(2).Kill())
	mustPut(t, c.Member(1).Endpoint(), "k", "two")
	must(t, "restart one", c.Member(2).Restart(t.Context()))
	if got := get(t, c.Member(2).Endpoint(), "k"); got != "two" {
		t.Errorf("value = %q on the restarted member, want what it missed", got)
	}
	for _, m := range c.Members() {
		must(t, "kill", m.Kill())
	}
	must(t, "restart all", c.Restart(t.Context()))
	if got := get(t, c.Member(0).Endpoint(), "k"); got != "two" {
		t.Errorf("value = %q after all were down, want %q", got, "two")
	}
}

func TestStart_RootPasswordTurnsAuthenticationOn(t *testing.T) {
	t.Parallel()
	c := etcdtest.Start(t, etcdserver.Options{RootPassword: "a secret"})
	endpoint := c.Endpoints()[0]
	if err := put(t.Context(), endpoint, "k", "v"); err == nil || !strings.Contains(err.Error(), "user name is empty") {
		t.Errorf("put without a user = %v, want a refusal", err)
	}
	answer, err := call(t.Context(), endpoint, "/v3/auth/authenticate", "",
		map[string]string{"name": "root", "password": "a secret"})
	must(t, "authenticate", err)
	token, _ := answer["token"].(string)
	_, err = call(t.Context(), endpoint, "/v3/kv/put", token, map[string]string{"key": b64("k"), "value": b64("v")})
	must(t, "put as root", err)
	must(t, "kill", c.Member(0).Kill())
	must(t, "restart with authentication on", c.Member(0).Restart(t.Context()))
}

func TestStart_QuotaRefusesWritesAndTheMemberStillRestarts(t *testing.T) {
	t.Parallel()
	m := etcdtest.Start(t, etcdserver.Options{QuotaBytes: 1 << 20}).Member(0)
	value := strings.Repeat("x", 256<<10)
	// The server compares its quota with what it has committed to disk, which it does
	// every 100 ms: many puts may pass before.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var err error
	for err == nil {
		err = put(ctx, m.Endpoint(), "k", value)
	}
	if !strings.Contains(err.Error(), "space exceeded") {
		t.Fatalf("puts of 256 KiB for 20 s = %v, want the quota of 1 MiB to refuse one", err)
	}
	must(t, "kill", m.Kill())
	must(t, "restart with the alarm on", m.Restart(t.Context()))
}

func TestStart_PassesArgumentsOn(t *testing.T) {
	t.Parallel()
	c := etcdtest.Start(t, etcdserver.Options{Args: []string{"--max-txn-ops=1"}})
	op := map[string]any{"request_put": map[string]string{"key": b64("a"), "value": b64("1")}}
	other := map[string]any{"request_put": map[string]string{"key": b64("b"), "value": b64("1")}}
	_, err := call(t.Context(), c.Endpoints()[0], "/v3/kv/txn", "", map[string]any{"success": []any{op, other}})
	if err == nil || !strings.Contains(err.Error(), "too many operations") {
		t.Errorf("a transaction of two = %v, want a refusal by --max-txn-ops=1", err)
	}
}

func TestStart_ShowsTheLogOfAMemberThatDoesNotStart(t *testing.T) {
	t.Parallel()
	etcdtest.Require(t)
	_, err := etcdserver.Start(t.Context(), etcdserver.Options{Args: []string{"--no-such-flag"}})
	if err == nil || !strings.Contains(err.Error(), "no-such-flag") || !strings.Contains(err.Error(), "member-0") {
		t.Errorf("start with a bad flag = %v, want the member and its log", err)
	}
}

func TestStart_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	etcdtest.Require(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := etcdserver.Start(ctx, etcdserver.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("start = %v, want the context's error", err)
	}
}

func TestCluster_CloseIsFinal(t *testing.T) {
	t.Parallel()
	c := etcdtest.Start(t, etcdserver.Options{})
	must(t, "close", c.Close())
	must(t, "close again", c.Close())
	if err := c.Member(0).Restart(t.Context()); !errors.Is(err, process.ErrClosed) {
		t.Errorf("restart after close = %v, want ErrClosed", err)
	}
}

func TestStart_RefusesBadOptions(t *testing.T) {
	t.Parallel()
	for _, o := range []etcdserver.Options{{Nodes: 2}, {Nodes: -1}, {QuotaBytes: -1}} {
		if _, err := etcdserver.Start(t.Context(), o); !errors.Is(err, etcdserver.ErrInvalidOption) {
			t.Errorf("start with %+v = %v, want ErrInvalidOption", o, err)
		}
	}
}

func TestBinary_ErrorSaysWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "etcd")
	t.Setenv(etcdserver.BinaryEnv, path)
	_, err := etcdserver.Binary()
	if !errors.Is(err, etcdserver.ErrNoBinary) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "make etcd") {
		t.Errorf("binary = %v, want ErrNoBinary with the path and the command", err)
	}
	if _, err := etcdserver.Start(t.Context(), etcdserver.Options{}); !errors.Is(err, etcdserver.ErrNoBinary) {
		t.Errorf("start = %v, want ErrNoBinary", err)
	}
}
