// Package nemesis plans the faults of a torture run: pure, from a seed. What carries them
// out is in package rig.
package nemesis
