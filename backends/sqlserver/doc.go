// Package sqlserver is a placeholder.
package sqlserver
