// Package worker is one worker of a torture run, a process of its own: it takes part in a
// group as a user's program does, writes to the resource whenever Check lets it, and tells
// the log what it does, and what its library does to the store.
package worker
