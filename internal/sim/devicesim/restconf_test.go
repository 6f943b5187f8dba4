package devicesim_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestHead(t *testing.T) {
	l := start(t)
	got := l.do(l.request(http.MethodHead, "r1", "/restconf/data/Cisco-IOS-XE-native:native/hostname"))
	if got.StatusCode != 200 || got.text != "" || got.Header.Get("Content-Type") != "application/yang-data+json" {
		t.Errorf("got %d %v %q", got.StatusCode, got.Header, got.text)
	}
}

func TestHeaders(t *testing.T) {
	l := start(t)
	got := l.get("r1", "/restconf/data/Cisco-IOS-XE-native:native/hostname").Header
	for name, want := range map[string]string{
		"Server": "nginx", "Content-Type": "application/yang-data+json", "Cache-Control": "private, no-cache, must-revalidate, proxy-revalidate",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.Get(name), want)
		}
	}
}

func TestRoots(t *testing.T) {
	l := start(t)
	r := l.request(http.MethodGet, "r1", "/.well-known/host-meta")
	r.Header.Set("Accept", "application/xrd+xml")
	if got := l.do(r); got.Header.Get("Content-Type") != "application/xrd+xml" || !strings.Contains(got.text, "<Link rel='restconf' href='/restconf'/>") {
		t.Errorf("host-meta: got %v %s", got.Header, got.text)
	}
	want := `{"ietf-restconf:restconf":{"data":{},"operations":{},"yang-library-version":"2016-06-21"}}`
	if got := compact(t, l.get("r1", "/restconf").text); got != want {
		t.Errorf("root: got %s, want %s", got, want)
	}
}

func TestLogin(t *testing.T) {
	l := start(t)
	for name, login := range map[string]func(*http.Request){
		"none":           func(r *http.Request) { r.Header.Del("Authorization") },
		"wrong password": func(r *http.Request) { r.SetBasicAuth("netops", "guess") },
		"wrong user":     func(r *http.Request) { r.SetBasicAuth("root", l.device("r1").Password) },
	} {
		t.Run(name, func(t *testing.T) {
			r := l.request(http.MethodGet, "r1", "/restconf/data/Cisco-IOS-XE-native:native/hostname")
			login(r)
			got := l.do(r)
			if got.StatusCode != 401 || !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), `Basic realm="restconf"`) || strings.Contains(got.text, "r1") {
				t.Errorf("got %d %v %s", got.StatusCode, got.Header, got.text)
			}
		})
	}
}

func TestAccept(t *testing.T) {
	l := start(t)
	for accept, want := range map[string]int{
		"":                                  200,
		"*/*":                               200,
		"application/yang-data+json":        200,
		"text/html, application/*;q=0.5":    200,
		"application/json":                  406,
		"application/yang-data+xml, text/*": 406,
	} {
		r := l.request(http.MethodGet, "r1", "/restconf/data/Cisco-IOS-XE-native:native/hostname")
		r.Header.Set("Accept", accept)
		if accept == "" {
			r.Header.Del("Accept")
		}
		if got := l.do(r).StatusCode; got != want {
			t.Errorf("%q: got %d, want %d", accept, got, want)
		}
	}
}

