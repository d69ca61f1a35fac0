// Package sim runs clusters of Tenure members in virtual time, under faults
// that a seed decides, while a referee that sees true time and every claim looks
// for breaches of the guarantees. It is used from tests, inside a
// testing/synctest bubble.
package sim
