// Package devicefile reads the YAML file of the inventory: devices, and sources of more devices.
//
// It checks the file completely and reports every mistake with its line. It doesn't read the sources.
// Only internal/app imports it.
//
// Reading order: file.go, parser.go, tls.go, sources.go, devicefile.go.
package devicefile
