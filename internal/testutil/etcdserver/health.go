package etcdserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// newHTTPClient returns a client for the members: no proxy, and no connection that
// stays open, because a pool would keep goroutines that leak checks of tests find.
func newHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// checkHealth asks once. Healthy means: there is a leader and the member serves a
// linearizable read. The NOSPACE alarm does not count, so that a full member can be
// restarted.
func checkHealth(ctx context.Context, client *http.Client, endpoint string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+endpoint+"/health?exclude=NOSPACE", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Health string `json:"health"`
		Reason string `json:"reason"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", resp.Status, err)
	}
	if answer.Health != "true" {
		return fmt.Errorf("%s: %s", resp.Status, answer.Reason)
	}
	return nil
}
