// Package soak has tests only: they run overwatch serve as a process of its own, between a simulated
// Webex and simulated devices, kill it, starve it and let everything around it fail, and count whether
// whatever was acknowledged is answered, and answered once. make soak runs them for longer.
package soak
