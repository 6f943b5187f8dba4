// Package devicesim simulates a lab of devices that offer RESTCONF over HTTPS like IOS-XE, including its
// deviations from the standard, and a certificate authority that signs their certificates.
//
// It shares no code with internal/restconf, so that each tests the other. Only internal/playground,
// internal/cli and tests may import it. It is never part of a bot in production.
//
// Reading order: fields.go, tree.go, models.go, cables.go, people.go, bundles.go, access.go, services.go,
// system.go, switching.go, routing.go, bgp.go, network.go, software.go, openconfig.go, data.go, restconf.go, lab.go.
package devicesim
