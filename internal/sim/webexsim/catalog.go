package webexsim

import "strings"

// Paths of the services behind the socket. Clients know only the catalog's in advance; the other paths
// and their host come from the catalog.
const (
	catalogPath       = "/u2c/api/v1"
	limitedPath       = catalogPath + "/limited/catalog" // without a token
	registrationsPath = "/wdm-a1/api/v1/devices"
	metricsPath       = "/metrics-a1/api/v1" // for the telemetry of Webex's own clients
)

// Paths returns the prefixes of all paths that the simulation serves.
func Paths() []string {
	return []string{"/v1/", "/u2c/", "/wdm-a1/", "/conversation-a1/", "/mercury-a1/", "/metrics-a1/"}
}

// regions maps clusters to regions where the names differ.
var regions = map[string]string{us: "urn:TEAM:us-east-2_a"}

func getCatalog(c *call) (any, error) {
	wdm := c.sim.service(strings.TrimSuffix(registrationsPath, "/devices"))
	conversation := c.sim.service(conversationPath)
	region := c.sim.catalogCluster
	if r, ok := regions[region]; ok {
		region = r
	}
	entry := func(service string) []map[string]any {
		return []map[string]any{{"host": wdm.Hostname(), "ttl": -1, "priority": 5, "id": region + ":" + service}}
	}
	return map[string]any{
		"serviceLinks": map[string]string{
			"wdm": wdm.String(), "conversation": conversation.String(), "hydra": c.sim.base,
			"metrics": c.sim.service(metricsPath).String(), "u2c": c.sim.service(catalogPath).String(), "mercury": c.sim.service(socketPath).String(),
		},
		// Some clients look up the host with its port, some without. Webex has no ports.
		"hostCatalog": map[string]any{wdm.Hostname(): entry("conversation"), wdm.Host: entry("conversation")},
		"format":      "hostmap",
	}, nil
}

func takeMetrics(*call) (any, error) { return nil, nil }

// lookupMessage returns a message by the UUID that a socket reported; lookupAction a button press.
func lookupMessage(c *call) (any, error) {
	m, err := c.sim.message(c.sim.publicID("MESSAGE", c.PathValue("id")), c.who)
	if err != nil {
		return nil, err
	}
	return m.object(c.sim.base, false), nil
}

func lookupAction(c *call) (any, error) {
	for _, a := range c.sim.actions {
		if a.uuid == c.PathValue("id") && a.message.room.member(c.who) != nil {
			return a.object(false), nil
		}
	}
	return nil, notFound()
}
