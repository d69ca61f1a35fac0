package backendtest

import (
	"strings"

	"github.com/tenure-go/tenure/backends"
)

// hostile are names that some store, file system or URL treats specially.
var hostile = []string{
	"", " ", ".", "..", "...", "a", "A", "ä", "a\u0308", "%", "%25", "%2F", "/", "//", "a/b", "a%2Fb", "\\", "\x00", "a\x00b",
	"\n", "\t", "\xff\xfe", "*", "?", "#", "a#b", ":", "a:b", ";", ",", "&", "=", "+", "'", "\"", "`", "$", "|", "<", ">", "(", "{", "{a}", "[",
	"^", "~", "-", "_", "-a", "a.", ".a", "a ", " a", "null", "NUL", "con", "zookeeper", "session", "sessions", "records", "日本語", "\U0001f600",
	"İ", "ı", "K", strings.Repeat("x", backends.MaxSegmentBytes), strings.Repeat("X", backends.MaxSegmentBytes),
}

func hostileNames(e *env) {
	neighbour := e.h.Open(e, e.namespace+"-b")
	var all []backends.Write
	for _, name := range hostile {
		all = append(all,
			backends.Write{Key: e.key("r5", "name", name), Value: []byte("last " + name)},
			backends.Write{Key: e.key("r5", "as dir", name, "x"), Value: []byte("dir " + name)})
	}
	// The longest key: two longest segments, and one that fills up.
	segment := strings.Repeat("y", backends.MaxSegmentBytes)
	all = append(all, backends.Write{Key: e.key(segment, segment, "zz"), Value: []byte("longest")})
	keys := make([]backends.Key, len(all))
	for i, r := range e.writeAll(e.a, all...) {
		keys[i] = all[i].Key
		if r.Outcome != backends.Applied {
			e.Errorf("create %q: %v %v; does it meet another key?", all[i].Key, r.Outcome, r.Err)
		}
	}
	for i, r := range e.readAll(e.b, keys...) {
		if string(r.Value) != string(all[i].Value) {
			e.Errorf("%q holds %q, written was %q", keys[i], r.Value, all[i].Value)
		}
	}
	for _, r := range e.readAll(neighbour, keys...) {
		if r.Revision != backends.Absent {
			e.Errorf("%q shows up in another namespace", r.Key)
		}
	}
	if listed := e.list(neighbour, e.dir("r5")); len(listed) > 0 {
		e.Errorf("another namespace lists %d records", len(listed))
	}
	names := map[string]bool{}
	for _, r := range e.list(e.b, e.dir("r5", "name")) {
		name, err := r.Key.Name()
		if err != nil || string(r.Value) != "last "+name {
			e.Errorf("listed %q: name %q, %v, value %q", r.Key, name, err, r.Value)
		}
		names[name] = true
	}
	if len(names) != len(hostile) {
		e.Errorf("%d names are listed, want %d", len(names), len(hostile))
	}
	for _, name := range hostile {
		if listed := e.list(e.b, e.dir("r5", "as dir", name)); len(listed) != 1 || string(listed[0].Value) != "dir "+name {
			e.Errorf("the directory %q lists %+v, want its one record", name, listed)
		}
	}
}
