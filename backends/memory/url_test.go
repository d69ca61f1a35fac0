package memory_test

import (
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/memory"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

func TestURL(t *testing.T) {
	t.Parallel()
	one, two := urltest.Open(t, memory.URL(), "memory:"), urltest.Open(t, memory.URL(), "memory:?namespace=tenure")
	if _, err := one.Write(t.Context(), backends.Write{Key: "k", Value: []byte("v")}); err != nil {
		t.Fatal(err)
	}
	if records, err := two.Read(t.Context(), "k"); err != nil || records[0].Value != nil {
		t.Errorf("another store has %+v, %v", records, err)
	}
	urltest.Refuses(t, memory.URL(), map[string]string{
		"memory:shared":     "no host and no path",
		"memory://h":        "no host and no path",
		"memory:?namespac=": `the parameter "namespac" is not known; memory: has namespace`,
		"memory:?namespace": "not name=value",
	})
}
