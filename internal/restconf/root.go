package restconf

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
)

// link finds the link to RESTCONF in a host-meta that isn't well-formed XML, or is JSON.
var link = regexp.MustCompile(`(?s)rel["']?\s*[=:]\s*["']restconf["'].{0,40}?href["']?\s*[=:]\s*["']([^"']+)["']|` +
	`href["']?\s*[=:]\s*["']([^"']+)["'].{0,40}?rel["']?\s*[=:]\s*["']restconf["']`)

// parseHostMeta returns the path in a host-meta (RFC 8040, 3.1), or an empty text.
func parseHostMeta(body []byte) string {
	var doc struct {
		Links []struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
		} `xml:"Link"`
	}
	href := ""
	if xml.Unmarshal(body, &doc) == nil {
		for _, l := range doc.Links {
			if l.Rel == "restconf" {
				href = l.Href
			}
		}
	}
	if found := link.FindSubmatch(body); href == "" && found != nil {
		href = string(found[1]) + string(found[2])
	}
	u, err := url.Parse(href)
	if err != nil || !strings.HasPrefix(u.Path, "/") {
		return ""
	}
	return strings.TrimRight(u.Path, "/")
}

// discoverRoot returns where the device says its RESTCONF is, or an empty text if it doesn't say. What
// it said is remembered.
func (c *Client) discoverRoot(ctx context.Context, d inventory.Device) string {
	learned := &c.state(d).learned
	known := ""
	learned.use(func(k *knowledge) { known = k.root })
	if known != "" {
		return known
	}
	resp, err := c.send(ctx, d, "/.well-known/host-meta", "application/xrd+xml")
	if err != nil {
		return ""
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err = errors.Join(err, resp.Body.Close()); err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	root := parseHostMeta(body)
	learned.use(func(k *knowledge) { k.root = root })
	return root
}

// findRESTCONF finds out what a 404 without an error report means. It returns a fault if RESTCONF is
// somewhere else or isn't there, and nil if it is there and only has nothing at this path.
func (c *Client) findRESTCONF(ctx context.Context, d inventory.Device, s *statusError) error {
	root := rootOf(d)
	if c.answers(d) {
		return nil
	}
	switch found := c.discoverRoot(ctx, d); {
	case found == root:
		return nil
	case found != "":
		return wrongRoot(d, found, s)
	}
	if s.Path != root {
		if resp, err := c.fetch(ctx, d, root, ""); err == nil {
			return resp.Body.Close()
		}
	}
	if c.answers(d) { // meanwhile: requests of a query go together
		return nil
	}
	return &fault.Error{
		Kind: fault.Unavailable, Cause: s, Message: fmt.Sprintf("%s has no RESTCONF at %s.", d.Name, root),
		Hint: "On IOS-XE: restconf. It takes some minutes until it answers.",
	}
}

// answers reports whether a device has just answered another request at the root in the inventory.
func (c *Client) answers(d inventory.Device) (just bool) {
	c.state(d).learned.use(func(k *knowledge) { just = k.answered == rootOf(d) && time.Since(k.at) < time.Minute })
	return just
}

func wrongRoot(d inventory.Device, root string, cause error) error {
	return &fault.Error{
		Kind: fault.Invalid, Cause: cause, Message: fmt.Sprintf("%s's RESTCONF is at %s, not at %s.", d.Name, root, rootOf(d)),
		Hint: "Set root: " + root + " for it in the inventory.",
	}
}
