package backendurl_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		hosts, path, user, password, shown string
	}{
		"memory:":                        {shown: "memory:"},
		"sqlite:tenure.db":               {path: "tenure.db", shown: "sqlite:tenure.db"},
		"sqlite:/a%20b/c%3Fd.db?x=1":     {path: "/a b/c?d.db", shown: "sqlite:/a%20b/c%3Fd.db"},
		"sqlite:///var/tenure.db":        {path: "/var/tenure.db", shown: "sqlite:///var/tenure.db"},
		"sqlite:/home/a@b/tenure.db":     {path: "/home/a@b/tenure.db", shown: "sqlite:/home/a@b/tenure.db"},
		"etcd://h":                       {hosts: "h", shown: "etcd://h"},
		"etcd://h1:2379,h2,[::1]:1/app/": {hosts: "h1:2379 h2 [::1]:1", path: "/app/", shown: "etcd://h1:2379,h2,[::1]:1/app/"},
		"etcd://[2001:0DB8::1]":          {hosts: "[2001:0DB8::1]", shown: "etcd://[2001:0DB8::1]"},
		"etcd://127.0.0.1:65535?a=b":     {hosts: "127.0.0.1:65535", shown: "etcd://127.0.0.1:65535"},
		"redis://:pw@h":                  {hosts: "h", password: "pw", shown: "redis://:xxxxx@h"},
		"redis://u@h":                    {hosts: "h", user: "u", shown: "redis://u@h"},
		"redis://u:@h":                   {hosts: "h", user: "u", shown: "redis://u:xxxxx@h"},
		"redis://u%40x:p%40%2F%3F:@q@h":  {hosts: "h", user: "u@x", password: "p@/?:@q", shown: "redis://u%40x:xxxxx@h"},
		"redis-quorum://h1,h2,h3":        {hosts: "h1 h2 h3", shown: "redis-quorum://h1,h2,h3"},
	} {
		u, err := backendurl.Parse(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		password, _ := u.Password()
		if got := strings.Join(u.Hosts, " "); got != want.hosts || u.Path != want.path || u.User() != want.user || password != want.password {
			t.Errorf("%s: hosts %q, path %q, user %q, password %q; want %+v", address, got, u.Path, u.User(), password, want)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(verb, u); got != want.shown {
				t.Errorf("%s prints by %s as %s, want %s", address, verb, got, want.shown)
			}
		}
	}
}

func TestParse_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                             "does not begin with a scheme",
		"localhost":                    "does not begin with a scheme",
		"Etcd://h":                     "in lower case",
		"://h":                         "does not begin with a scheme",
		"host=x password=hunter2":      "does not begin with a scheme",
		"etcd://h\n":                   "a control character",
		"sqlite:/a b":                  "write a space as %20",
		"redis://u:hunter2#x@h":        "it has a #",
		"redis://u:hunter2/x@h":        "an @ behind the hosts",
		"redis://u:hunter2?x@h":        "an @ behind the hosts",
		"redis://u:1/hunter2@h":        "an @ behind the hosts",
		"redis://u:1?hunter2=x@h":      "an @ behind the hosts",
		"redis://u:hunter2%@h":         "without two hexadecimal digits",
		"redis://%zz@h":                "without two hexadecimal digits",
		"redis://h/%zz":                "the path has a %",
		"redis://u:hunter2@":           "no host behind the @",
		"redis://u:hunter2":            "the port is no number",
		"redis://u:hunter2/0":          "write % @ / ? # & as %25",
		"redis://h:":                   "the port is no number",
		"redis://h:0":                  "from 1 to 65535",
		"redis://h1,h2:65536":          "host 2 of 2",
		"redis://h1,,h2":               "host 2 of 3: it is no name",
		"redis://[::::]:1":             "it is no name",
		"redis://[[::1]]":              "it is no name",
		"redis://h:+1":                 "the port is no number",
		"redis://[h]":                  "it is no name",
		"redis://[127.0.0.1]":          "it is no name",
		"redis://::1":                  "in brackets",
		"redis://u:hunter2@h|x":        "it is no name",
		"redis://u:hunter2@h?x":        "parameter 1 is not name=value",
		"redis://u:hunter2@h?a=b&=c":   "parameter 2 is not name=value",
		"redis://h?token=hunter2%":     `the parameter "token" has a %`,
		"redis://h?%zz=hunter2":        "the name of parameter 1",
		"redis://u:hunter2@h?a=1&b:c=": "parameter 2",
	} {
		u, err := backendurl.Parse(address)
		if u != nil || !errors.Is(err, backends.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want ErrInvalid with %q", address, u, err, want)
		}
		if strings.Contains(fmt.Sprint(err), "hunter") {
			t.Errorf("%q: the error shows the password: %v", address, err)
		}
	}
}

func TestURL_HostPortsAndText(t *testing.T) {
	t.Parallel()
	u, err := backendurl.Parse("x://us%20er:p%22w@h1,h2:7,[::1],[::1]:8/a%20b?q=1")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := u.HostPorts("9"), []string{"h1:9", "h2:7", "[::1]:9", "[::1]:8"}; !slices.Equal(got, want) {
		t.Errorf("hosts %q, want %q", got, want)
	}
	got := u.Text("y", "h:1", url.Values{"n": {"a +b"}, "m": {"&"}})
	if want := "y://us%20er:p%22w@h:1/a%20b?m=%26&n=a%20%2Bb"; got != want {
		t.Errorf("text %s, want %s", got, want)
	}
}
