package azureblob_test

import (
	"net/url"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
	"github.com/tenure-go/tenure/internal/testutil/urltest"
)

func TestURL_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	urltest.Refuses(t, azureblob.URL(), map[string]string{
		"azblob:":                                      "there are 0 hosts",
		"azblob://u:hunter2@h1,h2/c":                   "there are 2 hosts",
		"azblob://u:hunter2@h":                         "the path is the container's name",
		"azblob://u:hunter2@h/a/b":                     "the path is the container's name",
		"azblob://u@h/c":                               "go together",
		"azblob://:hunter2@h/c":                        "go together",
		"azblob://h/c":                                 "give either the account and its key",
		"azblob://u:k@h/c?sas_token=s":                 "give either the account and its key",
		"azblob://h/c?sas_token=hunter2&emulator=true": "has the account in its path",
		"azblob://u:hunter2!@h/c":                      "not in base64",
		"azblob://u:hunter2@h/c?create=yes":            `the parameter "create" is "yes"`,
		"azblob://u:hunter2@h/c?nothing=1":             "azblob: has create, emulator, namespace, sas_token",
	})
}

func TestURL_OnARealServer(t *testing.T) {
	t.Parallel()
	server := azuritetest.Start(t)
	address := func(key, container, parameters string) string {
		return "azblob://" + azuriteserver.Account + ":" + url.PathEscape(key) + "@" + server.Addr() + "/" + container + "?emulator=true" + parameters
	}
	urltest.Works(t, azureblob.URL(), address(azuriteserver.Key, "urls", "&create=true"))
	urltest.Open(t, azureblob.URL(), address(azuriteserver.Key, "urls", "")) // it is there now
	urltest.Fails(t, azureblob.URL(), address(azuriteserver.Key, "absent", ""), backends.ErrInvalid, "container")
	urltest.Fails(t, azureblob.URL(), address("aHVudGVyMg==", "urls", ""), backends.ErrDenied, "")
}
