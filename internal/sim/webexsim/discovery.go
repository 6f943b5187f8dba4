package webexsim

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Where the services behind the socket are. Only the catalog's place is known beforehand; the others
// have paths and a host name that nobody guesses.
const (
	catalogPath       = "/u2c/api/v1"
	limitedPath       = catalogPath + "/limited/catalog" // for those who haven't logged in yet
	registrationsPath = "/wdm-a1/api/v1/devices"
	conversationPath  = "/conversation-a1/api/v1"
	socketPath        = "/mercury-a1/v1/apps/wx2/registrations"
	metricsPath       = "/metrics-a1/api/v1" // where Webex's own clients tell how they do
)

// Paths are those below which the simulation answers.
func Paths() []string {
	return []string{"/v1/", "/u2c/", "/wdm-a1/", "/conversation-a1/", "/mercury-a1/", "/metrics-a1/"}
}

// service is the address of a service. Where the API is at localhost or 127.0.0.1, the services are at
// the other one of them and nowhere else, so that clients that expect everything at one host fail here
// as they do in other regions. The caller holds the lock.
func (s *Sim) service(path string) *url.URL {
	u, err := url.Parse(s.base)
	if err != nil {
		return &url.URL{} // of a base that leads nowhere: links are wrong with it
	}
	switch host, port, _ := net.SplitHostPort(u.Host); host {
	case "localhost":
		u.Host = net.JoinHostPort("127.0.0.1", port)
	case "127.0.0.1":
		u.Host = net.JoinHostPort("localhost", port)
	}
	u.Path = path
	return u
}

// misplaced reports whether a service is asked for at the API's host instead of its own.
func (s *Sim) misplaced(r *http.Request) bool {
	if !strings.HasPrefix(r.URL.Path, "/wdm-a1/") && !strings.HasPrefix(r.URL.Path, "/conversation-a1/") && !strings.HasPrefix(r.URL.Path, "/mercury-a1/") {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.Host != s.service("").Host
}

// regions are clusters whose name in ids isn't that of their region.
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
		// Clients look with the port or without; in Webex there is none.
		"hostCatalog": map[string]any{wdm.Hostname(): entry("conversation"), wdm.Host: entry("conversation")},
		"format":      "hostmap",
	}, nil
}

func takeMetrics(*call) (any, error) { return nil, nil }

// lookupMessage and lookupAction say the public id of what a socket told.
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
