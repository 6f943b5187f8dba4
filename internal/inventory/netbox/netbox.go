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

// Options configure a source.
type Options struct {
	URL       string // of NetBox itself, such as https://netbox.example.com
	Token     secret.Text
	CA        []byte            // PEM: CAs to trust instead of the system's
	Proxy     string            // the address of an HTTP proxy; "none"; empty for that of the environment, with https only
	Filter    url.Values        // as in the API's query, such as status=active
	Platforms map[string]string // Overwatch's names of platforms by NetBox's slugs; others stay
	PortField string            // the custom field with a device's port; none where empty

	Transport http.RoundTripper // replaces the network in tests; nil for the network
}

// Source reads devices from a NetBox. Safe for concurrent use.
type Source struct {
	o      Options
	client *http.Client
}

var _ inventory.Source = (*Source)(nil)

const (
	pageDevices = 500       // devices requested at once; NetBox may return fewer
	pageBytes   = 32 << 20  // the largest response
	maxDevices  = 1_000_000 // the longest list
	pageWithin  = time.Minute
	attempts    = 5 // to read a list from which no device is deleted meanwhile
)

// slugs are common names of IOS-XE in NetBox.
var slugs = map[string]string{"cisco-ios-xe": "ios-xe", "cisco-iosxe": "ios-xe", "iosxe": "ios-xe", "ios_xe": "ios-xe"}

// New returns a source. It doesn't connect yet.
func New(o Options) (_ *Source, err error) {
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone() // whose type the documentation promises
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		if t.Proxy, err = proxy(o); err != nil {
			return nil, err
		}
		if len(o.CA) > 0 {
			t.TLSClientConfig.RootCAs = x509.NewCertPool()
			if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(o.CA) {
				return nil, &fault.Error{Kind: fault.Invalid, Message: "the ca for " + o.URL + " has no certificate", Hint: "Name a file with PEM certificates."}
			}
		}
		o.Transport = t
	}
	return &Source{o: o, client: &http.Client{
		Transport: o.Transport, Timeout: pageWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // which would take the token along
	}}, nil
}

// proxy returns the proxy to use. Without the setting it is that of the environment, but not for plain
// HTTP, where a proxy would see the token.
func proxy(o Options) (func(*http.Request) (*url.URL, error), error) {
	switch o.Proxy {
	case "none":
		return nil, nil
	case "":
		if strings.HasPrefix(o.URL, "https:") {
			return http.ProxyFromEnvironment, nil
		}
		return nil, nil
	}
	u, err := url.Parse(o.Proxy)
	if err != nil || u.Host == "" {
		return nil, &fault.Error{Kind: fault.Invalid, Message: "the proxy for " + o.URL + " isn't an address", Hint: "Write it as http://proxy.example.com:3128, or none."}
	}
	return http.ProxyURL(u), nil
}

// list is a page of devices, as NetBox documents it (REST API, "Pagination").
type list struct {
	Count   int      `json:"count"`
	Next    string   `json:"next"`
	Results []device `json:"results"`
}

// device has the fields of a device that are used. Before NetBox 4.0, role was called device_role.
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

// Devices implements inventory.Source. Errors are faults.
func (s *Source) Devices(ctx context.Context) ([]inventory.Device, error) {
	for range attempts {
		devices, complete, err := s.read(ctx)
		if err != nil || complete {
			return devices, err
		}
	}
	return nil, &fault.Error{Kind: fault.Unavailable, Message: "NetBox's list of devices keeps changing while it is read", Hint: "The bot tries again."}
}

// read reads all pages, in the order of ids: new devices come at the end. Only one that is deleted while
// the list is read moves others to a page that was read already; then the list isn't complete.
func (s *Source) read(ctx context.Context) (devices []inventory.Device, complete bool, err error) {
	seen := map[int64]bool{}
	most, fell := 0, false
	for offset := 0; ; {
		page, err := s.page(ctx, offset)
		if err != nil {
			return nil, false, err
		}
		fell = fell || page.Count < most
		most = max(most, page.Count)
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
			return devices, !fell && len(seen) >= page.Count, nil
		}
		if offset += len(page.Results); len(page.Results) == 0 || offset > maxDevices {
			return nil, false, unreadable(fmt.Errorf("after %d of %d devices there is another page", offset, page.Count))
		}
	}
}

