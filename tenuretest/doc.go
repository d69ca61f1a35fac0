// Package tenuretest is a stub.
package tenuretest
