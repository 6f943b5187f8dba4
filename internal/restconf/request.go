package restconf

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/tracing"
)

const (
	defaultRoot = "/restconf" // of IOS-XE and most others (RFC 8040, 3.1)
	mediaType   = "application/yang-data+json"
	draftType   = "application/yang.data+json" // of servers older than the RFC
)

// otherType returns the media type to try after the one that isn't acceptable.
func otherType(accept string) string {
	if accept == mediaType {
		return draftType
	}
	return mediaType
}

// rootOf returns where the inventory says the device's RESTCONF is.
func rootOf(d inventory.Device) string { return cmp.Or(d.Root, defaultRoot) }

// send sends one GET with the device's login. path begins with a slash and is sent as it is, so that a
// %2F in a key doesn't become a slash. The caller closes the body.
func (c *Client) send(ctx context.Context, d inventory.Device, path, accept string) (*http.Response, error) {
	host := strings.ReplaceAll(address(d), "%", "%25") // of a zone (RFC 6874)
	u, err := url.Parse("https://" + host + path)
	if err != nil {
		return nil, fmt.Errorf("the path of the query: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.URL = u
	req.Header.Set("Accept", accept)
	req.Header.Set("User-Agent", c.options.UserAgent)
	if parent := tracing.Parent(ctx); parent != "" {
		req.Header.Set(tracing.Header, parent)
	}
	req.SetBasicAuth(d.Login.Username, d.Login.Password.Reveal())
	transport, err := c.transport(d)
	if err != nil {
		return nil, err
	}
	// No http.Client: it would follow a redirect and take the password along.
	return transport.RoundTrip(req)
}

// get reads a resource: the response has data, or is a 204 without any. Other responses are a
// *statusError or a fault.
func (c *Client) get(ctx context.Context, d inventory.Device, path, accept string) (*http.Response, error) {
	resp, err := c.send(ctx, d, path, accept)
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode == http.StatusNoContent:
		return resp, nil
	case resp.StatusCode != http.StatusOK:
		return nil, errors.Join(c.report(d, resp, path), resp.Body.Close())
	}
	kind := mediaTypeOf(resp)
	switch {
	case strings.HasSuffix(kind, "xml"):
		err = &fault.Error{
			Kind:    fault.Unavailable,
			Message: fmt.Sprintf("%s answered in XML, although the bot asked for JSON.", d.Name),
			Hint:    "Check that its RESTCONF can answer in JSON (" + mediaType + "), and its host, port and root in the inventory.",
			Cause:   fmt.Errorf("GET %s at %s: content type %s", path, address(d), kind),
		}
	case kind == "text/html":
		err = notData(d, path, kind)
	default: // many call JSON something else; its beginning tells, see Body
		return resp, nil
	}
	return nil, errors.Join(err, resp.Body.Close())
}

// report reads the error report of a response, without secrets. The caller closes the body.
func (c *Client) report(d inventory.Device, resp *http.Response, path string) *statusError {
	s := readStatus(resp, path)
	s.Message = c.options.Mask.Text(d.Login.Password.Hide(s.Message, d.Login.Username))
	return s
}

// mediaTypeOf returns the type of a response in small letters and without parameters, or an empty text.
func mediaTypeOf(resp *http.Response) string {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return kind
}

func notData(d inventory.Device, path, kind string) error {
	return &fault.Error{
		Kind:    fault.Unavailable,
		Message: fmt.Sprintf("%s sent %s instead of data.", d.Name, cmp.Or(kind, "something")),
		Hint:    "Check its host, port and root in the inventory.",
		Cause:   fmt.Errorf("GET %s at %s: content type %s", path, address(d), kind),
	}
}
