// Package zookeeperserver runs real ZooKeeper servers for tests: one alone, or an
// ensemble. [Start] makes a [Server] in a temporary directory on free ports of
// 127.0.0.1; [StartEnsemble] makes several that elect a leader. A server can be killed,
// frozen and started again on its data and its ports. Tests start servers with package
// zookeepertest, which skips or fails when Java or the jar is absent.
//
// A tick has 100 ms, so that sessions of 200 ms are possible, and one may last up to a
// minute. The servers are fast and careless: they do not sync their files, so the data
// survives the death of a process, not that of the machine. Never use them for real data.
package zookeeperserver
