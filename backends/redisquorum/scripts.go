package redisquorum

import (
	"embed"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var sources embed.FS

// text returns the source of a script file.
func text(name string) string {
	source, err := sources.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are part of this package
	}
	return string(source)
}

// voting makes a script that runs only on a server that may vote. A full server still
// promises, renews, ends sessions and reads; it takes nothing new.
func voting(parts ...string) *redis.Script {
	last := parts[len(parts)-1]
	source := "#!lua flags=allow-oom\n"
	if last == "accept" || last == "open" {
		source = "#!lua\n"
	}
	source += text("guard")
	for _, part := range parts {
		source += text(part)
	}
	return redis.NewScript(source)
}

// None of the scripts has the flag no-writes, so that a replica refuses them all.
var (
	prepareScript = voting("register", "prepare")
	acceptScript  = voting("register", "accept")
	readScript    = voting("read")
	listScript    = voting("list")
	changesScript = voting("changes")
	openScript    = voting("open")
	renewScript   = voting("renew")
	finishScript  = voting("finish")
	lookScript    = voting("look")
	idsScript     = voting("ids")
	gravesScript  = voting("graves")
	dropScript    = voting("register", "drop")
	dumpScript    = voting("register", "dump")

	probeScript  = redis.NewScript(text("probe"))
	statusScript = redis.NewScript(text("status"))
	markScript   = redis.NewScript(text("mark"))
	mergeScript  = redis.NewScript(text("merge"))
)
