package redisstore

import (
	_ "embed" // the scripts are files of their own

	"github.com/redis/go-redis/v9"
)

// Every script is one step on the server, and takes its time from there. All begin
// with "#!lua" and leave the flag no-writes out, also those that only read: so a
// replica, and a master that has lost too many replicas, refuses all of them.
var (
	//go:embed probe.lua
	probeSource string
	//go:embed open.lua
	openSource string
	//go:embed renew.lua
	renewSource string
	//go:embed close.lua
	closeSource string
	//go:embed ids.lua
	idsSource string
	//go:embed sessions.lua
	sessionsSource string
	//go:embed read.lua
	readSource string
	//go:embed list.lua
	listSource string
	//go:embed newest.lua
	newestSource string
	//go:embed write.lua
	writeSource string
)

var (
	probeScript    = redis.NewScript(probeSource)
	openScript     = redis.NewScript(openSource)
	renewScript    = redis.NewScript(renewSource)
	closeScript    = redis.NewScript(closeSource)
	idsScript      = redis.NewScript(idsSource)
	sessionsScript = redis.NewScript(sessionsSource)
	readScript     = redis.NewScript(readSource)
	listScript     = redis.NewScript(listSource)
	newestScript   = redis.NewScript(newestSource)
	writeScript    = redis.NewScript(writeSource)
)
