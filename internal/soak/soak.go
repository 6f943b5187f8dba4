// Package soak has only tests. They run overwatch serve as a separate process between a simulated Webex and
// simulated devices, kill it, inject faults, and check that every acknowledged event is answered once.
// make soak runs them for longer. Nothing imports it.
package soak
