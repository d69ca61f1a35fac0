// Package rediscall is what the stores on Redis share: what a client must be set to,
// one call of a script that ends with its context, and what the errors of a server mean.
package rediscall
