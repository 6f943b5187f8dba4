package netbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"overwatch/internal/fault"
	"overwatch/internal/inventory"
	"overwatch/internal/inventory/inventorytest"
	"overwatch/internal/inventory/netbox"
	"overwatch/internal/secret"
	"overwatch/internal/sim/netboxsim"
)

const token = "0123456789abcdef0123456789abcdef01234567"

func source(t *testing.T, sim *netboxsim.Sim, change func(*netbox.Options)) *netbox.Source {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	o := netbox.Options{URL: server.URL, Token: secret.New(sim.Token), PortField: "restconf_port", Transport: server.Client().Transport}
	if change != nil {
		change(&o)
	}
	s, err := netbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) {
	inventorytest.Run(t, func(t *testing.T) inventorytest.World {
		sim := &netboxsim.Sim{Token: token, MaxPage: 2}
		return inventorytest.World{
			Source: source(t, sim, nil),
			Break:  func() { sim.Fail(http.StatusBadGateway) },
			Repair: func() { sim.Fail(0) },
			Set: func(devices []inventory.Device) {
				var list []netboxsim.Device
				for _, d := range devices {
					n := netboxsim.Device{Name: d.Name, Address: d.Host, Platform: d.Platform, Tags: d.Groups}
					if d.Port != 0 {
						n.Custom = map[string]any{"restconf_port": d.Port}
					}
					list = append(list, n)
				}
				sim.Set(list...)
			},
		}
	})
}

// What a device of NetBox becomes.
func TestDevice(t *testing.T) {
	sim := &netboxsim.Sim{Token: token}
	sim.Set(
		netboxsim.Device{
			Name: "core 1", Address: "192.0.2.1/24", Platform: "cisco-ios-xe", Site: "paris", Tenant: "acme", Role: "router", Tags: []string{"lab"},
			Custom: map[string]any{"restconf_port": 8443, "other": map[string]any{"x": 1}},
		},
		netboxsim.Device{Name: "old", Address: "2001:db8::1/64", Platform: "nokia-sros", Role: "switch", OldRole: true, Custom: map[string]any{"restconf_port": "443"}},
		netboxsim.Device{Name: "bare", Platform: "eos", Custom: map[string]any{"restconf_port": nil}},
		netboxsim.Device{Name: "wrong", Custom: map[string]any{"restconf_port": []any{1}}},
		netboxsim.Device{Address: "192.0.2.9/24"}, // a part of another, without a name
	)
	got, err := source(t, sim, func(o *netbox.Options) { o.Platforms = map[string]string{"eos": "openconfig"} }).Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []inventory.Device{
		{Name: "core 1", Host: "192.0.2.1", Port: 8443, Platform: "ios-xe", Groups: []string{"lab", "role:router", "site:paris", "tenant:acme"}},
		{Name: "old", Host: "2001:db8::1", Port: 443, Platform: "nokia-sros", Groups: []string{"role:switch"}},
		{Name: "bare", Platform: "openconfig"},
		{Name: "wrong", Problem: "port [1]"}, // left out, with this as the reason
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(secret.Text{})); diff != "" {
		t.Error(diff)
	}
}

func TestPagesAndFilter(t *testing.T) {
	sim := &netboxsim.Sim{Token: "nbt_key.secret", MaxPage: 100}
	var many []netboxsim.Device
	for i := range 1234 {
		d := netboxsim.Device{Name: fmt.Sprintf("r%04d", i), Address: "192.0.2.1/32", Role: []string{"router", "switch", "server"}[i%3], Status: []string{"active", "planned"}[i%2]}
		many = append(many, d)
	}
	sim.Set(many...)
	filter := url.Values{"role": {"router", "switch"}, "status": {"active"}}
	got, err := source(t, sim, func(o *netbox.Options) { o.Filter = filter }).Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for i := range 1234 {
		if i%3 < 2 && i%2 == 0 {
			want++
		}
	}
	if len(got) != want || len(sim.Requests()) != (want+99)/100 {
		t.Errorf("got %d devices by %d calls, want %d", len(got), len(sim.Requests()), want)
	}
	if q := sim.Requests()[0].Query(); !slices.Equal(q["exclude"], []string{"config_context"}) {
		t.Errorf("asked for more than is needed: %v", q)
	}
}

