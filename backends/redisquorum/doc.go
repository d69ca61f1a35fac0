// Package redisquorum is Tenure's store on a majority of independent Redis servers.
package redisquorum
