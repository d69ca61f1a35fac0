package nemesis

import (
	"time"

	"github.com/tenure-go/tenure/tools/torture/worker"
)

// Mix is the case of all faults.
const Mix = "mix"

// Cases are the named scenarios.
var Cases = []Case{
	{Name: Mix, About: "all faults that can be done here, drawn at random", Kinds: []Choice{
		{Kill, Range{0.1, 1}, 3}, {Stop, Range{0, 3}, 4}, {Freeze, Range{0, 3}, 2}, {Leave, Range{0.1, 1}, 2},
		{Join, Range{1, 3}, 2}, {Hang, Range{0.5, 2}, 1}, {Deafen, Range{0.3, 1.5}, 1},
		{Cut, Range{0.2, 2.5}, 3}, {CutRequests, Range{0.5, 2.5}, 1}, {CutReplies, Range{0.5, 2.5}, 2}, {Delay, Range{0.5, 2}, 2},
		{Hold, Range{0.5, 2.5}, 2}, {HalfOpen, Range{0.5, 2}, 1}, {Resets, Range{0.5, 1.5}, 1}, {Partition, Range{0.3, 2.5}, 2},
		{ServerKill, Range{0.1, 1.2}, 1}, {ServerStop, Range{0.1, 1}, 1}, {ServerRestart, Range{0, 0}, 1},
		{ServerPause, Range{0.2, 2}, 2}, {LeaderKill, Range{0.5, 1.5}, 2}, {Starve, Range{0.2, 1}, 1},
	}},
	{Name: "blackhole", About: "an owner's network is silent both ways", Kinds: one(Cut, 1.5, 3), Shows: Takeovers},
	{Name: "replies-lost", About: "one way: what the store answers is lost", Kinds: one(CutReplies, 1.5, 3), Shows: Takeovers},
	{Name: "requests-lost", About: "one way: what an owner asks is lost", Kinds: one(CutRequests, 1.5, 3), Shows: Takeovers},
	{Name: "replies-late", About: "replies come late, by up to nine tenths of a TTL", Kinds: one(Delay, 1.5, 3)},
	{Name: "replies-held", About: "replies are held and released after the trust window", Kinds: one(Hold, 1.2, 2.5), Shows: Takeovers},
	{Name: "half-open", About: "open connections fall silent for ever; new ones are good", Kinds: one(HalfOpen, 1, 2)},
	{Name: "namespace-cut", About: "the network namespace of an owner loses its link, in the kernel", Kinds: one(Partition, 1.5, 3), Shows: Takeovers},
	{Name: "silent-start", About: "a new process reaches a silent store first", Kinds: one(Deafen, 0.5, 2), Shows: Takeovers},
	{Name: "resets", About: "connections are reset every 200 ms", Kinds: one(Resets, 1, 3)},
	{Name: "short-stop", About: "SIGSTOP for less than the session lives: it is kept", Kinds: one(Stop, 0.05, 0.3), Gap: Range{0.7, 1.4}, Shows: Keeps},
	{Name: "long-stop", About: "SIGSTOP for three TTLs: late writes meet a larger token", Kinds: one(Stop, 2, 3), Shows: Takeovers},
	{Name: "stop-ladder", About: "SIGSTOP for random times up to three TTLs", Kinds: one(Stop, 0, 3)},
	{Name: "freezer", About: "a control group is frozen for up to three TTLs", Kinds: one(Freeze, 0.5, 3), Shows: Takeovers},
	{Name: "owner-killed", About: "kill -9 of owners", Kinds: one(Kill, 0.2, 1.5), Shows: Takeovers},
	{Name: "leave", About: "SIGTERM: owners hand over", Kinds: one(Leave, 0.2, 1), Shows: Handovers},
	{Name: "churn", About: "workers join and leave all the time", Kinds: []Choice{{Join, Range{0.5, 1.5}, 2}, {Leave, Range{0.1, 0.7}, 2}}, Gap: Range{0.2, 0.6}, Shows: Handovers},
	{Name: "flapping", About: "a worker that dies again and again", Kinds: one(Kill, 0.1, 0.4), Gap: Range{0.3, 0.7}, Shows: Takeovers},
	{Name: "hang", About: "callbacks that do not return when they are asked to", Kinds: []Choice{{Hang, Range{0.5, 3}, 2}, {Join, Range{1, 3}, 2}}, Shows: Handovers},
	{Name: "same-name", About: "all workers have one name, and some are killed", Kinds: one(Kill, 0.2, 1.5), OneName: true, Shows: Takeovers},
	{Name: "server-paused", About: "the store stands still for up to two TTLs", Kinds: one(ServerPause, 0.5, 2), Gap: Range{1.5, 3}},
	{Name: "server-killed", About: "kill -9 of the store, and a restart on its data", Kinds: one(ServerKill, 0.2, 2), Gap: Range{1.5, 3}},
	{Name: "server-restarted", About: "the store is restarted in order", Kinds: []Choice{{ServerRestart, Range{0, 0}, 1}, {ServerStop, Range{0.2, 2}, 1}}, Gap: Range{1, 3}},
	{Name: "leader-killed", About: "the leader of the store's cluster is killed and comes back", Kinds: one(LeaderKill, 0.5, 2), Gap: Range{1.5, 3}},
	{Name: "starved", About: "other programs use all processors", Kinds: one(Starve, 0.5, 1.5)},

	{Name: "session-killed", About: "live sessions are ended in the store from outside", Kinds: one(Session, 0.1, 0.2), Assumption: "A4", Allowed: []string{"S2"}, Shows: Takeovers},
	{Name: "clock-stepped", About: "the store's wall clock jumps ahead by 40 s and back while networks are cut", Kinds: []Choice{{ClockStep, Range{1, 2}, 2}, {Cut, Range{0.4, 0.9}, 3}}, Gap: Range{0.2, 0.5}, Assumption: "A2w", Allowed: []string{"S2"}, Shows: Takeovers},
	{Name: "failover", About: "the store fails over to a replica that missed acknowledged writes", Kinds: []Choice{{Failover, Range{0.08, 0.2}, 3}, {Leave, Range{0.05, 0.1}, 2}, {Join, Range{0.15, 0.4}, 4}}, Gap: Range{0.05, 0.12}, LeastTTL: 12 * time.Second, Assumption: "A1", Allowed: []string{"S1", "S2", "S8", "A1"}, Shows: Handovers},

	{Name: "broken-deaf", About: "must be found: workers that take no notice of Check and context", Kinds: silences, Broken: worker.Deaf, Breach: "S2"},
	{Name: "broken-tokenless", About: "must be found: deaf workers that send no token of their own", Kinds: silences, Broken: worker.Tokenless, Breach: "S7"},
	{Name: "broken-resource", About: "must be found: deaf workers, and a resource that checks no token", Kinds: silences, Broken: worker.Deaf, OpenResource: true, Breach: "S7"},
	{Name: "broken-clock", About: "must be found: workers whose clock goes at half the rate", Kinds: []Choice{{Cut, Range{2, 3}, 1}, {Stop, Range{1.2, 1.7}, 1}}, Broken: worker.SlowClock, Breach: "S2"},
}

func one(kind Kind, least, most float64) []Choice { return []Choice{{kind, Range{least, most}, 1}} }

// silences make an owner lose its claims while it lives.
var silences = []Choice{{Cut, Range{1.5, 3}, 1}, {Stop, Range{1.5, 3}, 1}}