// What a device answers to a path, byte for byte but for blanks.
func TestData(t *testing.T) {
	l := start(t)
	const native, ports = "Cisco-IOS-XE-native:native", "Cisco-IOS-XE-interfaces-oper:interfaces"
	const bgp = "Cisco-IOS-XE-bgp-oper:bgp-state-data/neighbors"
	tests := []struct{ name, device, path, want string }{
		{"leaf", "r1", native + "/version", `{"Cisco-IOS-XE-native:version":"17.12"}`},
		{"leaf under a bare name", "r1", "native/hostname", `{"Cisco-IOS-XE-native:hostname":"r1"}`},
		{"bare name of two modules", "r1", "interfaces-state/interface=GigabitEthernet1/oper-status", `{"ietf-interfaces:oper-status":"up"}`},
		{"qualified below the top", "r1", native + "/Cisco-IOS-XE-native:hostname", `{"Cisco-IOS-XE-native:hostname":"r1"}`},
		{"container", "r4", native + "/vrf", `{"Cisco-IOS-XE-native:vrf":{"definition":[{"name":"LEGACY","description":"To be moved","rd":"10.0.0.4:7","address-family":{"ipv4":{}}}]}}`},
		{"list without a key", "r4", native + "/vrf/definition?fields=name", `{"Cisco-IOS-XE-native:definition":[{"name":"LEGACY"}]}`},
		{"entry", "r1", native + "/vrf/definition=CORP?fields=name", `{"Cisco-IOS-XE-native:definition":[{"name":"CORP"}]}`},
		{"entry of an older release", "r4", native + "/vrf/definition=LEGACY?fields=name", `{"Cisco-IOS-XE-native:definition":{"name":"LEGACY"}}`},
		{"leaf of an entry", "r1", native + "/vrf/definition=CORP/rd", `{"Cisco-IOS-XE-native:rd":"65000:1"}`},
		{"key with a slash", "sw1", ports + "/interface=GigabitEthernet1%2F0%2F7/name", `{"Cisco-IOS-XE-interfaces-oper:name":"GigabitEthernet1/0/7"}`},
		{"three keys", "r1", bgp + "/neighbor=ipv4-unicast,CORP,198.51.100.13/session-state", `{"Cisco-IOS-XE-bgp-oper:session-state":"fsm-idle"}`},
		{"leaf-list", "r1", "Cisco-IOS-XE-vrf-oper:vrf-oper-data/vrf-entry=CORP/interface", `{"Cisco-IOS-XE-vrf-oper:interface":["GigabitEthernet2"]}`},
		{
			"fields", "r1", bgp + "?fields=neighbor(session-state;prefix-activity/received/current-prefixes)",
			`{"Cisco-IOS-XE-bgp-oper:neighbors":{"neighbor":[` +
				`{"session-state":"fsm-established","prefix-activity":{"received":{"current-prefixes":"812"}}},` +
				`{"session-state":"fsm-established","prefix-activity":{"received":{"current-prefixes":"951243"}}},` +
				`{"session-state":"fsm-idle","prefix-activity":{"received":{"current-prefixes":"0"}}}]}}`,
		},
		{"fields with a module", "r1", native + "?fields=Cisco-IOS-XE-native:hostname", `{"Cisco-IOS-XE-native:native":{"hostname":"r1"}}`},
		{"fields with escapes", "r1", native + "?fields=hostname%3Bversion", `{"Cisco-IOS-XE-native:native":{"version":"17.12","hostname":"r1"}}`},
		{"depth 1", "r1", native + "/vrf?depth=1", `{"Cisco-IOS-XE-native:vrf":{}}`},
		{"depth 2", "r4", native + "?depth=2", `{"Cisco-IOS-XE-native:native":{"version":"17.3","hostname":"r4","ip":{},"vrf":{}}}`},
		{"depth 3", "r4", native + "?depth=3&fields=vrf", `{"Cisco-IOS-XE-native:native":{"vrf":{"definition":[]}}}`},
		{"depth unbounded", "r4", native + "/vrf?depth=unbounded&fields=definition/rd", `{"Cisco-IOS-XE-native:vrf":{"definition":[{"rd":"10.0.0.4:7"}]}}`},
		{"no BGP", "r3", "Cisco-IOS-XE-bgp-oper:bgp-state-data", `{"Cisco-IOS-XE-bgp-oper:bgp-state-data":{"bgp-route-vrfs":{}}}`},
		{"ARP of an empty table", "r1", "Cisco-IOS-XE-arp-oper:arp-data/arp-vrf=MGMT?fields=vrf", `{"Cisco-IOS-XE-arp-oper:arp-vrf":[{"vrf":"MGMT"}]}`},
		{"text to be escaped", "r1", ports + "/interface=GigabitEthernet3/description", `{"Cisco-IOS-XE-interfaces-oper:description":"__uplink__ *to* [r2](x) ${name} <b>"}`},
		{"CDP", "sw1", "Cisco-IOS-XE-cdp-oper:cdp-neighbor-details?fields=cdp-neighbor-detail(device-name;local-intf-name;port-id)", `{"Cisco-IOS-XE-cdp-oper:cdp-neighbor-details":{"cdp-neighbor-detail":[{"device-name":"r1","local-intf-name":"GigabitEthernet1/0/1","port-id":"GigabitEthernet2"},{"device-name":"core1","local-intf-name":"GigabitEthernet1/0/24","port-id":"TenGigabitEthernet1"}]}}`},
		{"empty leaves and slashes in a key", "r1", "Cisco-IOS-XE-lldp-oper:lldp-entries/lldp-entry=sw1,Gi2,Gi1%2F0%2F1/capabilities", `{"Cisco-IOS-XE-lldp-oper:capabilities":{"bridge":[null],"router":[null]}}`},
		{"VLAN without ports", "sw1", "Cisco-IOS-XE-vlan-oper:vlans/vlan=99", `{"Cisco-IOS-XE-vlan-oper:vlan":[{"id":99,"name":"TO-BE-REMOVED","status":"suspend"}]}`},
		{"64-bit numbers", "r1", "Cisco-IOS-XE-memory-oper:memory-statistics/memory-statistic=reserve%20Processor?fields=total-memory;used-memory", `{"Cisco-IOS-XE-memory-oper:memory-statistic":[{"total-memory":"102404","used-memory":"92"}]}`},
		{"no address", "sw1", ports + "/interface=GigabitEthernet1%2F0%2F1/ipv4", `{"Cisco-IOS-XE-interfaces-oper:ipv4":"0.0.0.0"}`},
		{"shut", "sw1", ports + "/interface=GigabitEthernet1%2F0%2F10?fields=admin-status;oper-status", `{"Cisco-IOS-XE-interfaces-oper:interface":[{"admin-status":"if-state-down","oper-status":"if-oper-state-no-pass"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := l.get(tt.device, "/restconf/data/"+tt.path)
			var plain any // Marshal would escape < and >
			if err := json.Unmarshal([]byte(got.text), &plain); err != nil {
				t.Fatalf("%d %q: %v", got.StatusCode, got.text, err)
			}
			if got := unescaped.Replace(compact(t, got.text)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

var unescaped = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")

func TestPrettyPrinted(t *testing.T) {
	l := start(t)
	want := "{\n  \"Cisco-IOS-XE-native:native\": {\n    \"vrf\": {\n      \"definition\": [\n        {\n          \"name\": \"LEGACY\"\n        }\n      ]\n    }\n  }\n}\n"
	if got := l.get("r4", "/restconf/data/Cisco-IOS-XE-native:native?fields=vrf/definition/name").text; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Releases before 17.6 have ARP entries in the older list alone; newer ones in both.
func TestReleasesDiffer(t *testing.T) {
	l := start(t)
	for device, want := range map[string]bool{"r1": true, "r4": false} {
		text := l.get(device, "/restconf/data/Cisco-IOS-XE-arp-oper:arp-data").text
		if strings.Contains(text, `"arp-entry"`) != want || !strings.Contains(text, `"arp-oper"`) {
			t.Errorf("%s: got %s", device, text)
		}
	}
}

func TestNothingThere(t *testing.T) {
	l := start(t)
	for _, tt := range []struct{ name, device, path string }{
		{"container", "r3", "Cisco-IOS-XE-native:native/vrf"},
		{"top container", "r3", "Cisco-IOS-XE-vrf-oper:vrf-oper-data"},
		{"container of a skeleton", "r3", "Cisco-IOS-XE-bgp-oper:bgp-state-data/neighbors"},
		{"list", "r3", "Cisco-IOS-XE-native:native/vrf/definition"},
		{"list of a skeleton", "r3", "Cisco-IOS-XE-bgp-oper:bgp-state-data/neighbors/neighbor?fields=neighbor-id"},
		{"leaf", "r1", "Cisco-IOS-XE-native:native/vrf/definition=MGMT/rd"},
		{"VLANs of a router", "r1", "Cisco-IOS-XE-vlan-oper:vlans"},
		{"neighbors of a device without cables", "r4", "Cisco-IOS-XE-cdp-oper:cdp-neighbor-details/cdp-neighbor-detail"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := l.get(tt.device, "/restconf/data/"+tt.path); got.StatusCode != 204 || got.text != "" {
				t.Errorf("got %d %q, want 204", got.StatusCode, got.text)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	l := start(t)
	const native, data = "Cisco-IOS-XE-native:native", "/restconf/data/"
	tests := []struct {
		name, device, method, path string
		status                     int
		tag, message               string
	}{
		{"missing key", "r1", "GET", data + native + "/vrf/definition=NONE", 404, "invalid-value", "uri keypath not found"},
		{"below a missing key", "r1", "GET", data + native + "/vrf/definition=NONE/rd", 404, "invalid-value", "uri keypath not found"},
		{"key of an empty list", "r3", "GET", data + native + "/vrf/definition=CORP", 404, "invalid-value", "uri keypath not found"},
		{"unknown node of an empty one", "r3", "GET", data + native + "/vrf/definitions", 400, "malformed-message", "unknown element: definitions in /restconf/data/Cisco-IOS-XE-native:native/vrf/definitions"},
		{"too few keys", "r1", "GET", data + "Cisco-IOS-XE-bgp-oper:bgp-state-data/neighbors/neighbor=ipv4-unicast", 404, "invalid-value", "uri keypath not found"},
		{"escaped comma is no separator", "r1", "GET", data + "Cisco-IOS-XE-bgp-oper:bgp-state-data/neighbors/neighbor=ipv4-unicast%2Cdefault%2C192.0.2.2", 404, "invalid-value", "uri keypath not found"},
		{"unknown node", "r1", "GET", data + native + "/vfr", 400, "malformed-message", "unknown element: vfr in /restconf/data/Cisco-IOS-XE-native:native/vfr"},
		{"unknown module", "r1", "GET", data + "Example:native", 400, "malformed-message", "unknown element: Example:native in /restconf/data/Example:native"},
		{"module of another", "r1", "GET", data + native + "/ietf-interfaces:hostname", 400, "malformed-message", "unknown element: ietf-interfaces:hostname in /restconf/data/Cisco-IOS-XE-native:native/ietf-interfaces:hostname"},
		{"key of a container", "r1", "GET", data + native + "/vrf=1", 400, "malformed-message", "vrf is no list"},
		{"below a leaf", "r1", "GET", data + native + "/hostname/x", 400, "malformed-message", "unknown element: x in /restconf/data/Cisco-IOS-XE-native:native/hostname/x"},
		{"unknown parameter", "r1", "GET", data + native + "?with=all", 400, "invalid-value", "unknown query parameter with"},
		{"bad depth", "r1", "GET", data + native + "?depth=0", 400, "invalid-value", "invalid value for depth: 0"},
		{"parameter given twice", "r1", "GET", data + native + "?depth=1&depth=2", 400, "invalid-value", "depth is given twice"},
		{"bad content", "r1", "GET", data + native + "?content=some", 400, "invalid-value", "invalid value for content: some"},
		{"bad with-defaults", "r1", "GET", data + native + "?with-defaults=no", 400, "invalid-value", "invalid value for with-defaults: no"},
		{"bad fields", "r1", "GET", data + native + "?fields=vrf(definition", 400, "invalid-value", `invalid value for fields: a ) is missing before ""`},
		{"write", "r1", "PATCH", data + native, 405, "operation-not-supported", "the simulation is read-only"},
		{"elsewhere", "r1", "GET", "/api", 404, "invalid-value", "uri keypath not found"},
		{"older release", "r4", "GET", data + native + "/vrf/definition=NONE", 404, "invalid-value", "uri keypath not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := l.do(l.request(tt.method, tt.device, tt.path))
			type errorsOf struct {
				Error []struct {
					Type    string `json:"error-type"`
					Tag     string `json:"error-tag"`
					Message string `json:"error-message"`
				}
			}
			var body map[string]errorsOf
			if err := json.Unmarshal([]byte(got.text), &body); err != nil {
				t.Fatalf("%d %q: %v", got.StatusCode, got.text, err)
			}
			wrapper := "ietf-restconf:errors"
			if tt.device == "r4" {
				wrapper = "errors"
			}
			if len(body[wrapper].Error) != 1 {
				t.Fatalf("no single error in %s", got.text)
			}
			if e := body[wrapper].Error[0]; got.StatusCode != tt.status || e.Type != "application" || e.Tag != tt.tag || e.Message != tt.message {
				t.Errorf("got %d %+v", got.StatusCode, e)
			}
			if tt.status == 405 && got.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow: %q", got.Header.Get("Allow"))
			}
		})
	}
}

func TestKeepAlive(t *testing.T) {
	l := start(t)
	first, second := l.get("r1", "/restconf"), l.get("r1", "/restconf")
	if first.Close || second.Close {
		t.Error("the device closes the connection after an answer")
	}
}
