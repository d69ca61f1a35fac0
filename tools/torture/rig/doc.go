// Package rig carries a torture run out: it starts the store, the log and the workers, does
// to them what package nemesis has planned, brings everything to rest, and has package
// checks judge the log.
package rig
