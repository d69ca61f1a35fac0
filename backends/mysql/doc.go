// Package mysql is a placeholder.
package mysql
