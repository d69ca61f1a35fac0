package etcdserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// enableAuth makes the user root with the role root, both of which etcd asks for, and
// turns authentication on. It uses etcd's JSON gateway, which needs no client library.
func enableAuth(ctx context.Context, endpoint, password string) error {
	steps := []struct {
		path string
		body map[string]string
	}{
		{"user/add", map[string]string{"name": "root", "password": password}},
		{"role/add", map[string]string{"name": "root"}},
		{"user/grant", map[string]string{"user": "root", "role": "root"}},
		{"enable", map[string]string{}},
	}
	client := newHTTPClient()
	for _, step := range steps {
		if err := post(ctx, client, "http://"+endpoint+"/v3/auth/"+step.path, step.body); err != nil {
			return fmt.Errorf("etcd: enable authentication: %s: %w", step.path, err)
		}
	}
	return nil
}

// post sends a JSON request. Its errors show the answer of the server, never the
// request, which may hold the password.
func post(ctx context.Context, client *http.Client, url string, body map[string]string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // the status is enough without it
		return fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return nil
}
