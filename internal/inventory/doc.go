// Package inventory is the set of devices: their names, addresses, groups, logins and how their
// certificates are verified. It finds devices by what a person typed and by what an access rule says.
//
// It never connects to a device and reads no file; the packages below it are sources of devices and
// put them together. Any package that needs to name a device may import it.
//
// Reading order: device.go, names.go, similar.go, inventory.go, select.go, rule.go, report.go.
package inventory
