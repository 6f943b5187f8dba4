package webex

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"

	"overwatch/internal/fault"
)

// DefaultCatalogURL is where an account's services are asked for.
const DefaultCatalogURL = "https://u2c.wbx2.com/u2c/api/v1"

// Services are the parts of Webex behind the socket, as they are for the account of the bot. They
// differ by where its organization is at home: a socket of another region connects and stays silent.
type Services struct {
	registrations *url.URL
	conversation  *url.URL
	clusters      map[string]string // by host of a service, as ids have them
}

// usCluster is how ids name the cluster that the catalog calls by its region.
const (
	usCluster    = "us"
	usRegion     = "urn:TEAM:us-east-2_a"
	serviceParts = 3 // of urn:TEAM:REGION:SERVICE that name the cluster
)

// Services asks the catalog: GET /catalog?format=hostmap (as Webex's own JavaScript SDK does). The
// address is DefaultCatalogURL when empty.
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
				Kind: fault.Unavailable, Message: "Webex's catalog doesn't say where its service " + name + " is.",
				Hint: "Check the address of the catalog, and what stands between this machine and Webex.", Cause: err,
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

// clusterOf is the cluster of a service such as urn:TEAM:us-west-2_r:conversation.
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

// trusts reports whether an address is of a service that the catalog names, so that it may get the
// token.
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

// cluster is that of a conversation at an address, for ids.
func (s Services) cluster(u *url.URL) string {
	return cmp.Or(s.clusters[u.Host], s.clusters[u.Hostname()], usCluster)
}
