// Package netbox is the inventory source that reads the devices of a NetBox.
//
// It uses one call of NetBox's REST API, the list of devices, page by page, and never writes. It is
// used by internal/app only.
package netbox

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/secret"
)

// Options say which NetBox, and what its devices mean here.
type Options struct {
	URL       string // of NetBox itself, such as https://netbox.example.com
	Token     secret.Text
	CA        []byte            // PEM: authorities to trust instead of the system's
	Filter    url.Values        // as in the API's query, such as status=active
	Platforms map[string]string // of NetBox (slugs) to ours; what isn't in it keeps its name
	PortField string            // the custom field with a device's port; none where empty

	Transport http.RoundTripper // for tests; nil for one of its own
}

// Source reads devices from a NetBox.
type Source struct {
	o      Options
	client *http.Client
}

var _ inventory.Source = (*Source)(nil)

const (
	pageDevices = 500       // asked for at once; NetBox may give fewer
	pageBytes   = 32 << 20  // of an answer at most
	maxDevices  = 1_000_000 // in all
	pageWithin  = time.Minute
	tries       = 3 // to read a list that doesn't change meanwhile
)

// slugs are names that NetBox's own library of platforms and its users give to ours.
var slugs = map[string]string{"cisco-ios-xe": "ios-xe", "cisco-iosxe": "ios-xe", "iosxe": "ios-xe", "ios_xe": "ios-xe"}

// New returns the source. It doesn't call NetBox yet.
func New(o Options) (*Source, error) {
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone() // whose type the documentation promises
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		if len(o.CA) > 0 {
			t.TLSClientConfig.RootCAs = x509.NewCertPool()
			if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(o.CA) {
				return nil, &fault.Error{Kind: fault.Invalid, Message: "the ca for " + o.URL + " holds no certificate", Hint: "Name a file with PEM certificates."}
			}
		}
		o.Transport = t
	}
	return &Source{o: o, client: &http.Client{
		Transport: o.Transport, Timeout: pageWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes nowhere else
	}}, nil
}

// list is a page of devices, as NetBox documents it (REST API, "Pagination").
type list struct {
	Count   int      `json:"count"`
	Next    string   `json:"next"`
	Results []device `json:"results"`
}

// device has what is used of a device. Role was called device_role before NetBox 4.0.
type device struct {
	ID           int64                      `json:"id"`
	Name         string                     `json:"name"`
	Platform     slug                       `json:"platform"`
	Site         slug                       `json:"site"`
	Tenant       slug                       `json:"tenant"`
	Role         slug                       `json:"role"`
	DeviceRole   slug                       `json:"device_role"`
	PrimaryIP    struct{ Address string }   `json:"primary_ip"`
	Tags         []slug                     `json:"tags"`
	CustomFields map[string]json.RawMessage `json:"custom_fields"`
}

type slug struct {
	Slug string `json:"slug"`
}

// Devices implements inventory.Source. Errors are faults whose texts name the NetBox's part in it.
func (s *Source) Devices(ctx context.Context) ([]inventory.Device, error) {
	for range tries {
		devices, whole, err := s.read(ctx)
		if err != nil || whole {
			return devices, err
		}
	}
	return nil, &fault.Error{Kind: fault.Unavailable, Message: "NetBox's list of devices changes while I read it", Hint: "I'll try again."}
}

// read reads all pages. They are whole when no device came or went in between.
func (s *Source) read(ctx context.Context) (devices []inventory.Device, whole bool, err error) {
	seen := map[int64]bool{}
	count, changed := 0, false
	for offset := 0; ; {
		page, err := s.page(ctx, offset)
		if err != nil {
			return nil, false, err
		}
		changed = changed || (offset > 0 && page.Count != count)
		count = page.Count
		for _, d := range page.Results {
			if seen[d.ID] {
				continue
			}
			seen[d.ID] = true
			if found, ok := s.device(d); ok {
				devices = append(devices, found)
			}
		}
		if page.Next == "" {
			return devices, !changed && len(seen) == count, nil
		}
		if offset += len(page.Results); len(page.Results) == 0 || offset > maxDevices {
			return nil, false, unreadable(fmt.Errorf("after %d of %d devices there is another page", offset, page.Count))
		}
	}
}

// device returns a device as far as NetBox knows it; those without a name are parts of others.
func (s *Source) device(d device) (inventory.Device, bool) {
	out := inventory.Device{Name: d.Name, Host: host(d.PrimaryIP.Address), Port: s.port(d)}
	platform := d.Platform.Slug
	out.Platform = cmp.Or(s.o.Platforms[platform], slugs[platform], platform)
	for kind, name := range map[string]string{
		"site:": d.Site.Slug, "tenant:": d.Tenant.Slug, "role:": cmp.Or(d.Role.Slug, d.DeviceRole.Slug),
	} {
		if name != "" {
			out.Groups = append(out.Groups, kind+name)
		}
	}
	for _, tag := range d.Tags {
		out.Groups = append(out.Groups, tag.Slug)
	}
	slices.Sort(out.Groups)
	return out, d.Name != ""
}