// Ports as people keep them in custom fields.
func TestPorts(t *testing.T) {
	for name, c := range map[string]struct {
		value   any
		port    int
		problem string
	}{
		"a number":          {8443, 8443, ""},
		"a decimal":         {8443.0, 8443, ""},
		"a decimal as text": {"8443.0", 8443, ""},
		"blanks":            {" 8443 ", 8443, ""},
		"a selection":       {map[string]any{"value": "8443", "label": "HTTPS"}, 8443, ""},
		"a label alone":     {map[string]any{"label": "8443"}, 8443, ""},
		"null":              {nil, 0, ""},
		"an empty text":     {" ", 0, ""},
		"a word":            {"https", 0, `port "https"`},
		"a fraction":        {8443.5, 0, "port 8443.5"},
		"too large":         {70000, 0, "port 70000"},
		"zero":              {0, 0, "port 0"},
		"negative":          {"-1", 0, `port "-1"`},
		"true":              {true, 0, "port true"},
		"a list":            {[]any{8443}, 0, "port [8443]"},
		"a long text":       {strings.Repeat("x", 100), 0, `port "` + strings.Repeat("x", 39) + "..."},
	} {
		t.Run(name, func(t *testing.T) {
			sim := &netboxsim.Sim{Token: token}
			sim.Set(netboxsim.Device{Name: "r1", Address: "192.0.2.1/24", Custom: map[string]any{"restconf_port": c.value}})
			got, err := source(t, sim, nil).Devices(t.Context())
			if err != nil || got[0].Port != c.port || got[0].Problem != c.problem {
				t.Errorf("got %+v %v", got, err)
			}
		})
	}
}

// A list that changes between its pages is read again.
func TestChangesMeanwhile(t *testing.T) {
	sim := &netboxsim.Sim{Token: token, MaxPage: 2}
	devices := func(names ...string) (list []netboxsim.Device) {
		for _, name := range names {
			list = append(list, netboxsim.Device{ID: int(name[1] - '0'), Name: name, Address: "192.0.2.1/32"})
		}
		return list
	}
	sim.Set(devices("r1", "r2", "r3", "r4")...)
	first := true
	sim.OnPage(func(offset int) {
		if offset == 2 && first {
			first = false
			sim.Set(devices("r2", "r3", "r4")...) // r3 slips to the page that was read already
		}
	})
	got, err := source(t, sim, nil).Devices(t.Context())
	if err != nil || len(got) != 3 {
		t.Errorf("got %v %v", got, err)
	}
	sim.OnPage(func(offset int) {
		if offset == 2 {
			sim.Set(devices("r2", "r3", "r4")...)
		} else {
			sim.Set(devices("r1", "r2", "r3", "r4")...)
		}
	})
	if _, err := source(t, sim, nil).Devices(t.Context()); err == nil || !strings.Contains(err.Error(), "keeps changing while it is read") {
		t.Errorf("a list that never rests: %v", err)
	}
}

