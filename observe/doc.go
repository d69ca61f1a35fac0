// Package observe is the one stream of typed events of everything that happens
// in Tenure: sessions, claims, callbacks, plans, leaders. Logs and metrics are
// adapters of it, so that they cannot disagree: see zapobserve and
// slogobserve, and Counters for totals and durations.
//
// Events never carry secrets: no addresses of stores, no credentials, no
// values of records.
package observe
