package webex

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"overwatch/internal/fault"
)

// DefaultCatalogURL is the address of the catalog of services (U2C).
const DefaultCatalogURL = "https://u2c.wbx2.com/u2c/api/v1"

// Services are the addresses of the services behind the socket. They depend on the region of the
// bot's organization: a socket in the wrong region connects but receives nothing.
type Services struct {
	registrations *url.URL
	conversation  *url.URL
	clusters      map[string]string // by host, as used in ids
}

// Ids use a short name for the cluster of one region.
const (
	usCluster    = "us"
	usRegion     = "urn:TEAM:us-east-2_a"
	serviceParts = 3 // parts of urn:TEAM:REGION:SERVICE that name the cluster
)

// Services reads the catalog: GET /catalog?format=hostmap (Webex JavaScript SDK). The address is
// DefaultCatalogURL if empty.
func (c *Client) Services(ctx context.Context, catalog string) (Services, error) {
	at, err := url.Parse(strings.TrimRight(cmp.Or(catalog, DefaultCatalogURL), "/") + "/catalog?format=hostmap")
	if err != nil {
		return Services{}, &fault.Error{Kind: fault.Invalid, Message: "The address of Webex's catalog can't be read.", Hint: "It looks like " + DefaultCatalogURL + ".", Cause: err}
	}
	var found struct {
		Links map[string]string `json:"serviceLinks"`
		Hosts map[string][]struct {
			ID string `json:"id"`
		} `json:"hostCatalog"`
	}
	if _, err := c.do(ctx, http.MethodGet, at, "", nil, &found); err != nil {
		return Services{}, err
	}
	s := Services{clusters: map[string]string{}}
	for name, into := range map[string]**url.URL{"wdm": &s.registrations, "conversation": &s.conversation} {
		link, err := url.Parse(found.Links[name])
		if err != nil || link.Host == "" || link.Scheme != at.Scheme {
			return Services{}, &fault.Error{
				Kind: fault.Unavailable, Message: "Webex's catalog has no address for its service " + name + ".",
				Hint: "Check --webex-u2c-url, and for a proxy that changes responses.", Cause: err,
			}
		}
		*into = link
	}
	for host, entries := range found.Hosts {
		for _, e := range entries {
			if cluster := clusterOf(e.ID); cluster != "" {
				s.clusters[host] = cluster
				break
			}
		}
	}
	return s, nil
}

// clusterOf returns the cluster of a service such as urn:TEAM:us-west-2_r:conversation, or "".
func clusterOf(service string) string {
	parts := strings.Split(service, ":")
	if len(parts) <= serviceParts {
		return ""
	}
	if cluster := strings.Join(parts[:serviceParts], ":"); cluster != usRegion {
		return cluster
	}
	return usCluster
}

// trusts reports whether an address belongs to a service in the catalog. Only those get the token.
func (s Services) trusts(u *url.URL) bool {
	if u.Scheme != s.conversation.Scheme {
		return false
	}
	_, known := s.clusters[u.Host]
	if !known {
		_, known = s.clusters[u.Hostname()]
	}
	return known || u.Host == s.conversation.Host || u.Host == s.registrations.Host
}

// cluster returns the cluster for ids of a conversation at u. It is a guess if the catalog lacks the host.
func (s Services) cluster(u *url.URL) string {
	return cmp.Or(s.clusters[u.Host], s.clusters[u.Hostname()], usCluster)
}