// What NetBox, or what stands in its place, may answer instead.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		answer httpmock.Responder
		kind   fault.Kind
		say    string
	}{
		"the token":      {httpmock.NewStringResponder(403, `{"detail":"Invalid token"}`), fault.Denied, "NetBox refuses the token"},
		"a proxy":        {httpmock.NewStringResponder(403, `<html>Access denied by policy</html>`), fault.Denied, "something between the bot and NetBox refuses the request (status 403)"},
		"its password":   {httpmock.NewStringResponder(407, ``), fault.Denied, "something between the bot and NetBox refuses the request (status 407)"},
		"a filter":       {httpmock.NewStringResponder(400, `{"status":["Select a valid choice."]}`), fault.Invalid, `NetBox refuses the filter: {"status":["Select a valid choice."]}`},
		"no NetBox":      {httpmock.NewStringResponder(404, "<html>"), fault.Invalid, "no NetBox at this address"},
		"elsewhere":      {httpmock.NewStringResponder(301, "").HeaderSet(http.Header{"Location": {"https://sso.example.com/"}}), fault.Invalid, "NetBox redirects to https://sso.example.com/"},
		"broken":         {httpmock.NewStringResponder(502, "x"), fault.Unavailable, "NetBox is unavailable (status 502)"},
		"no way":         {httpmock.NewErrorResponder(errors.New("no route to host")), fault.Unavailable, "NetBox can't be reached"},
		"a web page":     {httpmock.NewStringResponder(200, "<html>").HeaderSet(http.Header{"Content-Type": {"text/html"}}), fault.Unavailable, "the response isn't NetBox's list of devices"},
		"half of JSON":   {page(`{"count": 1, "results": [`), fault.Unavailable, "the response isn't NetBox's list of devices"},
		"other JSON":     {page(`[1]`), fault.Unavailable, "the response isn't NetBox's list of devices"},
		"an empty page":  {page(`{"count": 9, "next": "http://x/?offset=0", "results": []}`), fault.Unavailable, "the response isn't NetBox's list of devices"},
		"a wrong count":  {page(`{"count": -1, "results": []}`), fault.Unavailable, "the response isn't NetBox's list of devices"},
		"a page too big": {page(strings.Repeat(" ", 33<<20)), fault.Unavailable, "the response isn't NetBox's list of devices"},
	} {
		t.Run(name, func(t *testing.T) {
			m := httpmock.NewMockTransport()
			m.RegisterNoResponder(c.answer)
			s, err := netbox.New(netbox.Options{URL: "https://netbox.example.com/", Token: secret.New(token), Transport: m})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Devices(t.Context())
			if say, _ := fault.Text(err); say != c.say || fault.Of(err) != c.kind {
				t.Errorf("got %s: %q (%v)", fault.Of(err), say, err)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), token) {
				t.Error("the token is printed")
			}
		})
	}
}

func page(body string) httpmock.Responder {
	return httpmock.NewStringResponder(200, body).HeaderSet(http.Header{"Content-Type": {"application/json; charset=utf-8"}})
}

func TestAuthorities(t *testing.T) {
	sim := &netboxsim.Sim{Token: token}
	server := httptest.NewTLSServer(sim)
	t.Cleanup(server.Close)
	strict, err := netbox.New(netbox.Options{URL: server.URL, Token: secret.New(token)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strict.Devices(t.Context()); err == nil || !strings.Contains(err.Error(), "NetBox's certificate isn't signed by a trusted CA") {
		t.Errorf("an unknown authority: %v", err)
	}
	if _, err := netbox.New(netbox.Options{URL: server.URL, CA: []byte("nothing")}); err == nil {
		t.Error("a ca without a certificate is taken")
	}
}

func FuzzDevices(f *testing.F) {
	f.Add([]byte(`{"count":1,"next":null,"results":[{"id":1,"name":"r1","platform":{"slug":"x"},"primary_ip":{"address":"192.0.2.1/24"},"custom_fields":{"restconf_port":"1"}}]}`))
	f.Add([]byte(`{"count":1,"results":[{"name":null,"tags":[{"slug":""}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<16 {
			return
		}
		m := httpmock.NewMockTransport()
		m.RegisterNoResponder(page(string(body)))
		s, err := netbox.New(netbox.Options{URL: "https://netbox.example.com", PortField: "restconf_port", Transport: m})
		if err != nil {
			t.Fatal(err)
		}
		devices, err := s.Devices(t.Context())
		for _, d := range devices {
			if d.Name == "" || err != nil {
				t.Errorf("%s makes %+v and %v", body, d, err)
			}
		}
		if err == nil && !json.Valid(body) {
			t.Errorf("%s is taken", body)
		}
	})
}
