// Package sqlite is a placeholder.
package sqlite
