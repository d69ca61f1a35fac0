// Package virtual is what a simulated member runs on in a testing/synctest
// bubble: a clock that can be stopped, a network to the store that can fail in
// every way, and a referee that sees true time and every claim. internal/sim
// plays the library on it, tenuretest the code of users.
package virtual
