package backendurl_test

import (
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends/backendurl"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		// Addresses as they should be.
		"":                      "",
		"memory:":               "memory:",
		"sqlite:/var/tenure.db": "sqlite:/var/tenure.db",
		"etcd://h1:2379,[::1]:2379/a?namespace=b":            "etcd://h1:2379,[::1]:2379/a?namespace=b",
		"redis://user:hunter2@h:6379/0?namespace=app":        "redis://user:xxxxx@h:6379/0?namespace=app",
		"redis://:hunter2@h":                                 "redis://:xxxxx@h",
		"redis://user@h":                                     "redis://user@h",
		"redis://u:a@h:1/0?master_name=m&password=hunter2":   "redis://u:xxxxx@h:1/0?master_name=m&password=xxxxx",
		"redis://h?p%61ssword=hunter2&cluster=true":          "redis://h?p%61ssword=xxxxx&cluster=true",
		"postgres://h/db?sslmode=require&PASSWORD=hunter2&x": "postgres://h/db?sslmode=require&PASSWORD=xxxxx&x",
		"azblob://a/c?sv=2024&sig=hunter2%3D&se=x":           "azblob://a/c?sv=2024&sig=xxxxx&se=x",
		// Mistakes.
		"redis://user:hun/ter2@h/0":            "redis://user:xxxxx@h/0",
		"redis://user:hun?ter2@h":              "redis://user:xxxxx@h",
		"redis://user:hun#t@er2@h":             "redis://user:xxxxx@h",
		"redis://user:hunter2":                 "redis://user:xxxxx",
		"redis://user:hunter2/0?cluster=true":  "redis://user:xxxxx/0?cluster=true",
		"redis://h?pasword=hunter2":            "redis://h?pasword=xxxxx",
		"redis://h:1/0?password=a@hunter2&b=c": "redis://h:xxxxx&b=c",
		"redis://user:hunter2&key=z@h":         "redis://user:xxxxx",
		// Connection strings.
		"host=h password=hunter2 user=u":                         "host=h password=xxxxx user=u",
		"host=h password = 'hunter 2' user=u":                    "host=h password =xxxxx user=u",
		"user:hunter2@tcp(h:3306)/db?tls=true":                   "user:xxxxx@tcp(h:3306)/db?tls=true",
		"AccountName=a;AccountKey=hunter2==;EndpointSuffix=x":    "AccountName=a;AccountKey=xxxxx;EndpointSuffix=x",
		"BlobEndpoint=https://h/;SharedAccessSignature=sv=hunte": "BlobEndpoint=https://h/;SharedAccessSignature=xxxxx",
		"x=password=hunter2;y=z":                                 "x=password=xxxxx;y=z",
		"Server=h;Pwd=hunter2;Database=x":                        "Server=h;Pwd=xxxxx;Database=x",
	} {
		if got := backendurl.Redact(address); got != want {
			t.Errorf("%s\nis shown as %s\nwant        %s", address, got, want)
		}
	}
}

// marker is what must never be seen.
const marker = "hunter2marker"

// FuzzRedact puts a password, with anything around, where one can stand.
func FuzzRedact(f *testing.F) {
	for _, around := range []string{"", "/", "?", "#", "@", ":", "&key=", "%", "?a=", "\n", "://", "'", ";", "a=b@c"} {
		f.Add(around, "", "h:1/0?namespace=x")
		f.Add("", around, "h")
	}
	f.Fuzz(func(t *testing.T, before, behind, host string) {
		addresses := []string{
			"redis://user:" + before + marker + behind + "@" + host,
			"redis://:" + before + marker + behind + "@" + host,
			"redis://h:1/0?password=" + strings.ReplaceAll(before, "&", "") + marker,
			"redis://h/0?x=" + strings.ReplaceAll(before, "&", "") + "&sig=" + marker,
		}
		if !strings.HasPrefix(before, "//") { // else it would be a user's name, with the scheme "user"
			addresses = append(addresses, "user:"+before+marker+behind+"@tcp(h)/x")
		}
		for _, address := range addresses {
			if got := backendurl.Redact(address); strings.Contains(got, marker) {
				t.Errorf("%q is shown as %q", address, got)
			}
		}
	})
}