// device converts a device. Those without a name are parts of others and are left out.
func (s *Source) device(d device) (inventory.Device, bool) {
	out := inventory.Device{Name: d.Name, Host: host(d.PrimaryIP.Address)}
	out.Port, out.Problem = port(d.CustomFields[s.o.PortField])
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

// host returns an address without the length of its prefix.
func host(address string) string {
	if p, err := netip.ParsePrefix(address); err == nil {
		return p.Addr().String()
	}
	return address
}

// port reads a custom field: a number, a text, or a selection with a value (NetBox, "Custom fields").
// It returns 0 if there is none, and what is wrong with one that isn't a port.
func port(raw json.RawMessage) (number int, problem string) {
	var value any
	if len(raw) == 0 || json.Unmarshal(raw, &value) != nil {
		return 0, ""
	}
	if object, ok := value.(map[string]any); ok {
		value = cmp.Or(object["value"], object["label"])
	}
	var float float64
	switch v := value.(type) {
	case nil:
		return 0, ""
	case float64:
		float = v
	case string:
		text := strings.TrimSpace(v)
		if text == "" {
			return 0, ""
		}
		var err error
		if float, err = strconv.ParseFloat(text, 64); err != nil {
			return 0, "port " + show(raw)
		}
	default:
		return 0, "port " + show(raw)
	}
	if float != math.Trunc(float) || float < 1 || float > math.MaxUint16 {
		return 0, "port " + show(raw)
	}
	return int(float), ""
}

// show shortens a value for a log line.
func show(raw json.RawMessage) string {
	const most = 40
	if len(raw) > most {
		return strings.ToValidUTF8(string(raw[:most]), "") + "..."
	}
	return string(raw)
}

func (s *Source) page(ctx context.Context, offset int) (list, error) {
	query := url.Values{}
	for key, values := range s.o.Filter {
		query[key] = values
	}
	query.Set("limit", strconv.Itoa(pageDevices))
	query.Set("offset", strconv.Itoa(offset))
	query.Set("ordering", "id")
	query.Set("exclude", "config_context") // which NetBox would compute for each device
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

// refused explains a status. NetBox writes the reason as JSON, into detail or by parameter; a proxy or
// another web server in front of it writes something else.
func (s *Source) refused(resp *http.Response, body []byte) error {
	const most = 200
	text := strings.Join(strings.Fields(s.o.Token.Hide(string(body), "")), " ") // a proxy may show what was sent to it
	text = strings.ToValidUTF8(text[:min(most, len(text))], "")
	cause := fmt.Errorf("%s: %s", resp.Status, text)
	denied := resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden
	switch {
	case resp.StatusCode == http.StatusProxyAuthRequired, denied && !json.Valid(body):
		return &fault.Error{
			Kind: fault.Denied, Message: fmt.Sprintf("something between the bot and NetBox refuses the request (status %d)", resp.StatusCode),
			Hint: "Check the proxy; set proxy: to another one, or to none.", Cause: cause,
		}
	case denied:
		return &fault.Error{Kind: fault.Denied, Message: "NetBox refuses the token", Hint: "Check that it exists, hasn't expired and may view devices.", Cause: cause}
	case resp.StatusCode == http.StatusBadRequest:
		return &fault.Error{Kind: fault.Invalid, Message: "NetBox refuses the filter: " + text, Hint: "Fix the filter of this source.", Cause: cause}
	case resp.StatusCode == http.StatusNotFound:
		return &fault.Error{Kind: fault.Invalid, Message: "no NetBox at this address", Hint: "Use the address of NetBox itself, without /api.", Cause: cause}
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return &fault.Error{
			Kind: fault.Invalid, Message: "NetBox redirects to " + s.o.Token.Hide(resp.Header.Get("Location"), ""),
			Hint: "Use that address if it is right. The bot doesn't follow redirects, to protect the token.", Cause: cause,
		}
	}
	return &fault.Error{Kind: fault.Unavailable, Message: fmt.Sprintf("NetBox is unavailable (status %d)", resp.StatusCode), Hint: "The bot tries again.", Cause: cause}
}

func unreachable(err error) error {
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return &fault.Error{Kind: fault.Unavailable, Message: "NetBox's certificate isn't signed by a trusted CA", Hint: "Set ca: to the file of the CA that signed it.", Cause: err}
	}
	return &fault.Error{Kind: fault.Unavailable, Message: "NetBox can't be reached", Hint: "Check its address, the route and the proxy.", Cause: err}
}

func unreadable(err error) error {
	return &fault.Error{Kind: fault.Unavailable, Message: "the response isn't NetBox's list of devices", Hint: "Check the address of NetBox.", Cause: err}
}