// host takes the length of the prefix off an address.
func host(address string) string {
	if p, err := netip.ParsePrefix(address); err == nil {
		return p.Addr().String()
	}
	return address
}

// port is what the custom field says, a number or a text. What is no port is -1, which is refused
// where the device's other mistakes are.
func (s *Source) port(d device) int {
	raw, ok := d.CustomFields[s.o.PortField]
	text := strings.Trim(string(raw), `"`)
	if !ok || text == "null" || text == "" {
		return 0
	}
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return -1
}

func (s *Source) page(ctx context.Context, offset int) (list, error) {
	query := url.Values{}
	for key, values := range s.o.Filter {
		query[key] = values
	}
	query.Set("limit", strconv.Itoa(pageDevices))
	query.Set("offset", strconv.Itoa(offset))
	query.Set("exclude", "config_context") // which NetBox would work out for each device
	address := strings.TrimRight(s.o.URL, "/") + "/api/dcim/devices/?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return list{}, unreachable(err)
	}
	// Tokens of the second version, since NetBox 4.5, begin with nbt_ (REST API, "Authentication").
	scheme := "Token "
	if strings.HasPrefix(s.o.Token.Reveal(), "nbt_") {
		scheme = "Bearer "
	}
	req.Header.Set("Authorization", scheme+s.o.Token.Reveal())
	req.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return list{}, unreachable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, pageBytes+1))
	switch {
	case err != nil:
		return list{}, unreachable(err)
	case len(body) > pageBytes:
		return list{}, unreadable(fmt.Errorf("a page has more than %d MB", pageBytes>>20))
	case resp.StatusCode != http.StatusOK:
		return list{}, s.refused(resp, body)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "application/json" {
		return list{}, unreadable(fmt.Errorf("it is %q", kind))
	}
	var page list
	if err := json.Unmarshal(body, &page); err != nil {
		return list{}, unreadable(err)
	}
	if page.Count < 0 || page.Count > math.MaxInt32 {
		return list{}, unreadable(fmt.Errorf("it counts %d devices", page.Count))
	}
	return page, nil
}

// refused explains a status. What NetBox says of it stands in detail, or by parameter.
func (s *Source) refused(resp *http.Response, body []byte) error {
	const most = 200
	text := strings.Join(strings.Fields(s.o.Token.Hide(string(body), "")), " ") // a proxy may show what it was sent
	text = strings.ToValidUTF8(text[:min(most, len(text))], "")
	cause := fmt.Errorf("%s: %s", resp.Status, text)
	switch {
	case resp.StatusCode == http.StatusUnauthorized, resp.StatusCode == http.StatusForbidden:
		return &fault.Error{Kind: fault.Denied, Message: "NetBox refuses the token", Hint: "Check that it exists, hasn't expired and may view devices.", Cause: cause}
	case resp.StatusCode == http.StatusBadRequest:
		return &fault.Error{Kind: fault.Invalid, Message: "NetBox refuses the filter: " + text, Hint: "Mend the filter of this source.", Cause: cause}
	case resp.StatusCode == http.StatusNotFound:
		return &fault.Error{Kind: fault.Invalid, Message: "there is no NetBox at this address", Hint: "Name the address of NetBox itself, without /api.", Cause: cause}
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return &fault.Error{
			Kind: fault.Invalid, Message: "NetBox wants to send me elsewhere, to " + s.o.Token.Hide(resp.Header.Get("Location"), ""),
			Hint: "Name that address if it is right; I don't take the token there by myself.", Cause: cause,
		}
	}
	return &fault.Error{Kind: fault.Unavailable, Message: fmt.Sprintf("NetBox can't answer now (status %d)", resp.StatusCode), Hint: "I'll try again.", Cause: cause}
}

func unreachable(err error) error {
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return &fault.Error{Kind: fault.Unavailable, Message: "I don't trust NetBox's certificate", Hint: "Name the authority that signed it as ca.", Cause: err}
	}
	return &fault.Error{Kind: fault.Unavailable, Message: "NetBox can't be reached", Hint: "Check its address and the way there.", Cause: err}
}

func unreadable(err error) error {
	return &fault.Error{Kind: fault.Unavailable, Message: "NetBox answered with something I can't read", Hint: "Check that its address is that of NetBox.", Cause: err}
}
