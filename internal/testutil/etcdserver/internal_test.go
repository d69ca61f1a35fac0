package etcdserver

import (
	"os"
	"regexp"
	"testing"
)

func TestVersion_IsTheOneThatToolsPins(t *testing.T) {
	t.Parallel()
	const path = "../../../tools/etcd/go.mod"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pin := regexp.MustCompile(`(?m)^\s*go\.etcd\.io/etcd/server/v3 (v\S+)`).FindSubmatch(text)
	if pin == nil {
		t.Fatalf("%s pins no go.etcd.io/etcd/server/v3", path)
	}
	if got := string(pin[1]); got != Version {
		t.Errorf("%s pins %s, but Version is %s: change both", path, got, Version)
	}
}
